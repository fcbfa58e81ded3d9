"""Whose a request may be: customers of the address it came from, else those with people of that name [100]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import Contact, CustomerGroup, Membership, Message
from admin_app.policy import visible
from admin_app.records.search import search_condition
from admin_app.services.messages.reach import contact_at

MOST = 5
SHORTEST_NAME = 4
"""Characters of a name by which somebody is looked for."""


def likely_customers(session: Session, actor: Actor, message: Message) -> list[CustomerGroup]:
    """At most five customers to whom a stranger's message may belong, the likeliest first."""
    contact = contact_at(session, message.address, message.channel) if message.address else None
    if contact is not None:
        return _customers_of(session, actor, Membership.contact_id == contact.id)
    if len(message.author) < SHORTEST_NAME or "@" in message.author or message.author.startswith("+"):
        return []
    named = select(Contact.id).where(search_condition(session, Contact, message.author)).limit(MOST * 4)
    people = _customers_of(session, actor, Membership.contact_id.in_(named))
    query = select(CustomerGroup).where(search_condition(session, CustomerGroup, message.author))
    groups = session.scalars(visible(actor, query).order_by(CustomerGroup.id).limit(MOST))
    return list(dict.fromkeys([*people, *groups]))[:MOST]


def _customers_of(session: Session, actor: Actor, place: object) -> list[CustomerGroup]:
    of = select(Membership.group_id).where(place)  # type: ignore[arg-type]
    query = select(CustomerGroup).where(CustomerGroup.id.in_(of), CustomerGroup.archived_at.is_(None))
    return list(session.scalars(visible(actor, query).order_by(CustomerGroup.sort_name).limit(MOST)))
