"""An administrator ends a process that cannot be mended."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.kernel.db import db, unit_of_work
from app.programme.cycles.models import Case
from app.programme.processes.acts import start_process
from app.work.history.models import Entry
from tests.engine.diagrams import END, NOON, START, a_diagram
from tests.engine.runs import deployed
from tests.region import Region
from tests.web.conftest import Browser

HELD = START + END + '<exclusiveGateway id="which"/>\nbegun -> which\nwhich -> done : mark = "good"\n'


def test_a_process_is_ended_with_a_reason(app: Flask, built: Region, sign_in: Callable[[str], Browser]) -> None:
    with app.app_context(), unit_of_work() as unit:
        deployed(unit, a_diagram(HELD))
        case = unit.get_one(Case, built.cases[0].id)
        number = start_process(unit, process_key="simple", about=case, data={}, actor_id=None, now=NOON)
        incident_id = unit.scalars(select(Incident.id).where(Incident.instance_id == number)).one()
    admin = sign_in("admin")
    page = f"/incidents/{incident_id}"
    admin.get(page)

    assert admin.post(f"{page}/give-up").status_code == 422
    assert admin.post(f"{page}/give-up", {"reason": "Школа закрыта"}).status_code == 303

    assert sign_in("anna").post(f"{page}/give-up", {"reason": "Нет"}).status_code in (400, 403)
    with app.app_context():
        session = db.session()
        assert session.get_one(Instance, number).state is InstanceState.FAILED
        assert session.get_one(Incident, incident_id).state is IncidentState.RESOLVED
        (entry,) = session.scalars(select(Entry).where(Entry.action == "incident.given_up"))
        assert entry.detail == {"reason": "Школа закрыта"}
