"""The session of a web request, and the one that outlives a refusal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as BoundSession
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing

log = logging.getLogger("sawhorse.web")


class WebSession(BoundSession, OfficeSession):
    """The office's session, bound to the engine of the application in use."""


class Database(SQLAlchemy):
    """Flask-SQLAlchemy over plain declarative models (dependencies.md F1, F2); engines open as everywhere else."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        """Open the engine with the product's settings instead of Flask-SQLAlchemy's."""
        return open_engine(str(options.pop("url")), **options)


db = Database(session_options={"class_": WebSession, "expire_on_commit": False})


@contextmanager
def separate_transaction() -> Iterator[OfficeSession]:
    """A short transaction of its own for what must survive a refusal: the login throttle, a rejected webhook.

    On SQLite there is one writer: call it only when the request's own transaction is not open.
    """
    with OfficeSession(db.engine, expire_on_commit=False) as session, writing():
        session.info.update(db.session.info)
        yield session
        session.commit()


def write_down(what: str, write: Callable[[OfficeSession], None]) -> None:
    """Keep a moment that is worth no waiting, after the request gave its transaction back.

    While another writer holds the database, `what` is simply not written down.
    """
    db.session.rollback()
    try:
        _write_at_once(write)
    except OperationalError:
        log.info("%s not written down: the database is busy", what)


def _write_at_once(write: Callable[[OfficeSession], None]) -> None:
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection, writing(False):
        connection.exec_driver_sql(
            "PRAGMA busy_timeout = 100" if sqlite else "SET LOCAL lock_timeout = '100ms'"
        )
        try:
            with OfficeSession(connection) as own:
                write(own)
                own.commit()
            connection.commit()
        finally:
            if sqlite:
                connection.exec_driver_sql("PRAGMA busy_timeout = 15000")
                connection.rollback()
