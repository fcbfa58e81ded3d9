"""Discarding: a record is hidden from lists and can be brought back [R12, R13, D6]."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Unmet
from admin_app.models import Entity
from admin_app.policy import demand, rights_of
from admin_app.services.save_record import find

E = TypeVar("E", bound=Entity)


def can_be_archived(entity: type[Entity]) -> bool:
    """Whether records of this kind are discarded by archiving."""
    return hasattr(entity, "archived_at")


def archive(session: Session, entity: type[E], record_id: int, actor: Actor) -> E:
    """Hide a record; money, documents and history stay as they are.  Raises Unmet for a kind that is only deleted."""
    record = _archivable(session, entity, record_id, actor)
    if record.archived_at is None:
        record.archived_at = session.info["clock"].now()
        session.flush()  # the history is written with it
    return cast(E, record)


def restore(session: Session, entity: type[E], record_id: int, actor: Actor) -> E:
    """Bring an archived record back into the lists."""
    record = _archivable(session, entity, record_id, actor)
    if record.archived_at is not None:
        record.archived_at = None
        session.flush()  # the history is written with it
    return cast(E, record)


def _archivable(session: Session, entity: type[E], record_id: int, actor: Actor) -> Any:
    demand(actor, rights_of(entity).write)
    if not can_be_archived(entity):
        raise Unmet(f"A {entity.singular} is deleted, not archived")
    return find(session, entity, record_id, actor, lock=True)
