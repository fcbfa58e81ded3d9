"""The links to one document: for whom the desk made them, whether they were opened, and taking them back [A64, A83].

A link is made by a press and stays the same until it is taken back; a later one differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import (
    Contact,
    DocumentLink,
    Entity,
    Estimate,
    Invoice,
    InvoiceState,
    Membership,
    PortalReceipt,
    ProjectContact,
    SeenHow,
)
from admin_app.policy import Permission, demand, visible
from admin_app.services.messages.about import group_of, id_of, project_of, word_of
from admin_app.services.portal.address import closed_because
from admin_app.services.portal.links import link_for, revoke_link

WRITES = {"estimate": Permission.SALES_WRITE}
"""The right to make and take back links to a kind of document; to all others that of money."""
MOST_PEOPLE = 60


@dataclass(frozen=True, slots=True)
class Holder:
    """One who has or can have a link to the document; `contact` None: whoever holds it."""

    contact: Contact | None
    link: DocumentLink | None
    closed: str
    """Why a link would open nothing; "" where it opens."""
    opened_at: datetime | None = None
    times: int = 0


def right_to(word: str) -> Permission:
    """What somebody of the staff needs to make a link to this kind of document."""
    return WRITES.get(word, Permission.MONEY_WRITE)


def holders(session: Session, about: Any, actor: Actor) -> list[Holder]:
    """The people of the customer and the project, the primary contact first, and whoever holds a link for nobody."""
    links = {link.contact_id: link for link in _living(session, about, actor)}
    seen = _seen(session, about)
    people = _people(session, about, actor)
    return [
        Holder(
            contact,
            links.get(key),
            closed_because(session, about, key),
            *seen.get(key, (None, 0)),
        )
        for key, contact in [(one.id, one) for one in people] + [(None, None)]
    ]


def make_link(
    session: Session, about: Entity, contact_id: int | None, actor: Actor, clock: Clock
) -> DocumentLink:
    """The link for a contact of this customer, or for whoever holds it (None).

    Raises NotAllowed, NotFound for somebody else's contact, Unmet for a draft and where it would open nothing [R33].
    """
    demand(actor, right_to(word_of(about)))
    refuse_draft(about)
    contact = None
    if contact_id is not None:
        contact = next((one for one in _people(session, about, actor) if one.id == contact_id), None)
        if contact is None:
            raise NotFound("This contact does not belong to the customer or the project")
    why = closed_because(session, about, contact_id)
    if why:
        raise Unmet(why)
    return link_for(session, about, contact, actor, clock)


def take_back(session: Session, about: Entity, link_id: int, actor: Actor, clock: Clock) -> None:
    """Let a link to this document open nothing from now on.  Raises NotAllowed, NotFound for another document's."""
    demand(actor, right_to(word_of(about)))
    link = next((one for one in _living(session, about, actor) if one.id == link_id), None)
    if link is None:
        raise NotFound("There is no such link")
    revoke_link(link, clock)
    session.flush()


def refuse_draft(about: Any) -> None:
    """A draft is shown to no client; raises Unmet."""
    if isinstance(about, Estimate) and (about.sent_at is None or about.not_sent):
        raise Unmet("This estimate was never sent, so there is nothing yet that a link could open")
    if isinstance(about, Invoice) and about.state is InvoiceState.DRAFT:
        raise Unmet("This invoice is a draft, so there is nothing yet that a link could open")


def _living(session: Session, about: Entity, actor: Actor) -> Sequence[DocumentLink]:
    query = select(DocumentLink).where(
        DocumentLink.about == word_of(about),
        DocumentLink.about_id == id_of(about),
        DocumentLink.revoked_at.is_(None),
    )
    return session.scalars(visible(actor, query)).all()


def _people(session: Session, about: Any, actor: Actor) -> Sequence[Contact]:
    group, project = group_of(about), project_of(about)
    assert group is not None  # documents belong to customers
    members = select(Membership.contact_id).where(Membership.group_id == group.id)
    taking_part = select(ProjectContact.contact_id).where(
        ProjectContact.project_id == (project.id if project is not None else None)
    )
    primary = select(Membership.contact_id).where(Membership.group_id == group.id, Membership.is_primary)
    query = (
        select(Contact)
        .where(or_(Contact.id.in_(members), Contact.id.in_(taking_part)), Contact.archived_at.is_(None))
        .order_by(Contact.id.not_in(primary), Contact.id)
        .limit(MOST_PEOPLE)
    )
    return session.scalars(visible(actor, query)).all()


def _seen(session: Session, about: Entity) -> dict[int | None, tuple[datetime | None, int]]:
    """Contact → when the document was last opened by its link, and how often."""
    rows = session.execute(
        select(PortalReceipt.contact_id, func.max(PortalReceipt.at), func.count())
        .where(
            PortalReceipt.about == word_of(about),
            PortalReceipt.about_id == id_of(about),
            PortalReceipt.how == SeenHow.OPENED,
            PortalReceipt.by_link.is_(True),
        )
        .group_by(PortalReceipt.contact_id)
    )
    return {contact_id: (at, times) for contact_id, at, times in rows}
