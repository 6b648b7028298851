"""Ways that a year can take besides the straight one: returns, recall, delay, cancellation, a new cycle."""

from sqlalchemy import func, select

from app.engine.instances.models import Instance, InstanceState
from app.engine.timers.models import Timer, TimerState
from app.programme.consultations.models import Consultation
from app.programme.cycles.models import Case, CaseState, Cycle, CycleState
from app.work.deadlines.models import Deadline, DeadlineState
from app.work.history.models import Entry
from app.work.tasks.models import Task, TaskState
from tests.journeys.school_list import the_list
from tests.journeys.world import World

# Its package lies with the curator and was returned once before the demo begins.
RETURNED = "school-12"
BACK = {"confirm_decision": "return", "confirm_comment": "Уточните показатели."}


def test_the_third_return_calls_a_consultant(world: World) -> None:
    def asked() -> list[str]:
        with world.reading() as session:
            mine = select(Consultation.topic).where(Consultation.case_id == world.case_id(RETURNED))
            return list(session.scalars(mine))

    world.do("curator3", "confirm_package", BACK, slug=RETURNED)
    world.do("team12", "mend_package", slug=RETURNED)
    assert (world.case(RETURNED).returns, asked()) == (2, [])

    world.do("curator3", "confirm_package", BACK, slug=RETURNED)

    assert len(asked()) == 1
    assert {"mend_package", "answer_question"} <= world.open_elements(RETURNED)
    world.do("consultant", "answer_question", slug=RETURNED)
    world.do("team12", "mend_package", slug=RETURNED)
    assert world.case(RETURNED).returns == 3
    assert world.violations() == ()


def test_an_unopened_package_can_be_taken_back(world: World) -> None:
    waiting = world.task("confirm_package", slug=RETURNED)
    who, path = world.visitor("team12"), f"/cases/{world.case_id(RETURNED)}"

    assert who.post(who.get(path).form("/recall")).status == 200

    with world.reading() as session:
        assert session.get_one(Task, waiting.id).state is TaskState.CANCELLED
    assert "mend_package" in world.open_elements(RETURNED)
    world.do("team12", "mend_package", slug=RETURNED)
    assert world.case(RETURNED).returns == 1, "Taking it back is no return."
    assert world.violations() == ()


def test_an_opened_package_stays_with_the_curator(world: World) -> None:
    who, path = world.visitor("team12"), f"/cases/{world.case_id(RETURNED)}"
    form = who.get(path).form("/recall")
    world.visitor("curator3").get(f"/tasks/{world.task('confirm_package', slug=RETURNED).id}")

    answer = who.post(form)

    assert answer.status == 409
    assert not who.get(path).has_form("/recall")
    assert "confirm_package" in world.open_elements(RETURNED)


def test_the_region_agrees_when_the_municipality_is_late(world: World) -> None:
    world.do("curator3", "confirm_package", slug=RETURNED)
    late = world.task("agree_package", slug=RETURNED)
    world.live_until(2, 10)

    with world.reading() as session:
        assert session.get_one(Task, late.id).state is TaskState.CANCELLED
    world.do("region", "agree_instead", slug=RETURNED)

    assert "approve_package" in world.open_elements(RETURNED)
    assert world.violations() == ()


def test_cancelling_the_cycle_ends_every_case(world: World) -> None:
    page = world.visitor("team").get(f"/tasks/{world.task('fill_questionnaire').id}")
    region = world.visitor("region")
    with world.reading() as session:
        cycle = session.scalars(select(Cycle)).one()
    form = region.get(f"/cycles/{cycle.id}/cancel").form("/cancel")
    form.put("reason", "Программа перенесена на год.")
    form.put("confirmation", "2026")
    assert region.post(form).status == 200

    with world.reading() as session:
        assert session.get_one(Cycle, cycle.id).state is CycleState.CANCELLED
        assert set(session.scalars(select(Case.state))) == {CaseState.CANCELLED}
        assert set(session.scalars(select(Task.state))) == {TaskState.CANCELLED, TaskState.COMPLETED}
        running = select(func.count()).select_from(Instance).where(Instance.state == InstanceState.RUNNING)
        assert session.scalar(running) == 0
        assert session.scalars(select(Timer).where(Timer.state == TimerState.WAITING)).all() == []
        assert session.scalars(select(Deadline).where(Deadline.state == DeadlineState.RUNNING)).all() == []
    assert world.violations() == ()

    form = page.form(page.path)
    form.put("questionnaire_comment", "Долго писали, не успели.")
    answer = world.visitor("team").post(form)
    assert answer.status == 409
    assert "Долго писали, не успели." in answer.text
    world.live_until(3, 1)
    assert world.violations() == ()


def test_a_cycle_is_opened_from_a_list_of_schools(world: World) -> None:
    region = world.visitor("region")
    form = region.get("/cycles/new").form("/cycles/new")
    form.put("year", "2027")
    form.put("title", "500+ · 2027")
    upload = region.post(form)
    assert upload.status == 200, upload.errors
    preview = region.post(upload.form("/schools/upload"), files={"file": [the_list()]})
    assert preview.status == 200, preview.errors
    assert "3031" in preview.words

    decisions = preview.form("/schools/preview")
    for name in sorted(decisions.names):
        if name.startswith("row-"):
            options = decisions.element.xpath(".//input[@name=$name]/@value", name=name)
            decisions.put(name, [options[0]] if options == ["skip"] else options[0])
    checked = region.post(decisions, button=("act", "check"))
    assert "act" in checked.form("/schools/preview").buttons(), checked.words
    final = checked.form("/schools/preview")
    final.put("creates", ["1"])
    taken = region.post(final, button=("act", "go_on"))
    assert taken.status == 200, taken.errors
    assert taken.path.startswith("/cycles/")

    open_the_cycle(world)

    with world.reading() as session:
        cycle = session.scalars(select(Cycle).where(Cycle.year == 2027)).one()
        assert cycle.state is CycleState.RUNNING
        schools = {case.school.name: case for case in cycle.cases}
        assert set(schools) == {"МБОУ «СОШ № 1 с. Озёрное»", "МБОУ «СОШ № 2 п. Заречный»", "МКОУ «Сосновская СОШ»"}
        assert {case.state for case in cycle.cases} == {CaseState.RUNNING}
        for case in cycle.cases:
            tasks = session.scalars(select(Task.element_id).where(Task.business_key == case.business_key))
            assert set(tasks) == {"fill_questionnaire", "visit_school"}
        imported = select(Entry).where(Entry.action == "cycle.schools_imported", Entry.subject_id == cycle.id)
        assert len(session.scalars(imported).all()) == 1
    assert world.violations() == ()


def open_the_cycle(world: World) -> None:
    """Do the coordinator's three tasks of the newest cycle."""
    region = world.visitor("region")
    curators: list[str] = []
    for element in ("name_curators", "set_calendar", "sign_order"):
        with world.reading() as session:
            waiting = select(Task).where(Task.element_id == element, Task.state == TaskState.OPEN)
            task = session.scalars(waiting).one()
        answers = world.answers(task)
        if element == "name_curators":
            rows = answers["curator_rows"]
            curators = [row["curator"] for row in rows if row["curator"]]
            assert curators, "The curator that the list names is proposed."
            answers["curator_rows"] = [{**row, "curator": row["curator"] or curators[0]} for row in rows]
        sent = world.send(region, task, answers)
        assert sent.status == 200, sent.errors
