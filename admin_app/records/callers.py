"""Who calls: customers found by a piece of a phone number, a name or a street while the phone still rings [8, 37].

One call::

    for caller in find_callers(session, bea, "7946 099"): ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.models import Address, Contact, CustomerGroup, Membership, Project
from admin_app.policy import visible
from admin_app.records.search import matching_ids

MOST_FOUND = 8
_LOOKED_AT = 60
"""Hits of the index that are looked at, of each kind."""
MOST_SHOWN = 50
"""Addresses of one customer to choose from."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may be on the phone: a contact of a customer, or a customer without one."""

    group_id: int
    contact_id: int | None
    customer: str
    person: str
    phone: str
    place: str


def find_callers(session: Session, actor: Actor, text: str, most: int = MOST_FOUND) -> list[Caller]:
    """At most `most` contacts with their customers: by the person first, then by the customer, then by the place."""
    if len(text.strip()) < 2:
        return []
    people = matching_ids(session, Contact, text, _LOOKED_AT)
    groups = matching_ids(session, CustomerGroup, text, _LOOKED_AT)
    places = matching_ids(session, Address, text, _LOOKED_AT)
    found: dict[tuple[int, int | None], Caller] = {}
    if people:
        query = _callers(stars_only=False).where(Contact.id.in_(people))
        _take(session, actor, query, found)
    if groups:
        _take(session, actor, _callers().where(CustomerGroup.id.in_(groups)), found)
    if places and len(found) < most:
        there = select(Address.group_id).where(Address.id.in_(places))
        _take(session, actor, _callers().where(CustomerGroup.id.in_(there)), found)
    return list(found.values())[:most]


def _callers(*, stars_only: bool = True) -> Select[Any]:
    """Contacts with their customers; with `stars_only` one row a customer, its primary contact."""
    joined: list[ColumnElement[bool]] = [Membership.group_id == CustomerGroup.id]
    if stars_only:
        joined.append(Membership.is_primary.is_(True))
    billing = (
        select(Address.line1)
        .where(Address.group_id == CustomerGroup.id)
        .order_by(Address.is_billing.desc(), Address.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            CustomerGroup.id,
            Contact.id.label("contact_id"),
            CustomerGroup.name,
            Contact.first_name,
            Contact.last_name,
            Contact.phone,
            Contact.mobile,
            billing.label("line1"),
        )
        .outerjoin(Membership, and_(*joined))
        .outerjoin(Contact, and_(Contact.id == Membership.contact_id, Contact.archived_at.is_(None)))
        .where(CustomerGroup.archived_at.is_(None))
        .order_by(CustomerGroup.sort_name, CustomerGroup.id, Membership.is_primary.desc(), Contact.id)
        .limit(_LOOKED_AT)
    )


def _take(
    session: Session, actor: Actor, query: Select[Any], found: dict[tuple[int, int | None], Caller]
) -> None:
    for row in session.execute(visible(actor, query)):
        caller = Caller(
            group_id=row.id,
            contact_id=row.contact_id,
            customer=row.name,
            person=" ".join(part for part in (row.first_name, row.last_name) if part),
            phone=row.phone or row.mobile or "",
            place=row.line1 or "",
        )
        found.setdefault((caller.group_id, caller.contact_id), caller)


def sites_of_customer(session: Session, actor: Actor, group: CustomerGroup) -> list[Address]:
    """The customer's addresses to choose the site from: work sites first."""
    query = (
        select(Address)
        .where(Address.group_id == group.id)
        .order_by(Address.is_site.desc(), Address.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))


def people_of_customer(session: Session, actor: Actor, group: CustomerGroup) -> list[Contact]:
    """The customer's contacts, the primary one first."""
    query = (
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group.id, Contact.archived_at.is_(None))
        .order_by(Membership.is_primary.desc(), Membership.position, Membership.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))


def latest_projects(session: Session, actor: Actor, group: CustomerGroup, most: int = 3) -> list[Project]:
    """What was asked for last: a caller often means something that stands already."""
    query = select(Project).where(Project.group_id == group.id).order_by(Project.id.desc()).limit(most)
    return list(session.scalars(visible(actor, query)))
