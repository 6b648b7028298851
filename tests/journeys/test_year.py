"""The whole year of School 1, from the diagnosis to the outcome, as its people see it."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from app.programme.consultations.models import Consultation
from app.programme.cycles.models import CaseState
from app.programme.roadmaps.models import Measure, MeasureState
from app.work.deadlines.models import Deadline, Rung, RungKind, RungState
from app.work.documents.models import Document, DocumentState, StoredFile
from app.work.history.models import Entry
from app.work.notifications.models import Mail, Notice
from app.work.people.models import Person
from app.work.remarks.models import Remark, RemarkState
from app.work.tasks.models import Task
from tests.journeys.visitor import PDF, PNG
from tests.journeys.world import World

JUNE = 6


def test_a_school_goes_through_its_year(world: World) -> None:
    diagnose(world)
    plan(world)
    return_once(world)
    put_in_force(world)
    ask_a_consultant(world)
    report_in_time(world)
    late = be_late(world)
    check_ladder(world, late)
    catch_up(world, late)
    monitor_autumn(world)
    evaluate(world)

    case = world.case()
    assert (case.state, case.outcome) == (CaseState.COMPLETED, "leaves")
    assert case.on_red_list_since is None
    assert world.open_elements() == set()
    assert "год завершён выходит из программы приказ № 210-р" in world.visitor("team").get(f"/cases/{case.id}").words
    assert world.violations() == ()


def diagnose(world: World) -> None:
    """Take the school from the questionnaire to the confirmed choice of risks."""
    world.do("team", "fill_questionnaire")
    world.live_until(2, 3)
    world.do("curator", "visit_school")
    world.do("curator", "verify_profile")
    world.do("team", "choose_risks")
    world.do("curator", "confirm_risks")


def plan(world: World) -> None:
    """Write everything that makes up the package."""
    world.live_until(2, 10)
    world.do("team", "write_concept")
    world.do("team", "write_programme")
    for _risk in range(2):
        world.do("team", "write_anti_risk_programme")
    world.do("principal", "check_completeness")


def return_once(world: World) -> None:
    """Have the curator return the package with a remark to a row, the school mend the row, the curator confirm."""
    case_id = world.case_id()
    world.remark("curator", place="measure:1", text="Назовите, кто проводит курсы.", severity="obstacle")
    refused = world.send(
        world.visitor("curator"), world.task("confirm_package"), world.answers(world.task("confirm_package"))
    )
    assert refused.status == 422, "An obstacle is open, the package must not be confirmed."
    world.do("curator", "confirm_package", {"confirm_decision": "return", "confirm_comment": "Уточните первую строку."})

    task = world.task("mend_package")
    page = world.visitor("team").get(f"/tasks/{task.id}")
    assert "Назовите, кто проводит курсы." in page.words
    rows = world.answers(task)["roadmap_rows"]
    rows[0] = {**rows[0], "responsible": "Заместитель директора; курсы ведёт ИРО"}
    form = world.filled(world.visitor("team"), task, world.answers(task) | {"roadmap_rows": rows})
    with world.reading() as session:
        remark = session.scalars(select(Remark).where(Remark.business_key == f"case:{case_id}")).one()
    form.put(f"_answer-{remark.id}", "Назвали: курсы ведёт институт развития образования.")
    assert world.visitor("team").post(form).path == f"/tasks/{task.id}/sent"

    review = world.task("confirm_package")
    page = world.visitor("curator").get(f"/tasks/{review.id}")
    assert "курсы ведёт ИРО" in page.words
    assert "Назвали: курсы ведёт институт развития образования." in page.words
    closed = world.visitor("curator").post(page.form(f"/remarks/{remark.id}/close"))
    assert closed.status == 200
    with world.reading() as session:
        assert session.get_one(Remark, remark.id).state is RemarkState.CLOSED
    world.do("curator", "confirm_package")


def put_in_force(world: World) -> None:
    """Have the municipality agree and the principal approve; then everybody can read the papers."""
    world.do("municipality", "agree_package")
    world.do("principal", "approve_package", files={"approval_order_file": [PDF]})
    case_id = world.case_id()
    with world.reading() as session:
        papers = session.scalars(select(Document).where(Document.business_key == f"case:{case_id}")).all()
        assert {paper.state for paper in papers} == {DocumentState.PUBLISHED}
    assert world.case().returns == 1
    page = world.visitor("team").get(f"/cases/{world.case_id()}")
    assert "41-о" in page.words


def ask_a_consultant(world: World) -> None:
    """Ask, answer, rate."""
    who, path = world.visitor("team"), f"/cases/{world.case_id()}"
    form = who.get(path).form("/questions")
    form.put("topic", "Наставничество")
    form.put("question", "Как оформить пары наставников?")
    form.put("urgency", "urgent")
    assert who.post(form).status == 200
    world.do("consultant", "answer_question")
    world.do("team", "rate_answer")
    with world.reading() as session:
        asked = session.scalars(select(Consultation).where(Consultation.case_id == world.case_id())).one()
        assert (asked.topic, asked.rating, asked.state) == ("Наставничество", 5, "closed")


def report_in_time(world: World) -> None:
    """Report about all measures but the one that ends in June, and about the first stage of monitoring."""
    measures = world.open_tasks("report_measure")
    assert len(measures) == 6
    for number, task in enumerate(task for task in measures if task.due_on and task.due_on.month != JUNE):
        world.do("team", "report_measure", about=task.about, files={"report_evidence": [PNG]} if number == 0 else None)
        world.do("curator", "confirm_report")
    world.live_until(6, 2)
    world.do("team", "report_stage")
    world.do("curator", "review_stage")
    world.do("municipality", "accept_stage")
    with world.reading() as session:
        kept = session.scalars(select(StoredFile).where(StoredFile.business_key == f"case:{world.case_id()}")).all()
    assert {file.name for file in kept} == {PDF.name, PNG.name}
    for file in kept:
        assert world.visitor("curator").status(f"/files/{file.id}") == 200
        assert world.visitor("stranger").status(f"/files/{file.id}") == 404


def be_late(world: World) -> Task:
    """Let everybody sleep over the measure of June until the region has it on its red list."""
    late = world.task("report_measure")
    assert late.due_on is not None
    assert late.due_on.month == JUNE
    steps = []
    for days, element in ((8, "call_school"), (15, "help_or_move"), (22, "decide_red_list")):
        on = late.due_on + timedelta(days=days)
        world.live_until(on.month, on.day)
        steps.append(element in world.open_elements())
    assert steps == [True, True, True]
    assert world.case().on_red_list_since is not None
    assert {task.element_id for task in world.open_tasks() if task.process_key == "escalate"} == {"decide_red_list"}
    return late


def check_ladder(world: World, late: Task) -> None:
    """Count every rung of the ladder: once in the rows, in the history, in each bell, in the outbox."""
    with world.reading() as session:
        rungs = session.scalars(select(Rung).join(Deadline).where(Deadline.task_id == late.id)).all()
        entries = session.scalars(
            select(Entry).where(Entry.subject_kind == "task", Entry.subject_id == late.id).order_by(Entry.id)
        ).all()
        bells = session.execute(
            select(Person.login, Notice.kind).join(Person).where(Notice.link == f"/tasks/{late.id}")
        ).all()
        sent = session.execute(select(Person.login, Mail.body).join(Person)).all()
    mails = [login for login, body in sent if any(word.endswith(f"/tasks/{late.id}") for word in body.split())]

    assert Counter((rung.kind, rung.offset_days, rung.state) for rung in rungs) == {
        (RungKind.SOON, -14, RungState.FIRED): 1,
        (RungKind.REMIND, -3, RungState.FIRED): 1,
        (RungKind.REMIND, 0, RungState.FIRED): 1,
        (RungKind.OVERDUE, 1, RungState.FIRED): 1,
        (RungKind.ESCALATE, 7, RungState.FIRED): 1,
    }
    assert Counter(entry.action for entry in entries) == {
        "task.opened": 1,
        "deadline.set": 1,
        "deadline.came_near": 1,
        "deadline.reminded": 2,
        "deadline.missed": 1,
        "deadline.escalated": 1,
        "escalation.started": 1,
    }
    assert Counter((login, kind) for login, kind in bells) == {
        ("team", "task.opened"): 1,
        ("team", "deadline.soon"): 1,
        ("team", "deadline.remind"): 2,
        ("team", "deadline.overdue"): 1,
        ("principal", "deadline.overdue"): 1,
    }
    assert Counter(mails) == {"team": 3, "principal": 1}


def catch_up(world: World, late: Task) -> None:
    """Report at last: the escalation ends by itself and the school leaves the red list."""
    red = world.task("decide_red_list")
    world.do("team", "report_measure")
    world.do("curator", "confirm_report")
    assert world.case().on_red_list_since is None
    with world.reading() as session:
        assert session.get_one(Task, red.id).state == "cancelled"
        closed = select(Entry).where(Entry.subject_id == late.id, Entry.action == "escalation.closed")
        assert [entry.detail["outcome"] for entry in session.scalars(closed)] == ["met"]
        states = Counter(session.scalars(select(Measure.state).where(Measure.case_id == world.case_id())))
        assert states == {MeasureState.CONFIRMED: 6}


def monitor_autumn(world: World) -> None:
    """Go through the second stage of monitoring, with methodical help."""
    world.live_until(10, 16)
    world.do("team", "report_stage")
    world.do("curator", "review_stage")
    world.do("municipality", "accept_stage")


def evaluate(world: World) -> None:
    """Measure again, look back, decide."""
    world.live_until(12, 2)
    world.do("team", "repeat_survey")
    world.do("principal", "evaluate_self")
    world.do("curator", "give_opinion")
    world.do("region", "confirm_outcome")
