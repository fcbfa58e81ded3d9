"""Addresses that the office knows already, offered while somebody types a new one [A5, 30]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import Address
from admin_app.policy import visible
from admin_app.records.search import matching_ids

MOST_OFFERED = 5
_LOOKED_AT = 60


def known_places(session: Session, actor: Actor, text: str) -> list[Address]:
    """At most five different addresses that hold the words of `text`; those with a place on the map first."""
    if len(text.strip()) < 3:
        return []
    ids = matching_ids(session, Address, text, cap=_LOOKED_AT)
    query = (
        select(Address)
        .where(Address.id.in_(ids))
        .order_by(Address.lat.is_(None), Address.match_key, Address.id)
    )
    offered: dict[str, Address] = {}
    for address in session.scalars(visible(actor, query)):
        offered.setdefault(address.match_key, address)
    return list(offered.values())[:MOST_OFFERED]
