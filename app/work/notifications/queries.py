"""Reading notices and mails. Nothing here changes anything."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.lists import PAGE_SIZE, Page, page_number
from app.work.notifications.models import Mail, MailState, Notice

BELL_LENGTH = 20


class NoticeNotFound(NotFound):
    """There is no such notice of this person."""


class MailNotFound(NotFound):
    """There is no such mail."""


def bell(session: Session, *, person_id: int, limit: int = BELL_LENGTH) -> Sequence[Notice]:
    """Return the person's latest notices, the newest first, read ones too."""
    return session.scalars(
        select(Notice)
        .where(Notice.person_id == person_id)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(limit)
    ).all()


def unread_count(session: Session, *, person_id: int) -> int:
    """Return how many notices the person has not read."""
    unread = (Notice.person_id == person_id) & Notice.read_at.is_(None)
    return session.scalar(select(func.count()).select_from(Notice).where(unread)) or 0


def get_mail(session: Session, *, mail_id: int) -> Mail:
    """Return the mail.

    Raises:
        MailNotFound: there is none with this id.
    """
    mail = session.get(Mail, mail_id)
    if mail is None:
        raise MailNotFound(_("There is no such mail."))
    return mail


def outbox(session: Session, *, state: MailState | None = None, page: int = 1) -> Page[Mail]:
    """Return a page of the outbox, the newest first: all mails, or those in one state."""
    wanted = select(Mail) if state is None else select(Mail).where(Mail.state == state)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = page_number(page, total=total)
    rows = wanted.order_by(Mail.id.desc()).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return Page(session.scalars(rows).all(), number, total)


def was_told(session: Session, *, person_id: int, kind: str, business_key: str, since: datetime) -> bool:
    """Say whether the person has had such a notice about the case since then."""
    same = (Notice.person_id == person_id) & (Notice.kind == kind) & (Notice.business_key == business_key)
    return session.scalar(select(Notice.id).where(same, Notice.created_at > since).limit(1)) is not None
