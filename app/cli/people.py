"""`vekha people`: the first administrator, and whoever else is added without a page."""

from datetime import date

import click
from flask.cli import with_appcontext

from app.kernel.clock import system_now
from app.kernel.db import unit_of_work
from app.kernel.errors import NotFound
from app.work.people import operations, queries
from app.work.people.roles import Level, Role


class NoSuchPlace(NotFound):
    """No organisation has this address."""


@click.group()
def people() -> None:
    """Add people."""


@people.command()
@click.argument("login")
@click.argument("full_name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--at", "slug", required=True, help="Address of the organisation where the role is held, as in its page.")
@click.option("--region", "region_name", help="Make a region of this name first, with the address of --at.")
@click.option("--time-zone", default="Europe/Moscow", show_default=True, help="Of the region that is made.")
@click.option("--post", default="")
@click.option("--email", default="")
@click.password_option(help="Asked for when it is not given; at least 12 characters.")
@with_appcontext
def add(
    login: str,
    full_name: str,
    role: str,
    slug: str,
    region_name: str | None,
    time_zone: str,
    post: str,
    email: str,
    password: str,
) -> None:
    """Add a person with one mandate.

    Example: vekha people add ivanova "Иванова Мария Петровна" --role administrator --at omsk --region "Омская область"
    """
    now = system_now()
    with unit_of_work() as session:
        if region_name:
            operations.add_organisation(
                session,
                level=Level.REGION,
                name=region_name,
                slug=slug,
                parent_id=None,
                time_zone=time_zone,
                now=now,
            )
        place = next((o for o in queries.organisations(session) if o.slug == slug), None)
        if place is None:
            raise NoSuchPlace("No organisation has the address %(slug)s; --region makes one.", slug=slug)
        person = operations.add_person(
            session, login=login, full_name=full_name, password=password, now=now, post=post, email=email
        )
        operations.grant_mandate(
            session,
            person_id=person.id,
            role=Role(role),
            organisation_id=place.id,
            since_on=date(now.year, now.month, now.day),
            now=now,
            actor_id=None,
        )
    click.echo(f"{person.login} is {role} of {place.name}")
