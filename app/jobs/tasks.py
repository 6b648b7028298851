"""What workers do. Each job takes ids only, looks at the row first, and may run twice without harm."""

import logging
from datetime import timedelta

from app.jobs.workshop import workshop
from app.kernel import mail, queue
from app.work.notifications import operations, queries
from app.work.notifications.models import MailState
from app.work.notifications.rules import with_addresses

log = logging.getLogger(__name__)

# Longer than a job may run, so that nobody begins what is still going on.
CALL_LEASE = timedelta(seconds=queue.RUNS_SECONDS + 60)


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


def start_process(start_timer_id: int) -> None:
    """Start the process whose start timer is due."""
    from app.programme.processes import unattended

    with workshop().unit() as (session, now):
        unattended.start_by_timer(session, start_timer_id=start_timer_id, now=now)


def perform_call(call_id: int) -> None:
    """Make the next attempt at a service task that the ticker has claimed.

    What acts outside of the database is done between two units of work, so that nobody waits for it.
    """
    from app.programme.processes import performing, unattended

    here = workshop()
    with here.unit() as (session, now):
        errand = unattended.try_call(session, call_id=call_id, now=now)
    if errand is None:
        return
    answer = performing.run_errand(errand)
    with here.unit() as (session, now):
        unattended.answer_call(session, errand=errand, answer=answer, now=now)


def take_call(call_id: int) -> None:
    """Claim a service task that was just started, and make the first attempt; the ticker may have been quicker."""
    from app.engine.calls import operations as calls

    with workshop().unit() as (session, now):
        ours = calls.claim(session, call_id=call_id, now=now, lease=CALL_LEASE)
    if ours:
        perform_call(call_id)


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
