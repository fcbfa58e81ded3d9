"""The office, built once a process: as a file that tests copy, on PostgreSQL row by row, and as CSV files."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import create_engine, select, text

from admin_app.models.base import Base, OfficeSession
from admin_app.models.engine import open_engine
from admin_app.records.guard import allow_bulk
from tests.fixtures.databases import migrated_file
from tests.reports.oracle import office, pipeline_office

ROWS_AT_ONCE = 500


@cache
def office_file() -> Path:
    """A SQLite file with the whole company in it."""
    folder = Path(mkdtemp(prefix="sawhorse-oracle-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "office.sqlite"
    shutil.copyfile(migrated_file(), file)
    with opened(f"sqlite:///{file}") as session:
        office.build(session)
        pipeline_office.grow_pipeline(session)
        session.commit()
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return file


@contextmanager
def opened(url: str) -> Iterator[OfficeSession]:
    """A session of the owner on the last day of the story."""
    engine = open_engine(url)
    facts = {"actor": office.ANN, "clock": office.clock_of(office.LAST), "door": "test"}
    try:
        with OfficeSession(engine, info=facts) as session:
            yield session
    finally:
        engine.dispose()


def copy_rows(source: Path, url: str) -> None:
    """Every row of a SQLite file into a migrated PostgreSQL database."""
    here, there = create_engine(f"sqlite:///{source}"), create_engine(url)
    try:
        with allow_bulk("an office is copied"), here.connect() as old, there.begin() as new:
            # Rows that name later ones come in any order.
            new.execute(text("SET session_replication_role = replica"))
            names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
            new.exec_driver_sql(f"TRUNCATE {names}")
            for table in Base.metadata.sorted_tables:
                rows = [dict(row._mapping) for row in old.execute(select(table))]
                for first in range(0, len(rows), ROWS_AT_ONCE):
                    new.execute(table.insert(), rows[first : first + ROWS_AT_ONCE])
            new.execute(text("SET session_replication_role = origin"))
    finally:
        here.dispose()
        there.dispose()
