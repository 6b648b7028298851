"""What must always hold in the database, checked by reading alone. The numbers name the invariants of our promises."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.engine.instances import queries as instances
from app.engine.instances.models import Instance, InstanceState
from app.engine.instances.verify import Violation
from app.engine.instances.verify import find_violations as engine_violations
from app.kernel.storage import FileMissing, Storage
from app.programme.cycles.models import Case, CaseState
from app.work.deadlines.models import Deadline, DeadlineState, Rung, RungState
from app.work.documents import queries as documents
from app.work.documents.models import StoredFile
from app.work.forms.models import Draft, Submission
from app.work.history.models import Entry
from app.work.notifications.models import Mail, MailState
from app.work.tasks.models import Task, TaskState

PATIENCE = timedelta(minutes=10)
FINAL = (TaskState.COMPLETED, TaskState.CANCELLED)


def find_violations(session: Session, *, now: datetime, files: Storage) -> tuple[Violation, ...]:
    """Return everything that is broken: in the engine, between engine and tasks, in deadlines, mails and files."""
    return (
        *engine_violations(session, now=now),
        *_tasks_and_engine(session),
        *_completions(session),
        *_deadlines(session, now),
        *_mails(session, now),
        *_cases(session),
        *_drafts(session),
        *_files(session, files),
    )


def _tasks_and_engine(session: Session) -> Iterator[Violation]:
    """6: every open task belongs to a running instance that waits for it, one to one."""
    rows = session.execute(select(Task.instance_id, Task.task_ref).where(Task.state.not_in(FINAL))).all()
    open_rows = {(instance_id, ref) for instance_id, ref in rows}
    running = session.scalars(select(Instance.id).where(Instance.state == InstanceState.RUNNING)).all()
    waiting = {(i, ref) for i in running for ref in instances.waiting_tasks(session, instance_id=i)}
    for instance_id, ref in sorted(open_rows - waiting):
        yield Violation(6, f"task:{instance_id}/{ref}", "The task is open, but its instance does not wait for it.")
    for instance_id, ref in sorted(waiting - open_rows):
        yield Violation(6, f"instance:{instance_id}/{ref}", "The instance waits for a task that is not open.")


def _completions(session: Session) -> Iterator[Violation]:
    """7: every completed task has one submission and one line in the history, and ended after it began."""
    done = session.execute(
        select(Task.id, Task.created_at, Task.ended_at).where(Task.state == TaskState.COMPLETED)
    ).all()
    submitted = set(session.scalars(select(Submission.task_id)))
    counted = session.execute(
        select(Entry.subject_id, func.count())
        .where(Entry.subject_kind == "task", Entry.action == "task.completed")
        .group_by(Entry.subject_id)
    )
    told = {task_id: count for task_id, count in counted}  # noqa: C416 – rows are no pairs to the type checker
    for task_id, created_at, ended_at in done:
        if task_id not in submitted:
            yield Violation(7, f"task:{task_id}", "The task is completed without a submission.")
        if told.get(task_id) != 1:
            yield Violation(7, f"task {task_id}", f"Its completion stands {told.get(task_id, 0)} times in the history.")
        if ended_at is None or ended_at < created_at:
            yield Violation(7, f"task:{task_id}", "The task ended before it began.")
    for task_id in sorted(submitted - {task_id for task_id, *_rest in done}):
        yield Violation(7, f"task:{task_id}", "There is a submission of a task that is not completed.")


def _deadlines(session: Session, now: datetime) -> Iterator[Violation]:
    """15–16: a deadline runs exactly as long as its task is open; no rung fired early or is forgotten."""
    rows = session.execute(select(Task.id, Task.state, Deadline.state).join(Deadline, Deadline.task_id == Task.id))
    for task_id, task_state, deadline_state in rows:
        if (task_state in FINAL) == (deadline_state is DeadlineState.RUNNING):
            yield Violation(15, f"task:{task_id}", f"The task is {task_state}, its deadline {deadline_state}.")
    early = session.scalars(select(Rung.id).where(Rung.fired_at < Rung.due_at))
    for rung_id in early:
        yield Violation(16, f"rung:{rung_id}", "The rung fired before its day.")
    over = select(Rung.id).join(Deadline, Deadline.id == Rung.deadline_id).join(Task, Task.id == Deadline.task_id)
    waits = (Rung.state == RungState.WAITING) & (Deadline.state != DeadlineState.RUNNING)
    for rung_id in session.scalars(over.where(or_(waits, Rung.fired_at > Task.ended_at))):
        yield Violation(15, f"rung:{rung_id}", "The rung waits or fired after its task had ended.")
    forgotten = session.scalars(select(Rung.id).where(Rung.state == RungState.WAITING, Rung.due_at < now - PATIENCE))
    for rung_id in forgotten:
        yield Violation(16, f"rung:{rung_id}", "The rung has been due for more than ten minutes.")


def _mails(session: Session, now: datetime) -> Iterator[Violation]:
    """19: no mail claims to be sent without an instant, and none has an instant without being sent."""
    for mail_id, state, sent_at in session.execute(select(Mail.id, Mail.state, Mail.sent_at)):
        if (state is MailState.SENT) != (sent_at is not None):
            yield Violation(19, f"mail:{mail_id}", f"The mail is {state}, sent at {sent_at}.")


def _cases(session: Session) -> Iterator[Violation]:
    """11: a running case has a running lifecycle, and an ended one has none."""
    keys = set(
        session.scalars(
            select(Instance.business_key).where(
                Instance.process_key == "roadmap_lifecycle", Instance.state == InstanceState.RUNNING
            )
        )
    )
    for case_id, state in session.execute(select(Case.id, Case.state)):
        if (state is CaseState.RUNNING) != (f"case:{case_id}" in keys):
            yield Violation(11, f"case:{case_id}", f"The case is {state}, which its lifecycle is not.")


def _drafts(session: Session) -> Iterator[Violation]:
    """29–30: a submission belongs to whoever completed the task; drafts of ended tasks are gone."""
    left = session.scalars(select(Draft.id).join(Task, Task.id == Draft.task_id).where(Task.state.in_(FINAL)))
    for draft_id in left:
        yield Violation(29, f"draft:{draft_id}", "The draft belongs to a task that has ended.")
    strangers = session.scalars(
        select(Submission.id).join(Task, Task.id == Submission.task_id).where(Task.assignee_id != Submission.person_id)
    )
    for submission_id in strangers:
        yield Violation(30, f"submission:{submission_id}", "Somebody else than the assignee sent it.")


def _files(session: Session, files: Storage) -> Iterator[Violation]:
    """26: every row of a file has its bytes, of the size that the row says, and no file lies without a row."""
    for file_id in files.strays(documents.storage_ids(session)):
        yield Violation(26, f"file:{file_id}", "The file has been in the store for a day and has no row.")
    for stored in session.scalars(select(StoredFile).where(StoredFile.removed_at.is_(None))):
        try:
            size = files.path(stored.storage_id).stat().st_size
        except (FileMissing, OSError):
            size = 0
        if size != stored.size:
            yield Violation(26, f"file:{stored.id}", f"The row says {stored.size} bytes, the store has {size}.")
