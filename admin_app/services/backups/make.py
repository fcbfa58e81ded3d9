"""Take a backup while the office works: the database of one instant, and every stored file."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.config import Settings
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import migrate
from admin_app.models.company import Setting
from admin_app.models.engine import open_engine
from admin_app.services.backups.archive import ArchiveWriter, Manifest, writing_archive
from admin_app.services.backups.postgres_copy import dump_tables
from admin_app.services.backups.sqlite_copy import copy_database, database_file
from admin_app.storage.folder import FolderStorage

REMEMBERED = "last_backup"
"""The key of the setting that remembers the last backup."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was taken: where it lies, when it was begun (UTC), its size in bytes, its number of files."""

    file: Path
    made_at: datetime
    size: int
    files: int


def make_backup(settings: Settings, target: Path, now: datetime) -> Backup:
    """Write the company to the new file `target`, which appears only when it is whole.

    Stored files are read after the database: a file is stored before its row and swept only a day after the row
    is gone, so every file that a row names is there.  Raises Unmet when `target` exists, when there is no database,
    or when the database fails its own check.
    """
    revision = migrate.current(settings.database_url)
    if revision is None:
        raise Unmet("There is no company in this home yet; nothing to back up")
    kind = "sqlite" if settings.is_sqlite else "postgresql"
    manifest = Manifest(kind, revision, now.astimezone(UTC).isoformat())
    with writing_archive(target, manifest) as archive:
        if settings.is_sqlite:
            _add_sqlite(settings, archive, target.parent)
        else:
            _add_postgres(settings, archive)
        _add_files(FolderStorage(settings.files), archive)
    return Backup(target, now, target.stat().st_size, len(manifest.files()))


def _add_sqlite(settings: Settings, archive: ArchiveWriter, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as aside:
        copy = Path(aside) / "database.sqlite"
        copy_database(database_file(settings.database_url), copy)
        with copy.open("rb") as database:
            archive.add_file("database.sqlite", database)


def _add_postgres(settings: Settings, archive: ArchiveWriter) -> None:
    engine = open_engine(settings.database_url, isolation_level="REPEATABLE READ")
    try:
        with engine.begin() as connection:
            dump_tables(connection, archive)
    finally:
        engine.dispose()


def _add_files(storage: FolderStorage, archive: ArchiveWriter) -> None:
    for key in storage.stored_keys():
        try:
            content = storage.open(key)
        except NotFound:
            continue  # swept meanwhile: no row of the copied instant names it
        with content:
            archive.add_file(f"files/{key}", content)


def remember_backup(session: Session, backup: Backup) -> None:
    """Note that `backup` was taken, so that a page can tell its age."""
    fact = json.dumps(
        {"file": str(backup.file), "made_at": backup.made_at.isoformat(), "size": backup.size, "files": backup.files}
    )
    kept = session.scalar(select(Setting).where(Setting.key == REMEMBERED))
    if kept is None:
        session.add(Setting(key=REMEMBERED, value=fact))
    else:
        kept.value = fact
    session.flush()


def last_backup(session: Session) -> Backup | None:
    """The last backup that was taken of this company; None when there was none."""
    kept = session.scalar(select(Setting.value).where(Setting.key == REMEMBERED))
    if not kept:
        return None
    fact = json.loads(kept)
    return Backup(
        Path(fact["file"]), datetime.fromisoformat(fact["made_at"]), int(fact["size"]), int(fact["files"])
    )
