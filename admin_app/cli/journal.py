"""`sawhorse journal FOLDER|FILE`: the books for the tax adviser's program, each entry once [month close]."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path

import click

from admin_app.cli._office import open_office
from admin_app.models import ExportFormat
from admin_app.services.export_journal import Wanted, keep_export, write_journal
from admin_app.storage.folder import FolderStorage

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("journal")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([one.value for one in ExportFormat]),
    default=ExportFormat.CSV.value,
    show_default=True,
    help="What the adviser's program reads.",
)
@click.option("--from", "start", type=_DAY, default=None, help="First day; without it from the beginning.")
@click.option("--to", "end", type=_DAY, default=None, help="Last day; without it today.")
@click.option("--again", is_flag=True, help="Take along what left before.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def journal(
    target: Path, form: str, start: datetime | None, end: datetime | None, again: bool, as_json: bool
) -> None:
    """Write the journal into TARGET: a file where the name has an ending, else a folder.

    Each entry leaves once: a second call writes what was booked since.  Accounts carry the adviser's codes where the
    office mapped them (Month close, Account mapping), else our own names.
    """
    with open_office(write=True) as office:
        storage = FolderStorage(office.settings.files)
        wanted = Wanted(ExportFormat(form), _day(start), _day(end) or office.clock.today(), again)
        written = write_journal(office.session, storage, wanted, office.actor, office.clock)
        file = target if target.suffix and not target.is_dir() else target / written.filename
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(storage.path(written.store_key), file)
        export = keep_export(office.session, written, office.actor)
        told = {
            "file": str(file),
            "format": form,
            "entries": export.entries,
            "remarks": list(written.remarks),
        }
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(f"{told['entries']:,} entries in {file}")
    for remark in written.remarks:
        click.echo(remark)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None
