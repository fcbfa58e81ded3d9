"""Customers who may be known already: asked while a new one is typed [12].

The search index proposes, rapidfuzz judges; no list of all names is ever read.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.text import digits, email_key, fold
from admin_app.models import Contact, CustomerGroup, Membership
from admin_app.policy import Permission, demand, visible
from admin_app.records.search import TRIGRAM, matching_ids

ALIKE = 86.0
"""Per cent of likeness from which two names are shown as one (token sort ratio; "Meier" and "Meyer": 80 alone)."""

PROPOSED = 200
"""Hits of the index that are judged, for each word."""

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Double:
    """A customer who may be the one being typed: how alike (per cent) and why, in words."""

    group_id: int
    name: str
    why: str
    likeness: int


def likely_doubles(
    session: Session,
    actor: Actor,
    *,
    name: str = "",
    email: str = "",
    phone: str = "",
    leave_out: int | None = None,
) -> list[Double]:
    """At most five customers with this email, this phone or a name like this, the surest first.

    `leave_out` is the customer being edited.
    """
    demand(actor, Permission.CUSTOMERS_READ)
    found: dict[int, Double] = {}
    for double in (
        *_by_email(session, actor, email),
        *_by_phone(session, actor, phone),
        *_by_name(session, actor, name),
    ):
        if double.group_id != leave_out:
            found.setdefault(double.group_id, double)
    return sorted(found.values(), key=lambda double: -double.likeness)[:SHOWN]


def _by_email(session: Session, actor: Actor, email: str) -> list[Double]:
    if not email_key(email):
        return []
    contacts = session.scalars(select(Contact.id).where(Contact.email_key == email_key(email)))
    return _groups_of(session, actor, list(contacts), "has a contact with this email address", 100)


def _by_phone(session: Session, actor: Actor, phone: str) -> list[Double]:
    if len(digits(phone)) < 6:  # fewer digits are an extension or an accident
        return []
    contacts = matching_ids(session, Contact, phone, PROPOSED)
    return _groups_of(session, actor, contacts, "has a contact with this phone number", 99)


def _groups_of(
    session: Session, actor: Actor, contact_ids: list[int], why: str, likeness: int
) -> list[Double]:
    theirs = (
        select(CustomerGroup)
        .where(
            CustomerGroup.id.in_(select(Membership.group_id).where(Membership.contact_id.in_(contact_ids)))
        )
        .order_by(CustomerGroup.id)
        .limit(SHOWN)
    )
    return [Double(group.id, group.name, why, likeness) for group in session.scalars(visible(actor, theirs))]


def _by_name(session: Session, actor: Actor, name: str) -> list[Double]:
    words = [word for word in fold(name).split(" ") if len(word) >= TRIGRAM]
    proposed: set[int] = set()
    for word in words[:6]:
        for part in {word, word[:4], word[-4:]}:  # a slip of the pen spares the start or the end
            proposed.update(matching_ids(session, CustomerGroup, part, PROPOSED))
    named = select(CustomerGroup).where(CustomerGroup.id.in_(proposed))
    doubles: list[Double] = []
    for group in session.scalars(visible(actor, named)):
        likeness = fuzz.token_sort_ratio(fold(name), group.sort_name)
        if likeness >= ALIKE:
            doubles.append(Double(group.id, group.name, "has a name like this", min(98, round(likeness))))
    return sorted(doubles, key=lambda double: -double.likeness)[:SHOWN]
