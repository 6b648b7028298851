"""Who had to wait for an instance sees everything that was done with it meanwhile."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.engine.definitions.queries import get_definition
from app.engine.instances import live
from app.engine.instances.models import InstanceState
from app.engine.instances.outcome import Outcome
from app.engine.instances.queries import open_incidents
from app.engine.migration.operations import migrate
from app.kernel.settings import Settings
from tests.engine.diagrams import END, NOON, START, a_diagram, user_task
from tests.engine.runs import complete, deployed, started

OLD = f'{START}{END}{user_task("first")}{user_task("last")}<exclusiveGateway id="fits"/><endEvent id="other"/>'
FLOWS = "\nbegun -> first\nbegun -> last\nfirst -> fits\nfits -> done : answer\nfits => other\nlast -> done\n"
END_ALL = '<endEvent id="over"><terminateEventDefinition/></endEvent>'
NEW = OLD + END_ALL + FLOWS.replace("last -> done", "last -> over")
UNTIL_IT_LOOKS_SECONDS = 0.5


def test_a_migration_and_an_incident_meanwhile_are_seen(settings: Settings) -> None:
    live.forget_all()
    engine = create_engine(settings.database_url)

    def open_session() -> Session:
        session = Session(engine, expire_on_commit=False)
        session.connection(execution_options={"writes": True})
        return session

    with open_session() as session:
        deployed(session, a_diagram(OLD + FLOWS))
        outcome = started(session, data={"answer": "neither true nor false"})
        deployed(session, a_diagram(NEW))
        session.commit()

    def finish() -> Outcome:
        with open_session() as session:
            done = complete(session, outcome, "last", now=NOON + timedelta(hours=1))
            session.commit()
            return done

    with open_session() as session, ThreadPoolExecutor(1) as pool:
        complete(session, outcome, "first")
        definition = get_definition(session, key="simple")
        migrate(session, instance_id=outcome.instance_id, definition=definition, now=NOON)
        assert len(open_incidents(session)) == 1
        finishing = pool.submit(finish)
        wait([finishing], timeout=UNTIL_IT_LOOKS_SECONDS)
        session.commit()
        assert finishing.result().state is not InstanceState.RUNNING

    with open_session() as session:
        assert open_incidents(session) == []
    engine.dispose()
    live.forget_all()
