"""`sawhorse migrate`: bring the database to the shape that this release expects."""

from __future__ import annotations

import click

from admin_app.cli._office import bring_up_to_date
from admin_app.config import read_settings
from admin_app.models import migrate as migrations


@click.command("migrate")
@click.option("--write", metavar="SENTENCE", help="For developers: write the migration that new fields need.")
def migrate(write: str | None) -> None:
    """Create the database, or bring it to this release; all of it or nothing.

    The views reporting_… that other tools read are made anew each time.

    After declaring a field, --write "what changes" writes its migration into admin_app/migrations/versions: read it,
    then run migrate.
    """
    if write is not None:
        _write(write)
        return
    settings = read_settings()
    before, wanted = migrations.current(settings.database_url), migrations.head()
    bring_up_to_date(settings)
    if before == wanted:
        click.echo(f"The database is at {wanted}; nothing to do.")
        return
    click.echo(f"The database was at {before or 'nothing'} and is now at {wanted}.")


def _write(sentence: str) -> None:
    file = migrations.write_migration(sentence)
    click.echo(
        "The models say nothing new; nothing was written." if file is None else f"Wrote {file}; read it."
    )
