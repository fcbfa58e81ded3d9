"""`sawhorse demo`: the demo company in this home, without serving it; generated customers beside it where asked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from admin_app.cli._demo import load_demo_if_empty, move_in_folder, print_logins
from admin_app.cli._office import bring_up_to_date
from admin_app.config import read_settings
from admin_app.models.engine import open_engine
from seeds.generator import write_company


@click.command("demo")
@click.option(
    "--groups", type=click.IntRange(min=1), help="Move so many generated customers in beside the demo's."
)
def demo(groups: int | None) -> None:
    """Load the demo company into an empty home, and print who may sign in.

    A home that holds a company of its own is never touched.
    """
    settings = read_settings()
    bring_up_to_date(settings)
    logins = load_demo_if_empty(settings)
    if logins is not None:
        print_logins(logins)
    elif groups is None:
        click.echo("The demo company is here already; open it with: sawhorse run")
    if groups is not None:
        engine = open_engine(settings.database_url)
        try:
            with tempfile.TemporaryDirectory(prefix="sawhorse-demo-") as folder:
                rows = sum(write_company(groups, Path(folder)).values())
                move_in_folder(engine, settings, Path(folder), "demo")
        finally:
            engine.dispose()
        click.echo(f"Moved {groups:,} generated customers in, {rows:,} rows in all.")
