"""Saving a record by its declaration: the one way for forms, inline edits, the API and restores [R10, R11, 144, 145].

Rights, the shape of each field, the rules of the house, and edits that somebody else made meanwhile are all looked at
here; the history is written by the flush.  One call::

    update(session, Contact, 7, {"phone": "020 7946 0958"}, ann, base=read_base(form["base"], secret))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import Entity, User
from admin_app.models.field import BoundField, Kind
from admin_app.models.types import LARGEST_ID
from admin_app.policy import demand, rights_of, visible
from admin_app.records.values import begun
from admin_app.services import manage_user
from admin_app.services.merge_edits import Base, EditConflict, Overlap, base_of, merge, read_base, sign_base
from admin_app.services.read_values import read_values
from admin_app.services.record_rules import make, put

__all__ = [
    "EditConflict",
    "Overlap",
    "Saved",
    "base_of",
    "create",
    "find",
    "read_base",
    "sign_base",
    "update",
    "update_and_tell",
]

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved record, and the labels of fields that somebody else changed meanwhile and that were kept."""

    record: Any
    merged: tuple[str, ...] = ()


def create(session: Session, entity: type[E], values: Mapping[str, Any], actor: Actor) -> E:
    """Make a record of `values` (attribute → typed value or text; links by id).

    Raises NotAllowed, Invalid with a sentence a field, Unmet where a rule of the house forbids it.
    """
    demand(actor, rights_of(entity).write)
    if issubclass(entity, User):
        return cast(E, manage_user.add_user(session, values, actor, session.info["clock"]))
    values = begun(session, entity, values)
    read = read_values(session, entity, values, actor, new=True, currency=_currency(values))
    return make(session, entity, {bound.key: value for bound, value in read.items()})


def update(
    session: Session,
    entity: type[E],
    record_id: int,
    values: Mapping[str, Any],
    actor: Actor,
    base: Base | None = None,
) -> E:
    """Change a record; see :func:`update_and_tell`."""
    record: E = update_and_tell(session, entity, record_id, values, actor, base).record
    return record


def update_and_tell(
    session: Session,
    entity: type[Entity],
    record_id: int,
    values: Mapping[str, Any],
    actor: Actor,
    base: Base | None = None,
) -> Saved:
    """Change the fields named in `values`, and tell what was merged.

    `base` is what the form was filled from: edits made since are kept where they do not overlap.  Raises NotFound,
    NotAllowed, Invalid, Unmet, and EditConflict with both versions where they do.
    """
    demand(actor, rights_of(entity).write)
    record = find(session, entity, record_id, actor, lock=True)
    read = read_values(session, entity, values, actor, currency=getattr(record, "currency", None))
    merged = merge(session, record, read, base) if base is not None else []
    changes = {bound.key: value for bound, value in read.items() if _is_news(record, bound, value)}
    if isinstance(record, User):
        clock = session.info["clock"]
        return Saved(manage_user.change_user(session, record, changes, actor, clock), tuple(merged))
    put(session, record, changes)
    return Saved(record, tuple(merged))


def find(session: Session, entity: type[E], record_id: int, actor: Actor, *, lock: bool = False) -> E:
    """One record that the actor may see, held until the transaction ends if asked; raises NotFound."""
    query = visible(actor, select(entity).where(entity.id == record_id))
    if lock:
        query = query.with_for_update(of=entity).execution_options(populate_existing=True)
    record: E | None = session.scalar(query) if abs(record_id) <= LARGEST_ID else None
    if record is None:
        raise NotFound(f"There is no such {entity.singular}")
    return record


def _currency(values: Mapping[str, Any]) -> str | None:
    """The currency in which typed amounts of a new record are meant."""
    currency = values.get("currency")
    return currency if isinstance(currency, str) and len(currency) == 3 else None


def _is_news(record: Entity, bound: BoundField, value: Any) -> bool:
    if bound.declared.secret:
        return value is not None  # an empty secret means: leave it
    if bound.kind is Kind.LINKS:
        return {other.id for other in getattr(record, bound.key)} != {other.id for other in value}
    return bool(getattr(record, bound.key) != value)
