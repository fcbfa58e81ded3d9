"""The star: exactly one contact of a customer is the primary one [A9, P15, 19]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import Membership
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, visible


def star_contact(session: Session, group_id: int, contact_id: int, actor: Actor) -> Membership:
    """Make a contact the primary one of a customer; the star leaves the other.  Raises NotFound for a stranger."""
    demand(actor, Permission.CUSTOMERS_WRITE)
    wanted = select(Membership).where(Membership.group_id == group_id, Membership.contact_id == contact_id)
    known = abs(group_id) <= LARGEST_ID and abs(contact_id) <= LARGEST_ID
    membership: Membership | None = (
        session.scalar(visible(actor, wanted).with_for_update()) if known else None
    )
    if membership is None:
        raise NotFound("This contact does not belong to this customer")
    if not membership.is_primary:
        take_star(session, group_id)
        membership.is_primary = True
        session.flush()  # the unique index answers here if somebody else was faster
    return membership


def take_star(session: Session, group_id: int) -> None:
    """Take the star from whoever has it, so that the next one can: the database allows one at any moment."""
    starred = select(Membership).where(Membership.group_id == group_id, Membership.is_primary)
    for membership in session.scalars(starred.with_for_update()):
        membership.is_primary = False
    session.flush()  # before the new star is written


def has_star(session: Session, group_id: int) -> bool:
    """Whether a customer has a primary contact."""
    starred = select(Membership.id).where(Membership.group_id == group_id, Membership.is_primary)
    return session.scalar(starred) is not None
