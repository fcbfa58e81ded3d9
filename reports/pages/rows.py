"""The rows behind a figure or a mark: page by page, with their number, their sum and what it differs by [L2, 128, I15].

The address is the question, narrowed by the keys of the mark; a ratio shows the rows of its two totals one after the
other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from flask import request, url_for
from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import Invalid
from admin_app.models import CustomerGroup
from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.charts.words import label_of as key_words
from reports.engine import Answer, Query, RowPage, SignedRow
from reports.engine.answer import spoken, whole
from reports.engine.desk import SIDES
from reports.metrics import Mean, Metric, Ratio, Special, Unit, Value
from reports.pages.asked import question
from reports.pages.dimension_words import filter_words, label_of
from reports.pages.frame import desk, page, show
from reports.pages.record_links import kind_at, record_address
from reports.sources import DIMENSIONS

ROWS = 50
MOST_PAGES = 100_000


@dataclass(frozen=True)
class Line:
    """A row as the page shows it."""

    row: SignedRow
    title: str
    labels: tuple[str, ...]
    amount: str
    customer_url: str
    record_url: str
    kind: str


@dataclass(frozen=True)
class Foot:
    """What the rows come to: how many, their sums in words, how the figure follows, and what it differs by."""

    count: int
    sums: tuple[str, ...]
    figure: str
    follows: str
    difference: str
    holds: bool | None
    """None where the figure is no sum and nothing can be compared."""


@page.get("/rows")
@rule(Permission.REPORTS)
def rows() -> ResponseReturnValue:
    """The rows of a question, fifty at a time, the latest first."""
    asked = question()
    query = asked.settled
    side, number = side_of(query.known), _page_number()
    found = desk().rows(query, side=side, limit=ROWS, offset=(number - 1) * ROWS)
    answer = desk().ask(query)
    shown = shown_dimensions(query)
    unit = metric_of_side(query.known, side).unit
    here = asked.address

    def at(number: int) -> str:
        return f"{url_for('reports.rows')}?{here}&side={side}&page={number}"

    return show(
        "rows.html",
        answer=answer,
        asked=asked,
        lines=[_line(one, unit, shown) for one in found.rows],
        heads=[label_of(name) for name in shown],
        filters=filter_words(answer),
        foot=foot_of(answer, found, side),
        sides=_sides(query, here, side),
        side=side,
        number=number,
        pages=max(1, -(-found.count // ROWS)),
        previous_url=at(number - 1) if number > 1 else None,
        next_url=at(number + 1) if number * ROWS < found.count else None,
        downloads=[
            (word, f"{url_for(f'reports.rows_{word.lower()}')}?{here}&side={side}")
            for word in ("CSV", "XLSX")
        ],
        explore_url=f"{url_for('reports.explore')}?{here}",
    )


def side_of(metric: Metric) -> str:
    """Whose rows are asked for: of a ratio those of the upper total unless the address says the lower one."""
    side = request.args.get("side", "over")
    if side not in SIDES:
        raise Invalid("A ratio has the sides “over” and “under”", {"side": side})
    return side if isinstance(metric, Ratio) else "over"


def metric_of_side(metric: Metric, side: str) -> Metric:
    """The total whose rows are shown: of a ratio one of the two, else the figure itself."""
    if isinstance(metric, Ratio):
        return metric.over if side == "over" else metric.under
    return metric


def unit_of_row(unit: Unit, currency: str | None) -> Unit:
    """In what a row is counted: what has a currency is money; a share is made of rows that count one each."""
    if currency is not None:
        return Unit.MONEY
    return Unit.COUNT if unit in (Unit.MONEY, Unit.SHARE) else unit


def shown_dimensions(query: Query) -> list[str]:
    """The dimensions of which each row has one key; they are columns."""
    return [name for name in query.by if name in DIMENSIONS and not DIMENSIONS[name].overlapping]


def foot_of(answer: Answer, found: RowPage, side: str) -> Foot:
    """What the rows come to, held against the figure."""
    metric, locale = answer.metric, answer.locale
    unit = metric_of_side(metric, side).unit
    sums = tuple(
        spoken(found.sums[one], unit_of_row(unit, one), one, locale) for one in sorted(found.sums, key=str)
    ) or (spoken(0, metric.unit, answer.currency, locale),)
    if isinstance(metric, Ratio | Special):
        return Foot(found.count, sums, answer.text, "", "", None)
    told, follows = _worked_out(answer, found)
    if told is None:
        return Foot(found.count, sums, answer.text, "", "", None)
    apart = _apart(answer, told)
    return Foot(
        found.count,
        sums,
        answer.text,
        follows,
        " and ".join(
            spoken(amount, metric.unit, one or answer.currency, locale) for one, amount in apart.items()
        ),
        not any(apart.values()),
    )


def _worked_out(answer: Answer, found: RowPage) -> tuple[dict[str | None, Value] | None, str]:
    """What the rows make of the figure by currency, and how it follows where it is no plain sum."""
    if not isinstance(answer.metric, Mean):
        return dict(found.sums), ""
    if len(found.sums) > 1:
        return None, ""  # one mean of several currencies would be a wrong number
    told: dict[str | None, Value] = {one: Decimal(sum_) / found.count for one, sum_ in found.sums.items()}
    return told, f"Σ divided by {found.count:,} rows" if told else ""


def _apart(answer: Answer, told: dict[str | None, Value]) -> dict[str | None, int]:
    """By how much the figure and its rows differ, in the unit of the figure; of several currencies each for itself."""
    if len(told) <= 1 and (answer.value is not None or not answer.rows):
        return {answer.currency: whole(answer.value or 0) - whole(next(iter(told.values()), 0) or 0)}
    marks = desk().ask(replace(answer.query, by=())).marks
    sums = {one.currency: whole(one.value or 0) for one in marks}
    return {one: sums.get(one, 0) - whole(told.get(one) or 0) for one in sorted({*sums, *told}, key=str)}


def _line(row: SignedRow, unit: Unit, shown: list[str]) -> Line:
    return Line(
        row,
        row.title if row.title != row.row else f"no. {row.about_id}",
        tuple(
            key_words(name, label, label, desk().locale)
            for name, label in zip(shown, row.labels, strict=True)
        ),
        spoken(row.amount, unit_of_row(unit, row.currency), row.currency, desk().locale),
        record_address(CustomerGroup, row.group_id),
        record_address(kind_at(row.about), row.about_id),
        row.about.capitalize(),
    )


def _sides(query: Query, here: str, side: str) -> list[dict[str, object]]:
    """The two totals of a ratio as tabs."""
    metric = query.known
    if not isinstance(metric, Ratio):
        return []
    return [
        {
            "label": f"{word}: {metric_of_side(metric, name).label}",
            "url": f"{url_for('reports.rows')}?{here}&side={name}",
            "active": name == side,
        }
        for name, word in (("over", "Above the line"), ("under", "Below the line"))
    ]


def _page_number() -> int:
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else 0
    if not 1 <= number <= MOST_PAGES:
        raise Invalid(f"“{text[:20]}” is no page; pages are counted from 1", {"page": text[:20]})
    return number
