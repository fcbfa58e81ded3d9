"""Customers and people that may be the one being typed: the warning before a double is made [12].

By email exactly, by the digits of a phone, by the words of a name, and by names that sound the same on paper
("Millar", "Miller").  At most six statements, whatever is typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.text import digits, email_key, fold
from admin_app.models import Contact, CustomerGroup, Membership
from admin_app.policy import visible
from admin_app.records.search import matching_ids

MOST_TOLD = 5
LEAST_DIGITS = 6
ALIKE = 88
"""Of 100: below that two names are two names."""
_NEIGHBOURS = 200
"""Names with the same beginning that are compared letter by letter."""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A customer that may be meant: `why` says what is the same; `group_id` opens it."""

    group_id: int
    name: str
    why: str


def lookalikes(
    session: Session,
    actor: Actor,
    *,
    name: str = "",
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    phone: str = "",
    leave_out: int | None = None,
) -> list[Lookalike]:
    """At most five customers that share the email, the phone or nearly the name; the surest first.

    `leave_out` is the customer that is being edited.
    """
    found: dict[int, Lookalike] = {}
    for contact_id, why in _people(session, actor, first_name, last_name, email, phone).items():
        for group in _groups_of(session, actor, contact_id):
            found.setdefault(group.id, Lookalike(group.id, group.name, why))
    for group in _named_alike(session, actor, CustomerGroup, fold(name), name):
        found.setdefault(group.id, Lookalike(group.id, group.name, "almost the same name"))
    found.pop(leave_out or 0, None)
    return list(found.values())[:MOST_TOLD]


def _people(
    session: Session, actor: Actor, first_name: str, last_name: str, email: str, phone: str
) -> dict[int, str]:
    """Contacts that may be the same person, with what is the same."""
    found: dict[int, str] = {}
    key = email_key(email)
    if key:
        query = select(Contact).where(Contact.email_key == key)
        for contact in session.scalars(visible(actor, query)):
            found[contact.id] = f"{contact.name} has this email"
    if len(digits(phone)) >= LEAST_DIGITS:
        ids = matching_ids(session, Contact, phone, cap=MOST_TOLD)
        for contact in session.scalars(visible(actor, select(Contact).where(Contact.id.in_(ids)))):
            found.setdefault(contact.id, f"{contact.name} has this phone number")
    if first_name.strip() and last_name.strip():
        folded = fold(f"{last_name} {first_name}")
        for contact in _named_alike(session, actor, Contact, folded, f"{first_name} {last_name}"):
            found.setdefault(contact.id, f"{contact.name} belongs to it")
    return dict(list(found.items())[:MOST_TOLD])


def _named_alike(session: Session, actor: Actor, entity: Any, folded: str, typed: str) -> list[Any]:
    """Records whose folded name holds every word that was typed, or is nearly the same letter by letter."""
    if len(folded) < 3:
        return []
    ids = set(matching_ids(session, entity, typed, cap=MOST_TOLD))
    start = folded[:3]
    beginning = (
        select(entity.id, entity.sort_name)
        .where(entity.sort_name >= start, entity.sort_name < start + "\U0010ffff")
        .order_by(entity.sort_name)
        .limit(_NEIGHBOURS)
    )
    near = {row.id: fuzz.token_sort_ratio(folded, row.sort_name) for row in session.execute(beginning)}
    ids |= {number for number, alike in near.items() if alike >= ALIKE}
    if not ids:
        return []
    query = visible(actor, select(entity).where(entity.id.in_(ids), entity.archived_at.is_(None)))
    ordered = sorted(session.scalars(query), key=lambda one: (-near.get(one.id, 0), one.id))
    return ordered[:MOST_TOLD]


def _groups_of(session: Session, actor: Actor, contact_id: int) -> list[CustomerGroup]:
    query = (
        select(CustomerGroup)
        .join(Membership, Membership.group_id == CustomerGroup.id)
        .where(Membership.contact_id == contact_id)
        .order_by(CustomerGroup.id)
        .limit(MOST_TOLD)
    )
    return list(session.scalars(visible(actor, query)))
