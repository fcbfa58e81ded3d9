"""What somebody asks to save, checked field by field against the declarations (security.md, "Requests").

A value may come typed (from a form) or as text (from a file, JSON); a link as an id or a record, several as a list.
Only fields that the form asks for may be set.  Everything wrong is told at once, one sentence a field.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_integer
from admin_app.models import Entity, User
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import Permission, holds, sees_field, visible
from admin_app.records.values import (
    LARGEST_INTEGER,
    Reading,
    checked_structure,
    office_reading,
    parse,
    range_of,
)

LARGEST_MONEY = 10**15
"""Minor units: more than any trade company bills, and far from the end of 64 bits."""

MOST_LINKS = 500
"""So many tags a record may carry."""

_ATTEMPT = "Some fields need another look"


def read_values(
    session: Session,
    entity: type[Entity],
    values: Mapping[str, Any],
    actor: Actor,
    *,
    new: bool = False,
    currency: str | None = None,
) -> dict[BoundField, Any]:
    """The fields named in `values` with what to put into them; a link is given as the record itself.

    `new` asks for required fields that are missing too.  `currency` reads amounts typed as text.  Raises Invalid with
    a sentence for each field.
    """
    asked = {bound.key: bound for bound in fields_on(entity, Surface.FORM)}
    by_column = {bound.column_key: bound for bound in asked.values()}
    reading = office_reading(session)
    if currency:
        reading = Reading(currency, reading.zone, reading.country)
    read: dict[BoundField, Any] = {}
    wrong: dict[str, str] = {}
    for key, value in values.items():
        bound = asked.get(key) or by_column.get(key)
        if bound is None or not _may_set(actor, bound):
            wrong[key] = f"“{key}” cannot be set here"
            continue
        if bound.declared.secret and not new and value in (None, ""):
            continue  # a secret that was not typed again stays
        try:
            read[bound] = _read(session, bound, value, actor, reading)
        except Invalid as refusal:
            wrong[bound.key] = refusal.sentence
    missing = [bound for bound in asked.values() if new and bound.required and read.get(bound) is None]
    wrong.update({bound.key: f"{bound.label} is missing" for bound in missing if bound.key not in wrong})
    for bound in [bound for bound, value in read.items() if value is None and not _may_be_empty(bound)]:
        if new and not bound.required:
            del read[bound]  # left blank: the field's own default stands
        else:
            wrong.setdefault(bound.key, f"{bound.label} is missing")
    if wrong:
        raise Invalid(next(iter(wrong.values())) if len(wrong) == 1 else _ATTEMPT, wrong)
    return read


def _may_set(actor: Actor, bound: BoundField) -> bool:
    """Nobody sets what he may not read; a secret is written without being read."""
    return bound.declared.secret or sees_field(actor, bound)


def _may_be_empty(bound: BoundField) -> bool:
    if bound.kind is Kind.LINKS:
        return True
    return bool(inspect(bound.entity).columns[bound.column_key].nullable)


def _read(session: Session, bound: BoundField, value: Any, actor: Actor, reading: Reading) -> Any:
    if bound.kind is Kind.LINK:
        return _linked(session, bound, value, actor)
    if bound.kind is Kind.LINKS:
        return _all_linked(session, bound, value, actor)
    if isinstance(value, str) and not (bound.choices and isinstance(value, bound.choices)):
        return parse(bound, value, reading)
    if value is None:
        return None
    return _typed(bound, value, reading)


def _typed(bound: BoundField, value: Any, reading: Reading) -> Any:
    """A value that is no text: it must have the type of the field, and lie in its range."""
    match bound.kind:
        case Kind.BOOLEAN if isinstance(value, bool):
            return value
        case Kind.INTEGER if isinstance(value, int) and not isinstance(value, bool):
            return _in_range(bound, value)
        case Kind.MONEY if isinstance(value, Money):
            return _affordable(bound, value.minor)
        case Kind.MONEY if isinstance(value, int) and not isinstance(value, bool):
            return _affordable(bound, value)
        case Kind.DECIMAL if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
            if not Decimal(value).is_finite():
                raise Invalid(f"{bound.label} is not a number")
            return parse(bound, _as_text(Decimal(value)), reading)
        case Kind.COORDINATE if isinstance(value, (float, int)) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise Invalid(f"{bound.label} is not a number")
            return parse(bound, f"{value:.9f}", reading)
        case Kind.DATE if isinstance(value, date) and not isinstance(value, datetime):
            return value
        case Kind.INSTANT if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        case Kind.CHOICE if bound.choices and isinstance(value, bound.choices):
            return value
        case Kind.STRUCTURE if isinstance(value, (dict, list)):
            return _clean_structure(bound, value)
    raise Invalid(f"{bound.label} does not have the form of a {bound.kind.value}")


def _as_text(number: Decimal) -> str:
    """A number as nobody can misread it: with three decimals it could be thousands, so it gets a fourth."""
    text = format(number, "f")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _in_range(bound: BoundField, number: int) -> int:
    low, high = range_of(bound)
    if number < (-LARGEST_INTEGER if low is None else low) or number > (
        LARGEST_INTEGER if high is None else high
    ):
        limits = f"between {low} and {high}" if low is not None else "a smaller number"
        raise Invalid(f"{bound.label} must be {limits}")
    return number


def _affordable(bound: BoundField, minor: int) -> int:
    if abs(minor) > LARGEST_MONEY:
        raise Invalid(f"{bound.label} is more than this field can hold")
    return minor


def _clean_structure(bound: BoundField, value: Any) -> Any:
    """Details without control characters (PostgreSQL cannot store NUL), without NaN, and not without end."""
    try:
        return checked_structure(value)
    except (TypeError, ValueError, RecursionError):
        raise Invalid(f"{bound.label} cannot be read") from None


def _linked(session: Session, bound: BoundField, value: Any, actor: Actor) -> Entity | None:
    """The record that a link names, if this actor may see it; found by primary key, never by listing."""
    if value is None or value == "":
        return None
    found = _records(session, bound, [value], actor)
    return found[0]


def _all_linked(session: Session, bound: BoundField, value: Any, actor: Actor) -> list[Entity]:
    if value is None or value == "":
        return []
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise Invalid(f"{bound.label} must be a list")
    named = list(value)
    if len(named) > MOST_LINKS:
        raise Invalid(f"{bound.label}: at most {MOST_LINKS}")
    return _records(session, bound, named, actor)


def _records(session: Session, bound: BoundField, named: list[Any], actor: Actor) -> list[Entity]:
    target = bound.target
    assert target is not None
    ids = [_id_of(bound, name) for name in named]
    named_ones = select(target).where(target.id.in_(ids))
    # Whoever plans names colleagues, whose records only the staff pages open.
    among_colleagues = target is User and holds(actor, Permission.WORK_WRITE)
    with session.no_autoflush:
        known = session.scalars(named_ones if among_colleagues else visible(actor, named_ones)).all()
    by_id = {record.id: record for record in known}
    if len(by_id) < len(set(ids)):
        raise Invalid(f"{bound.label}: this {target.singular} does not exist any more")
    return list({record_id: by_id[record_id] for record_id in ids}.values())


def _id_of(bound: BoundField, name: Any) -> int:
    if isinstance(name, Entity):
        return name.id
    if isinstance(name, int) and not isinstance(name, bool) and abs(name) < 2**63:
        return name
    if isinstance(name, str):
        try:
            return parse_integer(name)
        except Invalid:
            pass
    raise Invalid(f"{bound.label}: choose one from the list")
