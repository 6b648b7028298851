"""A message and who begins to wait for it at the same moment: they meet, whoever commits first."""

from concurrent.futures import ThreadPoolExecutor, wait

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.engine.events.operations import deliver_message
from app.engine.instances import live, queries
from app.engine.instances.models import InstanceState, PendingMessage
from app.engine.instances.outcome import Outcome
from app.kernel.settings import Settings
from tests.engine.diagrams import END, NOON, START, a_diagram, message, on_message, user_task
from tests.engine.runs import complete, deployed, started

WAITING = (
    f'{START}{user_task("ask")}<intermediateCatchEvent id="answered">{on_message("answer")}</intermediateCatchEvent>'
    f"{END}\nbegun -> ask\nask -> answered\nanswered -> done\n"
)
UNTIL_IT_LOOKS_SECONDS = 0.5


def test_a_message_sent_while_somebody_begins_to_wait_is_not_lost(settings: Settings) -> None:
    live.forget_all()
    engine = create_engine(settings.database_url)

    def open_session() -> Session:
        session = Session(engine, expire_on_commit=False)
        session.connection(execution_options={"writes": True})
        return session

    def send() -> tuple[Outcome, ...]:
        with open_session() as session:
            delivered = deliver_message(
                session,
                name="answer",
                correlation="case:1",
                payload={"text": "Да"},
                business_key="case:1",
                scope_key="cycle:1",
                now=NOON,
            )
            session.commit()
            return delivered

    with open_session() as session:
        deployed(session, a_diagram(WAITING, before=message("answer")))
        outcome = started(session)
        session.commit()
    with open_session() as session, ThreadPoolExecutor(1) as pool:
        complete(session, outcome, "ask")
        sending = pool.submit(send)
        wait([sending], timeout=UNTIL_IT_LOOKS_SECONDS)
        session.commit()
        assert [one.state for one in sending.result()] == [InstanceState.COMPLETED]

    with open_session() as session:
        assert session.scalars(select(PendingMessage)).all() == []
        assert queries.instance_data(session, instance_id=outcome.instance_id) == {"text": "Да"}
    engine.dispose()
    live.forget_all()
