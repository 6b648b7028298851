"""What workers do. Each job takes ids only, looks at the row first, and may run twice without harm."""

import logging

from app.jobs.workshop import workshop
from app.kernel import mail
from app.work.notifications import operations, queries
from app.work.notifications.models import MailState
from app.work.notifications.rules import with_addresses

log = logging.getLogger(__name__)


def fire_timer(timer_id: int) -> None:
    """Move the instance on whose timer is due."""
    from app.programme.processes import acts

    with workshop().unit() as (session, now):
        acts.advance_timer(session, timer_id=timer_id, now=now)


def fire_rung(rung_id: int) -> None:
    """Remind, or ask the next role, as a deadline's ladder says."""
    from app.programme.processes import acts

    with workshop().unit() as (session, now):
        acts.climb_rung(session, rung_id=rung_id, now=now)


def send_mail(mail_id: int) -> None:
    """Send one mail of the outbox; a server that is away makes it wait for its next try."""
    here = workshop()
    with here.unit() as (session, _now):
        row = queries.get_mail(session, mail_id=mail_id)
        waits = row.state is MailState.PENDING
        text = with_addresses(row.body, base_url=here.settings.base_url)
        letter = mail.Mail(message_id=row.message_id, to=row.address, subject=row.subject, text=text)
    if not waits:
        log.info("mail %s has been settled before", mail_id)
        return
    try:
        mail.send(letter, smtp_url=here.settings.smtp_url, sender=here.settings.mail_from)
    except (mail.MailNotSent, mail.NotAnAddress) as failure:
        with here.unit() as (session, now):
            operations.mark_failed(session, mail_id=mail_id, error=str(failure.__cause__ or failure), now=now)
    else:
        with here.unit() as (session, now):
            operations.mark_sent(session, mail_id=mail_id, now=now)
