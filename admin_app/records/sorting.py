"""By what a list may be sorted: what an index already keeps in order, read from the tables themselves.

Every order is total (the id decides between equals) and the same on both databases: rows without a value come last,
whichever way the list runs.  Sorting by anything else means reading the whole table, which large lists refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, UniqueConstraint, inspect
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on

LARGE = 100_000
"""Above so many rows only an indexed order is given."""


_NOTHING_DECIDES: tuple[list[str], ...] = ([], ["id"], ["id", "archived_at"])
"""What may follow the first column of an index that keeps an order: nothing comes before the id."""


@dataclass(frozen=True)
class Order:
    """One way to sort an entity: the attributes that decide, before the id does.

    `nullable`: rows without a value form a second part of the list, ordered by id.  `through` is the linked entity
    whose order is borrowed ("payments by customer name").
    """

    key: str
    label: str
    terms: tuple[InstrumentedAttribute[Any], ...]
    nullable: bool
    indexed: bool
    through: tuple[type[Any], InstrumentedAttribute[Any]] | None = None


@lru_cache(maxsize=128)
def orders_of(entity: type[Entity]) -> dict[str, Order]:
    """Every order that a list of this entity can be asked for, by the name it has in the address."""
    orders = {"id": Order("id", "Newest", (), nullable=False, indexed=True)}
    leading = set(_leading_columns(entity))
    for bound in fields_on(entity, Surface.LIST):
        order = _order_by(bound, leading)
        if order is not None:
            orders[bound.key] = order
    if "created_at" in leading:
        created = entity.created_at
        orders["created_at"] = Order("created_at", "Entered", (created,), nullable=False, indexed=True)
    return orders


def _leading_columns(entity: type[Any]) -> Iterator[str]:
    """The columns by which an index keeps all rows in order, nothing or only the id deciding after them."""
    for columns in _indexes(entity):
        if [column.name for column in columns[1:]] in _NOTHING_DECIDES:
            yield columns[0].name


def _indexes(entity: type[Any]) -> Iterator[list[Column[Any]]]:
    table = entity.__table__
    for index in table.indexes:
        partial = any(options.get("where") is not None for options in index.dialect_options.values())
        if not partial:
            yield list(index.columns)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield list(constraint.columns)


def _order_by(bound: BoundField, leading: set[str]) -> Order | None:
    if bound.kind is Kind.LINK:
        return _order_by_link(bound)
    if bound.kind in (Kind.LINKS, Kind.CHILDREN, Kind.STRUCTURE, Kind.LONG_TEXT):
        return None
    column = bound.entity.__table__.c[_sorted_by(bound, leading)]
    attribute = getattr(bound.entity, column.name)
    return Order(bound.key, bound.label, (attribute,), bool(column.nullable), column.name in leading)


def _sorted_by(bound: BoundField, leading: set[str]) -> str:
    """The column that keeps the order of a field: a name's folded form stands in for it."""
    columns = inspect(bound.entity).column_attrs
    name = "name" if "name" in columns else "last_name"
    if bound.key == name:
        for folded in ("sort_name", "folded"):
            if folded in leading:
                return folded
    return bound.key


def _order_by_link(bound: BoundField) -> Order | None:
    """By the name of the linked record, where there always is one and both sides have an index for it."""
    target: type[Entity] | None = bound.target
    foreign_keys = {columns[0].name for columns in _indexes(bound.entity)}
    if target is None or not bound.required or bound.column_key not in foreign_keys:
        return None
    own = (order for order in orders_of(target).values() if order.through is None)
    named = next((order for order in own if _is_name(order)), None)
    if named is None:
        return None
    link = getattr(bound.entity, bound.column_key)
    return Order(bound.key, bound.label, (named.terms[0], target.id), False, True, (target, link))


def _is_name(order: Order) -> bool:
    return bool(order.terms) and order.terms[0].key in ("sort_name", "folded") and not order.nullable


def usual_order(entity: type[Entity]) -> str:
    """How a list is sorted when nobody chose: by name, else the latest day first, else the newest first."""
    orders = orders_of(entity)
    for order in orders.values():
        if _is_name(order) and order.through is None:
            return order.key
    for bound in fields_on(entity, Surface.LIST):
        if bound.kind in (Kind.DATE, Kind.INSTANT) and bound.key in orders and orders[bound.key].indexed:
            return f"-{bound.key}"
    return "-id"
