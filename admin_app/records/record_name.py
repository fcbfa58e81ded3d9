"""The name of a record in SQL: what the history, links and hits print without loading the record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, case, cast, func, literal, select
from sqlalchemy.orm import aliased

from admin_app.models import Address, Contact, CustomerGroup, Entity, Membership

_USUAL = ("name", "title", "number", "label")
"""The same attributes, in the same order, that `Entity.__str__` looks for."""


def name_of(entity: type[Entity], table: FromClause | None = None) -> ColumnElement[str]:
    """The name by which people know a row of `entity`, at most 200 characters; `table` may be an alias of its table.

    What `str(record)` says, said by the database.
    """
    columns = (table if table is not None else entity.__table__).c
    if entity is Contact:
        return _short(func.trim(columns["first_name"] + " " + columns["last_name"]))
    if entity is Address:
        town = func.trim(func.coalesce(columns["postcode"], "") + " " + func.coalesce(columns["city"], ""))
        return _short(columns["line1"] + case((town == "", ""), else_=literal(", ") + town))
    if entity is Membership:
        person, group = alias_of(Contact), alias_of(CustomerGroup)
        who = select(name_of(Contact, person)).where(person.c.id == columns["contact_id"]).scalar_subquery()
        whose = (
            select(name_of(CustomerGroup, group)).where(group.c.id == columns["group_id"]).scalar_subquery()
        )
        return _short(who + " in " + whose)
    fallback = literal(f"{entity.singular} ", String) + cast(columns["id"], String)
    named = [func.nullif(columns[key], "") for key in _USUAL if key in columns]
    return _short(func.coalesce(*named, fallback)) if named else fallback


def _short(name: ColumnElement[Any]) -> ColumnElement[str]:
    return func.substr(name, 1, 200)


def alias_of(entity: type[Entity]) -> FromClause:
    """A second look at an entity's table, for a link from a table to itself."""
    return aliased(entity.__table__)
