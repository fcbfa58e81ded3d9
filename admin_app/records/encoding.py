"""Values as the history keeps them: JSON that reads the same on both databases and can be put back.

Money in whole minor units, decimals in ten-thousandths, dates and instants as ISO text (UTC), choices by value, links
by id and name; secrets only as a mask.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind, fields_of
from admin_app.models.types import Scaled

MASK = "•••"
"""What the history shows of a secret: only that there is one."""


def kept_fields(entity: type[Entity]) -> tuple[BoundField, ...]:
    """The fields of an entity that the history keeps: all but caches and the rows that belong to it."""
    return tuple(
        bound for bound in fields_of(entity) if not bound.declared.cache and bound.kind is not Kind.CHILDREN
    )


def encode(bound: BoundField, value: Any) -> Any:
    """One value as JSON; a link is given as the record, several as a list of records."""
    if value is None:
        return None
    if bound.declared.secret:
        return MASK
    match bound.kind:
        case Kind.DECIMAL:
            return int(Decimal(value) * Scaled.scale)
        case Kind.CHOICE:
            return value.value if bound.choices and isinstance(value, bound.choices) else value
        case Kind.DATE:
            return value.isoformat()
        case Kind.INSTANT:
            return value.astimezone(UTC).isoformat()
        case Kind.LINK:
            return {"id": value.id, "name": str(value)[:200]}
        case Kind.LINKS:
            return sorted(({"id": other.id, "name": str(other)[:200]} for other in value), key=_by_id)
    return value


def _by_id(linked: dict[str, Any]) -> int:
    return int(linked["id"])


def decode(bound: BoundField, kept: Any) -> Any:
    """The value to put on the record again; a link comes back as its id, several as a list of ids."""
    if kept is None:
        return [] if bound.kind is Kind.LINKS else None
    match bound.kind:
        case Kind.DECIMAL:
            return Decimal(kept).scaleb(-4)
        case Kind.CHOICE:
            assert bound.choices is not None
            return bound.choices(kept)
        case Kind.DATE:
            return date.fromisoformat(kept)
        case Kind.INSTANT:
            return datetime.fromisoformat(kept)
        case Kind.BOOLEAN:
            return bool(kept)
        case Kind.LINK:
            return kept["id"]
        case Kind.LINKS:
            return [linked["id"] for linked in kept]
    return kept
