"""Complex gateways whose late tokens come while the next turn is already under way."""

from sqlalchemy.orm import Session

from app.engine.instances.models import InstanceState
from tests.engine.diagrams import END, START, script, user_task
from tests.engine.runs import complete, opened, run

TURNS = (
    f"{START}{END}{script('begin', '{n: 0}')}{user_task('a')}{user_task('b')}{user_task('c')}{user_task('after')}"
    '<exclusiveGateway id="again"/><parallelGateway id="split"/><exclusiveGateway id="decide"/>'
    '<complexGateway id="two"><activationCondition>activationCount >= 2</activationCondition></complexGateway>'
    f"{script('count', '{n: n + 1}')}"
    "\nbegun -> begin\nbegin -> again\nagain -> split\nsplit -> a\nsplit -> "
    "b\nsplit -> c\na -> two\nb -> two\nc -> two\n"
    "\ntwo -> count\ncount -> decide\ndecide -> again : n < 2\ndecide => after\nafter -> done\n"
)


def test_the_next_turn_waits_until_the_late_token_of_the_last_has_come(session: Session) -> None:
    first = run(session, TURNS)
    complete(session, first, "a")
    second = complete(session, first, "b")

    complete(session, second, "a")
    waiting = complete(session, second, "b")
    went_on = complete(session, first, "c")

    assert opened(second) == ["a", "b", "c"]
    assert opened(waiting) == []
    assert opened(went_on) == ["after"]
    complete(session, second, "c")
    assert complete(session, went_on, "after").state == InstanceState.COMPLETED


CANCELLED = (
    f"{START}{END}{script('begin', '{n: 0}')}{user_task('a')}{user_task('b')}{user_task('c')}"
    '<exclusiveGateway id="again"/><parallelGateway id="split"/><exclusiveGateway id="decide"/>'
    '<complexGateway id="two"><activationCondition>activationCount >= 2</activationCondition></complexGateway>'
    '<exclusiveGateway id="off"/><endEvent id="nothing"/>'
    f"{script('count', '{n: n + 1}')}"
    "\nbegun -> begin\nbegin -> again\nagain -> split\nsplit -> a\nsplit -> b\nsplit -> c\na -> two\nb -> two\n"
    "\nc -> off\noff -> two : n > 5\noff => nothing\n"
    "\ntwo -> count\ncount -> decide\ndecide -> again : n < 2\ndecide => done\n"
)


def test_a_late_token_that_cannot_come_any_more_is_not_waited_for(session: Session) -> None:
    first = run(session, CANCELLED)
    complete(session, first, "c")
    complete(session, first, "a")
    second = complete(session, first, "b")
    complete(session, second, "a")
    complete(session, second, "b")

    ended = complete(session, second, "c")

    assert ended.state == InstanceState.COMPLETED
