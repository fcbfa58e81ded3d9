"""Anomalies: what is far from the usual, with the rule in a sentence and the rows as evidence [134]."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import url_for
from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.engine.query import Query
from reports.engine.unusual import RULES, Finding, Findings
from reports.pages.blocks import LatePart, present
from reports.pages.drawing import Drawing
from reports.pages.figure import may_open
from reports.pages.frame import desk, may_see, page, page_bar, show
from reports.pages.record_links import kind_at, record_address
from reports.pages.table import Cell, Line, Table

MOST = 50
"""So many findings of a rule are listed."""
TITLES = {
    "late": "Paid far later than usual",
    "discounts": "Discounts above the usual",
    "margins": "Margins below the usual",
}


@page.get("/anomalies")
@rule(Permission.REPORTS)
def anomalies() -> ResponseReturnValue:
    """The rules, each fetched by itself, for it reads two years of rows."""
    bar = page_bar()
    query = bar.address().partition("?")[2]
    parts = [
        LatePart(
            TITLES[name],
            "Looks through two years of rows, which takes a moment.",
            f"{url_for('reports.anomaly', name=name)}{'?' + query if query else ''}",
        )
        for name, (metric, _) in RULES.items()
        if may_see(metric)
    ]
    return show("page.html", bar, page_title="Anomalies", tiles=[], blocks=present(*parts))


@page.get("/anomalies/<any(late, discounts, margins):name>")
@rule(Permission.REPORTS)
def anomaly(name: str) -> ResponseReturnValue:
    """What one rule found; the page of anomalies fetches it."""
    bar = page_bar()
    metric, find = RULES[name]
    found = _listed(find(desk(), bar.ask(metric)))
    return show("page.html", bar, page_title=TITLES[name], tiles=[], blocks=[found])


def _listed(told: Findings) -> Drawing:
    lines = tuple(_line(one) for one in told.found[:MOST])
    return Drawing(
        title=told.title,
        sentence=told.rule,
        basis=f"n = {told.n:,}, {len(told.found):,} found",
        plot=None,
        table=Table(
            ("Customer", "On", "What"),
            ("Is", "Usual", "Spreads away"),
            lines,
            left_out=len(told.found) - len(lines),
        ),
        said=told.refused or (None if lines else "Nothing is out of the ordinary in this period"),
    )


def _line(one: Finding) -> Line:
    """A finding with the way to its document, or to the rows behind it."""
    where = _evidence(one)
    day = one.day.isoformat() if one.day else "the period"
    return Line(
        (one.customer, day, one.title), (Cell(one.text, where), Cell(one.usual), Cell(f"{one.score:+.1f}"))
    )


def _evidence(one: Finding) -> str | None:
    if one.about and one.about_id:
        return record_address(kind_at(one.about), one.about_id) or None
    if one.of is not None and may_open("reports.rows"):
        return f"{url_for('reports.rows')}?{_address(one.of)}"
    return None


def _address(query: Query) -> str:
    return urlencode(query.args())
