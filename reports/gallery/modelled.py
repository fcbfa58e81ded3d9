"""How a notebook shows a model: parameters with their errors, the check, or the reason why not [131, L10]."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reports.engine.answer import UNDEFINED
from reports.engine.fits import Modelled
from reports.engine.forecast import CashForecast
from reports.gallery.show import say, table

LABELS = {
    "bg_nbd": "How often customers come back (BG/NBD)",
    "mbg_nbd": "How often customers come back, and who has left (MBG/NBD)",
    "gamma_gamma": "What customers spend each time (Gamma-Gamma)",
    "kaplan_meier": "Days until a bill is paid (Kaplan-Meier)",
    "aalen_johansen": "Days until a lead is won or lost (Aalen-Johansen)",
}
MOST_INVOICES = 15


def show_model(found: Modelled) -> None:
    """Say a fitted model under its name, with a table of its parameters and of its check; a refusal with its reason."""
    told = found.told
    window = told["window"]
    sentence = (
        f"{told['paper']}. {told['customers']:,} customers, {window['start'] or 'no day'} to {window['end']}, "
        f"in {window['unit']}s."
    )
    params: Mapping[str, Any] = told["params"]
    text = (
        UNDEFINED
        if found.refused
        else ", ".join(f"{name.replace('_', ' ')}: {number(one)}" for name, one in params.items())
    )
    say(found.name, LABELS[found.name], text, sentence, found.refused)
    if found.refused or not params:
        return
    errors = told["standard_errors"]
    table(
        f"{LABELS[found.name]}: parameters",
        ["Parameter", "Estimate", "Standard error"],
        [[name.replace("_", " "), number(one), number(errors.get(name))] for name, one in params.items()],
        numbers=2,
        note=". ".join(told.get("cautions", ())) or None,
    )
    checked = [
        [name.replace("_", " "), number(one)] for name, one in told["holdout"].items() if _is_told(one)
    ]
    if checked:
        table(f"{LABELS[found.name]}: what it had not seen", ["Measure", "Value"], checked, numbers=1)


def show_forecast(told: CashForecast) -> None:
    """Say what the next weeks bring, with its range, week by week, and the invoices it is made of [132]."""
    weeks = len(told.weeks)
    say(
        "cash_expected",
        f"Cash in {weeks} weeks" if weeks else "Cash of the next weeks",
        told.text,
        "The middle of what is expected of the invoices that are open: as likely passed as missed.",
        told.refused or f"Eight times in ten between {told.range_text}".replace(" to ", " and "),
    )
    if told.refused:
        return
    table(
        "Week by week",
        ["Week", "Low (P10)", "Middle (P50)", "High (P90)", "Falls due"],
        [
            [
                f"{week.start.isoformat()} to {week.end.isoformat()}",
                *(told.money(one) for one in (week.p10, week.p50, week.p90, week.due)),
            ]
            for week in told.weeks
        ],
        numbers=4,
        note="Weeks do not add up to the whole: not every week is at its low or high at once",
    )
    shown = told.invoices[:MOST_INVOICES]
    table(
        "The invoices it is made of",
        ["Invoice", "Customer", "Due", "As likely paid as not by", "Open"],
        [
            [
                one.number,
                one.customer,
                one.due.isoformat() if one.due else "",
                one.expected_on.isoformat() if one.expected_on else "later than anything seen",
                told.money(one.amount),
            ]
            for one in shown
        ],
        numbers=1,
        foot=[f"All {len(told.invoices):,}", "", "", "", told.money(told.open)],
    )
    table(
        "How such forecasts did in the past",
        ["Measure", "Value"],
        [
            ["Past days it was tried on", number(told.backtest.get("origins"))],
            ["Mean loss of this forecast", _loss(told, "pinball")],
            ["Mean loss of “paid when due”", _loss(told, "due_date")],
            ["Mean loss of “due date and the usual delay”", _loss(told, "mean_lag")],
            ["Share of weeks inside the range", number(told.backtest.get("coverage"))],
        ],
        numbers=1,
        note=". ".join(told.cautions) or None,
    )


def _loss(told: CashForecast, name: str) -> str:
    """A mean loss of the past forecasts, in money: they are kept in minor units."""
    value = told.backtest.get(name)
    return told.money(round(value)) if isinstance(value, int | float) else UNDEFINED


def number(value: Any) -> str:
    """A number of a model as people read it: four digits; a dash for none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNDEFINED
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1000 else f"{value:,.0f}"


def _is_told(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
