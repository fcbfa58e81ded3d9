"""One page of an ordered list, at the same cost at any depth: it starts after the last row that was seen.

A place in a list (`Place`) is the sort values and the id of one row; it travels in the address as short text.  A page
by its number is an OFFSET inside the index that keeps the order.
"""

from __future__ import annotations

import base64
import binascii
import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    Subquery,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from admin_app.models.types import BIG, Instant, Scaled
from admin_app.records.sorting import Order

MOST_COUNTED = 10_000
"""Lists are counted up to here and then say "10,000+"."""
LAST_PAGE_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """One row's place in an order: its sort values and its id; `rest` says that it is among those without a value."""

    values: tuple[Any, ...]
    id: int
    rest: bool = False


def write_place(place: Place) -> str:
    """The place as text for an address."""
    parts = [int(place.rest), place.id, *(_written(value) for value in place.values)]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def _written(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def read_place(text: str, order: Order) -> Place | None:
    """The place that an address names, or None where the text is damaged or belongs to another order."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        rest, row, values = bool(parts[0]), parts[1], parts[2:]
        if len(text) > 2000 or type(row) is not int or not 0 <= row < 2**63:
            return None
        if len(values) != (0 if rest else len(order.terms)) or (rest and not order.nullable):
            return None
        read = tuple(_read(value, term.type) for value, term in zip(values, order.terms, strict=False))
    except (ValueError, TypeError, KeyError, LookupError, binascii.Error, ArithmeticError):
        return None
    return Place(read, row, rest)


def _read(value: Any, column_type: Any) -> Any:
    """One sort value back in the type of its column; raises ValueError or TypeError for anything else."""
    choices = getattr(column_type, "enum_class", None)
    if choices is not None:
        return choices(value)
    if isinstance(column_type, Date):
        return date.fromisoformat(value)
    if isinstance(column_type, Instant):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("an instant carries its zone")
        return moment
    if isinstance(column_type, Scaled):
        return Decimal(value)
    if isinstance(column_type, String):
        if not isinstance(value, str) or "\x00" in value:
            raise TypeError("text is expected")
        return value
    if not isinstance(value, int | float):
        raise TypeError("a number is expected")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("a number of 64 bits is expected")
    return value


def keys_of_page(
    entity: type[Any],
    conditions: Sequence[ColumnElement[bool]],
    order: Order,
    *,
    descending: bool,
    limit: int,
    place: Place | None = None,
    backwards: bool = False,
    offset: int = 0,
) -> Subquery:
    """The ids of one page as a subquery `k` with columns part, s0…, id; at most `limit` rows a part.

    Both parts of a nullable order (rows with a value, then rows without) are read in one statement.  `backwards`
    reads the rows before `place`, nearest first.
    """
    down = descending != backwards
    valued = _part(entity, conditions, order, part=0)
    if not order.nullable:
        query = _after(valued, entity, order.terms, place, down)
        return query.limit(limit).offset(offset).subquery("k")
    valued = valued.where(order.terms[0].is_not(None))
    empty = _part(entity, [*conditions, order.terms[0].is_(None)], order, part=1)
    if place is None:
        pieces = [_after(valued, entity, order.terms, None, down), _after(empty, entity, (), None, down)]
    elif place.rest:
        pieces = [_after(empty, entity, (), place, down)]
        if backwards:
            pieces.append(_after(valued, entity, order.terms, None, down))
    else:
        pieces = [_after(valued, entity, order.terms, place, down)]
        if not backwards:
            pieces.append(_after(empty, entity, (), None, down))
    if len(pieces) == 1:
        return pieces[0].limit(limit).offset(offset).subquery("k")
    # Each part is cut to what the page can need, so the union holds at most twice that.
    cut = [piece.limit(limit + offset).subquery() for piece in pieces]
    both = union_all(*(select(part) for part in cut)).subquery()
    columns = {column.name: column for column in both.c}
    turned = [columns["part"].desc() if backwards else columns["part"]]
    for name in (*(f"s{n}" for n in range(len(order.terms))), "id"):
        turned.append(columns[name].desc() if down else columns[name])
    return select(both).order_by(*turned).limit(limit).offset(offset).subquery("k")


def _part(
    entity: type[Any], conditions: Sequence[ColumnElement[bool]], order: Order, part: int
) -> Select[Any]:
    columns: list[Any] = [literal_column("0" if part == 0 else "1").label("part")]
    for number, term in enumerate(order.terms):
        # PostgreSQL wants to know the type of what is missing, or the two parts would not unite.
        shown: Any = term if part == 0 else cast(null(), term.type)
        columns.append(shown.label(f"s{number}"))
    query = select(*columns, entity.id.label("id"))
    if order.through is not None:
        target, link = order.through
        query = query.select_from(entity).join(target, target.id == link)
    return query.where(*conditions)


def _after(
    query: Select[Any], entity: type[Any], terms: Sequence[Any], place: Place | None, down: bool
) -> Select[Any]:
    """The rows after `place` in one direction, in order."""
    ends = [*terms, entity.id]
    if place is not None:
        values = [literal(value, term.type) for value, term in zip(place.values, terms, strict=False)]
        here, there = tuple_(*ends), tuple_(*values, literal(place.id, BIG))
        query = query.where(here < there if down else here > there)
        if len(terms) > 1:  # a comparison over two tables opens no index, one over its first column does
            query = query.where(terms[0] <= values[0] if down else terms[0] >= values[0])
    return query.order_by(*(end.desc() if down else end.asc() for end in ends))


def in_order(keys: Subquery, order: Order, *, descending: bool) -> list[ColumnElement[Any]]:
    """How the rows joined to `keys` are put in order again: a page of rows, never a table."""
    named = [f"s{number}" for number in range(len(order.terms))] + ["id"]
    turned: list[ColumnElement[Any]] = [keys.c.part]
    turned.extend(keys.c[name].desc() if descending else keys.c[name].asc() for name in named)
    return turned


def capped_count(
    session: Session, entity: type[Any], conditions: Sequence[ColumnElement[bool]], most: int = MOST_COUNTED
) -> tuple[int, bool]:
    """How many rows meet the conditions, counted no further than `most`; True: there are more."""
    counted: Select[Any] = select(literal_column("1")).select_from(entity).where(*conditions).limit(most + 1)
    number = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    return min(number, most), number > most


def count_words(number: int, more: bool) -> str:
    """The count as the title shows it: "1,234" or "10,000+"."""
    return f"{number:,}{'+' if more else ''}"
