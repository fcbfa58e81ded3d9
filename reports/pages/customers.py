"""Customers: who is new, who comes back, how cohorts hold, on how few the company stands [124, 127, L13]."""

from __future__ import annotations

from dataclasses import replace

from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import Invalid
from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.engine.compared import FEWEST_ROWS
from reports.engine.query import unknown
from reports.pages.bar import PageBar
from reports.pages.blocks import Switch, present, tiles
from reports.pages.figure import Figure, drawn
from reports.pages.frame import desk, may_see, page, page_bar, show

VIEWS = {"customers": "retention", "revenue": "retention_money"}
"""What a cell of the cohort table counts."""
WORDS = {"customers": "Customers", "revenue": "Revenue"}
LARGEST = 15
COHORTS = 24
"""So many of the latest cohorts are drawn."""
_TILES = (
    "new_customers",
    "active_customers",
    "repeat_rate",
    "repeat_rate_mature",
    "concentration",
    "average_invoice",
)


@page.get("/customers")
@rule(Permission.REPORTS)
def customers() -> ResponseReturnValue:
    """New against returning, cohorts, scores, and who the largest are."""
    bar = page_bar("cohorts")
    view = dict(bar.more).get("cohorts", "customers")
    if view not in VIEWS:
        raise Invalid(unknown("view", view, VIEWS), fields={"cohorts": view})
    links = tuple(
        (WORDS[one], bar.address(cohorts=None if one == "customers" else one), one == view) for one in VIEWS
    )
    return show(
        "page.html",
        bar,
        page_title="Customers",
        page_name="Customers in figures",
        tiles=tiles(bar, _TILES),
        blocks=present(
            _new_and_returning(bar) if may_see("invoiced") else None,
            Switch("Cells of the cohorts count", links) if may_see(VIEWS[view]) else None,
            _cohorts(bar, VIEWS[view]) if may_see(VIEWS[view], "new_customers") else None,
            (
                _scores(bar, "frequency", "How recently and how often customers bought"),
                _scores(bar, "worth", "How recently customers bought and what they are worth"),
            )
            if may_see("rfm")
            else None,
            _largest(bar) if may_see("invoiced") else None,
        ),
    )


def _new_and_returning(bar: PageBar) -> Figure:
    return drawn(
        desk().ask(bar.ask("invoiced", "month", "new_or_returning")),
        "lines",
        title="Invoiced to new and to returning customers",
    )


def _cohorts(bar: PageBar, metric: str) -> Figure:
    """A line a month of first purchase, a column a month since; the size of the cohort leads the line."""
    every = replace(bar.ask(metric, "cohort", "months_since"))
    if metric != "retention":
        every = replace(every, start=None, end=None)
    answer = desk().ask(every)
    cohorts = sorted({mark.keys[0] for mark in answer.marks} - {"none"})[-COHORTS:]
    kept = replace(answer, marks=tuple(mark for mark in answer.marks if mark.keys[0] in cohorts))
    months = desk().ask(replace(bar.ask("new_customers", "month"), start=None, end=None))
    sizes = tuple((mark.keys[0], mark.text) for mark in months.marks)
    return drawn(
        kept,
        "heatmap",
        title="Cohorts by the month of the first purchase",
        sizes=sizes,
        across="months since the first purchase",
        note=(
            "The number beside a month is how many began in it. Under 20 customers a cell tells how many bought and no "
            "percentage; empty cells have not come yet."
        ),
    )


def _scores(bar: PageBar, second: str, title: str) -> Figure:
    return drawn(
        desk().ask(bar.ask("rfm", "recency", second)),
        "heatmap",
        title=title,
        down="recency",
        across=second,
        note="Scores of 1 to 5; 5 is the best fifth. Customers with the same figure share a score.",
    )


def _largest(bar: PageBar) -> Figure:
    answer = desk().ask(bar.ask("invoiced", "customer"))
    share = desk().ask(bar.ask("concentration")) if may_see("concentration") else None
    lead = (
        f"The ten largest customers make {share.text} of what was invoiced."
        if share and share.n >= FEWEST_ROWS
        else None
    )
    return drawn(answer, "bars", title="The largest customers", lead=lead, most=LARGEST)
