"""The name of a record in SQL: what the history, links and hits print without loading the record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, cast, func, literal
from sqlalchemy.orm import aliased

from admin_app.models import Address, Contact, Entity

_SPOKEN: dict[type[Any], tuple[str, ...]] = {
    Contact: ("first_name", "last_name"),
    Address: ("line1",),
}
"""Records whose name is put together from several columns, or is called otherwise."""

_USUAL = ("name", "title", "number", "label")
"""The same attributes, in the same order, that `Entity.__str__` looks for."""


def name_of(entity: type[Entity], table: FromClause | None = None) -> ColumnElement[str]:
    """The name by which people know a row of `entity`, at most 200 characters; `table` may be an alias of its table."""
    columns = (table if table is not None else entity.__table__).c
    if entity in _SPOKEN:
        first, *others = (func.coalesce(columns[key], "") for key in _SPOKEN[entity])
        spoken: ColumnElement[Any] = first
        for other in others:
            spoken = spoken + " " + other
        return func.substr(func.trim(spoken), 1, 200)
    fallback = literal(f"{entity.singular} ", String) + cast(columns["id"], String)
    named = next((columns[key] for key in _USUAL if key in columns), None)
    return fallback if named is None else func.substr(func.coalesce(named, fallback), 1, 200)


def alias_of(entity: type[Entity]) -> FromClause:
    """A second look at an entity's table, for a link from a table to itself."""
    return aliased(entity.__table__)
