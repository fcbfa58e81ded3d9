"""The office of the oracle on each database, with its tables as CSV files; once a module."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from admin_app.kernel.actor import Actor, ActorKind, Role
from reports.engine import Desk
from tests.reports.oracle import kept_office, office
from tests.reports.oracle.tables import Tables, dump


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def oracle_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the office, on SQLite and on PostgreSQL."""
    source = kept_office.office_file()
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("oracle") / "office.sqlite"
        shutil.copyfile(source, file)
        yield f"sqlite:///{file}"
        return
    clones = request.getfixturevalue("postgres_clones")
    clone = clones.new()
    url = clones.server.url(clone.name)
    kept_office.copy_rows(source, url)
    yield url
    clones.drop(clone)


@pytest.fixture(scope="module")
def tables(oracle_url: str, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Its tables, read from CSV."""
    folder: Path = tmp_path_factory.mktemp("oracle") / "csv"
    engine = create_engine(oracle_url)
    with engine.connect() as connection:
        dump(connection, folder)
    engine.dispose()
    return Tables(folder)


@pytest.fixture(scope="module")
def oracle_desk(oracle_url: str) -> Iterator[Desk]:
    """The analyst at the desk on the last day of the story."""
    with kept_office.opened(oracle_url) as session:
        ada = Actor(ActorKind.STAFF, "Ada Brandt", id=None, role=Role.ANALYST)
        yield Desk(session, ada, office.clock_of(office.LAST))
