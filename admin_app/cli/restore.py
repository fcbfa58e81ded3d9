"""`sawhorse restore FILE`: a company back from its backup, in an empty home."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from admin_app.cli._office import bring_up_to_date
from admin_app.config import read_settings
from admin_app.services.backups.restore import restore_backup


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Fill an empty home (SAWHORSE_HOME, SAWHORSE_DATABASE_URL) from the backup FILE.

    Stop the server of that home first.  Every part is checked against its hash; a home that holds a company is never
    overwritten.
    """
    settings = read_settings()
    manifest = restore_backup(settings, file)
    bring_up_to_date(settings)
    taken = datetime.fromisoformat(manifest.made_at)
    click.echo(
        f"Restored the company as it was on {taken:%d %B %Y at %H:%M} UTC, with {len(manifest.files()):,} stored"
        " files.\nNow run: sawhorse prove"
    )
