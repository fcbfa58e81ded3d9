"""Where the portal is found from outside, and the address that stands in a message to one person [A64, E12, E17].

The base is the configured public address, never that of a request: doors put it into `session.info["doorstep"]`,
each at the one place where it opens its session.  One call::

    address_for(session, estimate, recipient, ann, clock)    # "" where the portal is closed to the recipient
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from admin_app.config import Settings
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Contact, CustomerGroup, DocumentLink, Estimate, Event, EventKind
from admin_app.policy import Closed, client_scope, link_scope
from admin_app.policy.switches import LINKED
from admin_app.services.messages.about import group_of, id_of, word_of
from admin_app.services.portal.links import link_for, token_of

SHOWN_EVENTS = frozenset({EventKind.APPOINTMENT, EventKind.VISIT, EventKind.WORK})
"""Entries of our calendar that clients see."""


@dataclass(frozen=True, slots=True)
class Doorstep:
    """The public address of this installation, without a slash at its end, and what its links are signed with."""

    base: str
    secret: str

    def home(self, word: str | None) -> str:
        """Where clients sign in: the address that ends with a customer's word, or everybody's."""
        return f"{self.base}/portal/{word}/" if word else f"{self.base}/portal/"

    def link(self, link: DocumentLink) -> str:
        """What a document link is followed at."""
        return f"{self.base}/portal/d/{token_of(self.secret, link)}/"

    def invitation(self, token: str) -> str:
        """Where an invitation leads."""
        return f"{self.base}/portal/welcome/{token}"


def doorstep_by(settings: Settings) -> Doorstep | None:
    """The doorstep of an installation; None while no public address is configured."""
    return Doorstep(settings.public_url, settings.secret_key) if settings.public_url else None


def doorstep_of(session: Session) -> Doorstep | None:
    """Where the door of this session says that we are found."""
    found: Doorstep | None = session.info.get("doorstep")
    return found


def address_of(session: Session, link: DocumentLink) -> str:
    """The address of a document link; "" while no public address is configured."""
    doorstep = doorstep_of(session)
    return doorstep.link(link) if doorstep is not None else ""


def has_link(about: Any) -> bool:
    """Whether records of this kind are opened by links of their own."""
    if isinstance(about, Event) and about.kind not in SHOWN_EVENTS:
        return False
    return type(about) in LINKED.values() and group_of(about) is not None


def closed_because(session: Session, about: Any, contact_id: int | None) -> str:
    """Why a link to this document would open nothing for a contact, "" where it would; writes nothing."""
    group = group_of(about)
    if group is None or not has_link(about):
        return "It has no page in the customer portal"
    thought = DocumentLink(
        group_id=group.id, about=word_of(about), about_id=id_of(about), contact_id=contact_id
    )
    with session.no_autoflush:
        scope = link_scope(session, thought)
    if not isinstance(scope, Closed):
        return ""
    if scope.switch == "access" and isinstance(about, Estimate):
        return (
            "The project is not open to this contact, so nobody could sign"  # never opened, or closed again
        )
    return scope.why


def opens(session: Session, about: Any, contact_id: int | None) -> bool:
    """Whether a message to this contact can carry an address; writes nothing."""
    group = group_of(about)
    if doorstep_of(session) is None or contact_id is None or group is None:
        return False
    if has_link(about):
        return not closed_because(session, about, contact_id)
    return not isinstance(client_scope(session, contact_id, group.id), Closed)


def address_for(session: Session, about: Any, contact_id: int | None, actor: Actor, clock: Clock) -> str:
    """What `{{link}}` prints for a contact: the link to the document, made where there is none, else the portal.

    "" for whoever is no contact, and wherever the portal is closed.
    """
    if contact_id is None or not opens(session, about, contact_id):
        return ""
    if has_link(about):
        return address_of(
            session, link_for(session, about, session.get_one(Contact, contact_id), actor, clock)
        )
    group = group_of(about)
    assert group is not None  # it opens
    return portal_address(session, group)


def portal_address(session: Session, group: CustomerGroup | None) -> str:
    """Where a client signs in: the customer's own address, else everybody's [W21, W22]; "" without a public address."""
    doorstep = doorstep_of(session)
    if doorstep is None:
        return ""
    return doorstep.home(group.portal_identifier if group is not None else None)


def sample_address(session: Session) -> str:
    """What a preview shows where each reader gets an address of their own."""
    doorstep = doorstep_of(session)
    return f"{doorstep.base}/portal/d/…/" if doorstep is not None else ""
