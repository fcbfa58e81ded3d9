"""The glossary: every figure with its sentence, unit, basis, zone, currency rule and dimensions [126, 129, M36]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.company import currency
from reports.metrics import Mean, Metric, Ratio, Special, Unit
from reports.pages.dimension_words import offered
from reports.pages.explorer import metrics_by_subject
from reports.pages.frame import page, show
from reports.sources import DIMENSIONS

UNITS = {
    Unit.MONEY: "Money",
    Unit.COUNT: "A count",
    Unit.DAYS: "Days",
    Unit.HOURS: "Hours",
    Unit.SHARE: "A share, in percent",
}


@page.get("/glossary")
@rule(Permission.REPORTS)
def glossary() -> ResponseReturnValue:
    """Every figure that this person may ask for, under its subject."""
    return show(
        "glossary.html",
        subjects=metrics_by_subject(),
        units=UNITS,
        made_of=made_of,
        currency_rule=currency_rule,
        offered=offered,
        dimensions=list(DIMENSIONS.values()),
        books=currency(),
    )


def made_of(metric: Metric) -> str:
    """How the figure comes about, and whether its parts add up to it."""
    if isinstance(metric, Ratio):
        times = f", times {metric.factor}" if metric.factor != 1 else ""
        days = f", the {metric.window} days up to the as-of day" if metric.window else ""
        return (
            f"{metric.over.label} divided by {metric.under.label}{days}{times}; the parts do not add up to it"
        )
    if isinstance(metric, Mean):
        return "The sum of its rows divided by their number; the parts do not add up to it"
    if isinstance(metric, Special):
        return "Worked out from its rows; the parts do not add up to it"
    return "The sum of its rows; the parts add up to it"


def currency_rule(metric: Metric) -> str:
    """What becomes of several currencies."""
    if metric.unit is Unit.MONEY:
        return "Amounts stay in their own currency and are never added across currencies"
    money = any(isinstance(part, Metric) and part.unit is Unit.MONEY for part in vars(metric).values())
    if isinstance(metric, Ratio) and money:
        return "Worked out within one currency; filter by one where there are several"
    return "No currency"
