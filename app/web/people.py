"""The administrator's pages about people: who they are, what they may act as, whether they may sign in."""

import secrets
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.kernel.db import db, unit_of_work
from app.kernel.errors import AppError, NotAllowed
from app.web import session
from app.web.addresses import small_int
from app.web.failures import status_of, translated
from app.work.people import operations as people
from app.work.people import queries
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.queries import MandateNotFound, OrganisationNotFound
from app.work.people.roles import LEVEL_OF_ROLE, ROLE_NAMES, Role
from app.work.tasks.operations import release_held_by

blueprint = Blueprint("people", __name__)

# No letters or digits that look alike when they are read out or written down.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
SHOWN_PLACES = 50


class NotYourself(NotAllowed):
    """Whoever would lock himself out asks another administrator."""


@blueprint.get("/people")
def index() -> ResponseReturnValue:
    """List the people, searched."""
    search, page = request.args.get("q", "")[:100], max(1, min(request.args.get("page", 1, type=int), 100_000))
    found = queries.people_page(db.session(), places=_own_places(), search=search, page=page)
    return render_template("people/list.html", found=found, search=search, today=session.today())


@blueprint.get("/people/new")
def new() -> ResponseReturnValue:
    """Show the form of a new person."""
    return render_template("people/new.html", given={}, error="")


@blueprint.post("/people/new")
def add() -> ResponseReturnValue:
    """Add a person with a password that is shown once."""
    given = {name: request.form.get(name, "").strip() for name in ("login", "full_name", "post", "email")}
    password = _password()
    try:
        with unit_of_work() as unit:
            person = people.add_person(
                unit, **given, password=password, now=session.now(), actor_id=session.actor().person_id
            )
    except AppError as error:
        return render_template("people/new.html", given=given, error=translated(error)), status_of(error)
    return _page(_person(person.id), password=password), 201


@blueprint.get("/people/<int:person_id>")
def show(person_id: int) -> ResponseReturnValue:
    """Show one person with every mandate ever held."""
    return _page(_person(person_id))


@blueprint.post("/people/<int:person_id>/password")
def reset_password(person_id: int) -> ResponseReturnValue:
    """Give a new password, shown once; every device is signed out."""
    person, password = _person(person_id), _password()
    with unit_of_work() as unit:
        people.set_password(
            unit, person_id=person.id, password=password, now=session.now(), actor_id=session.actor().person_id
        )
    return _page(_person(person_id), password=password)


@blueprint.post("/people/<int:person_id>/disable")
def disable(person_id: int) -> ResponseReturnValue:
    """Let the person sign in no more; tasks in hand go back to the role."""
    actor, now = session.actor(), session.now()
    if person_id == actor.person_id:
        raise NotYourself(_("You cannot disable yourself; another administrator can."))
    person = _person(person_id)
    with unit_of_work() as unit:
        people.disable_person(unit, person_id=person.id, now=now, actor_id=actor.person_id)
        release_held_by(unit, person_id=person.id, actor_id=actor.person_id, now=now)
    flash(_("%(name)s is disabled and signed out.", name=person.short_name))
    return redirect(url_for("people.show", person_id=person_id), 303)


@blueprint.post("/people/<int:person_id>/enable")
def enable(person_id: int) -> ResponseReturnValue:
    """Let a disabled person sign in again."""
    person = _person(person_id)
    with unit_of_work() as unit:
        people.enable_person(unit, person_id=person.id, now=session.now(), actor_id=session.actor().person_id)
    flash(_("%(name)s can sign in again.", name=person.short_name))
    return redirect(url_for("people.show", person_id=person_id), 303)


@blueprint.get("/people/<int:person_id>/mandates/new")
def choose_mandate(person_id: int) -> ResponseReturnValue:
    """Choose a role, then the place where it is held."""
    return _mandate_page(_person(person_id), {"since_on": session.today().isoformat()}, {})


