"""How customers pay: how late, how long, by which way; early is negative and stays so [131, M38]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import numpy as np
from flask import url_for
from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.charts.histogram import bins_of, histogram
from reports.charts.steps import at_risk, drawn_until, steps
from reports.engine import Answer
from reports.engine.waiting import waiting_model
from reports.models.survival import Curve
from reports.pages.bar import PageBar
from reports.pages.blocks import LatePart, present, tiles
from reports.pages.drawing import Drawing, with_addresses
from reports.pages.figure import Figure, drawn, links_of, rows_address, trimmed
from reports.pages.frame import desk, may_see, page, page_bar, show
from reports.pages.table import Cell, Line, Table

LATEST = 15
"""So many customers are named."""
_TILES = ("collected", "payments", "days_late", "days_late_median", "refunds", "written_off")


@page.get("/payments")
@rule(Permission.REPORTS)
def payments() -> ResponseReturnValue:
    """Days late, days to pay, ways of paying."""
    bar = page_bar()
    waits = LatePart(
        "How long until a bill is paid",
        "Worked out from every bill, which takes a moment.",
        f"{url_for('reports.days_to_pay')}?{urlencode(bar.narrowing)}",
    )
    return show(
        "page.html",
        bar,
        page_title="Payments",
        tiles=tiles(bar, _TILES),
        blocks=present(
            _days_late(bar) if may_see("days_late") else None,
            _latest(bar) if may_see("days_late_median") else None,
            waits if may_see("receivable") else None,
            _by_way(bar) if may_see("collected") else None,
        ),
    )


@page.get("/payments/days-to-pay")
@rule(Permission.REPORTS)
def days_to_pay() -> ResponseReturnValue:
    """The Kaplan-Meier curve; the page of payments fetches it."""
    bar = page_bar(standing=True)
    return show("page.html", bar, page_title="Days to pay", tiles=[], blocks=[_curve(bar.day)])


def _days_late(bar: PageBar) -> Drawing:
    """A bin a week, with its invoices behind it."""
    answer = desk().ask(bar.ask("days_late", "days"))
    counts = {int(mark.keys[0]): mark.rows for mark in answer.marks}
    bins = bins_of(counts)
    urls = {
        f"0:{number}": rows_address(replace(answer, query=_between(answer, low, high)))
        for number, (low, high, _) in enumerate(bins, 1)
    }
    lines = tuple(
        Line((f"{low} to {high}",), (Cell(f"{count:,}", urls[f"0:{number}"]),))
        for number, (low, high, count) in enumerate(bins, 1)
        if count
    )
    median = desk().ask(bar.ask("days_late_median")) if may_see("days_late_median") else None
    lead = None
    if median is not None and median.value is not None:
        days = f"{abs(median.value):.1f}".removesuffix(".0")
        when = "before" if median.value < 0 else "after"
        lead = f"Half of the invoices were paid {days} days {when} the due date or earlier."
    return Drawing(
        title="Days late",
        sentence=answer.metric.sentence,
        basis=f"By {answer.metric.basis.value}, n = {answer.rows:,}",
        plot=with_addresses(histogram(bins, "days past due", "due date"), urls),
        table=Table(
            ("Days past due",), ("Invoices",), lines, (Cell(f"{answer.rows:,}", rows_address(_bare(answer))),)
        ),
        lead=lead,
        note=f"{answer.note}. Left of the line: paid early." if answer.note and answer.rows else None,
        said=None if answer.rows else (answer.note or "No invoice was paid in this period"),
        links=links_of(answer),
    )


def _bare(answer: Answer) -> Answer:
    return replace(answer, query=replace(answer.query, by=()))


def _between(answer: Answer, low: int, high: int) -> Any:
    """The question about invoices that were so many days late."""
    days = tuple(("days", mark.keys[0]) for mark in answer.marks if low <= int(mark.keys[0]) <= high)
    return replace(answer.query, by=(), where=(*answer.query.where, *days))


def _latest(bar: PageBar) -> Figure:
    answer = desk().ask(bar.ask("days_late_median", "customer"))
    late = sorted(answer.marks, key=lambda mark: -(mark.value or 0))
    return drawn(
        trimmed(answer, len(answer.marks), [mark.keys[0] for mark in late]),
        "bars",
        title="Who pays latest: the middle of the days late",
        most=LATEST,
    )


def _by_way(bar: PageBar) -> Figure:
    return drawn(desk().ask(bar.ask("collected", "method")), "bars", title="Collected by way of paying")


def _curve(day: date) -> Drawing:
    """Days from issue to the last payment; open bills count as long as they wait [L11]."""
    told = waiting_model(desk(), "kaplan_meier", as_of=day)
    curve = _read(told["curve"])
    params = told["params"]
    middle = params.get("median")
    lead = None
    if curve is not None:
        lead = (
            f"Half of the bills are paid within {middle:.0f} days."
            if middle is not None
            else "Half are not paid yet."
        )
    lines = _lines(curve) if curve is not None else ()
    return Drawing(
        title="How long until a bill is paid",
        sentence=(
            "Days from issue to the last payment (Kaplan-Meier, 95 % band); bills that are still open count as long as "
            "they have waited."
        ),
        basis=f"Bills of the last three years, n = {told['waits']:,}, {told.get('waiting', 0):,} still open",
        plot=steps(curve) if curve is not None else None,
        table=Table(("Days",), ("Paid by then", "Still waiting"), lines),
        lead=lead,
        note="The curve ends where fewer than 10 bills still wait." if curve is not None else None,
        said=told["refused"],
    )


def _lines(curve: Curve) -> tuple[Line, ...]:
    """The share that is paid by a few even days, and how many still wait then."""
    until = drawn_until(curve)
    return tuple(
        Line((f"{time:.0f}",), (Cell(f"{1 - curve.at(time):.1%}".replace("%", " %")), Cell(f"{waiting:,}")))
        for time, waiting in (at_risk(curve, until) if until is not None else [])
    )


def _read(rows: list[dict[str, Any]]) -> Curve | None:
    """The curve of a kept model; None where it was refused."""
    if not rows:
        return None

    def column(name: str) -> Any:
        return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)

    counts = {name: column(name).astype(np.int64) for name in ("at_risk", "events", "censored")}
    shares = {name: column(name) for name in ("survival", "se", "low", "high")}
    below = np.flatnonzero(shares["survival"] <= 0.5 + 1e-12)
    times = column("time")
    return Curve(
        times=times,
        **counts,
        **shares,
        median=float(times[below[0]]) if len(below) else None,
        n=int(counts["at_risk"][0]),
    )
