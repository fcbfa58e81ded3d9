"""Brings a database to the shape that this release expects, and tells which shape it has.

Alembic by its API: the URL is handed in, there is no alembic.ini.  One call::

    upgrade("sqlite:///var/office.sqlite")

A run is one transaction on both databases: a migration that fails leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from admin_app.models.engine import open_engine

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def upgrade(url: str, target: str = "head") -> None:
    """Apply the migrations that are missing, up to `target` (a revision id)."""
    with _opened(url) as connection:
        command.upgrade(_config(connection), target)


def downgrade(url: str, target: str) -> None:
    """Take migrations back until `target` (a revision id, or "base" for none); their data goes with them."""
    with _opened(url) as connection:
        command.downgrade(_config(connection), target)


def current(url: str) -> str | None:
    """The revision of the last migration applied; None for a database that has seen none."""
    with _opened(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision that this release expects."""
    revision = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert revision is not None
    return revision


def is_current(url: str) -> bool:
    """Whether the database has the shape that this release expects."""
    return current(url) == head()


def write_migration(url: str, revision: str, follows: str, sentence: str) -> Path:
    """Write the migration that turns the database at `url` into what the models declare; developers read it first.

    Returns the new file, `<revision>_<sentence>.py` in the folder of migrations.
    """
    with _opened(url) as connection:
        script = command.revision(
            _config(connection), message=sentence, autogenerate=True, rev_id=revision, head=follows
        )
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


@contextmanager
def _opened(url: str) -> Iterator[Connection]:
    """A connection in one transaction that is kept when nothing goes wrong."""
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # a migration takes what it takes
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
