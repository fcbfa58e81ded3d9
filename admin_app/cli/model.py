"""`sawhorse model`: the statistical models fitted to the books, or the reason why not [131, L10-L12]."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import click

from admin_app.cli._figures import table
from admin_app.cli._office import open_office
from admin_app.kernel.currency import minor_digits
from reports.engine import Desk
from reports.engine.fits import MODELS, UNITS, modelled
from reports.engine.printed import finite
from reports.engine.purchases import BASES
from reports.engine.query import read_day


@click.command("model")
@click.argument("name", required=False)
@click.option("--as-of", metavar="DAY", help="The last day of the history that is fitted; today without.")
@click.option("--unit", type=click.Choice(UNITS), default="week", show_default=True, help="The unit of time.")
@click.option(
    "--basis", type=click.Choice(BASES), default="invoiced", show_default=True, help="What a purchase is."
)
@click.option("--keep-zero-days", is_flag=True, help="Count days that come to exactly 0 as purchases too.")
@click.option("--currency", metavar="CODE", help="The currency, where the amounts are in several.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def model(
    name: str | None,
    as_of: str | None,
    unit: str,
    basis: str,
    keep_zero_days: bool,
    currency: str | None,
    as_json: bool,
) -> None:
    """Fit a model to the books and print what it found, how it did on what it had not seen, or why it is refused.

    \b
    bg_nbd          how often customers come back (Fader, Hardie & Lee 2005)
    mbg_nbd         the same; tells who has left for good (Batislam et al. 2007)
    pareto_nbd      the same; customers may leave at any time (Schmittlein et al. 1987)
    gamma_gamma     what they spend each time (Fader & Hardie 2013)
    kaplan_meier    days until a bill is paid, open ones counted as waiting
    aalen_johansen  days until a lead is won, lost ones counted as lost

    A purchase is a customer-day whose net is above 0.  Purchases after --as-of are the check; where there are none, the
    last quarter of the history is.  A refused model is no error: "refused" has the reason and the exit code is 0.
    """
    if name is None:
        click.echo("\n".join(MODELS) if not as_json else json.dumps({"items": list(MODELS)}))
        return
    day = read_day("as_of", as_of)
    if currency is not None:
        minor_digits(currency := currency.upper())
    with open_office() as office:
        desk = Desk(office.session, office.actor, office.clock)
        found = modelled(
            desk,
            name,
            as_of=day,
            unit=unit,
            basis=basis,
            keep_zero_days=keep_zero_days,
            currency=currency,
        )
    if as_json:
        click.echo(json.dumps(finite(found.told), indent=2, ensure_ascii=False, allow_nan=False))
        return
    _print(found.told)


def _print(told: Mapping[str, Any]) -> None:
    """The model for people: parameters with their errors, the check, the reason."""
    window = told["window"]
    click.echo(f"{click.style(told['model'], bold=True)}: {told['paper']}")
    click.echo(
        f"{told['customers']:,} customers, {window['start'] or 'no day'} to {window['end']}, in {window['unit']}s"
    )
    if told["refused"]:
        click.echo(click.style(told["refused"], fg="yellow"))
    errors = told["standard_errors"]
    rows = [[key, _number(value), _number(errors.get(key))] for key, value in told["params"].items()]
    if rows:
        click.echo("")
        for line in table(["Parameter", "Estimate", "Standard error"], rows, right=1):
            click.echo(line)
    if told["log_likelihood"] is not None:
        click.echo(f"Log-likelihood {told['log_likelihood']:,.3f}")
    measured = [(key, one) for key, one in told["holdout"].items() if isinstance(one, int | float | str)]
    if measured:
        click.echo("")
        for line in table(["On the hold-out", ""], [[key, _number(one)] for key, one in measured], right=1):
            click.echo(line)
    for caution in told.get("cautions", ()):
        click.echo(caution)


def _number(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return f"{value:,.4f}" if isinstance(value, float) else str(value)