@blueprint.post("/people/<int:person_id>/mandates/new")
def grant_mandate(person_id: int) -> ResponseReturnValue:
    """Give the mandate from a day on."""
    person = _person(person_id)
    given = {name: request.form.get(name, "").strip() for name in ("since_on", "until_on", "place")}
    since, until = _date(given["since_on"]), _date(given["until_on"])
    errors = {}
    if since is None:
        errors["since_on"] = _("Write the first day as a date, for example 2026-09-01.")
    if given["until_on"] and until is None:
        errors["until_on"] = _("Write the last day as a date, or leave it empty.")
    role = _role(request.form.get("role", ""))
    place_id = small_int(given["place"])
    if role is None or place_id is None:
        errors["place"] = _("Choose where the mandate is held.")
    if errors or since is None or role is None or place_id is None:
        return _mandate_page(person, given, errors), 422
    place = _place(place_id)
    try:
        with unit_of_work() as unit:
            held = people.grant_mandate(
                unit,
                person_id=person.id,
                role=role,
                organisation_id=place.id,
                since_on=since,
                now=session.now(),
                actor_id=session.actor().person_id,
            )
            if until is not None:
                _end(unit, held, until)
    except AppError as error:
        return _mandate_page(_person(person_id), given, {"place": translated(error)}), status_of(error)
    flash(_("The mandate is given."))
    return redirect(url_for("people.show", person_id=person_id), 303)


@blueprint.post("/people/<int:person_id>/mandates/<int:mandate_id>/end")
def end_mandate(person_id: int, mandate_id: int) -> ResponseReturnValue:
    """Set the last day of a mandate; tasks in hand that need it go back to the role."""
    held = _mandate(person_id, mandate_id)
    actor, until = session.actor(), _date(request.form.get("until_on", ""))
    if until is None:
        return _page(_person(person_id), error=_("Write the last day as a date, for example 2026-09-01.")), 422
    if held.person_id == actor.person_id and held.role is Role.ADMINISTRATOR:
        raise NotYourself(_("You cannot end your own mandate as administrator; another administrator can."))
    try:
        with unit_of_work() as unit:
            _end(unit, held, until)
            release_held_by(unit, person_id=person_id, actor_id=actor.person_id, now=session.now())
    except AppError as error:
        db.session.rollback()
        return _page(_person(person_id), error=translated(error)), status_of(error)
    flash(_("The mandate ends on that day."))
    return redirect(url_for("people.show", person_id=person_id), 303)


def _end(unit: Session, held: HeldMandate, until: date) -> None:
    actor_id, now = session.actor().person_id, session.now()
    people.end_mandate(unit, mandate_id=held.id, until_on=until, now=now, actor_id=actor_id)


def _password() -> str:
    """Return a password that can be read out: four groups of four."""
    return "-".join("".join(secrets.choice(_LETTERS) for _letter in range(4)) for _group in range(4))


def _person(person_id: int) -> Person:
    """Return somebody of the administrator's own regions, or without any mandate yet.

    Raises:
        PersonNotFound: there is none.
    """
    return queries.person_within(db.session(), person_id, places=_own_places())


def _place(organisation_id: int) -> Organisation:
    """Return an organisation of the administrator's own regions.

    Raises:
        OrganisationNotFound: it is none of them.
    """
    if organisation_id not in _own_places():
        raise OrganisationNotFound(_("There is no such organisation."))
    return queries.find_organisation(db.session(), organisation_id)


def _own_places() -> frozenset[int]:
    """Return the ids of the organisations in the regions that the actor administers."""
    regions = {m.organisation_id for m in session.actor().mandates if m.role is Role.ADMINISTRATOR}
    below = {place.id for region in regions for place in queries.organisations(db.session(), under=region)}
    return frozenset(regions | below)


def _mandate(person_id: int, mandate_id: int) -> HeldMandate:
    """Return a mandate of this person, held in one of the administrator's regions.

    Raises:
        MandateNotFound: there is none.
    """
    held = queries.get_mandate(db.session(), mandate_id)
    if held.person_id != person_id or held.organisation_id not in _own_places():
        raise MandateNotFound(_("There is no such mandate."))
    return held


def _role(code: str) -> Role | None:
    return Role(code) if code in set(Role) else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(person: Person, *, password: str = "", error: str = "") -> str:
    held = queries.held_mandates(db.session(), person_id=person.id)
    return render_template(
        "people/show.html", person=person, held=held, password=password, error=error, today=session.today()
    )


def _mandate_page(person: Person, given: dict[str, str], errors: dict[str, str]) -> str:
    source = request.values
    role, search = _role(source.get("role", "")), source.get("q", "")[:100]
    places: list[Organisation] = []
    if role is not None:
        own, words = _own_places(), search.casefold().split()
        places = [
            place
            for place in queries.organisations(db.session(), level=LEVEL_OF_ROLE[role])
            if place.id in own and all(word in place.name.casefold() for word in words)
        ]
    return render_template(
        "people/mandate.html",
        person=person,
        roles=[(code.value, _(name)) for code, name in ROLE_NAMES.items()],
        role=role,
        search=search,
        found_places=places[:SHOWN_PLACES],
        more=max(0, len(places) - SHOWN_PLACES),
        given=given,
        errors=errors,
    )
