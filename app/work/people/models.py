"""Tables of persons, organisations, mandates and login sessions."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base
from app.work.people.roles import Level, Role


class Organisation(Base):
    """A region, a municipality in it or a school in that.

    `slug` names the public page and never changes. `time_zone` is IANA; whole days are counted in it.
    """

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[Level]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str]

    parent: Mapped["Organisation | None"] = relationship(remote_side=[id])

    __table_args__ = (CheckConstraint("(level = 'region') = (parent_id IS NULL)", name="only_a_region_has_no_parent"),)


def short_name(full_name: str) -> str:
    """Return «Петрова Е. В.» for «Петрова Елена Викторовна»."""
    family, *given = full_name.split()
    return " ".join([family, *(f"{name[0]}." for name in given)])


class Person(Base):
    """Somebody who works in the program. Only work contacts are kept."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    post: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(default="ru")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime]

    @property
    def short_name(self) -> str:
        """«Петрова Е. В.» of «Петрова Елена Викторовна»."""
        return short_name(self.full_name)


class HeldMandate(Base):
    """A mandate that a person holds for a period; ending it is setting `until_on`, rows stay."""

    __tablename__ = "held_mandate"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    since_on: Mapped[date]
    until_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()

    __table_args__ = (
        UniqueConstraint("person_id", "role", "organisation_id", "since_on", name="uq_held_mandate"),
        CheckConstraint("until_on IS NULL OR until_on >= since_on", name="ends_after_it_begins"),
    )


class LoginSession(Base):
    """One login on one device; logging out or disabling the person ends it at once.

    `token_hash` is the SHA-256 of the token in the cookie: the table alone lets nobody in.
    """

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LoginAttempt(Base):
    """Wrong passwords in a row for one login, whether or not it exists. A right one removes the row."""

    __tablename__ = "login_attempt"

    login: Mapped[str] = mapped_column(primary_key=True)
    failed_count: Mapped[int]
    blocked_until: Mapped[datetime | None]
    last_failed_at: Mapped[datetime]
