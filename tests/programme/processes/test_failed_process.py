"""A process that ends by an error that nothing catches does not end in silence."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.programme.processes.acts import start_process
from app.work.history.models import Entry
from app.work.notifications.models import Notice
from tests.engine.diagrams import NOON, START, a_diagram
from tests.engine.runs import deployed
from tests.region import a_region

BODY = START + '<endEvent id="wrong"><errorEventDefinition errorRef="bad"/></endEvent>\nbegun -> wrong\n'


def test_people_are_told(session: Session) -> None:
    region = a_region(session)
    case = region.cases[0]
    deployed(session, a_diagram(BODY, before='<error id="bad" name="Нет приказа" errorCode="E1"/>'))

    start_process(session, process_key="simple", about=case, data={}, actor_id=None, now=NOON)

    (entry,) = session.scalars(select(Entry).where(Entry.action == "process.failed"))
    assert (entry.business_key, entry.detail["reason"]) == (case.business_key, "Нет приказа E1")
    told = session.scalars(select(Notice).where(Notice.kind == "process.failed")).all()
    assert told
    assert {one.link for one in told} == {f"/cases/{case.id}"}
