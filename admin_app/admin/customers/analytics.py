"""The Analytics tab: what came in from this customer, how it pays, and what the models expect of it [P20, 123, 131]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, the_group
from admin_app.admin.customers.profile import show
from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from reports.charts.palette import colour_of_metric
from reports.engine import Answer, Desk, Mark
from reports.engine.customer import BEFORE_THE_NIGHT, HISTORY, CustomerFigures, customer_figures

MONTHS = 24
"""How far back the picture goes; the table below it has them all."""
WIDTH, HEIGHT, GAP = 720, 160, 4
"""Of the picture, in its own units."""


@dataclass(frozen=True)
class Bar:
    """One bar of the picture: where it stands, whose it is, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    series: str
    title: str


@dataclass(frozen=True)
class Picture:
    """Bars by month around a line at zero."""

    bars: tuple[Bar, ...]
    zero: float
    first: str
    last: str
    currency: str


@dataclass(frozen=True)
class Month:
    """A line of the table: what was billed and what came, with the addresses of the rows."""

    label: str
    cells: tuple[tuple[str, str | None], ...]


@desk.get("/<int:group_id>/analytics")
@rule(Permission.REPORTS)
def analytics(group_id: int) -> ResponseReturnValue:
    """Lifetime figures, worth and next job with their intervals or the reason, payment behaviour, history."""
    group = the_group(group_id)
    found = customer_figures(Desk(office_session(), actor(), clock()), group.id)
    return show(
        group,
        "analytics",
        figures=found,
        picture=_picture(found, clock().today()),
        months=_months(found),
        rows_of=rows_of,
        before_the_night=BEFORE_THE_NIGHT,
        colours={
            name: f"rp-{colour_of_metric(name, place).removeprefix('@')}"
            for place, name in enumerate(HISTORY)
        },
    )


def rows_of(answer: Answer, mark: Mark | None = None) -> str:
    """The address of the rows behind an answer, or behind one of its marks [L2]."""
    names = answer.query.by or ("currency",)
    pairs = list(zip(names, mark.keys, strict=True)) if mark else []
    if mark and mark.currency and "currency" not in names and answer.value is None:
        pairs.append(("currency", mark.currency))
    return f"{url_for('reports.rows')}?{answer.query.narrowed(pairs).address}"


def _months(found: CustomerFigures) -> tuple[Month, ...]:
    """Every month with a row, the latest first; a month in two currencies is two lines."""
    marks = {
        (mark.keys[0], mark.currency or "", place): mark
        for place, answer in enumerate(found.history)
        for mark in answer.marks
    }
    lines = sorted({(month, currency) for month, currency, _ in marks}, reverse=True)
    return tuple(
        Month(
            month,
            tuple(
                (mark.text, rows_of(answer, mark)) if mark is not None else ("", None)
                for place, answer in enumerate(found.history)
                for mark in (marks.get((month, currency, place)),)
            ),
        )
        for month, currency in lines
    )


def _picture(found: CustomerFigures, today: date) -> Picture | None:
    """The last months in the currency with the most rows; None where there is nothing to draw."""
    rows: dict[str, int] = {}
    for answer in found.history:
        for mark in answer.marks:
            rows[mark.currency or ""] = rows.get(mark.currency or "", 0) + mark.rows
    if not rows:
        return None
    currency = max(sorted(rows), key=lambda one: rows[one])
    months = _last_months(today)
    amounts = {
        (answer.metric.name, mark.keys[0]): (int(mark.value or 0), mark.text)
        for answer in found.history
        for mark in answer.marks
        if (mark.currency or "") == currency and mark.keys[0] in months
    }
    if not amounts:
        return None
    most = max(0, *(amount for amount, _ in amounts.values()))
    least = min(0, *(amount for amount, _ in amounts.values()))
    scale = HEIGHT / ((most - least) or 1)
    zero = most * scale
    slot = WIDTH / len(months)
    width = (slot - GAP) / len(found.history)
    bars = []
    for place, month in enumerate(months):
        for number, answer in enumerate(found.history):
            amount, text = amounts.get((answer.metric.name, month), (0, ""))
            if amount:
                bars.append(
                    Bar(
                        x=round(place * slot + GAP / 2 + number * width, 2),
                        y=round(zero - max(amount, 0) * scale, 2),
                        width=round(width, 2),
                        height=round(abs(amount) * scale, 2),
                        series=answer.metric.name,
                        title=f"{answer.metric.label}, {month}: {text}",
                    )
                )
    return Picture(tuple(bars), round(zero, 2), months[0], months[-1], currency)


def _last_months(today: date) -> list[str]:
    """The keys of the last `MONTHS` months up to today's."""
    place = today.year * 12 + today.month - 1
    return [f"{one // 12}-{one % 12 + 1:02}" for one in range(place - MONTHS + 1, place + 1)]
