"""A database on which everything that happens is undone at the end: for commands that try what they must not keep."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from admin_app.models.engine import _begin_sqlite, open_engine

MARK = "SAVEPOINT rehearsal"


class _Undone:
    """A driver's connection whose transactions are savepoints inside one that is never kept."""

    marks = 0

    def commit(self) -> None:
        """Keep what happened since the mark, until the end."""
        self._leave(f"RELEASE {MARK}")

    def rollback(self) -> None:
        """Undo what happened since the mark."""
        self._leave(f"ROLLBACK TO {MARK}", f"RELEASE {MARK}")

    def _leave(self, *statements: str) -> None:
        if self.marks:
            self.marks -= 1
            for statement in statements:
                self.execute(statement)  # type: ignore[attr-defined]


class _Sqlite(_Undone, sqlite3.Connection):
    """SQLite's."""


class _Postgres(_Undone, psycopg.Connection[Any]):
    """PostgreSQL's."""


@contextmanager
def rehearsal(url: str) -> Iterator[Engine]:
    """An engine of one connection; what is written through it, commits included, is gone when the block ends.

    Whoever asks twice meanwhile reads what was written the first time.  On SQLite nobody else can write from the first
    change on until the end.
    """
    is_sqlite = url.startswith("sqlite")
    options: dict[str, Any] = {"poolclass": StaticPool, "pool_pre_ping": False}
    if is_sqlite:
        options["connect_args"] = {"timeout": 15, "check_same_thread": False, "factory": _Sqlite}
    engine = open_engine(url, **options)
    if is_sqlite:
        event.remove(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "do_connect", _connect)
    event.listen(engine, "begin", _mark)
    held = engine.raw_connection()
    driver: Any = held.driver_connection
    try:
        yield engine
    finally:
        driver.close()  # without a commit: the transaction is undone
        held.invalidate()
        engine.dispose()
        if not is_sqlite:  # heard by the dialect, which other engines of this process may share
            event.remove(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, given: Any, named: Any) -> Any:
    return _Postgres.connect(*given, **named)


def _mark(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
        driver.execute("BEGIN")
    driver.execute(MARK)
    driver.marks += 1
