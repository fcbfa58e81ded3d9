"""`sawhorse leaks`: does the portal tell anybody of what is not theirs? [114, I16]."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from flask import Flask
from sqlalchemy import Engine, select

from admin_app.cli._leaks import Report, Walk, session_info
from admin_app.cli._office import demand_current
from admin_app.config import read_settings
from admin_app.kernel.clock import SystemClock
from admin_app.models import Company
from admin_app.models.base import OfficeSession
from admin_app.models.rehearsal import rehearsal
from admin_app.web.database import db


@click.command("leaks")
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="So many portal users, links, and records of each kind, drawn anew each time; 0: all of them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts and leaks as JSON.")
def leaks(sample: int, as_json: bool) -> None:
    """Walk every address of the portal as its users, with ids that are not theirs.

    Whatever an address answers is compared with what the policy shows; no page may name what is hidden.  Everything
    happens on one connection that is undone at the end, and no message leaves.  On the embedded database nobody can
    write meanwhile: choose a small sample by day.  Exits with 0 when nothing leaks, with 1 when something does.
    """
    settings = read_settings()
    demand_current(settings)
    from admin_app.app import create_app

    with rehearsal(settings.database_url) as engine:
        app = create_app(settings)
        with app.app_context():
            db.engine.dispose()
        report = walk_on(app, engine, sample)
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2, ensure_ascii=False))
    else:
        _print(report)
    if report.leaks:
        raise click.ClickException(f"{len(report.leaks)} leak{'s' if len(report.leaks) != 1 else ''}")


def walk_on(app: Flask, engine: Engine, sample: int) -> Report:
    """Let the application answer on the connection of `engine`, and walk."""
    db._app_engines[app] = {None: engine}
    with OfficeSession(engine, expire_on_commit=False) as session:
        clock = SystemClock(session.scalar(select(Company.zone)) or "UTC")
        session.info.update(session_info(clock))
        return Walk(app, session, clock, sample).everybody()


def _print(report: Report) -> None:
    click.echo(
        f"{report.triples:,} triples of address, account and object: {report.addresses} addresses, "
        f"{report.accounts} portal users, {report.links} links"
    )
    for leak in report.leaks:
        click.echo(f"leak  {leak.who}: {leak.address} {leak.what}")
    if not report.leaks:
        click.echo("Nothing leaks")
