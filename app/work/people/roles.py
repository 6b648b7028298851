"""Roles as data, and who is asking. The lanes of the diagrams carry these values as their ids."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from app.kernel.i18n import _


class Role(StrEnum):
    """What a person is for an organisation. Values are stored and never take on another meaning."""

    SCHOOL_TEAM = "school_team"
    PRINCIPAL = "principal"
    CURATOR = "curator"
    MUNICIPAL_COORDINATOR = "municipal_coordinator"
    REGIONAL_COORDINATOR = "regional_coordinator"
    CONSULTANT = "consultant"
    PROCESS_DESIGNER = "process_designer"
    ADMINISTRATOR = "administrator"


class Level(StrEnum):
    """The kinds of organisation, the smallest first; a mandate is held for one of them."""

    SCHOOL = "school"
    MUNICIPALITY = "municipality"
    REGION = "region"


# Where each role is held: a task of the role for a school goes to the school's organisation of this level.
LEVEL_OF_ROLE = {
    Role.SCHOOL_TEAM: Level.SCHOOL,
    Role.PRINCIPAL: Level.SCHOOL,
    Role.CURATOR: Level.SCHOOL,
    Role.MUNICIPAL_COORDINATOR: Level.MUNICIPALITY,
    Role.REGIONAL_COORDINATOR: Level.REGION,
    Role.CONSULTANT: Level.REGION,
    Role.PROCESS_DESIGNER: Level.REGION,
    Role.ADMINISTRATOR: Level.REGION,
}

ROLE_NAMES = {
    Role.SCHOOL_TEAM: _("School team"),
    Role.PRINCIPAL: _("Principal"),
    Role.CURATOR: _("Curator"),
    Role.MUNICIPAL_COORDINATOR: _("Municipal coordinator"),
    Role.REGIONAL_COORDINATOR: _("Regional coordinator"),
    Role.CONSULTANT: _("Consultant"),
    Role.PROCESS_DESIGNER: _("Process designer"),
    Role.ADMINISTRATOR: _("Administrator"),
}


class Mandate(NamedTuple):
    """A role held for one organisation: a school, a municipality or a region."""

    role: Role
    organisation_id: int


@dataclass(frozen=True)
class Actor:
    """Who is asking: made once at the door and handed down.

    Attributes:
        person_id: the row of the person.
        name: as pages show it, «Петрова Е. В.».
        mandates: what the person may act as, today.
    """

    person_id: int
    name: str
    mandates: frozenset[Mandate]

    def holds(self, role: Role, organisation_id: int | None = None) -> bool:
        """Say whether the actor holds `role`, anywhere or for one organisation."""
        return any(
            m.role == role and (organisation_id is None or m.organisation_id == organisation_id) for m in self.mandates
        )
