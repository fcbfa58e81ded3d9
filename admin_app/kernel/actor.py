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
class ClientScope:
    """What a client came in for: one customer group, the modules that are on, and by which way [W12, 108].

    `contact_id` is None for a link that was made for nobody by name.  `sees_account`: the primary or billing contact,
    who also sees what belongs to no project.  `document` is the one thing that a link opens: ("invoice", 17), an
    estimate by its first revision, and `link_id` that link.  `preview`: a member of staff looks through the client's
    eyes; nothing is written.  `opened` and `closed` are projects that a preview adds to what is granted, or takes away
    from it [113].
    """

    group_id: int
    contact_id: int | None = None
    modules: frozenset[str] = frozenset()
    sees_account: bool = False
    document: tuple[str, int] | None = None
    link_id: int | None = None
    preview: bool = False
    opened: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts: `id` is a staff user's or a contact's row id, `name` is what the timeline prints.

    `client` says what a client came in for; staff and programs have none.
    """

    kind: ActorKind
    name: str
    id: int | None = None
    role: Role | None = None
    client: ClientScope | None = None

    @property
    def is_staff(self) -> bool:
        """Whether this is a signed-in member of staff."""
        return self.kind is ActorKind.STAFF


SYSTEM = Actor(ActorKind.SYSTEM, "Sawhorse")
"""The program itself: nightly jobs, migrations, the first set-up."""

NOBODY = Actor(ActorKind.NOBODY, "Nobody")
"""A visitor who has not signed in."""
