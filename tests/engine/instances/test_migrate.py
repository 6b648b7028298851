"""Moving running instances to another version of their process."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.definitions.queries import get_definition
from app.engine.events import operations as events
from app.engine.instances import live, operations, queries
from app.engine.instances.models import Instance, InstanceState, Subscription
from app.engine.instances.outcome import Outcome
from app.engine.instances.verify import find_violations
from app.engine.migration.operations import MigrationRefused, migrate
from app.engine.migration.plan import Plan
from app.engine.timers.models import Timer, TimerState
from tests.engine.diagrams import (
    END,
    NOON,
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
from tests.engine.runs import complete, deployed, opened, started

ASIDE = '<textAnnotation id="aside"><text>newer</text></textAnnotation>'
LATER = NOON + timedelta(hours=5)
TODAY = f"{START}{END}{user_task('act')}{user_task('last')}\nbegun -> act\nact -> last\nlast -> done\n"


def moved(session: Session, outcome: Outcome, body: str, before: str = "") -> Plan:
    """Deploy the newer version, move the instance there, and read it anew."""
    deployed(session, a_diagram(body, before=before))
    definition = get_definition(session, key="simple")
    plan = migrate(session, instance_id=outcome.instance_id, definition=definition, now=LATER).plan
    live.forget_all()
    row = session.get_one(Instance, outcome.instance_id)
    assert row.definition_id == definition.id
    assert find_violations(session, now=NOON) == ()
    return plan


def refused(session: Session, outcome: Outcome, body: str, before: str = "") -> list[str]:
    """Try to move the instance; return the elements that keep it where it is."""
    deployed(session, a_diagram(body, before=before))
    definition = get_definition(session, key="simple")
    with pytest.raises(MigrationRefused) as failure:
        migrate(session, instance_id=outcome.instance_id, definition=definition, now=LATER)
    assert session.get_one(Instance, outcome.instance_id).definition_id != definition.id
    assert find_violations(session, now=NOON) == ()
    return [one.element_id for one in failure.value.plan.refusals]


def begin(session: Session, body: str, before: str = "", **data: object) -> Outcome:
    deployed(session, a_diagram(body, before=before))
    return started(session, data=data)


def test_an_open_task_is_kept_and_what_follows_is_new(session: Session) -> None:
    outcome = begin(session, TODAY)

    newer = f"{START}{END}{user_task('act')}{user_task('more')}\nbegun -> act\nact -> more\nmore -> done\n"
    plan = moved(session, outcome, newer)

    assert plan == Plan(("act",), (), (), ())
    assert queries.waiting_tasks(session, instance_id=outcome.instance_id) == (outcome.opened[0].task_ref,)
    assert opened(complete(session, outcome, "act", now=LATER)) == ["more"]


def test_a_step_that_is_gone_keeps_the_instance_where_it_is(session: Session) -> None:
    outcome = begin(session, TODAY)

    assert refused(session, outcome, f"{START}{END}{user_task('last')}\nbegun -> last\nlast -> done\n") == ["act"]
    assert opened(complete(session, outcome, "act")) == ["last"]


def test_a_step_of_another_kind_keeps_the_instance_where_it_is(session: Session) -> None:
    outcome = begin(session, TODAY)

    newer = TODAY.replace(user_task("act"), script("act", "{a: 1}"))
    assert refused(session, outcome, newer) == ["act"]
    newer = TODAY.replace(user_task("act"), user_task("act", inside=for_each("schools", "school")))
    assert refused(session, outcome, newer) == ["act"]


def test_a_call_of_another_operation_keeps_the_instance_where_it_is(session: Session) -> None:
    body = f"{START}{END}{service_task('act', 'register')}\nbegun -> act\nact -> done\n"
    outcome = begin(session, body)

    assert refused(session, outcome, body.replace('"register"', '"publish"')) == ["act"]

    moved(session, outcome, body.replace("-> done", "-> last\nlast -> done").replace(END, END + user_task("last")))
    (call,) = outcome.calls
    about: dict[str, Any] = {"instance_id": outcome.instance_id, "task_ref": call.task_ref, "now": LATER}
    assert opened(operations.complete_call(session, result={}, **about)) == ["last"]


def test_a_boundary_timer_is_not_started_anew_and_a_new_one_begins(session: Session) -> None:
    late = boundary("late", "act", after("P3D")) + user_task("instead")
    body = TODAY + late + "\nlate -> instead\ninstead -> done\n"
    outcome = begin(session, body)
    (before,) = session.scalars(select(Timer)).all()

    newer = body.replace("P3D", "P9D") + boundary("early", "act", every("R/P1D"), interrupting=False)
    newer += user_task("remind") + "\nearly -> remind\nremind -> done\n"
    plan = moved(session, outcome, newer)

    timers = {timer.element_id: timer for timer in session.scalars(select(Timer))}
    assert plan.armed == ("early",)
    assert timers["late"] is before
    assert (before.due_at, before.state) == (NOON + timedelta(days=3), TimerState.WAITING)
    assert timers["early"].due_at == LATER + timedelta(days=1)
    fired = operations.fire_timer(session, timer_id=before.id, now=NOON + timedelta(days=3))
    assert fired is not None
    assert opened(fired) == ["instead"]
    assert {timer.state for timer in session.scalars(select(Timer))} == {TimerState.FIRED, TimerState.CANCELLED}


def test_a_boundary_event_that_is_gone_waits_no_more(session: Session) -> None:
    late = boundary("late", "act", after("P3D")) + boundary("called", "act", on_message("stop"))
    gone = late + user_task("instead") + user_task("other")
    body = TODAY + gone + "\nlate -> instead\ncalled -> other\ninstead -> done\nother -> done\n"
    outcome = begin(session, body, message("stop"))

    plan = moved(session, outcome, TODAY)

    assert plan.cancelled == ("called", "late")
    assert [timer.state for timer in session.scalars(select(Timer))] == [TimerState.CANCELLED]
    assert session.scalars(select(Subscription)).all() == []
    assert opened(complete(session, outcome, "act", now=LATER)) == ["last"]


def test_an_event_that_waits_for_something_else_keeps_the_instance_where_it_is(session: Session) -> None:
    body = f"{START}{END}<receiveTask id='act' messageRef='{{}}_message'/>\nbegun -> act\nact -> done\n"
    both = message("one") + message("two")
    outcome = begin(session, body.format("one"), both)

    assert refused(session, outcome, body.format("two"), both) == ["act"]

    moved(session, outcome, body.format("one") + ASIDE, both)
    about: dict[str, Any] = {"correlation": "case:1", "business_key": "case:1", "scope_key": "cycle:1", "now": LATER}
    (done,) = events.deliver_message(session, name="one", payload={}, **about)
    assert done.state is InstanceState.COMPLETED


@pytest.mark.parametrize("sequential", [False, True])
def test_instances_of_an_activity_go_on_after_the_move(session: Session, *, sequential: bool) -> None:
    loop = for_each("schools", "school", "answers", "answer", sequential=sequential)
    body = TODAY.replace(user_task("act"), user_task("act", inside=loop))
    outcome = begin(session, body, schools=["one", "two", "three"])
    first = complete(session, outcome, "act", answer="A")

    moved(session, outcome, body.replace("-> done", "-> extra\nextra -> done") + user_task("extra"))

    for answer in "BC":
        refs = queries.waiting_tasks(session, instance_id=outcome.instance_id)
        about: dict[str, Any] = {"instance_id": outcome.instance_id, "task_ref": refs[0], "now": LATER}
        first = operations.complete_task(session, data={"answer": answer}, **about)
    assert opened(first) == ["last"]
    assert queries.instance_data(session, instance_id=outcome.instance_id)["answers"] == ["A", "B", "C"]
    assert opened(complete(session, first, "last", now=LATER)) == ["extra"]


def test_a_loop_that_is_drawn_anew_keeps_the_instance_where_it_is(session: Session) -> None:
    body = TODAY.replace(user_task("act"), user_task("act", inside=for_each("schools", "school", "answers", "answer")))
    outcome = begin(session, body, schools=["one", "two"])

    assert refused(session, outcome, body.replace('isSequential="false"', 'isSequential="true"')) == ["act"]
    assert refused(session, outcome, body.replace(">answers<", ">results<")) == ["act"]
    assert refused(session, outcome, TODAY) == ["act", "act", "act"]


def test_a_subprocess_that_is_gone_keeps_the_instance_where_it_is(session: Session) -> None:
    inside = f"""<startEvent id="in"/>{user_task("inner")}<endEvent id="out"/>
    in -> inner
    inner -> out
    """
    body = f'{START}{END}<subProcess id="part">{inside}</subProcess>\nbegun -> part\npart -> done\n'
    outcome = begin(session, body)

    assert "part" in refused(session, outcome, TODAY)

    moved(
        session,
        outcome,
        body.replace("inner -> out", "inner -> then\nthen -> out").replace(
            '<endEvent id="out"/>', user_task("then") + '<endEvent id="out"/>'
        ),
    )
    assert opened(complete(session, outcome, "inner", now=LATER)) == ["then"]


def test_a_join_whose_flow_is_gone_keeps_the_instance_where_it_is(session: Session) -> None:
    tasks = user_task("left") + user_task("right") + user_task("more")
    gates = '<parallelGateway id="split"/><parallelGateway id="join"/>'
    flows = "\nbegun -> split\nsplit -> left\nsplit -> right\nright -> join\njoin -> more\nmore -> done\n"
    body = START + END + gates + tasks + flows
    way = '<sequenceFlow id="{}" sourceRef="left" targetRef="join"/>'
    outcome = begin(session, body + way.format("left_to_join"))
    complete(session, outcome, "left")

    assert refused(session, outcome, body + way.format("another_flow")) == ["join"]

    moved(session, outcome, body + way.format("left_to_join") + ASIDE)
    assert opened(complete(session, outcome, "right", now=LATER)) == ["more"]


def test_what_can_be_undone_keeps_the_instance_where_it_is_without_its_handler(session: Session) -> None:
    undo = '<boundaryEvent id="undo" attachedToRef="act"><compensateEventDefinition/></boundaryEvent>'
    undo += '<userTask id="mend" isForCompensation="true"/>'
    undo += '<association id="tie" associationDirection="One" sourceRef="undo" targetRef="mend"/>'
    outcome = complete(session, begin(session, TODAY + undo), "act")

    assert refused(session, outcome, TODAY) == ["simple"]
    assert moved(session, outcome, TODAY + undo + ASIDE).kept == ("last",)


def test_a_held_step_can_be_mended_by_the_newer_version(session: Session) -> None:
    body = f"""{START}{END}{user_task("act")}<exclusiveGateway id="which"/>{user_task("last")}
    begun -> act
    act -> which
    which -> last : mark = "good"
    last -> done
    """
    outcome = begin(session, body + '<userTask id="bad"/>\nwhich -> bad : mark = "bad"\nbad -> done\n')
    (incident_id,) = complete(session, outcome, "act", mark="none").incidents

    moved(session, outcome, body + '<userTask id="bad"/>\nwhich => bad\nbad -> done\n')

    assert opened(operations.retry_incident(session, incident_id=incident_id, now=LATER)) == ["bad"]
    assert find_violations(session, now=NOON) == ()


def test_a_running_call_stays_in_its_version_and_the_next_is_new(session: Session) -> None:
    def called(name: str) -> bytes:
        return a_diagram(f"{START}{END}{user_task(name)}\nbegun -> {name}\n{name} -> done\n", key="called")

    flow = "\nbegun -> ask\nask -> again\nagain -> done\n"
    calls = "".join(f'<callActivity id="{name}" calledElement="called"/>' for name in ("ask", "again"))
    deployed(session, called("old"), a_diagram(START + END + calls + flow))
    outcome = started(session)
    deployed(session, called("new"), a_diagram(START + END + calls + flow))

    definition = get_definition(session, key="simple")
    migrate(session, instance_id=outcome.instance_id, definition=definition, now=LATER)
    live.forget_all()
    assert find_violations(session, now=NOON) == ()

    outcome = complete(session, outcome, "old", now=LATER)
    assert opened(outcome) == ["new"]
    assert complete(session, outcome, "new", now=LATER).state is InstanceState.COMPLETED
