"""Who of a customer can come into the portal, and how far each of them is [W18, W20, W27, 109, 110].

Two statements for the people of a customer, however many there are.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import (
    AccessState,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    DocumentLink,
    Lead,
    Membership,
    PortalAccount,
    PortalSession,
    Project,
    ProjectAccess,
)
from admin_app.policy import visible

MOST_SHOWN = 200
MOST_LINKS = 100


class Stage(enum.StrEnum):
    """How far a portal user is."""

    NONE = "no portal user"
    INVITED = "invited"
    """May come in; nobody told them."""
    NOTIFIED = "notified"
    """An invitation was mailed."""
    ACTIVE = "active"
    """Has signed in."""
    OFF = "off"

    @property
    def words(self) -> str:
        """What the pages call it."""
        return WORDS[self]


WORDS = {
    Stage.NONE: "No portal user yet",
    Stage.INVITED: "Invited, no mail sent",
    Stage.NOTIFIED: "Invited by mail",
    Stage.ACTIVE: "Active",
    Stage.OFF: "Switched off",
}
"""What the pages call each stage."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the customer, or who takes part in one of its projects, with what the portal knows of them."""

    contact: Contact
    membership: Membership | None
    account: PortalAccount | None
    projects: int
    """Projects of this customer that are open to them."""
    sessions: int = 0
    """Browsers in which they are signed in."""
    seen_at: datetime | None = None

    @property
    def stage(self) -> Stage:
        """How far they are."""
        return stage_of(self.account)

    @property
    def hides(self) -> frozenset[str]:
        """The parts of the portal that are hidden from this person alone, with this customer."""
        return frozenset((self.membership.portal_hides or ()) if self.membership is not None else ())


@dataclass(frozen=True, slots=True)
class Above:
    """What stands above a customer: the company's switch and the brand's, and what both hide."""

    company_on: bool
    brand: str
    brand_on: bool
    hidden: dict[str, str]
    """Module → where it is hidden already."""

    @property
    def closed(self) -> str:
        """Why nobody of the customer gets in, whatever its own switch says; "" where the way is open."""
        if not self.company_on:
            return "The customer portal is switched off for everybody"
        return "" if self.brand_on else f"The customer portal is switched off for the brand {self.brand}"


def stage_of(account: PortalAccount | None) -> Stage:
    """How far a portal user is, from the row alone."""
    if account is None:
        return Stage.NONE
    if not account.active:
        return Stage.OFF
    if account.last_signed_in_at is not None:
        return Stage.ACTIVE
    return Stage.NOTIFIED if account.invited_at is not None else Stage.INVITED


def stages_in_words(session: Session, actor: Actor, group_id: int) -> dict[int, str]:
    """Contact of a customer → how far the portal user is; whoever has none is not in it.  One statement."""
    query = (
        select(PortalAccount)
        .join(Membership, Membership.contact_id == PortalAccount.contact_id)
        .where(Membership.group_id == group_id)
    )
    found = session.scalars(visible(actor, query))
    return {account.contact_id: stage_of(account).words for account in found}


def people_of(session: Session, actor: Actor, group_id: int, contact_id: int | None = None) -> list[Person]:
    """The contacts of a customer and whoever takes part in its projects, the primary contact first; or one of them."""
    opened = (
        select(ProjectAccess.contact_id, func.count(ProjectAccess.id).label("projects"))
        .join(Project, Project.id == ProjectAccess.project_id)
        .where(Project.group_id == group_id, ProjectAccess.state.in_(AccessState.open()))
        .group_by(ProjectAccess.contact_id)
        .subquery()
    )
    query: Select[Any] = (
        select(Contact, Membership, PortalAccount, opened.c.projects)
        .outerjoin(Membership, and_(Membership.contact_id == Contact.id, Membership.group_id == group_id))
        .outerjoin(PortalAccount, PortalAccount.contact_id == Contact.id)
        .outerjoin(opened, opened.c.contact_id == Contact.id)
        .where(or_(Membership.id.is_not(None), opened.c.projects.is_not(None)))
        .order_by(
            Membership.id.is_(None),
            Membership.is_primary.desc(),
            Membership.position,
            Membership.id,
            Contact.id,
        )
        .limit(MOST_SHOWN)
    )
    query = query.where(Contact.id == contact_id if contact_id is not None else Contact.archived_at.is_(None))
    rows = session.execute(visible(actor, query)).all()
    seen = _sessions(session, [row[2].id for row in rows if row[2] is not None])
    people = []
    for contact, membership, account, projects in rows:
        count, latest = seen.get(account.id, (0, None)) if account is not None else (0, None)
        instants = [at for at in (latest, account and account.last_seen_at) if at is not None]
        people.append(Person(contact, membership, account, projects or 0, count, max(instants, default=None)))
    return people


def who_asked(session: Session, lead_id: int | None) -> Contact | None:
    """The contact who asked for this work in the portal; None for a lead that came another way."""
    query = select(Contact).join(Lead, Lead.asked_by_id == Contact.id).where(Lead.id == lead_id)
    return session.scalar(query) if lead_id is not None else None


def above_customer(session: Session, group: CustomerGroup) -> Above:
    """What the company and the customer's brand say; a customer without a brand has the usual one's word."""
    company = session.scalar(select(Company))
    of_group = Brand.id == group.brand_id if group.brand_id is not None else Brand.is_default.is_(True)
    brand = session.scalar(select(Brand).where(of_group).limit(1))
    hidden: dict[str, str] = {}
    for module in (brand.portal_hides or ()) if brand is not None else ():
        hidden[module] = f"for the brand {brand.name}" if brand is not None else ""
    for module in (company.portal_hides or ()) if company is not None else ():
        hidden[module] = "for everybody"
    return Above(
        company is not None and company.portal_enabled_default,
        brand.name if brand is not None else "",
        brand is None or brand.portal_on,
        hidden,
    )


def links_of(session: Session, actor: Actor, group_id: int, contact_id: int | None) -> Sequence[DocumentLink]:
    """The living links that were made for a contact with this customer, or for nobody by name; the latest first."""
    query = (
        select(DocumentLink)
        .where(DocumentLink.group_id == group_id, DocumentLink.revoked_at.is_(None))
        .where(
            DocumentLink.contact_id == contact_id
            if contact_id is not None
            else DocumentLink.contact_id.is_(None)
        )
        .order_by(DocumentLink.id.desc())
        .limit(MOST_LINKS)
    )
    return session.scalars(visible(actor, query)).all()


def _sessions(session: Session, accounts: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
    """Account → in how many browsers it is signed in, and when it was used last."""
    query = (
        select(PortalSession.account_id, func.count(PortalSession.id), func.max(PortalSession.seen_at))
        .where(PortalSession.account_id.in_(accounts))
        .where(PortalSession.expires_at > session.info["clock"].now())
        .group_by(PortalSession.account_id)
    )
    return {number: (count, latest) for number, count, latest in session.execute(query)}
