"""Telling people: notices in the bell, mails in the outbox. These rows are themselves the record of what was told."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from app.kernel.i18n import _
from app.kernel.rows import add_row
from app.kernel.statements import Statement
from app.work.notifications import queries, rules
from app.work.notifications.models import Mail, MailState, Notice
from app.work.notifications.queries import Reader
from app.work.notifications.templates import MAILED, MAILED_ONCE_AN_HOUR
from app.work.people.models import Person

LEASE = timedelta(minutes=10)


def notify(
    session: Session,
    *,
    person: Person,
    kind: str,
    values: Mapping[str, Any],
    link: str,
    business_key: str,
    now: datetime,
) -> None:
    """Put a line into the person's bell, and a mail into the outbox if such things are mailed.

    The caller leaves out whoever acted: nobody is told of what he did himself.

    Args:
        session: the caller's session.
        person: who is told, in the language that he reads.
        kind: a key of `templates.TEXTS`.
        values: JSON values for its places.
        link: where it leads, a path like `/tasks/12`.
        business_key: the case or cycle that it is about.
        now: the present moment.
    """
    told = kind in MAILED_ONCE_AN_HOUR and queries.was_told(
        session, person_id=person.id, kind=kind, business_key=business_key, since=now - timedelta(hours=1)
    )
    reader = Reader(person.id, person.full_name, person.email, person.locale, told)
    tell(session, reader=reader, kind=kind, values=values, link=link, business_key=business_key, now=now)


def tell(
    session: Session,
    *,
    reader: Reader,
    kind: str,
    values: Mapping[str, Any],
    link: str,
    business_key: str,
    now: datetime,
) -> None:
    """Do what `notify` does for somebody of whom the caller knows already what was told before."""
    subject, body = rules.render(kind, values, link=link, locale=reader.locale)
    held_back = kind in MAILED_ONCE_AN_HOUR and reader.was_told
    if reader.email and kind in MAILED and not held_back:
        queue_mail(session, person=reader, subject=subject, body=body, now=now)
    add_row(
        session,
        Notice,
        person_id=reader.id,
        kind=kind,
        values=dict(values),
        link=link,
        business_key=business_key,
        created_at=now,
    )


def mark_read(session: Session, *, person_id: int, now: datetime, notice_ids: Collection[int] | None = None) -> int:
    """Mark some of the person's notices as read, or all; return how many were not yet.

    Raises:
        NoticeNotFound: one of `notice_ids` is none of this person's; nothing is marked then.
    """
    mine = Notice.person_id == person_id
    if notice_ids is not None:
        mine &= Notice.id.in_(notice_ids)
        if len(session.scalars(select(Notice.id).where(mine)).all()) < len(set(notice_ids)):
            raise queries.NoticeNotFound(_("There is no such notice."))
    unread = update(Notice).where(mine, Notice.read_at.is_(None)).values(read_at=now)
    return len(session.scalars(unread.returning(Notice.id)).all())


_notice: Any = Notice.__table__
_SETTLE = Statement(
    update(_notice)
    .where(_notice.c.business_key == bindparam("key"), _notice.c.link == bindparam("place"))
    .where(_notice.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
)


def settle(session: Session, *, link: str, business_key: str, now: datetime) -> None:
    """Mark as read, for everybody, what was told of a thing that is done now."""
    _SETTLE.run(session, key=business_key, place=link, now=now)


def queue_mail(session: Session, *, person: Person | Reader, subject: str, body: str, now: datetime) -> None:
    """Put a mail into the outbox; a worker sends it after the commit.

    Raises:
        NoAddress: the person has no mail address.
    """
    if not person.email:
        raise rules.NoAddress(_("%(name)s has no mail address."), name=person.short_name)
    add_row(
        session,
        Mail,
        message_id=f"{uuid.uuid4()}@vekha",
        person_id=person.id,
        address=person.email,
        subject=" ".join(subject.split()),
        body=body,
        next_try_at=now,
        created_at=now,
    )


def claim_due_mails(session: Session, *, now: datetime, limit: int, lease: timedelta = LEASE) -> tuple[int, ...]:
    """Take mails that are due, for as long as the lease, and return their ids, the oldest first.

    Every claim counts as an attempt: a mail that kills its worker each time is given up like one that is refused.
    """
    due = (Mail.state == MailState.PENDING) & (Mail.next_try_at <= now)
    worn_out = update(Mail).where(due, Mail.attempts >= rules.MAX_ATTEMPTS)
    session.execute(worn_out.values(state=MailState.FAILED))
    chosen = select(Mail.id).where(due).order_by(Mail.next_try_at, Mail.id).limit(limit)
    # Chosen first: inside the UPDATE PostgreSQL may run the choice several times and claim beyond the limit.
    ids = session.scalars(chosen.with_for_update(skip_locked=True)).all()
    claimed = session.scalars(
        update(Mail)
        .where(Mail.id.in_(ids), due)
        .values(next_try_at=now + lease, attempts=Mail.attempts + 1)
        .returning(Mail.id)
        .execution_options(synchronize_session=False)
    ).all()
    return tuple(sorted(claimed))


def mark_sent(session: Session, *, mail_id: int, now: datetime) -> Mail:
    """Note that the mail server has taken the mail.

    Raises:
        MailNotFound: there is no such mail.
        MailNotPending: it was sent before.
    """
    # A mail that was given up while its last attempt still ran has been sent after all.
    waiting = or_(Mail.state == MailState.PENDING, Mail.state == MailState.FAILED)
    return _settle(session, mail_id, waiting, state=MailState.SENT, sent_at=now, last_error="")


def mark_failed(session: Session, *, mail_id: int, error: str, now: datetime) -> Mail:
    """Note that the mail could not be sent: it is tried again later, each time after a longer pause, and not for ever.

    Raises:
        MailNotFound: there is no such mail.
        MailNotPending: it was sent, or given up before.
    """
    mail = queries.get_mail(session, mail_id=mail_id)
    session.refresh(mail)
    pause = rules.pause_after(mail.attempts)
    changes: dict[str, object] = {"last_error": error[:500]}
    changes |= {"state": MailState.FAILED} if pause is None else {"next_try_at": now + pause}
    return _settle(session, mail_id, Mail.state == MailState.PENDING, **changes)


def _settle(session: Session, mail_id: int, only_if: Any, **values: object) -> Mail:
    mail = queries.get_mail(session, mail_id=mail_id)
    change = update(Mail).where(Mail.id == mail_id, only_if).values(**values).returning(Mail.id)
    won = session.scalar(change.execution_options(synchronize_session=False))
    session.refresh(mail)
    if won is None:
        raise rules.MailNotPending(_("This mail has been dealt with."))
    return mail
