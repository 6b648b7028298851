"""Small diagrams, each with one thing that an instance can wait in; as release 1 could run them all."""

from dataclasses import dataclass, field
from typing import Any

from tests.engine.diagrams import (
    END,
    START,
    a_diagram,
    after,
    boundary,
    every,
    for_each,
    message,
    on_message,
    script,
    service_task,
    user_task,
)

Steps = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Case:
    """A diagram, the steps to the stored state, and those that lead from it to the end."""

    name: str
    files: tuple[bytes, ...]
    then: Steps
    first: Steps = ()
    data: dict[str, Any] = field(default_factory=dict)


def _case(name: str, body: str, then: Steps, first: Steps = (), **more: Any) -> Case:
    return Case(name, (a_diagram(body, before=more.pop("before", "")),), then, first, more)


def _complete(element: str, nth: int = 0, **data: Any) -> dict[str, Any]:
    return {"complete": element, "nth": nth, "data": data}


_BRANCHES = f"""
    {START}{END}<parallelGateway id="split"/><parallelGateway id="join"/>{user_task("left")}{user_task("right")}
    {user_task("last")}
    begun -> split
    split -> left
    split -> right
    left -> join
    right -> join
    join -> last
    last -> done
"""

_ANY = f"""
    {START}{END}<inclusiveGateway id="split"/><inclusiveGateway id="join"/>
    {user_task("a")}{user_task("b")}{user_task("c")}{user_task("last")}
    begun -> split
    split -> a : wants.a
    split -> b : wants.b
    split -> c : wants.c
    a -> join
    b -> join
    c -> join
    join -> last
    last -> done
"""


def _several(sequential: bool) -> str:
    loop = for_each("schools", "school", output="answers", output_item="answer", sequential=sequential)
    return f"""
    {START}{END}{user_task("ask", inside=loop)}{boundary("late", "ask", every("R3/P1D"), interrupting=False)}
    {user_task("last")}{user_task("hurry")}<endEvent id="hurried"/>
    begun -> ask
    ask -> last
    late -> hurry
    hurry -> hurried
    last -> done
"""


_SUBPROCESS = f"""
    {START}{END}<subProcess id="inside" name="inside">
    <startEvent id="inside_begun"/>{user_task("inner")}{script("note", "{noted: answer}")}{user_task("inner_last")}
    <endEvent id="inside_done"/>
    inside_begun -> inner
    inner -> note
    note -> inner_last
    inner_last -> inside_done
    </subProcess>{boundary("late", "inside", after("P2D"))}{user_task("mend")}<endEvent id="mended"/>
    begun -> inside
    inside -> done
    late -> mend
    mend -> mended
"""

_EACH_INSIDE = f"""
    {START}{END}<subProcess id="visit" name="visit">{for_each("schools", "school", "found", "finding")}
    <startEvent id="visit_begun"/>{user_task("look")}{script("think", '{finding: school + ": " + seen}')}
    {user_task("tell")}<endEvent id="visit_done"/>
    visit_begun -> look
    look -> think
    think -> tell
    tell -> visit_done
    </subProcess>
    begun -> visit
    visit -> done
"""

_CALLED = a_diagram(
    f"""{START}{END}{user_task("answer")}{user_task("check")}
    begun -> answer
    answer -> check
    check -> done
    """,
    key="called",
)
_CALLER = a_diagram(
    f"""{START}{END}<callActivity id="ask" name="ask" calledElement="called"/>{user_task("last")}
    {boundary("late", "ask", after("P5D"), interrupting=False)}{user_task("hurry")}<endEvent id="hurried"/>
    begun -> ask
    ask -> last
    last -> done
    late -> hurry
    hurry -> hurried
    """
)

_TIMED = f"""
    {START}{END}{user_task("act")}{boundary("late", "act", after("P3D"))}
    {boundary("early", "act", every("R/P1D"), interrupting=False)}
    {user_task("instead")}{user_task("remind")}<endEvent id="reminded"/><endEvent id="replaced"/>
    begun -> act
    act -> done
    late -> instead
    instead -> replaced
    early -> remind
    remind -> reminded
"""

_FIRST_OF = f"""
    {START}{END}<eventBasedGateway id="first"/>
    <intermediateCatchEvent id="came">{on_message("answer")}</intermediateCatchEvent>
    <intermediateCatchEvent id="refused">{on_message("refusal")}</intermediateCatchEvent>
    <intermediateCatchEvent id="late">{after("P7D")}</intermediateCatchEvent>
    {user_task("read")}{user_task("accept")}{user_task("ask_again")}<exclusiveGateway id="after_all"/>
    begun -> first
    first -> came
    first -> refused
    first -> late
    came -> read
    refused -> accept
    late -> ask_again
    read -> after_all
    accept -> after_all
    ask_again -> after_all
    after_all -> done
"""
_TWO_MESSAGES = message("answer") + message("refusal")

_WAITING = f"""
    {START}{END}<intermediateCatchEvent id="came">{on_message("answer")}</intermediateCatchEvent>{user_task("read")}
    begun -> came
    came -> read
    read -> done
"""

_CHOICE = f"""
    {START}{END}{user_task("decide")}<exclusiveGateway id="which"/>{user_task("good")}{user_task("bad")}
    <exclusiveGateway id="after_all"/>
    begun -> decide
    decide -> which
    which -> good : mark = "good"
    which -> bad : mark = "bad"
    good -> after_all
    bad -> after_all
    after_all -> done
"""

