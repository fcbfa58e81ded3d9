"""`sawhorse migrate`: bring the database to the shape that this release expects."""

from __future__ import annotations

import click

from admin_app.config import read_settings
from admin_app.models import migrate as migrations


@click.command("migrate")
def migrate() -> None:
    """Create the database, or bring it to this release; all of it or nothing."""
    settings = read_settings()
    before, wanted = migrations.current(settings.database_url), migrations.head()
    if before == wanted:
        click.echo(f"The database is at {wanted}; nothing to do.")
        return
    migrations.upgrade(settings.database_url)
    click.echo(f"The database was at {before or 'nothing'} and is now at {wanted}.")
