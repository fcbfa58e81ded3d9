"""The history writer: every change of a record, for every door, in the transaction that makes it [143].

Attached to OfficeSession when this room is imported.  Before a flush it settles records, raises `version` where a form
field or link changed, and sets `updated_at`; after it, while the session still knows what was before, it writes one
AuditEntry a record and renews the search text.  Rows that an import created carry the run's id instead of an entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import event, insert, inspect, select
from sqlalchemy.orm import InstanceState, UOWTransaction
from sqlalchemy.orm.base import LoaderCallableStatus

from admin_app.models import AuditEntry, Change, Entity, OfficeSession
from admin_app.models.field import BoundField, Kind, Surface
from admin_app.records import search_text
from admin_app.records.encoding import MASK, encode, kept_fields
from admin_app.records.images import what_falls, who_acts, write_images
from admin_app.records.record_name import name_of

_BEFORE = "sawhorse_before"
_NO_VALUE = LoaderCallableStatus.NO_VALUE


@event.listens_for(OfficeSession, "before_flush")
def _settle_records(session: OfficeSession, context: UOWTransaction, _: Any) -> None:
    """Make new and changed records ready, and write the images of those that go."""
    new = [record for record in session.new if isinstance(record, Entity)]
    changed = [
        record for record in session.dirty if isinstance(record, Entity) and session.is_modified(record)
    ]
    deleted = [record for record in session.deleted if isinstance(record, Entity)]
    if not (new or changed or deleted):
        return
    now = who_acts(session)["at"]
    for record in new:
        record.settle()
        record.created_at = record.created_at or now
        record.updated_at = record.updated_at or now
    for record in changed:
        record.settle()
        keys = _changed_keys(record)
        _remember_unloaded(session, context, record, keys)
        if any(_counts_as_edit(bound) for bound in keys):
            record.version += 1
        if keys:
            record.updated_at = now
    _write_deletions(session, deleted)


@event.listens_for(OfficeSession, "after_flush")
def _write_history(session: OfficeSession, context: UOWTransaction) -> None:
    """Write the entries while the session still tells before from after, then the search texts."""
    new = [record for record in session.new if isinstance(record, Entity)]
    changed = [record for record in session.dirty if isinstance(record, Entity)]
    if not (new or changed):
        return
    entries = [_creation(record) for record in new if record.import_run_id is None]
    for record in changed:
        keys = _changed_keys(record)
        if keys:
            entries.append(_edit(session, context, record, keys))
    if entries:
        who = who_acts(session)
        session.connection().execute(insert(AuditEntry), [who | entry for entry in entries])
    search_text.keep(session.connection(), new, [record for record in changed if _is_found_otherwise(record)])


def _counts_as_edit(bound: BoundField) -> bool:
    """Whether a change of the field is an edit of the record in the eyes of those who have its form open."""
    return bool(bound.declared.on & Surface.FORM)


def _changed_keys(record: Entity) -> list[BoundField]:
    """The kept fields whose value differs from what the database holds."""
    state: InstanceState[Any] = inspect(record)
    return [bound for bound in kept_fields(type(record)) if _has_changed(state, bound)]


def _has_changed(state: InstanceState[Any], bound: BoundField) -> bool:
    if bound.kind is not Kind.LINK:
        return state.attrs[bound.key].history.has_changes()
    return any(state.attrs[key].history.has_changes() for key in (bound.key, bound.column_key))


def _remember_unloaded(
    session: OfficeSession, context: UOWTransaction, record: Entity, keys: Iterable[BoundField]
) -> None:
    """Read from the database what a field held that was overwritten before it was loaded."""
    state: InstanceState[Any] = inspect(record)
    missing = [
        bound.column_key
        for bound in keys
        if bound.kind is not Kind.LINKS
        and state.committed_state.get(bound.column_key, _NO_VALUE if _unread(state, bound) else None)
        is _NO_VALUE
    ]
    if missing:
        table = type(record).__table__
        found = session.connection().execute(
            select(*(table.c[key] for key in missing)).where(table.c.id == state.identity[0])  # type: ignore[index]
        )
        remembered = context.attributes.setdefault(_BEFORE, {})
        remembered[state] = dict(found.mappings().one())


def _unread(state: InstanceState[Any], bound: BoundField) -> bool:
    return bound.column_key not in state.committed_state and bound.column_key not in state.dict


def _creation(record: Entity) -> dict[str, Any]:
    state: InstanceState[Any] = inspect(record)
    after = {bound.key: _encoded_now(state, bound) for bound in kept_fields(type(record))}
    told = {key: value for key, value in after.items() if value not in (None, [])}
    return _entry(record, Change.CREATED, None, told)


def _edit(
    session: OfficeSession, context: UOWTransaction, record: Entity, keys: Iterable[BoundField]
) -> dict[str, Any]:
    state: InstanceState[Any] = inspect(record)
    remembered = context.attributes.get(_BEFORE, {}).get(state, {})
    before = {bound.key: _encoded_before(session, state, bound, remembered) for bound in keys}
    after = {bound.key: _encoded_now(state, bound) for bound in keys}
    return _entry(record, Change.CHANGED, before, after)


def _entry(
    record: Entity, change: Change, before: dict[str, Any] | None, after: dict[str, Any]
) -> dict[str, Any]:
    path = record.group_path
    return {
        "change": change,
        "entity": type(record).__name__,
        "entity_id": record.id,
        "name": str(record)[:200],
        "version": record.version,
        "group_id": getattr(record, path) if path else None,
        "before": before,
        "after": after,
    }


def _encoded_now(state: InstanceState[Any], bound: BoundField) -> Any:
    if bound.kind is Kind.LINK:
        return _link(state, bound, state.dict.get(bound.column_key))
    return encode(bound, state.dict.get(bound.key))


def _encoded_before(
    session: OfficeSession, state: InstanceState[Any], bound: BoundField, remembered: dict[str, Any]
) -> Any:
    history = state.attrs[bound.column_key if bound.kind is Kind.LINK else bound.key].history
    if bound.kind is Kind.LINKS:
        return encode(bound, [*(history.unchanged or ()), *(history.deleted or ())])
    if bound.declared.secret:
        return MASK
    old = (
        remembered[bound.column_key]
        if bound.column_key in remembered
        else next(iter(history.deleted or ()), None)
    )
    return _link(state, bound, old) if bound.kind is Kind.LINK else encode(bound, old)


def _link(state: InstanceState[Any], bound: BoundField, linked_id: int | None) -> dict[str, Any] | None:
    """A link by id and name; the name comes from memory where the record is there, else from the database."""
    if linked_id is None:
        return None
    assert bound.target is not None
    session = state.session
    assert session is not None
    known = session.identity_map.get(inspect(bound.target).identity_key_from_primary_key((linked_id,)))
    if known is not None:
        return {"id": linked_id, "name": str(known)[:200]}
    table = bound.target.__table__
    name = session.connection().execute(select(name_of(bound.target)).where(table.c.id == linked_id)).scalar()
    return {"id": linked_id, "name": name or ""}


def _write_deletions(session: OfficeSession, deleted: Iterable[Entity]) -> None:
    """Write the images of deleted records and of what the database deletes along, and forget their search texts."""
    ids_by_entity: dict[type[Entity], list[int]] = defaultdict(list)
    for record in deleted:
        ids_by_entity[type(record)].append(record.id)
    for entity, ids in ids_by_entity.items():
        for falling, falling_ids in what_falls(entity, ids):
            write_images(session, falling, falling_ids, Change.DELETED)
            search_text.forget(session.connection(), falling, falling_ids)


def _is_found_otherwise(record: Entity) -> bool:
    state: InstanceState[Any] = inspect(record)
    return any(state.attrs[key].history.has_changes() for key in search_text.keys_of(type(record)))
