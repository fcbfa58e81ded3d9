"""Where a command stands: the settings, a session that knows who acts, and the company's clock."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select

import admin_app.records  # noqa: F401  switches the history on
from admin_app.config import Settings, read_settings
from admin_app.kernel.actor import Actor, ActorKind
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.models import migrate
from admin_app.models.base import OfficeSession
from admin_app.models.company import Company
from admin_app.models.engine import open_engine, writing
from admin_app.services.portal.address import doorstep_by


@dataclass(frozen=True)
class Office:
    """An opened company: what a command needs to call a service."""

    settings: Settings
    session: OfficeSession
    clock: Clock
    actor: Actor


@contextmanager
def open_office(*, write: bool = False) -> Iterator[Office]:
    """The company of this environment in one transaction, kept at the end only when `write` is said.

    Raises Unmet for a database that is missing or of another release.
    """
    settings = read_settings()
    demand_current(settings)
    engine = open_engine(settings.database_url)
    try:
        with writing(write), OfficeSession(engine, expire_on_commit=False) as session:
            clock = SystemClock(session.scalar(select(Company.zone)) or "UTC")
            session.info.update(actor=who_types(), clock=clock, door="cli", doorstep=doorstep_by(settings))
            yield Office(settings, session, clock, who_types())
            if write:
                session.commit()
    finally:
        engine.dispose()


def bring_up_to_date(settings: Settings) -> None:
    """Give the database the shape of this release, and the views of figures that go with it."""
    from reports.engine.views import keep_views  # other commands need not know the figures to start

    migrate.upgrade(settings.database_url)
    keep_views(settings.database_url)


def demand_current(settings: Settings) -> None:
    """Refuse a database whose shape is not the one that this release expects; raises Unmet."""
    found = migrate.current(settings.database_url)
    if found is None:
        raise Unmet("There is no company in this home yet; start one with: sawhorse serve")
    if found != migrate.head():
        raise Unmet(
            f"The database is at {found} and this release needs {migrate.head()}; run: sawhorse migrate"
        )


def who_types() -> Actor:
    """The person at the command line, who has every right: whoever reaches the files could change them anyway."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "somebody"
    return Actor(ActorKind.SYSTEM, f"{name} at the command line")
