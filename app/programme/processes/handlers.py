"""Every operation that a diagram may call, by the name that its service tasks use.

`HANDLERS` write to the database only: they are tried at once, in the transaction that started the service task.
What acts outside of it (another server, a device) belongs into `REMOTE`: a worker does it after the commit.
"""

from app.programme.processes import (
    approve,
    consult,
    diagnose,
    escalate,
    evaluate,
    implement,
    lifecycle,
    monitor,
    open_cycle,
    plan,
)
from app.programme.processes.calls import Handler, RemoteHandler
from app.programme.processes.notices import notify

HANDLERS: dict[str, Handler] = {
    "notify": notify,
    **open_cycle.HANDLERS,
    **lifecycle.HANDLERS,
    **diagnose.HANDLERS,
    **plan.HANDLERS,
    **approve.HANDLERS,
    **implement.HANDLERS,
    **monitor.HANDLERS,
    **evaluate.HANDLERS,
    **escalate.HANDLERS,
    **consult.HANDLERS,
}

REMOTE: dict[str, RemoteHandler] = {}
