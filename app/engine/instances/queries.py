"""Reads instances: data of a task, where they stand, what they did, where they could not go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.definitions.specs import prepared
from app.engine.instances.live import InstanceNotFound, decoded, lock_instance, look, read_row
from app.engine.instances.models import Incident, IncidentState, Instance, Step
from app.engine.instances.reporting import is_open
from app.engine.spiff.tokens import is_token, process_key_of, read
from app.engine.spiff.workflow import LiveWorkflow
from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.statements import connection_of

_NAMES = {TaskState.READY: "ready", TaskState.WAITING: "waiting", TaskState.STARTED: "started"}


class TaskNotFound(NotFound):
    """The instance has no such task any more."""


@dataclass(frozen=True)
class Token:
    """A place where an instance stands: `ready` (a person, or a held step), `waiting`, or `started` (a call)."""

    process_key: str
    element_id: str
    state: str


def get_instance(session: Session, *, instance_id: int) -> Instance:
    """Return an instance's row.

    Raises:
        InstanceNotFound: there is none.
    """
    row = session.get(Instance, instance_id)
    if row is None:
        raise InstanceNotFound(_("There is no such process instance."))
    return row


def instances_of(session: Session, *, business_key: str) -> Sequence[Instance]:
    """Return all instances about one thing, the oldest first."""
    return session.scalars(select(Instance).where(Instance.business_key == business_key).order_by(Instance.id)).all()


def instances_in(session: Session, *, scope_key: str) -> Sequence[Instance]:
    """Return the instances of a scope, in the order in which they were started."""
    return session.scalars(select(Instance).where(Instance.scope_key == scope_key).order_by(Instance.id)).all()


def read_workflow(session: Session, instance_id: int) -> LiveWorkflow:
    """Return a workflow of one's own to look at, read from the row.

    Raises:
        InstanceNotFound: there is no such instance.
    """
    return decoded(session, read_row(session, instance_id))


def task_data(session: Session, *, instance_id: int, task_ref: str) -> dict[str, Any]:
    """Return the data that a task sees; in a unit of work that writes, the instance is locked then.

    Raises:
        TaskNotFound: the task is not there any more.
    """
    # Whoever reads them there is about to move the instance, and need not read its row again.
    writes = connection_of(session).get_execution_options().get("writes", False)
    row = lock_instance(session, instance_id) if writes else read_row(session, instance_id)
    data: dict[str, Any] | None = look(session, row, lambda workflow: _data_of(workflow, task_ref))
    if data is None:
        raise TaskNotFound(_("This task is not there any more."))
    return data


def _data_of(workflow: LiveWorkflow, task_ref: str) -> dict[str, Any] | None:
    task = workflow.index.tasks.get(int(task_ref)) if task_ref.isascii() and task_ref.isdigit() else None
    return None if task is None else dict(read(task))


def resource_of(session: Session, *, instance_id: int, process_key: str, name: str) -> Any:
    """Return a resource that was deployed with the version of the process that the instance runs; None without."""
    version = read_row(session, instance_id).definition
    return prepared(session, version).resources.get(process_key, {}).get(name)


def waiting_tasks(session: Session, *, instance_id: int) -> tuple[str, ...]:
    """Return the refs of the tasks that the instance waits for somebody to do."""
    tokens = read_workflow(session, instance_id).index.tasks.values()
    return tuple(str(task.id) for task in tokens if is_open(task))


def instance_data(session: Session, *, instance_id: int) -> dict[str, Any]:
    """Return the variables of an instance's process, also after it has ended."""
    return dict(read_workflow(session, instance_id).values)


def tokens(session: Session, *, instance_id: int) -> tuple[Token, ...]:
    """Return where an instance stands, in all processes that it has called; boundary events do not count."""
    live = read_workflow(session, instance_id).index.tasks.values()
    return tuple(
        Token(process_key_of(task), task.task_spec.bpmn_id, _NAMES[task._state])
        for task in live
        if is_token(task) and task.task_spec.element_type
    )


def steps(session: Session, *, instance_id: int) -> Sequence[Step]:
    """Return everything an instance did, in order."""
    return session.scalars(select(Step).where(Step.instance_id == instance_id).order_by(Step.seq)).all()


def open_incidents(session: Session) -> Sequence[Incident]:
    """Return the incidents that somebody has to look at, the oldest first."""
    statement = select(Incident).where(Incident.state == IncidentState.OPEN)
    return session.scalars(statement.order_by(Incident.opened_at, Incident.id)).all()
