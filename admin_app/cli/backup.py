"""`sawhorse backup FILE`: the whole company in one file, while others work."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from admin_app.cli._office import open_office
from admin_app.config import read_settings
from admin_app.services.backups.make import make_backup, remember_backup


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def backup(file: Path, as_json: bool) -> None:
    """Write database and stored files to the new FILE; the office may go on working.

    FILE holds everything that the company holds: keep it where only you can read it.
    """
    made = make_backup(read_settings(), file.absolute(), datetime.now(UTC))
    with open_office(write=True) as office:
        remember_backup(office.session, made)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "file": str(made.file),
                    "made_at": made.made_at.isoformat(),
                    "size": made.size,
                    "files": made.files,
                }
            )
        )
    else:
        click.echo(f"Wrote {made.file}: {made.size:,} bytes, the database and {made.files:,} stored files.")
