"""Service plans: what recurs each month, what moved it, who left, what is due next [139, 140]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.engine import Answer
from reports.engine.answer import spoken
from reports.pages.bar import PageBar
from reports.pages.blocks import present, tiles
from reports.pages.figure import Figure, drawn
from reports.pages.frame import desk, may_see, page, page_bar, show

AHEAD = timedelta(days=365)
"""How far ahead renewals are shown."""


@page.get("/plans")
@rule(Permission.REPORTS)
def plans() -> ResponseReturnValue:
    """Recurring revenue and its movements, by plan; churn; renewals of the year ahead."""
    bar = page_bar()
    return show(
        "page.html",
        bar,
        page_title="Service plans",
        tiles=tiles(bar, ("mrr", "arr", "plan_churn")),
        blocks=present(
            _movements(bar) if may_see("mrr", "mrr_movement") else None,
            (
                _by_plan(bar) if may_see("mrr") else None,
                _churn(bar) if may_see("plan_churn") else None,
            ),
            _renewals(bar) if may_see("renewals") else None,
        ),
    )


def _movements(bar: PageBar) -> Figure:
    """As it stood before the period, what moved it, as it stands at its end; the pieces sum to the change [M40]."""
    end = min(bar.end - timedelta(days=1), bar.day) if bar.end else bar.day
    moved = desk().ask(bar.ask("mrr_movement", "movement"))
    before = _nothing(moved) if bar.start is None else _as_of(bar, bar.start - timedelta(days=1))
    after = _as_of(bar, end)
    note = None
    if before.value is not None and moved.value is not None and after.value is not None:
        apart = int(after.value) - int(before.value) - int(moved.value)
        text = spoken(apart, after.metric.unit, after.currency, after.locale)
        note = f"{before.text} before, {moved.text} moved, {after.text} at the end: difference {text}."
    return drawn(
        [before, moved, after],
        "waterfall",
        title="What moved recurring revenue",
        labels=["Before", "Movements", "At the end"],
        note=note,
    )


def _as_of(bar: PageBar, day: date) -> Answer:
    return desk().ask(replace(bar.ask("mrr"), as_of=day))


def _nothing(like: Answer) -> Answer:
    """Before the first day of all there was nothing."""
    asked = replace(like.query, metric="mrr", by=(), start=None, end=None)
    return replace(
        desk().ask(asked),
        value=0,
        rows=0,
        marks=(),
        text=spoken(0, like.metric.unit, like.currency, like.locale),
    )


def _by_plan(bar: PageBar) -> Figure:
    return drawn(desk().ask(bar.ask("mrr", "plan")), "bars", title="Recurring revenue by plan")


def _churn(bar: PageBar) -> Figure:
    return drawn(
        desk().ask(bar.ask("plan_churn", "month")),
        "lines",
        title="Customers lost by month",
        note="Under 20 customers no percentage is told.",
    )


def _renewals(bar: PageBar) -> Figure:
    ahead = replace(bar.ask("renewals", "month"), start=bar.day + timedelta(days=1), end=bar.day + AHEAD)
    return drawn(desk().ask(ahead), "bars", title="Renewals in the year ahead")
