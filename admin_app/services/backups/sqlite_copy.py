"""The embedded database as one file: copied while others write, put back whole."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from admin_app.kernel.errors import Unmet


def database_file(url: str) -> Path:
    """Where the embedded database of this URL lies; raises Unmet for one that lives in memory only."""
    name = make_url(url).database
    if not name or name == ":memory:":
        raise Unmet("A database in memory cannot be backed up; set SAWHORSE_DATABASE_URL to a file")
    return Path(name)


def copy_database(source: Path, target: Path) -> None:
    """Write the state of `source` at one instant to the new file `target`; writers are not held up.

    Raises Unmet when the copy does not pass the database's own check.
    """
    if not source.exists():
        raise Unmet(f"There is no database {source} yet; nothing to back up")
    with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(target)) as copy:
        # One step is one read transaction, so the copy is one instant; the write-ahead log lets others go on.
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file
        verdict = copy.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise Unmet(f"The database is damaged and was not backed up: {verdict}")


def put_database(restored: Path, target: Path) -> None:
    """Let the file `restored` become the database `target`, whose empty predecessor goes."""
    with closing(sqlite3.connect(restored)) as copy:
        verdict = copy.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise Unmet(f"The database in this backup is damaged: {verdict}")
    for leftover in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    os.replace(restored, target)
