"""`sawhorse export FOLDER`: the whole company in files that `import` reads back (design section 11) [43]."""

from __future__ import annotations

import json
from pathlib import Path

import click

from admin_app.cli._office import open_office
from admin_app.kernel.errors import Unmet
from admin_app.policy import Permission, demand
from admin_app.records.moving_out import write_company


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv"]),
    default="csv",
    show_default=True,
    help="How it is written.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def export(folder: Path, form: str, as_json: bool) -> None:
    """Write the whole company into FOLDER, which must be empty or new.

    The seven files groups, contacts, addresses, tags, invoices, invoice_lines and payments (.csv) are read back by
    `sawhorse import FOLDER`; notes, tasks, events, brands, tax rates and the site inventory lie beside them.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Unmet(f"{folder} is not empty; name a new folder, so that nothing is mixed up or overwritten")
    with open_office() as office:
        demand(office.actor, Permission.EXPORT)
        counts = write_company(office.session, folder)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "format": form, "files": counts}, indent=2))
        return
    for name, count in counts.items():
        click.echo(f"{name:<24}{count:>10,}")
