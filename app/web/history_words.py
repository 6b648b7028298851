"""History in sentences: what each kind of entry says, in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from app.kernel.i18n import _
from app.programme.cycles.models import Outcome
from app.web import dates, words
from app.work.history.models import Entry
from app.work.history.queries import Told
from app.work.people import queries as people

# Action → sentence; the places are filled from the entry's detail. Neuter and passive: names have no gender here.
SENTENCES = {
    "task.opened": _("New task: %(title)s"),
    "task.claimed": _("Task taken: %(title)s"),
    "task.released": _("Task given back: %(title)s"),
    "task.assigned": _("Task given to %(assignee)s: %(title)s"),
    "task.completed": _("Task completed: %(title)s"),
    "task.cancelled": _("Task no longer needed: %(title)s"),
    "task.reminded": _("%(people)s reminded: %(title)s"),
    "task.due_moved": _("Date moved from %(old_due_on)s to %(new_due_on)s: %(title)s. Reason: %(reason)s"),
    "deadline.set": _("Due %(due_on)s: %(title)s"),
    "deadline.came_near": _("The date comes near: %(title)s"),
    "deadline.reminded": _("Reminder sent: %(title)s"),
    "deadline.missed": _("Overdue: %(title)s"),
    "deadline.escalated": _("Overdue, the next role is asked: %(title)s"),
    "file.attached": _("File attached: %(name)s"),
    "file.removed": _("File removed: %(name)s"),
    "document.written": _("Version %(number)s stored: %(title)s"),
    "document.approved": _("Approved by order: %(title)s"),
    "document.published": _("Published: %(title)s"),
    "remark.added": _("Remark on “%(place_title)s”"),
    "remark.edited": _("Remark changed: “%(place_title)s”"),
    "remark.removed": _("Remark taken back: “%(place_title)s”"),
    "remark.answered": _("Remark answered: “%(place_title)s”"),
    "remark.closed": _("Remark closed: “%(place_title)s”"),
    "package.submitted": _("The package was sent to the curator"),
    "package.confirmed": _("The curator confirmed the package"),
    "package.agreed": _("The package was agreed for the founder"),
    "package.returned": _("The package was returned for changes. %(reason)s"),
    "package.recalled": _("The school took the package back"),
    "package.published": _("The package was approved by order No. %(order_number)s of %(order_on)s and published"),
    "measure.changed": _("Measure %(number)s changed: %(title)s"),
    "measure.added": _("Measure %(number)s added: %(title)s"),
    "measure.removed": _("Measure %(number)s taken out: %(title)s"),
    "measure.reported": _("Report about measure %(number)s: %(title)s"),
    "measure.returned": _("Report about measure %(number)s returned: %(remark)s"),
    "measure.confirmed": _("Measure %(number)s confirmed: %(title)s"),
    "measure.postponed": _("Measure %(number)s postponed: %(title)s"),
    "measure.cancelled": _("Measure %(number)s cancelled: %(reason)s"),
    "measure.overdue": _("Measure %(number)s is overdue: %(title)s"),
    "measure.unfinished": _("The window closed, measure %(number)s was left open: %(title)s"),
    "profile.assessed": _("The risk profile was computed"),
    "risks.chosen": _("The school chose its risks for the year"),
    "consultation.asked": _("Question to a consultant: %(topic)s"),
    "consultation.answered": _("The consultant answered: %(topic)s"),
    "consultation.rated": _("The answer was rated: %(rating)s of 5"),
    "consultation.closed": _("Consultation closed: %(topic)s"),
    "escalation.started": _("Help was called because of a late task: %(title)s"),
    "escalation.closed": _("Escalation over"),
    "case.added": _("The school was added to the cycle"),
    "case.running": _("The school's year began"),
    "case.completed": _("The school's year is over"),
    "case.cancelled": _("The school's year was cancelled"),
    "case.put_on_red_list": _("The school is on the region's red list"),
    "case.taken_off_red_list": _("The school is off the red list"),
    "case.outcome_decided": _("Outcome of the year: %(outcome)s"),
    "monitoring.snapshot_taken": _("The roadmap was recorded for monitoring stage %(stage)s"),
    "monitoring.closed": _("Monitoring stage %(stage)s closed"),
    "cycle.schools_imported": _("A list of schools was taken in"),
    "cycle.prepared": _("The cycle was prepared"),
    "cycle.calendar_changed": _("The calendar of the cycle was changed"),
    "cycle.order_signed": _("The order of the cycle: No. %(number)s of %(signed_on)s"),
    "cycle.running": _("The cycle began"),
    "cycle.closed": _("The cycle is closed"),
    "cycle.cancelled": _("The cycle was cancelled"),
    "cycle.cancel_reason_given": _("Why the cycle was cancelled: %(reason)s"),
    "incident.given_up": _("The process was ended because of a failure: %(reason)s"),
    "incident.retried": _("A failed step was tried again"),
    "process.failed": _("The process %(process)s has ended by an error: %(reason)s"),
    "process.migrated": _("The process %(key)s goes on in version %(newer)s (before: %(older)s)"),
    "mandate.granted": _("A mandate was given"),
    "mandate.ended": _("A mandate was ended"),
}

# What only tells how the machinery works, or is told by another entry of the same moment.
QUIET = frozenset(
    {
        "task.seen",
        "task.opened",
        "form.submitted",
        "deadline.set",
        "deadline.met",
        "deadline.dropped",
        "deadline.moved",
        "document.draft",
        "document.with_curator",
        "document.returned",
        "document.confirmed",
        "document.in_agreement",
        "document.agreed",
        "document.archived",
    }
)


@dataclass(frozen=True)
class Line:
    """One line of the history: when, who (empty for the program itself) and what."""

    at: datetime
    who: str
    sentence: str


def lines(session: Session, entries: Iterable[Entry | Told]) -> list[Line]:
    """Return the entries that mean something to a person, as sentences; names are read in one query."""
    shown = [entry for entry in entries if entry.action not in QUIET]
    ids = {entry.person_id for entry in shown if entry.person_id is not None}
    names = people.people_by_id(session, ids) if ids else {}
    return [
        Line(
            entry.at,
            names[entry.person_id].short_name if entry.person_id and entry.person_id in names else "",
            sentence(entry),
        )
        for entry in shown
    ]


def sentence(entry: Entry | Told) -> str:
    """Return what an entry says; one whose kind is new here says only that something was noted."""
    pattern = SENTENCES.get(entry.action)
    if pattern is None:
        return gettext("Something was noted")
    return (gettext(pattern) % _Filled(_readable(entry.detail))).strip()


class _Filled(dict[str, str]):
    """Values for the places of a sentence; an entry written by an older version may lack one."""

    def __missing__(self, key: str) -> str:
        return "–"


def _readable(detail: Mapping[str, Any]) -> dict[str, str]:
    english = str(get_locale()) == "en"
    title = str(detail.get("title_en") or detail.get("title") or "") if english else str(detail.get("title") or "")
    about = str(detail.get("about") or "")
    values = {name: _one(name, value) for name, value in detail.items()}
    values["title"] = f"{title} ({about})" if about else title
    return values


def _one(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–" if name != "reason" else ""
    if name.endswith("_on") and isinstance(value, str):
        return dates.day(value) or value
    if name == "outcome":
        return _outcome(value)
    return str(value)


def _outcome(value: Any) -> str:
    return words.state_badge(Outcome(value))[1] if value in set(Outcome) else str(value)
