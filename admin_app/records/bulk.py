"""Many records changed by one statement, with their history: before-images first, then the change [143, L5].

The only way past the guard for the office's own acts.  Each verb touches only records that it really changes, in parts
of some thousands, and returns how many.  Rights are the caller's matter (`services/bulk_change.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, exists, insert, inspect, select, update
from sqlalchemy.orm import Session

from admin_app.models import Change, Entity
from admin_app.models.field import BoundField, Kind, Surface, field_named
from admin_app.money.dirty import before_statement
from admin_app.records import search_text
from admin_app.records.encoding import encode
from admin_app.records.guard import allow_bulk
from admin_app.records.images import Imager, table_of, what_falls, who_acts, write_images

PART = 5_000
"""Ids that one statement names."""
DELETED = "id"
"""What a deletion changes of a record, in the eyes of those who keep totals of it."""


def parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids in parts that a statement can carry."""
    for start in range(0, len(ids), PART):
        yield ids[start : start + PART]


def set_value(session: Session, entity: type[Entity], ids: Sequence[int], key: str, value: Any) -> int:
    """Set one declared field (a link: to a record or None) on the records where it differs; returns how many."""
    bound = field_named(entity, key)
    table = table_of(entity)
    column = table.c[bound.column_key]
    stored = value.id if isinstance(value, Entity) else value
    imager = Imager(entity, session.connection().dialect.name)
    step = _step(bound)
    changed = 0
    for part in parts(ids):
        differing = _ids_where(session, table, part, column.is_distinct_from(stored))
        if differing:
            after = {key: imager.literal(encode(bound, value))}
            write_images(
                session, entity, differing, Change.CHANGED, fields=[bound], after=after, version_step=step
            )
            before_statement(session.connection(), entity, differing, [bound.column_key])
            _update(session, table, differing, {bound.column_key: stored}, step)
            changed += len(differing)
    _read_again(session, entity, ids)
    return changed


def add_link(session: Session, entity: type[Entity], ids: Sequence[int], key: str, linked_id: int) -> int:
    """Link one more record (a tag) to those that do not have it; returns how many [34]."""
    bound = field_named(entity, key)
    link_table, near, far = _link_table(entity, key)
    has_it = exists().where(near == table_of(entity).c.id, far == linked_id)
    changed = 0
    for part in parts(ids):
        without = _ids_where(session, table_of(entity), part, ~has_it)
        if without:
            _image_links(session, bound, without, with_id=linked_id)
            rows = [{near.name: record_id, far.name: linked_id} for record_id in without]
            session.connection().execute(insert(link_table), rows)
            _update(session, table_of(entity), without, {}, _step(bound))
            changed += len(without)
    _read_again(session, entity, ids)
    return changed


def remove_link(session: Session, entity: type[Entity], ids: Sequence[int], key: str, linked_id: int) -> int:
    """Unlink a record (a tag) from those that have it; returns how many."""
    bound = field_named(entity, key)
    link_table, near, far = _link_table(entity, key)
    has_it = exists().where(near == table_of(entity).c.id, far == linked_id)
    changed = 0
    for part in parts(ids):
        having = _ids_where(session, table_of(entity), part, has_it)
        if having:
            _image_links(session, bound, having, without_id=linked_id)
            with allow_bulk("links, after their images"):
                session.connection().execute(delete(link_table).where(near.in_(having), far == linked_id))
            _update(session, table_of(entity), having, {}, _step(bound))
            changed += len(having)
    _read_again(session, entity, ids)
    return changed


def delete_records(session: Session, entity: type[Entity], ids: Sequence[int]) -> int:
    """Delete records and what the database deletes along; images first, search texts too.  Returns how many."""
    session.flush()
    deleted = 0
    for part in parts(ids):
        for falling, falling_ids in what_falls(entity, part):
            write_images(session, falling, falling_ids, Change.DELETED)
            search_text.forget(session.connection(), falling, falling_ids)
        before_statement(session.connection(), entity, part, [DELETED])
        with allow_bulk("records, after their images"):
            table = table_of(entity)
            deleted += session.connection().execute(delete(table).where(table.c.id.in_(part))).rowcount
    _forget_held(session, entity, ids)
    return deleted


def _held(session: Session, entity: type[Entity], ids: Sequence[int]) -> list[Entity]:
    """The records among these that the session holds in memory."""
    wanted = set(ids)
    held = [record for record in session.identity_map.values() if type(record) is entity]
    return [record for record in held if (inspect(record).identity or (None,))[0] in wanted]


def _read_again(session: Session, entity: type[Entity], ids: Sequence[int]) -> None:
    """Records in memory are read again when they are looked at next."""
    for record in _held(session, entity, ids):
        session.expire(record)


def _forget_held(session: Session, entity: type[Entity], ids: Sequence[int]) -> None:
    """Records that are gone leave the session with what was known of them; all others are read again."""
    for record in _held(session, entity, ids):
        session.expunge(record)
    session.expire_all()


def _step(bound: BoundField) -> int:
    """What an edit of the field adds to the version."""
    return 1 if bound.declared.on & Surface.FORM else 0


def _ids_where(
    session: Session, table: Table, part: Sequence[int], condition: ColumnElement[bool]
) -> list[int]:
    """The ids that a change concerns, held until the transaction ends, so that the image is what was changed."""
    wanted = select(table.c.id).where(table.c.id.in_(part), condition).order_by(table.c.id).with_for_update()
    session.flush()  # what the session still holds back belongs to the image
    return list(session.connection().execute(wanted).scalars())


def _update(session: Session, table: Table, ids: Sequence[int], values: dict[str, Any], step: int) -> None:
    told = values | {"updated_at": who_acts(session)["at"]}
    if step:
        told["version"] = table.c.version + step
    with allow_bulk("records, after their images"):
        session.connection().execute(update(table).where(table.c.id.in_(ids)).values(told))


def _link_table(entity: type[Entity], key: str) -> tuple[Table, ColumnElement[Any], ColumnElement[Any]]:
    """The table behind a set of links, with the columns of the record and of what it is linked to."""
    relation = inspect(entity).relationships[key]
    assert isinstance(relation.secondary, Table)
    near, far = (pair[1] for pair in relation.local_remote_pairs or ())
    return relation.secondary, near, far


def _image_links(session: Session, bound: BoundField, ids: Sequence[int], **change: int) -> None:
    assert bound.kind is Kind.LINKS
    imager = Imager(bound.entity, session.connection().dialect.name)
    write_images(
        session,
        bound.entity,
        ids,
        Change.CHANGED,
        fields=[bound],
        after={bound.key: imager.linked(bound, **change)},
        version_step=_step(bound),
    )
