"""The world of these tests, written once a process; each test gets copies of its database and its files."""

import hashlib
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from admin_app.kernel.clock import FixedClock
from tests.fixtures.office import rows_at
from tests.portal.isolation.world import World, write

NOON = FixedClock(datetime(2026, 3, 17, 9, 30, tzinfo=UTC))


@dataclass(frozen=True)
class Written:
    """Where the world lies before a test takes it."""

    database: Path
    files: Path
    world: World


def keeper(folder: Path) -> Callable[[bytes], tuple[str, str]]:
    """Keeps bytes below `folder` as the application's store does."""
    counted = iter(range(1, 1_000_000))

    def keep(content: bytes) -> tuple[str, str]:
        digest = hashlib.sha256(content).hexdigest()
        key = f"{digest[:2]}/{next(counted):06d}{digest[:24]}"
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
        return key, digest

    return keep


@pytest.fixture(scope="session")
def written(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The world in a SQLite file with everything in it, and the files beside it."""
    folder = tmp_path_factory.mktemp("isolation")
    database, files = folder / "world.sqlite", folder / "files"
    shutil.copyfile(sqlite_template, database)
    with rows_at(f"sqlite:///{database}", NOON) as rows:
        world = write(rows, NOON, keeper(files))
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return Written(database, files, world)


@pytest.fixture
def database(written: Written, tmp_path: Path) -> str:
    """The URL of a copy of the world; both databases meet in test_both_databases."""
    file = tmp_path / "office.sqlite"
    shutil.copyfile(written.database, file)
    shutil.copytree(written.files, tmp_path / "home" / "files")
    return f"sqlite:///{file}"


@pytest.fixture
def world(written: Written) -> World:
    """The names of everybody and everything, and the words."""
    return deepcopy(written.world)
