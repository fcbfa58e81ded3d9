"""`sawhorse prove`: the books agree with themselves, or each row that does not is named (design section 4)."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from admin_app.cli._office import open_office
from admin_app.money.proof import Finding
from admin_app.money.proof import prove as ask


@click.command("prove")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def prove(as_json: bool) -> None:
    """Check every invariant of the books and name the rows that break one.

    Exits with 0 when all hold, with 1 when a row breaks one.  Nothing is changed.
    """
    with open_office() as office:
        findings = []
        for finding in ask(office.session):
            findings.append(finding)
            if not as_json:
                _print(finding)
    broken = [finding for finding in findings if not finding.holds]
    if as_json:
        click.echo(
            json.dumps({"proved": not broken, "findings": [_plain(one) for one in findings]}, indent=2)
        )
    if broken:
        rows = sum(finding.count for finding in broken)
        names = ", ".join(finding.id for finding in broken)
        raise click.ClickException(f"{rows} row{'s break' if rows != 1 else ' breaks'} {names}")
    if not as_json:
        click.echo(f"All {len(findings)} invariants hold")


def _print(finding: Finding) -> None:
    """One invariant on a line, the rows that break it below."""
    mark = click.style("holds ", fg="green") if finding.holds else click.style("broken", fg="red")
    click.echo(
        f"{mark}  {finding.id:<4} {finding.title}" + ("" if finding.holds else f": {finding.count} rows")
    )
    for offence in finding.offences:
        click.echo(f"          {offence.table} {offence.id}: {offence.sentence}")
    if finding.count > len(finding.offences):
        click.echo(f"          … and {finding.count - len(finding.offences)} more")


def _plain(finding: Finding) -> dict[str, object]:
    """A finding as JSON keeps it."""
    return {
        "id": finding.id,
        "title": finding.title,
        "holds": finding.holds,
        "count": finding.count,
        "rows": [asdict(offence) for offence in finding.offences],
    }
