"""Who acts: the person or program behind a change, as the audit and the policy name it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff does in the company (design section 6)."""

    OWNER = "owner"
    OFFICE = "office"
    ESTIMATOR = "estimator"
    CREW = "crew"
    SUBCONTRACTOR = "subcontractor"
    ANALYST = "analyst"


class ActorKind(StrEnum):
    """From which side of the counter somebody acts."""

    STAFF = "staff"
    CLIENT = "client"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts: `id` is a staff user's or a contact's row id, `name` is what the timeline prints."""

    kind: ActorKind
    name: str
    id: int | None = None
    role: Role | None = None

    @property
    def is_staff(self) -> bool:
        """Whether this is a signed-in member of staff."""
        return self.kind is ActorKind.STAFF


SYSTEM = Actor(ActorKind.SYSTEM, "Sawhorse")
"""The program itself: nightly jobs, migrations, the first set-up."""

NOBODY = Actor(ActorKind.NOBODY, "Nobody")
"""A visitor who has not signed in."""
