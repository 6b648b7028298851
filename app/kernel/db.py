"""The database handle of the program and the one place that commits; the tables' base is in app/kernel/tables.py."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

from app.kernel.tables import Base, Instant, from_json, to_json

__all__ = ["Base", "Instant", "after_commit", "db", "unit_of_work"]

db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},
    engine_options={"json_serializer": to_json, "json_deserializer": from_json},
)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Open the session for writing, commit once if the block ends well, roll back if it raises.

    Only doors (web, api, cli, jobs) call this, inside an application context; rooms receive the
    session and at most flush.
    """
    session = db.session()
    session.rollback()
    session.info.pop("after_commit", None)
    try:
        session.connection(execution_options={"writes": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("after_commit", None)
        raise
    for call in session.info.pop("after_commit", []):
        call()


def after_commit(session: Session, call: Callable[[], object]) -> None:
    """Have `call` made once the unit of work is safely stored, and never if it is rolled back.

    For nudging a worker: the row is the truth, and a lost nudge is found by the next tick.
    """
    session.info.setdefault("after_commit", []).append(call)
