"""Bring a company back from a backup into a home that holds none."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Connection, inspect, literal, select, table

from admin_app.config import Settings
from admin_app.kernel.errors import Unmet
from admin_app.models import migrate
from admin_app.models.engine import open_engine
from admin_app.services.backups.archive import ArchiveReader, Manifest, reading_archive, sync_folder
from admin_app.services.backups.postgres_copy import load_tables
from admin_app.services.backups.sqlite_copy import database_file, put_database
from admin_app.storage.folder import FolderStorage

# What a first start writes by itself; a home with nothing else holds no company yet.
WRITTEN_BY_ITSELF = {"alembic_version", "job", "setting", "one_time_link", "sign_in_attempt"}


def restore_backup(settings: Settings, source: Path) -> Manifest:
    """Fill the empty home of `settings` from the backup `source`, then migrate it to this release.

    Every part is checked against its hash before it counts; what goes wrong leaves the home empty.  Raises Unmet
    for a home that holds a company, a damaged file, or a backup of the other kind of database.
    """
    with reading_archive(source) as archive:
        manifest = archive.manifest
        _refuse_other_kind(settings, manifest)
        _refuse_full_home(settings)
        aside = settings.home / ".restoring"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        try:
            for key in manifest.files():
                archive.extract(f"files/{key}", aside / "files" / key)
            if settings.is_sqlite:
                _restore_sqlite(settings, archive, aside)
            else:
                _restore_postgres(settings, archive)
            _move_files(settings, aside / "files")
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    migrate.upgrade(settings.database_url)
    return manifest


def _restore_sqlite(settings: Settings, archive: ArchiveReader, aside: Path) -> None:
    target = database_file(settings.database_url)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the database, since a rename works only within one disk.
    restored = target.with_name(f".{target.name}.restoring")
    restored.unlink(missing_ok=True)
    try:
        archive.extract("database.sqlite", restored)
        put_database(restored, target)
        sync_folder(target.parent)
    finally:
        restored.unlink(missing_ok=True)


def _restore_postgres(settings: Settings, archive: ArchiveReader) -> None:
    migrate.upgrade(settings.database_url, archive.manifest.revision)
    engine = open_engine(settings.database_url)
    try:
        with engine.begin() as connection:
            load_tables(connection, archive)
    finally:
        engine.dispose()


def _move_files(settings: Settings, restored: Path) -> None:
    if not restored.exists():
        return
    shutil.rmtree(settings.files, ignore_errors=True)  # _refuse_full_home saw that no file is in it
    restored.rename(settings.files)
    sync_folder(settings.home)


def _refuse_other_kind(settings: Settings, manifest: Manifest) -> None:
    ours = "sqlite" if settings.is_sqlite else "postgresql"
    if manifest.database != ours:
        names = {"sqlite": "the embedded database", "postgresql": "PostgreSQL"}
        raise Unmet(
            f"This backup was taken from {names.get(manifest.database, manifest.database)} and this home uses"
            f" {names[ours]}; set SAWHORSE_DATABASE_URL to the same kind, or move with export and import"
        )


def _refuse_full_home(settings: Settings) -> None:
    if next(FolderStorage(settings.files).stored_keys(), None) is not None:
        raise Unmet(f"{settings.files} holds files; restore into an empty home")
    if settings.is_sqlite and not database_file(settings.database_url).exists():
        return
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            if full := _first_full_table(connection):
                raise Unmet(f"This home holds a company already (see table {full}); restore into an empty home")
    finally:
        engine.dispose()


def _first_full_table(connection: Connection) -> str | None:
    for name in inspect(connection).get_table_names():
        if name in WRITTEN_BY_ITSELF or name.startswith("search_"):
            continue
        if connection.scalar(select(literal(1)).select_from(table(name)).limit(1)):
            return name
    return None
