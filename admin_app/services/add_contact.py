"""A person joins a customer, and leaves it again [A7, A10, R5, R13, R26, 18, 21].

A known email means a known person: that contact joins the customer instead of being written a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.text import email_key, fold
from admin_app.models import Contact, CustomerGroup, Membership
from admin_app.policy import visible
from admin_app.services.delete_record import delete
from admin_app.services.save_record import create


@dataclass(frozen=True, slots=True)
class Added:
    """The place of a person in a customer, whether the person was known before, and sentences for who typed."""

    membership: Membership
    was_known: bool
    warnings: tuple[str, ...] = ()


def add_contact(
    session: Session, group: CustomerGroup, person: Mapping[str, Any], place: Mapping[str, Any], actor: Actor
) -> Added:
    """Write the person down, or take the one with the same email, and add it to `group`.

    `person` and `place` hold typed values of Contact and Membership.  The first contact of a customer is its primary
    one; `is_primary` takes the star from another.  Raises NotAllowed, and Invalid with fields.
    """
    contact = _known(session, str(person.get("email") or ""), actor)
    was_known = contact is not None
    if contact is None:
        contact = create(session, Contact, person, actor)
    membership = create(session, Membership, {**place, "group": group, "contact": contact}, actor)
    membership.position = _next_position(session, membership)
    session.flush()  # the order of the contacts is read by who builds the page next
    return Added(membership, was_known, tuple(_warnings(contact, was_known, person)))


def _next_position(session: Session, membership: Membership) -> int:
    """Behind the contacts that the customer has already."""
    others = select(func.max(Membership.position)).where(
        Membership.group_id == membership.group_id, Membership.id != membership.id
    )
    last = session.scalar(others)
    return 0 if last is None else last + 1


def _warnings(contact: Contact, was_known: bool, person: Mapping[str, Any]) -> Iterator[str]:
    """What the person who typed should know; nothing of it stops anybody."""
    if not contact.email:
        yield f"{contact.name} has no email address, so no document reaches them by mail"  # [R27]
    typed = f"{person.get('first_name') or ''} {person.get('last_name') or ''}".strip()
    if was_known and typed and fold(typed) != fold(contact.name):
        yield f"{contact.email} belongs to {contact.name}, who joined; the name “{typed}” was not kept"


def _known(session: Session, email: str, actor: Actor) -> Contact | None:
    key = email_key(email)
    if not key or "\0" in key:
        return None
    found: Contact | None = session.scalar(visible(actor, select(Contact).where(Contact.email_key == key)))
    if found is not None and found.archived_at is not None:
        found.archived_at = None  # who joins a customer is in use again
    return found


def belongs_elsewhere(session: Session, membership: Membership) -> bool:
    """Whether the person has a place in another customer too; then removing it here deletes nobody."""
    others = select(Membership.id).where(
        Membership.contact_id == membership.contact_id, Membership.id != membership.id
    )
    return session.scalar(others.limit(1)) is not None


def remove_contact(session: Session, membership: Membership, actor: Actor) -> bool:
    """Take a person out of a customer; one who belongs to no other is deleted.  Returns whether it was.

    Raises Unmet for the primary contact [A11].  The email of a deleted contact stays a client's [R14-R16].
    """
    if belongs_elsewhere(session, membership):
        delete(session, Membership, membership.id, actor)
        return False
    delete(session, Contact, membership.contact_id, actor)
    return True
