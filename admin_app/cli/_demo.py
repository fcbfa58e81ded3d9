"""Filling a home with a company to play with: the demo's story, or a generated company of any size."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Engine, select

import admin_app.records  # noqa: F401  switches the history on
from admin_app.cli._office import who_types
from admin_app.config import Settings
from admin_app.jobs.keep_totals import keep_totals
from admin_app.jobs.move_in import alone, one_connection
from admin_app.jobs.score_customers import score_customers
from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.models import Company, Setting
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.import_choices import Choices, gather
from admin_app.services.import_files import Outcome, begin_run, move_in
from admin_app.services.passwords import Passwords
from seeds.demo import DemoLogins, load

IS_DEMO = "demo"
"""The key of the setting that says: this home holds the demo company."""


def load_demo_if_empty(settings: Settings) -> DemoLogins | None:
    """Load the demo into a database without a company; None when it is there already.

    Raises Unmet when the company in this home is not the demo: that one is not to be played with.
    """
    engine = open_engine(settings.database_url)
    clock = SystemClock("Europe/London")
    try:
        with (
            writing(),
            OfficeSession(engine, info={"actor": SYSTEM, "clock": clock, "door": "demo"}) as session,
        ):
            if session.scalar(select(Setting.value).where(Setting.key == IS_DEMO)):
                return None
            if session.scalar(select(Company.id)):
                raise Unmet("This home holds a company of its own, not the demo; open it with: sawhorse serve")
            click.echo("Writing four years of a demo company; this takes a moment.")
            logins = load(session, clock, Passwords.by(settings))
            made = datetime.now(ZoneInfo(clock.zone)).date().isoformat()
            session.add(Setting(key=IS_DEMO, value=made))
            session.commit()
        work_out_figures(Shift(settings, engine, clock))
        return logins
    finally:
        engine.dispose()


def work_out_figures(shift: Shift) -> None:
    """What the worker does by night, done at once: totals of the figures, and what models say of each customer."""
    keep_totals(shift)
    score_customers(shift)


def print_logins(logins: DemoLogins) -> None:
    """Say who may sign in, with the passwords drawn for this home; this is the only time they are shown."""
    click.echo("Sign in as one of (the passwords are shown this once):\n")
    for person in logins.people:
        click.echo(f"  {person.email:24} {person.password:16} {person.role}: {person.name}")
    click.echo("\nClients sign in below /portal/:\n")
    for person in logins.clients:
        click.echo(f"  {person.email:40} {person.password:16} {person.name}")
    click.echo()


def move_in_folder(engine: Engine, settings: Settings, folder: Path, door: str) -> Outcome:
    """Import a folder in our own format, as `sawhorse import` does; raises Unmet when a row of it is refused."""
    files = gather([folder])
    info = {"actor": who_types(), "clock": SystemClock(), "door": door}
    with writing(), OfficeSession(engine, info=info, expire_on_commit=False) as session:
        run = begin_run(session, files, door, Choices(), who_types(), SystemClock())
        run_id, work_folder = run.id, settings.home / run.folder
        session.commit()
    with alone(work_folder), one_connection(engine, info) as work:
        outcome = move_in(work, run_id, files, work_folder)
    if outcome.refused:
        raise Unmet(f"The import refused {outcome.refused} rows; see {outcome.errors_file}")
    return outcome
