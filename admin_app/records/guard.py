"""Nothing changes many records unseen: bulk UPDATE and DELETE on records are refused unless history was written.

Two hooks, because each has a blind spot: one on the session, one on every engine.  What may pass: a session's own
flush (the history writer saw it), statements that set nothing but caches (they have no history), and statements inside
:func:`allow_bulk`, whose callers answer for the history.
Rows that are written once (audit entries, the journal, allocations) are never changed, not by a flush and not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Engine, TextClause, Update, event
from sqlalchemy.orm import ORMExecuteState

from admin_app.models import Allocation, AuditEntry, Base, Entity, JournalEntry, OfficeSession, Posting
from admin_app.models.base import FLUSHING
from admin_app.models.field import Kind, fields_of

WRITTEN_ONCE: tuple[type[Any], ...] = (AuditEntry, JournalEntry, Posting, Allocation)
"""Rows that are added and never changed (design sections 4 and 7)."""

_ALLOWED: ContextVar[str | None] = ContextVar("sawhorse_bulk_reason", default=None)

_RAW = re.compile(r'^\s*(?:UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)


@contextmanager
def allow_bulk(reason: str) -> Iterator[None]:
    """Bulk statements on records may pass inside; `reason` says who answers for their history ("ledger caches")."""
    token = _ALLOWED.set(reason)
    try:
        yield
    finally:
        _ALLOWED.reset(token)


@cache
def guarded_tables() -> frozenset[str]:
    """The tables of the records and of the links between them."""
    found: set[str] = set()
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Entity):
            found.add(mapper.class_.__tablename__)
            for bound in fields_of(mapper.class_):
                if bound.kind is Kind.LINKS:
                    found.add(mapper.relationships[bound.key].secondary.name)  # type: ignore[union-attr]
    return frozenset(found)


@cache
def sealed_tables() -> frozenset[str]:
    """The tables whose rows are written once."""
    return frozenset(written.__tablename__ for written in WRITTEN_ONCE)


def _check(table: str) -> None:
    if table in sealed_tables():
        raise RuntimeError(f"Rows of {table} are written once: correct them by a new row")
    if table in guarded_tables() and _ALLOWED.get() is None and not FLUSHING.get():
        raise RuntimeError(
            f"A bulk statement on {table} would leave no trace: use admin_app.records.bulk, or allow_bulk(reason)"
        )


@cache
def caches_of(table: str) -> frozenset[str]:
    """The columns of a table that follow from other rows or fields."""
    return frozenset(
        bound.column_key
        for mapper in Base.registry.mappers
        if getattr(mapper.local_table, "name", "") == table
        for bound in fields_of(mapper.class_)
        if bound.declared.cache
    )


def _sets_only_caches(statement: Any) -> bool:
    """Whether an UPDATE names columns, and nothing but caches."""
    named = [str(getattr(key, "key", key)) for key in getattr(statement, "_values", None) or ()]
    return bool(named) and caches_of(statement.table.name).issuperset(named)


@event.listens_for(OfficeSession, "do_orm_execute")
def _guard_session(state: ORMExecuteState) -> None:
    """Refuse a bulk statement given to the session, before the mapper splits it up."""
    if (state.is_update or state.is_delete) and not _sets_only_caches(state.statement):
        table: str = state.statement.table.name  # type: ignore[attr-defined]
        if table not in sealed_tables():  # the engine answers for those, and the books by their own rule
            _check(table)


@event.listens_for(Engine, "before_execute")
def _guard_engine(connection: Connection, statement: Any, many: Any, one: Any, options: Any) -> None:
    """Refuse a bulk statement given to any connection."""
    if isinstance(statement, (Update, Delete)):
        if not _sets_only_caches(statement):
            _check(getattr(statement.table, "name", ""))
    elif isinstance(statement, TextClause):
        raw = _RAW.match(statement.text)
        if raw:
            _check(raw[1].lower())
