"""Opening the database: one engine for each door, safe by its settings (security.md, "Failing well").

SQLite: WAL, synchronous FULL, foreign keys on, and explicit BEGIN, so that a writer can take the lock before it
reads.  PostgreSQL: pooled, pre-pinged, with a statement timeout.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url

WRITING: ContextVar[bool] = ContextVar("sawhorse_writing", default=False)
"""Whether a transaction that starts now means to write: SQLite then takes the write lock at once."""

STATEMENT_TIMEOUT_MS = 30_000


@contextmanager
def writing(intent: bool = True) -> Iterator[None]:
    """Transactions begun inside mean to write: BEGIN IMMEDIATE on SQLite, nothing special on PostgreSQL."""
    token = WRITING.set(intent)
    try:
        yield
    finally:
        WRITING.reset(token)


def open_engine(url: str, **options: Any) -> Engine:
    """An engine for `url` with the product's settings; `options` go to SQLAlchemy's `create_engine`."""
    if make_url(url).get_backend_name() == "sqlite":
        options.setdefault("connect_args", {"timeout": 15, "check_same_thread": False})
        engine = create_engine(url, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options.setdefault("pool_pre_ping", True)
    options.setdefault(
        "connect_args", {"options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"}
    )
    return create_engine(url, **options)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "busy_timeout = 15000",
        "cache_size = -65536",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if WRITING.get() else "BEGIN")
