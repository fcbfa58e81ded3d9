"""Moves staged rows into a record's table: one INSERT … SELECT for the new, one UPDATE … FROM for the changed.

What is set follows from the declarations; defaults that Python knows are written into the statement.  The rows that
an update changes leave their before-image first (design section 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    inspect,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from admin_app.models import Change, Entity
from admin_app.models.field import BoundField, Kind, fields_of
from admin_app.money.dirty import before_statement
from admin_app.records.guard import allow_bulk
from admin_app.records.images import Imager, table_of, write_images
from admin_app.records.importing.check import derived_columns
from admin_app.records.importing.schema import FileSpec
from admin_app.records.importing.stage import GOOD
from admin_app.records.importing.under_way import Import
from admin_app.records.record_name import name_of

Values = Mapping[str, Any]
"""Attribute of the record → the expression over the staging table that it is set to."""


def declared_values(spec: FileSpec, table: Table) -> dict[str, Any]:
    """The attributes that the file's declared columns feed, with what each is set to."""
    values: dict[str, Any] = {}
    for column in spec.columns:
        if column.bound is not None:
            values[column.bound.column_key] = _staged(column.bound, table)
    for name in derived_columns(spec):
        values[name] = table.c[name]
    return values


def _staged(bound: BoundField, table: Table) -> ColumnElement[Any]:
    if bound.kind is Kind.LINK:
        return table.c[f"{bound.key}_id"]
    if bound.kind is Kind.STRUCTURE and not table.schema:  # PostgreSQL keeps it parsed, SQLite as text
        return cast(table.c[bound.key], JSONB)
    return table.c[bound.key]


def _default_of(entity: type[Entity], key: str) -> Any:
    """The default of a column that may not be empty, as an expression; None where there is none."""
    column = inspect(entity).columns[key]
    default = column.default
    if default is None:
        return None
    if default.is_scalar:
        value = getattr(default, "arg", None)
        return literal(value, column.type)
    return None


def _called(column: Any) -> Any:
    """What a default that is a function gives: an empty list, an empty object."""
    return column.default.arg(None)


def insert_new(
    going: Import, entity: type[Entity], table: Table, values: Values, where: ColumnElement[bool]
) -> None:
    """Add a record for each staged row that meets the condition; it carries the run's number."""
    if going.dry:
        return
    mapper = inspect(entity)
    chosen: dict[str, Any] = {}
    for key, expression in values.items():
        column = mapper.columns[key]
        default = _default_of(entity, key)
        chosen[column.name] = (
            func.coalesce(expression, default) if not column.nullable and default is not None else expression
        )
    for attribute in mapper.column_attrs:
        kept = mapper.columns[attribute.key]
        if kept.name in chosen or kept.primary_key or kept.nullable or kept.server_default is not None:
            continue
        if attribute.key == "public_id":
            chosen[kept.name] = table.c.public_id
        elif (default := _default_of(entity, attribute.key)) is not None:
            chosen[kept.name] = default
        elif kept.default is not None:
            chosen[kept.name] = literal(_called(kept), kept.type)
    chosen["import_run_id"] = literal(going.run_id)
    made = chosen.get("created_at")
    now = literal(going.now, mapper.columns["created_at"].type)
    chosen["created_at"] = now if made is None else func.coalesce(made, now)
    chosen["updated_at"] = now
    source = select(*(value.label(f"v{place}") for place, value in enumerate(chosen.values())))
    source = source.where(where).order_by(table.c.line)
    statement = insert(table_of(entity)).from_select(list(chosen), source, include_defaults=False)
    going.session.connection().execute(statement)


def update_changed(
    going: Import, entity: type[Entity], table: Table, values: Values, where: ColumnElement[bool]
) -> int:
    """Bring the records that staged rows speak of up to date where they differ; returns how many did."""
    records = table_of(entity)
    keeps_empty = going.keeps_empty(table.name.removeprefix("stage_"))
    wanted: dict[str, Any] = {}
    for key, expression in values.items():
        column = records.c[inspect(entity).columns[key].name]
        keep = keeps_empty or not column.nullable
        wanted[column.name] = func.coalesce(expression, column) if keep else expression
    if not wanted:
        return 0
    differs = or_(*(records.c[name].is_distinct_from(value) for name, value in wanted.items()))
    speaks = and_(where, table.c.target_id == records.c.id, differs)
    # Counted before they change, so that the files' counts say which rows changed something.
    changes = select(1).select_from(records).where(speaks).correlate(table).exists()
    count = going.count(table.name.removeprefix("stage_"), "updated", changes)
    going.changed += count
    if not count or going.dry:
        return count
    _keep_images(going, entity, table, values, speaks, wanted)
    connection = going.session.connection()
    before_statement(connection, entity, select(records.c.id).where(speaks), wanted)
    statement = update(records).values(wanted | {"version": records.c.version + 1, "updated_at": going.now})
    with allow_bulk("import: the images were written"):
        connection.execute(statement.where(speaks))
    return count


def _keep_images(
    going: Import,
    entity: type[Entity],
    table: Table,
    values: Values,
    speaks: ColumnElement[bool],
    wanted: Mapping[str, Any],
) -> None:
    """Write what the records were and will be, one audit entry each, before the statement that changes them."""
    records = table_of(entity)
    imager = Imager(entity, going.session.connection().dialect.name)
    fields = [bound for bound in fields_of(entity) if bound.column_key in values]
    after: dict[str, Any] = {}
    for bound in fields:
        will_be = wanted[inspect(entity).columns[bound.column_key].name]
        staged = select(_as_image(imager, bound, will_be)).where(table.c.target_id == records.c.id)
        after[bound.key] = staged.correlate(records).limit(1).scalar_subquery()
    changed = select(records.c.id).where(speaks)
    write_images(going.session, entity, changed, Change.CHANGED, fields=fields, after=after, version_step=1)


def _as_image(imager: Imager, bound: BoundField, expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value that a field will have, as the history keeps it."""
    if bound.kind is Kind.LINK:
        assert bound.target is not None
        other = bound.target.__table__.alias()
        name = imager.as_object({"id": other.c.id, "name": name_of(bound.target, other)})
        return select(name).where(other.c.id == expression).scalar_subquery()
    if imager.dialect == "sqlite" and bound.kind is Kind.BOOLEAN:
        return func.json(case((expression, "true"), else_="false"))
    return expression


def good_and_new(table: Table) -> ColumnElement[bool]:
    """The staged rows that make a new record."""
    return and_(table.c.fate == GOOD, table.c.target_id.is_(None))


def good_and_known(table: Table) -> ColumnElement[bool]:
    """The staged rows that speak of a record that is there."""
    return and_(table.c.fate == GOOD, table.c.target_id.is_not(None))


def drawn_id(going: Import) -> ColumnElement[str]:
    """A public id drawn by the database, for parts that no address names: 128 random bits."""
    if going.stage.is_sqlite:
        return func.lower(func.hex(func.randomblob(16)))
    return func.replace(cast(func.gen_random_uuid(), Text), "-", "")
