"""Brings a database to the shape that this release expects, and tells which shape it has.

Alembic by its API: the URL is handed in, there is no alembic.ini.  One call::

    upgrade("sqlite:///var/office.sqlite")

A run is one transaction on both databases: a migration that fails leaves the database as it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.schema import DDL

from admin_app.kernel.errors import Unmet
from admin_app.models.engine import open_engine, writing

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
VIEWS = "reporting_"
"""How the views of figures begin; they follow the tables and are made anew by whoever keeps them."""


def upgrade(url: str, target: str = "head") -> None:
    """Apply the migrations that are missing, up to `target` (a revision id); where there are any, views go first."""
    with opened_for_migration(url) as connection:
        if target != "head" or MigrationContext.configure(connection).get_current_revision() != head():
            drop_views(connection)
        command.upgrade(_config(connection), target)


def downgrade(url: str, target: str) -> None:
    """Take migrations back until `target` (a revision id, or "base" for none); their data goes with them."""
    with opened_for_migration(url) as connection:
        drop_views(connection)
        command.downgrade(_config(connection), target)


def drop_views(connection: Connection) -> None:
    """Take the views of figures away: no table below a view can be changed."""
    for name in inspect(connection).get_view_names():
        if name.startswith(VIEWS):
            connection.execute(DDL("DROP VIEW %(name)s", context={"name": name}))  # type: ignore[no-untyped-call]


def current(url: str) -> str | None:
    """The revision of the last migration applied; None for a database that has seen none."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def head() -> str:
    """The revision that this release expects."""
    return _last_of(tuple(sorted(script.name for script in (MIGRATIONS / "versions").glob("*.py"))))


@cache
def _last_of(scripts: tuple[str, ...]) -> str:
    """The revision that these scripts end in: they are compiled once a process, and again when there are others."""
    revision = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert revision is not None, scripts
    return revision


def is_current(url: str) -> bool:
    """Whether the database has the shape that this release expects."""
    return current(url) == head()


def write_migration(sentence: str) -> Path | None:
    """Write the next migration: what turns the last one's tables into what the models declare now.

    Works on an empty database of its own and needs nobody's; developers read the file before they keep it.  Returns
    the new file, or None where the models say nothing new.
    """
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/new.sqlite"
        upgrade(url)
        last = head()
        with opened_for_migration(url) as connection:
            config = _config(connection)
            # SQLite changes a table by copying it; the first tables are made, not changed.
            config.attributes["changes_tables"] = last > "0001"
            script = command.revision(
                config,
                message=sentence,
                autogenerate=True,
                rev_id=f"{int(last) + 1:04}",
                head=last,
            )
    # Alembic gives back nothing where env.py found nothing to write.
    return Path(script.path) if isinstance(script, Script) else None


@contextmanager
def opened_for_migration(url: str) -> Iterator[Connection]:
    """A connection in one transaction that is kept when nothing goes wrong.

    SQLite changes a column by copying the table; with foreign keys on, dropping the old table would delete its
    children with it.  So they are off meanwhile, and all of them are checked before the end.
    """
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute("PRAGMA foreign_keys = OFF")  # heard only outside a transaction
            with writing(), connection.begin():
                if not is_sqlite:
                    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # it takes what it takes
                yield connection
                if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise Unmet(f"A row of {broken[0]} names a row of {broken[2]} that is not there")
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