_SERVICE = f"""
    {START}{END}{service_task("register", "register_order", "order", title="subject")}{user_task("read")}
    begun -> register
    register -> read
    read -> done
"""

_WRONG_DUE = f"""
    {START}{END}{user_task("first")}{user_task("act", due="term")}
    begun -> first
    first -> act
    act -> done
"""

_CATCHES = (
    '<error id="wrong" name="wrong" errorCode="E1"/>',
    f"""
    {START}{END}<subProcess id="inside" name="inside">
    <startEvent id="inside_begun"/>{user_task("inner")}<exclusiveGateway id="well"/><endEvent id="inside_done"/>
    <endEvent id="gone_wrong"><errorEventDefinition errorRef="wrong"/></endEvent>
    inside_begun -> inner
    inner -> well
    well -> gone_wrong : broken
    well => inside_done
    </subProcess>{boundary("caught", "inside", '<errorEventDefinition errorRef="wrong"/>')}
    {user_task("mend")}<endEvent id="mended"/>
    begun -> inside
    inside -> done
    caught -> mend
    mend -> mended
""",
)
_ANSWERED = ({"result": "register", "data": {"number": 7}}, _complete("read"))
_SCHOOLS = ["one", "two", "three"]
_CASE = "case:1"

CASES = (
    _case("user_task", f"{START}{END}{user_task('act')}\nbegun -> act\nact -> done\n", (_complete("act", x=1),), y=2),
    _case("service_call", _SERVICE, _ANSWERED, subject="Заявка"),
    _case("service_call_failed", _SERVICE, ({"retry": "register"}, *_ANSWERED), ({"fail": "register"},), subject=""),
    _case("parallel", _BRANCHES, (_complete("right", b=2), _complete("left", a=1), _complete("last")), start=True),
    _case("parallel_half", _BRANCHES, (_complete("left", a=1), _complete("last")), (_complete("right", b=2, a=0),)),
    _case(
        "inclusive_half",
        _ANY,
        (_complete("c", z=3), _complete("last")),
        (_complete("a", x=1),),
        wants={"a": True, "b": False, "c": True},
    ),
    _case(
        "each_side_by_side",
        _several(False),
        (
            {"due": "2026-03-04T12:00:00+00:00"},
            _complete("ask", answer="B"),
            _complete("hurry"),
            _complete("ask", answer="C"),
            _complete("hurry"),
            _complete("last"),
        ),
        ({"due": "2026-03-03T12:00:00+00:00"}, _complete("ask", answer="A")),
        schools=_SCHOOLS,
    ),
    _case(
        "each_in_turn",
        _several(True),
        (_complete("ask", answer="B"), _complete("ask", answer="C"), _complete("last")),
        (_complete("ask", answer="A"),),
        schools=_SCHOOLS,
    ),
    _case(
        "subprocess",
        _SUBPROCESS,
        (_complete("inner_last", more=2),),
        (_complete("inner", answer=[1, 2]),),
        kept="outside",
    ),
    _case("subprocess_late", _SUBPROCESS, ({"due": "2026-03-04T12:00:00+00:00"}, _complete("mend"))),
    _case(
        "each_subprocess",
        _EACH_INSIDE,
        (
            _complete("tell"),
            _complete("look", 1, seen="well"),
            _complete("tell"),
            _complete("look", seen="so"),
            _complete("tell"),
        ),
        (_complete("look", seen="ill"),),
        schools=_SCHOOLS,
    ),
    Case(
        "call",
        (_CALLED, _CALLER),
        (_complete("check", mark=5), _complete("last")),
        (_complete("answer", mark=4, new="yes"),),
        {"mark": 3, "kept": 1},
    ),
    Case(
        "call_late",
        (_CALLED, _CALLER),
        (
            _complete("hurry"),
            _complete("answer", mark=4),
            _complete("check"),
            _complete("last"),
        ),
        ({"due": "2026-03-07T12:00:00+00:00"},),
    ),
    _case(
        "timers",
        _TIMED,
        (
            {"due": "2026-03-04T12:00:00+00:00"},
            _complete("remind"),
            {"due": "2026-03-05T12:00:00+00:00"},
            _complete("remind"),
            _complete("instead"),
        ),
        ({"due": "2026-03-03T12:00:00+00:00"},),
    ),
    _case(
        "first_message",
        _FIRST_OF,
        ({"message": "refusal", "correlation": _CASE, "payload": {"why": "no"}}, _complete("accept")),
        before=_TWO_MESSAGES,
    ),
    _case(
        "first_timer",
        _FIRST_OF,
        ({"due": "2026-03-09T12:00:00+00:00"}, _complete("ask_again")),
        before=_TWO_MESSAGES,
    ),
    _case(
        "message",
        _WAITING,
        ({"message": "answer", "correlation": _CASE, "payload": {"text": "да"}}, _complete("read")),
        before=message("answer"),
    ),
    _case("held_choice", _CHOICE, ({"retry": "which"},), (_complete("decide", mark="none"),)),
    _case("held_due", _WRONG_DUE, ({"retry": "act"},), (_complete("first", term="soon"),)),
    _case(
        "error_caught",
        _CATCHES[1],
        (_complete("inner", broken=True), _complete("mend")),
        before=_CATCHES[0],
    ),
    _case("error_none", _CATCHES[1], (_complete("inner", broken=False),), before=_CATCHES[0]),
)
