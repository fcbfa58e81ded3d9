"""`sawhorse run`: the demo company on this machine, ready to be looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

import admin_app.records  # noqa: F401  switches the history on
from admin_app.cli._serving import address_of, is_loopback, listen_anywhere, serve_office
from admin_app.config import Settings, read_settings
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.models import Company, Setting, migrate
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.passwords import Passwords
from seeds.demo import DemoLogins, load

IS_DEMO = "demo"
"""The key of the setting that says: this home holds the demo company."""


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine only.")
@click.option("--port", default=8000, show_default=True, help="If it is taken, another one is used.")
def run(host: str, port: int) -> None:
    """Run the demo company on this machine only.

    The first run makes the database, loads the demo and prints who may sign in; later runs print the address.
    """
    if not is_loopback(host):
        raise Unmet("The demo is for this machine only; to serve your company to others: sawhorse serve")
    settings = read_settings()
    migrate.upgrade(settings.database_url)
    logins = load_demo_if_empty(settings)
    listener = listen_anywhere(host, port)
    address = address_of(host, listener)
    click.echo(f"\nThe demo company is at {address}  (stop it with Ctrl+C)\n")
    if logins is not None:
        _print_logins(logins)
    else:
        click.echo("A new password:  sawhorse user password EMAIL   (for example ann@demo.example)\n")
    serve_office(replace(settings, public_url=address, demo=True), listener)


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
            return logins
    finally:
        engine.dispose()


def _print_logins(logins: DemoLogins) -> None:
    click.echo("Sign in as one of (the passwords are shown this once):\n")
    for person in logins.people:
        click.echo(f"  {person.email:24} {person.password:16} {person.role}: {person.name}")
    click.echo()
