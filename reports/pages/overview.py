"""The owner's overview: what was billed and came in, who owes, what waits to be billed, who wins [123].

From the picture alone: growth on last year, who owes most over 60 days, what is booked and not invoiced, which
estimator wins and how sure that is.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import url_for
from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.engine import Answer
from reports.pages.figure import Figure, drawn
from reports.pages.frame import desk, may_see, page, page_bar, show
from reports.pages.tile import Tile, tile
from reports.pages.won import win_rates

OVER_60 = ("61-90", "91+")
"""The buckets that are more than 60 days past due."""
LARGEST = 10
"""So many customers are named."""
_FLOWS = ("invoiced", "collected", "booked")
_STOCKS = ("receivable", "overdue", "unallocated")


@page.get("/")
@rule(Permission.REPORTS)
def overview() -> ResponseReturnValue:
    """Everything that an owner asks on a Monday morning, on one page."""
    bar = page_bar()
    money = may_see("invoiced", "collected")
    return show(
        "overview.html",
        bar,
        flows=_tiles(*_FLOWS, compare=("year", "previous")),
        stocks=_tiles(*_STOCKS, compare=("year", "previous")),
        cash=_cash() if money else None,
        late=_late() if may_see("ageing") else None,
        backlog=_waiting("backlog") if may_see("backlog") else None,
        not_invoiced=_waiting("work_not_invoiced") if may_see("work_not_invoiced") else None,
        forecast_url=f"{url_for('reports.cash')}?{urlencode(bar.narrowing)}"
        if may_see("receivable")
        else None,
        wins=win_rates(bar) if may_see("win_rate") else None,
    )


def _tiles(*names: str, compare: tuple[str, ...]) -> list[Tile]:
    bar = page_bar()
    return [tile(desk(), bar.ask(name), compare=compare) for name in names if may_see(name)]


def _cash() -> Figure:
    """Invoiced and collected are two series and never one stack: they count on different dates [M36]."""
    bar = page_bar()
    return drawn(
        [desk().ask(bar.ask("invoiced", "month")), desk().ask(bar.ask("collected", "month"))],
        "bars",
        title="Invoiced and collected by month",
    )


def _late() -> Figure:
    answer = desk().ask(page_bar().ask("ageing", "customer", bucket=OVER_60))
    return drawn(
        answer,
        "bars",
        title="Who owes for more than 60 days",
        lead=_most(answer, "owes most for more than 60 days", "Nobody owes for more than 60 days."),
        most=LARGEST,
    )


def _waiting(metric: str) -> Figure:
    answer = desk().ask(page_bar().ask(metric, "customer"))
    words = {
        "backlog": ("Booked, not invoiced", "is booked and not invoiced"),
        "work_not_invoiced": ("Work done, not invoiced", "of work is done and not invoiced"),
    }
    title, waits = words[metric]
    lead = f"{answer.text} {waits}." if answer.rows else None
    return drawn(answer, "bars", title=title, lead=lead, most=LARGEST)


def _most(answer: Answer, words: str, nobody: str) -> str:
    """Who comes first, in a sentence."""
    if not answer.marks:
        return nobody
    first = answer.marks[0]
    return f"{first.labels[0]} {words}: {first.text} of {answer.text}."
