"""Finding records by what people type: parts of names, emails, streets, numbers, phones in any formatting [37].

Three letters and more ask the trigram index, every word must occur; one or two (a name in CJK, often) ask for
beginnings.  One call::

    session.scalars(select(Contact).where(search_condition(session, Contact, "lukasz 0123")))
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
from sqlalchemy import ColumnElement, Select, and_, false, func, null, or_, select, union
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.text import digits, fold
from admin_app.models import (
    Address,
    Contact,
    CustomerGroup,
    Entity,
    Estimate,
    Invoice,
    Payment,
    Project,
    WorkOrder,
)
from admin_app.models.field import field_named
from admin_app.policy import sees_field, visible
from admin_app.records.record_name import name_of
from admin_app.records.search_text import DOC, FTS, rebuild, searched

TRIGRAM = 3
"""The index knows runs of three characters; shorter words cannot ask it."""

MOST_WORDS = 12
"""Words of a query that are looked at."""

_PHONE = re.compile(r"\+?[\d\s().\-/]{3,}")


def search_condition(session: Session, entity: type[Entity], text: str) -> ColumnElement[bool]:
    """The condition that a record of `entity` is found by `text`; blank text finds everything."""
    if not fold(text):
        return entity.id.is_not(None)
    return entity.id.in_(_ids(session, entity, text))


def matching_ids(session: Session, entity: type[Entity], text: str, cap: int = 1000) -> list[int]:
    """The ids of at most `cap` records of `entity` that are found by `text`; not narrowed to what an actor may see."""
    if not fold(text):
        return []
    return list(session.execute(_ids(session, entity, text, cap).limit(cap)).scalars())


def _ids(session: Session, entity: type[Entity], text: str, cap: int | None = None) -> Select[Any]:
    """A select of the ids of records that are found by `text`; `cap` tells how many the caller wants at most."""
    if not searched(entity):
        return select(DOC.c.entity_id).where(false())
    words = fold(text).split(" ")[:MOST_WORDS]
    long = [word for word in words if len(word) >= TRIGRAM]
    number = _digits_sought(text)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    if on_sqlite and not number and long:
        # Joined, the index is read only until the caller has enough; as a list of ids it is read to its end.
        found = select(DOC.c.entity_id).join(FTS, FTS.c.rowid == DOC.c.id).where(_matches(long))
        return found.where(DOC.c.entity == entity.__name__, *_containing_short(words))
    ways = [_containing(one, on_sqlite) for one in (words if long else [], [number] if number else []) if one]
    if not ways:
        return _beginning(entity, " ".join(words), cap)
    return select(DOC.c.entity_id).where(DOC.c.entity == entity.__name__, or_(*ways))


def _containing(words: list[str], on_sqlite: bool) -> ColumnElement[bool]:
    """Every word occurs: long ones by the index, short ones by a look at what the index found."""
    long = [word for word in words if len(word) >= TRIGRAM]
    if not on_sqlite:
        return and_(*(DOC.c.txt.contains(word, autoescape=True) for word in words))
    return and_(DOC.c.id.in_(select(FTS.c.rowid).where(_matches(long))), *_containing_short(words))


def _containing_short(words: list[str]) -> list[ColumnElement[bool]]:
    """Words too short for the index are looked for in the texts that it found."""
    return [DOC.c.txt.contains(word, autoescape=True) for word in words if len(word) < TRIGRAM]


def _matches(words: list[str]) -> ColumnElement[bool]:
    """SQLite's index holds every word, each taken literally."""
    quoted = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
    return FTS.c.txt.op("MATCH")(quoted)


def _beginning(entity: type[Entity], start: str, cap: int | None) -> Select[Any]:
    """Records whose text or sorted name begins so: what people mean by one or two letters."""
    by_text = select(DOC.c.entity_id).where(DOC.c.entity == entity.__name__, _from(DOC.c.head, start))
    columns = entity.__table__.c
    if "sort_name" not in columns:
        return by_text
    by_name = select(columns.id).where(_from(columns.sort_name, start))
    ways = [way.limit(cap).subquery() for way in (by_text, by_name)]  # two short ranges, not two long ones
    both = union(*(select(way.c[0]) for way in ways)).subquery()
    return select(both.c[0])


def _from(sorted_column: ColumnElement[str], start: str) -> ColumnElement[bool]:
    """The column begins with `start`: as a range, which the index on a byte-sorted column answers."""
    return and_(sorted_column >= start, sorted_column < start + "\U0010ffff")


def _digits_sought(text: str) -> str | None:
    """The digits to look for where the text may be a phone number, without country code or trunk zero."""
    bare = text.strip()
    if not _PHONE.fullmatch(bare):
        return None
    if bare.startswith(("+", "00")):
        try:
            parsed = phonenumbers.parse("+" + bare.removeprefix("00").removeprefix("+"), None)
            return phonenumbers.national_significant_number(parsed)
        except phonenumbers.NumberParseException:
            pass
    found = digits(bare.replace("(0)", ""))
    shorter = found.lstrip("0")
    return next((form for form in (shorter, found) if len(form) >= TRIGRAM), None)


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the live search: what it is, its id, its name, and a second line to tell it from others."""

    kind: str
    id: int
    label: str
    detail: str


def _customer_of(group_id: Any) -> ColumnElement[str]:
    """The name of the customer that a record belongs to; who sees the record sees the name."""
    return select(CustomerGroup.name).where(CustomerGroup.id == group_id).scalar_subquery()


FOUND_EVERYWHERE: tuple[tuple[type[Entity], ColumnElement[str], Any], ...] = (
    (CustomerGroup, name_of(CustomerGroup), CustomerGroup.kind),
    (Contact, name_of(Contact), Contact.email),
    (Address, name_of(Address), _customer_of(Address.group_id)),
    (Project, name_of(Project), _customer_of(Project.group_id)),
    (Estimate, func.coalesce(Estimate.number, Estimate.title), _customer_of(Estimate.group_id)),
    (WorkOrder, func.coalesce(WorkOrder.number, WorkOrder.title), _customer_of(WorkOrder.group_id)),
    (Invoice, func.coalesce(Invoice.number, name_of(Invoice)), _customer_of(Invoice.group_id)),
    (Payment, func.coalesce(Payment.reference, name_of(Payment)), _customer_of(Payment.group_id)),
)
"""What the live search looks through, with what goes into the first and the second line."""


def find_everywhere(session: Session, actor: Actor, text: str, limit: int = 8) -> list[Hit]:
    """At most `limit` records of each kind found by `text`, of those that the actor may see, the best known first."""
    hits: list[Hit] = []
    sees_email = sees_field(actor, field_named(Contact, "email"))
    for entity, first, second in FOUND_EVERYWHERE:
        if second is Contact.email and not sees_email:
            second = null()
        found = select(entity.id, first, second).where(entity.id.in_(matching_ids(session, entity, text)))
        order = getattr(entity, "sort_name", entity.id.desc())
        for record_id, label, detail in session.execute(
            visible(actor, found).order_by(order, entity.id).limit(limit)
        ):
            hits.append(Hit(entity.singular, record_id, label, "" if detail is None else str(detail)))
    return hits


__all__ = ["Hit", "find_everywhere", "matching_ids", "rebuild", "search_condition"]
