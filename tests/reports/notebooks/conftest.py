"""The company that the notebooks tell of: a part of the demo's story, told once a process on SQLite and copied."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from admin_app.config import Settings, read_settings
from admin_app.kernel.actor import SYSTEM, Actor, ActorKind, Role
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.money import Money
from admin_app.models import CustomerGroup
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.record_payment import PaymentForm, record_payment
from reports.engine.book import Book, for_reading, read_only_engine
from tests.fixtures.databases import migrated_file
from tests.fixtures.office import ANN
from tests.stories.telling import tell

CLOCK = FixedClock(datetime(2026, 3, 17, 9, 30, tzinfo=UTC))
TODAY = CLOCK.today().isoformat()
ANALYST = Actor(ActorKind.STAFF, "a test", None, Role.ANALYST)


@dataclass(frozen=True)
class Told:
    """A company with its settings; `url` is the database."""

    settings: Settings

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.settings.database_url

    @property
    def for_reading(self) -> str:
        """The address as a kernel gets it."""
        return for_reading(self.url)

    def book(self) -> Book:
        """The figures of the company, as an analyst asks for them on the day of the story."""
        return Book(read_only_engine(self.url), ANALYST, CLOCK)


def tell_the_story(url: str, customers: int) -> None:
    """Tell so many customers' story into a migrated, empty database."""
    engine = open_engine(url)
    info = {"actor": SYSTEM, "clock": CLOCK, "door": "demo"}
    with writing(), OfficeSession(engine, info=info) as session:
        tell(session, CLOCK, customers=customers, every=4)
        session.commit()
    engine.dispose()


def settings_of(home: Path, url: str) -> Settings:
    """Settings of an office at this home and database."""
    told = read_settings(
        {
            "SAWHORSE_HOME": str(home),
            "SAWHORSE_DATABASE_URL": url,
            "SAWHORSE_SECRET_KEY": "a key that only tests use, never an office",
        }
    )
    return replace(told, testing=True, hash_time_cost=1, hash_memory_kib=8)


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The told company as one file; nobody writes to it."""
    file = tmp_path_factory.mktemp("story") / "office.sqlite"
    shutil.copyfile(migrated_file(), file)
    tell_the_story(f"sqlite:///{file}", customers=24)
    engine = open_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture
def told(story: Path, tmp_path: Path) -> Iterator[Told]:
    """A copy of the company that belongs to this test alone."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(story, home / "sawhorse.db")
    yield Told(settings_of(home, f"sqlite:///{home / 'sawhorse.db'}"))


def pay_a_hundred(url: str) -> None:
    """A customer pays a hundred today, at the office as it is worked."""
    import admin_app.records  # noqa: F401  switches the history on

    engine = open_engine(url)
    with writing(), OfficeSession(engine, info={"actor": ANN, "clock": CLOCK, "door": "test"}) as session:
        group_id = session.scalars(select(CustomerGroup.id).limit(1)).one()
        form = PaymentForm(group_id, Money.of("100", "GBP"), CLOCK.today())
        record_payment(session, form, ANN, CLOCK)
        session.commit()
    engine.dispose()
