"""`sawhorse import PATH…`: customers, their history and their money from files (design section 11) [P24, 38-40]."""

from __future__ import annotations

import json
from pathlib import Path

import click

from admin_app.cli._office import open_office
from admin_app.jobs.move_in import alone, one_connection
from admin_app.models.engine import open_engine
from admin_app.services.import_choices import Choices, gather, open_tables
from admin_app.services.import_files import Outcome, begin_run, move_in
from admin_app.services.suggest_mapping import read_mapping_file

_SHOWN = 20


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="JSON: which column of another program's file is what."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def import_(paths: tuple[Path, ...], dry_run: bool, mapping: Path | None, as_json: bool) -> None:
    """Move in what PATH holds: a CSV, an XLSX, or a folder of them.

    A folder holds groups.csv, contacts.csv, addresses.csv, tags.csv, invoices.csv, invoice_lines.csv and payments.csv,
    or some of these.  Everything is checked first; rows that cannot be taken are listed with their row and column in
    the errors file, the others are moved in.  A run that stopped goes on when it is started again.
    """
    files = gather(list(paths))
    choices = Choices(dry_run=dry_run)
    if mapping is not None:
        choices = read_mapping_file(mapping, open_tables(files, choices), dry_run)
    with open_office(write=True) as office:
        source = ", ".join(str(path) for path in paths)
        run = begin_run(office.session, files, source, choices, office.actor, office.clock)
        run_id, folder = run.id, office.settings.home / run.folder
        settings, info = office.settings, {"actor": office.actor, "clock": office.clock}
    engine = open_engine(settings.database_url)
    try:
        with alone(folder), one_connection(engine, info) as work:
            outcome = move_in(work, run_id, files, folder)
    finally:
        engine.dispose()
    click.echo(json.dumps(outcome.as_json(), indent=2) if as_json else _told(outcome))


def _told(outcome: Outcome) -> str:
    """The counts a file, the first findings, and where the rest of them lies."""
    lines = [
        f"{'file':<20}{'rows':>10}{'created':>10}{'updated':>10}{'skipped':>10}{'errors':>10}{'warnings':>10}"
    ]
    for name, tally in outcome.tallies.items():
        counts = (tally.rows, tally.created, tally.updated, tally.skipped, tally.errors, tally.warnings)
        lines.append(f"{name:<20}" + "".join(f"{count:>10,}" for count in counts))
    for finding in outcome.findings[:_SHOWN]:
        where = f"{finding.file}, row {finding.row}" if finding.row else finding.file
        column = f", {finding.column}" if finding.column else ""
        lines.append(f"{finding.severity}: {where}{column}: {finding.sentence}")
    if len(outcome.findings) > _SHOWN:
        lines.append("…")
    if outcome.findings:
        lines.append(f"All of them: {outcome.errors_file}")
    if outcome.dry_run:
        lines.append("Nothing was changed.")
    return "\n".join(lines)
