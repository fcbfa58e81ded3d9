"""Before-images in one statement: INSERT … SELECT into the audit, however many records an act touches.

The JSON is built by the database and reads like what `encoding.encode` writes, so that timeline, restore and undo need
not know by which way an entry came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import case

from admin_app.models import AuditEntry, Base, Change, Entity, Row
from admin_app.models.field import BoundField, Kind
from admin_app.models.types import BIG
from admin_app.records.encoding import MASK, kept_fields
from admin_app.records.record_name import alias_of, name_of

Ids = Select[Any] | Sequence[int]
"""Which records: a select of ids, or at most some thousands of them by hand."""


def table_of(entity: type[Row]) -> Table:
    """The table of a row's class."""
    table = entity.__table__
    assert isinstance(table, Table)
    return table


def _json(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQLite forgets that the text out of a subquery is JSON; say it again."""
    told: ColumnElement[Any] = func.json(text)
    return told


def among(column: ColumnElement[Any], ids: Ids) -> ColumnElement[bool]:
    """The condition that a column holds one of the ids."""
    return column.in_(ids)


@dataclass(frozen=True)
class Imager:
    """Builds the JSON of one entity's rows in the words of one database."""

    entity: type[Entity]
    dialect: str

    @property
    def table(self) -> Table:
        """The table of the entity."""
        return table_of(self.entity)

    def image(
        self, fields: Sequence[BoundField], extra: Mapping[str, Any] | None = None
    ) -> ColumnElement[Any]:
        """A JSON object of the given fields, and of `extra` (name → SQL expression)."""
        pairs = {bound.key: self.value(bound) for bound in fields} | dict(extra or {})
        return self.as_object(pairs)

    def as_object(self, pairs: Mapping[str, Any]) -> ColumnElement[Any]:
        """A JSON object of names and SQL expressions."""
        flat = [part for key, value in pairs.items() for part in (cast(key, Text), value)]
        return func.json_object(*flat) if self.dialect == "sqlite" else func.jsonb_build_object(*flat)

    def literal(self, encoded: Any) -> ColumnElement[Any]:
        """A value that is JSON already, written out."""
        text = literal(json.dumps(encoded, ensure_ascii=False), Text)
        return _json(text) if self.dialect == "sqlite" else cast(text, JSONB)

    def constant(self, column: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
        """A constant typed like its column, so that PostgreSQL need not guess; SQL expressions pass."""
        if value is None:
            return null()
        if isinstance(value, ColumnElement):
            return value
        typed = literal(value, column.type)
        return typed if self.dialect == "sqlite" else cast(typed, column.type)

    def value(self, bound: BoundField) -> ColumnElement[Any]:
        """One field of the row as JSON."""
        if bound.kind is Kind.LINK:
            return self._link(bound)
        if bound.kind is Kind.LINKS:
            return self.linked(bound)
        column = self.table.c[inspect(self.entity).column_attrs[bound.key].columns[0].key]
        if bound.declared.secret:
            return case((column.is_(None), null()), else_=cast(MASK, Text))
        if self.dialect != "sqlite":
            return type_coerce(column, BIG) if bound.kind is Kind.DECIMAL else column
        match bound.kind:
            case Kind.BOOLEAN:
                return func.json(case((column.is_(None), null()), (column, "true"), else_="false"))
            case Kind.INSTANT:
                return func.replace(type_coerce(column, String), " ", "T", type_=String) + "+00:00"
            case Kind.STRUCTURE:
                return func.json(type_coerce(column, String))
        return column

    def _link(self, bound: BoundField) -> ColumnElement[Any]:
        assert bound.target is not None
        other = alias_of(bound.target)
        named = self.as_object({"id": other.c.id, "name": name_of(bound.target, other)})
        found = select(named).where(other.c.id == self.table.c[bound.column_key])
        inner = found.correlate(self.table).scalar_subquery()
        return _json(inner) if self.dialect == "sqlite" else inner

    def linked(
        self, bound: BoundField, with_id: int | None = None, without_id: int | None = None
    ) -> ColumnElement[Any]:
        """The records linked to the row as a JSON list, as they are or as they will be with one more or one less."""
        assert bound.target is not None
        other = alias_of(bound.target)
        relation = inspect(self.entity).relationships[bound.key]
        near, far = relation.local_remote_pairs[0][1], relation.local_remote_pairs[1][1]
        wanted: ColumnElement[bool] = other.c.id.in_(
            select(far).where(near == self.table.c.id).correlate(self.table)
        )
        if with_id is not None:
            wanted = wanted | (other.c.id == with_id)
        if without_id is not None:
            wanted = wanted & (other.c.id != without_id)
        named = self.as_object({"id": other.c.id, "name": name_of(bound.target, other)})
        if self.dialect == "sqlite":
            ordered = select(other.c.id, named.label("named")).where(wanted).order_by(other.c.id)
            rows = ordered.correlate(self.table).subquery()
            inner = select(func.json_group_array(func.json(rows.c.named))).scalar_subquery()
            return _json(inner)
        listed = func.jsonb_agg(func.to_jsonb(named).op("ORDER BY")(other.c.id))
        listing = select(func.coalesce(listed, cast(literal("[]", Text), JSONB))).where(wanted)
        return listing.correlate(self.table).scalar_subquery()


def write_images(
    session: Session,
    entity: type[Entity],
    ids: Ids,
    change: Change,
    *,
    fields: Sequence[BoundField] | None = None,
    after: Mapping[str, Any] | None = None,
    version_step: int = 0,
) -> int:
    """Write one audit entry for each record; returns how many.

    `fields` are what the before-image holds (default: everything that the history keeps), `after` maps field names to
    SQL expressions of what they will be, `version_step` is added to the version that the entry names.
    """
    imager = Imager(entity, session.connection().dialect.name)
    table = imager.table
    identity = {"public_id": table.c.public_id, "external_id": table.c.external_id}
    before = imager.image(
        kept_fields(entity) if fields is None else fields, identity if change is Change.DELETED else None
    )
    path = entity.group_path
    values: dict[str, Any] = {
        **_who(session),
        "change": change.value,
        "entity": entity.__name__,
        "entity_id": table.c.id,
        "name": name_of(entity),
        "version": table.c.version + version_step,
        "group_id": table.c[path] if path else null(),
        "before": before,
        "after": null() if after is None else imager.as_object(after),
    }
    audit = table_of(AuditEntry)
    columns = [imager.constant(audit.c[key], value).label(key) for key, value in values.items()]
    rows = select(*columns).select_from(table).where(among(table.c.id, ids))
    written = session.connection().execute(insert(audit).from_select(list(values), rows))
    return written.rowcount


def _who(session: Session) -> dict[str, Any]:
    """Who acts, when, through which door, in which act: the columns of an audit entry."""
    info = session.info
    actor = info["actor"]
    return {
        "at": info["clock"].now(),
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor": actor.name[:200],
        "door": str(info.get("door", "program"))[:24],
        "reason": info.get("reason"),
        "act_id": info.get("act_id"),
    }


def what_falls(entity: type[Entity], ids: Ids) -> Iterator[tuple[type[Entity], Ids]]:
    """The records that the database deletes along, children before their parents, the records themselves last."""
    for mapper in Base.registry.mappers:
        child = mapper.class_
        if not issubclass(child, Entity) or child is entity:
            continue
        for column in child.__table__.columns:
            for key in column.foreign_keys:
                if key.column.table is entity.__table__ and key.ondelete == "CASCADE":
                    yield from what_falls(child, select(child.__table__.c.id).where(among(column, ids)))
    yield entity, ids


def write_deletion(session: Session, entity: type[Entity], ids: Ids) -> None:
    """Write the before-images of records that are about to be deleted and of all that goes with them."""
    for falling, falling_ids in what_falls(entity, ids):
        write_images(session, falling, falling_ids, Change.DELETED)


def who_acts(session: Session) -> dict[str, Any]:
    """Who acts, when and through which door; raises RuntimeError where a session has nobody in its `info`."""
    if "actor" not in session.info or "clock" not in session.info:
        raise RuntimeError(
            "A record would change without anybody's name: set session.info['actor'] and session.info['clock']"
        )
    return _who(session)
