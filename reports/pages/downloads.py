"""What is taken away from a figure: its rows, and its table as shown, as CSV or XLSX; its picture as PNG [128, L2].

Rows are streamed from a session of their own, for the request's is gone when they are sent.  Text that a spreadsheet
would compute is guarded (F14).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice

from flask import Response
from flask.typing import ResponseReturnValue

from admin_app.models.base import OfficeSession
from admin_app.policy import Permission
from admin_app.records.spreadsheet import Cell, csv_file, xlsx_file
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, zone
from admin_app.web.database import db
from reports.charts.pictures import Words, picture_of
from reports.engine import Answer, Desk, Query, SignedRow
from reports.engine.answer import plain
from reports.metrics import Unit
from reports.pages.asked import question
from reports.pages.dimension_words import label_of
from reports.pages.frame import desk, page
from reports.pages.rows import metric_of_side, shown_dimensions, side_of, unit_of_row

A_PART = 2_000
"""Rows that are written at once."""
Parts = Iterable[Sequence[Sequence[Cell]]]

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page.get("/rows.csv")
@rule(Permission.REPORTS)
def rows_csv() -> ResponseReturnValue:
    """Every row of a question, for any spreadsheet."""
    return _rows("csv")


@page.get("/rows.xlsx")
@rule(Permission.REPORTS)
def rows_xlsx() -> ResponseReturnValue:
    """Every row of a question as a workbook, amounts as numbers."""
    return _rows("xlsx")


@page.get("/figure.csv")
@rule(Permission.REPORTS)
def figure_csv() -> ResponseReturnValue:
    """The table of an answer as the page shows it."""
    answer = desk().ask(question().settled)
    return _sent(answer.query, "csv", head_of(answer), [marks_of(answer)])


@page.get("/figure.xlsx")
@rule(Permission.REPORTS)
def figure_xlsx() -> ResponseReturnValue:
    """The same table as a workbook."""
    answer = desk().ask(question().settled)
    return _sent(answer.query, "xlsx", head_of(answer), [marks_of(answer)])


@page.get("/figure.png")
@rule(Permission.REPORTS)
def figure_png() -> ResponseReturnValue:
    """The answer as a picture, for a letter or a slide."""
    answer = desk().ask(question().settled)
    picture = Response(picture_of(answer, Words(zone=zone())), content_type="image/png")
    picture.headers["Content-Disposition"] = f'attachment; filename="{_named(answer.query)}.png"'
    return picture


def head_of(answer: Answer) -> list[str]:
    """The heads of the table of an answer: its dimensions, the figure with its currency or unit, the number of rows."""
    names = [label_of(name) for name in answer.query.by] or ["Figure"]
    unit = answer.metric.unit
    if unit is Unit.MONEY:
        measured = [answer.metric.label, "Currency"]
    else:
        measured = [answer.metric.label if unit is Unit.COUNT else f"{answer.metric.label} ({unit.value})"]
    return [*names, *measured, "As printed", "Rows"]


def marks_of(answer: Answer) -> list[list[Cell]]:
    """The lines of that table: a mark each, or the figure itself where it is split by nothing."""
    unit = answer.metric.unit
    money = unit is Unit.MONEY

    def line(labels: Sequence[str], value: Cell, currency: str | None, text: str, rows: int) -> list[Cell]:
        return [*labels, value, *([currency or ""] if money else []), text, rows]

    lines = [
        line(one.labels, _number(plain(one.value, unit, one.currency)), one.currency, one.text, one.rows)
        for one in answer.marks
    ]
    if answer.query.by or lines:
        return lines
    value = _number(plain(answer.value, unit, answer.currency))
    return [line([answer.metric.label], value, answer.currency, answer.text, answer.rows)]


def _rows(ending: str) -> Response:
    query = question().settled
    side = side_of(query.known)
    dimensions = [label_of(name) for name in shown_dimensions(query)]
    desk().every_row(query, side=side)  # refuses here, where it can still be said
    head = ["Day", "Customer", "Kind", "Document", *dimensions, "Amount", "Currency", "Row"]
    return _sent(query, ending, head, _streamed(query, side), "rows")


def _streamed(query: Query, side: str) -> Iterator[list[list[Cell]]]:
    """The rows in parts, read in a session of their own while they are sent."""
    who, when, unit = actor(), clock(), metric_of_side(query.known, side).unit
    engine = db.engine

    def parts() -> Iterator[list[list[Cell]]]:
        with OfficeSession(engine) as own:
            found = Desk(own, who, when).every_row(query, side=side)
            while part := [_cells(row, unit) for row in islice(found, A_PART)]:
                yield part

    return parts()


def _cells(row: SignedRow, unit: Unit) -> list[Cell]:
    amount = plain(row.amount, unit_of_row(unit, row.currency), row.currency)
    return [
        _day(row.day),
        row.customer,
        row.about,
        row.title,
        *row.labels,
        _number(amount),
        row.currency,
        row.row,
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _number(text: str | int | None) -> Cell:
    """A number that a spreadsheet adds up."""
    return Decimal(text) if isinstance(text, str) else text


def _sent(query: Query, ending: str, head: Sequence[str], parts: Parts, what: str = "figure") -> Response:
    if ending == "csv":
        answer = Response(csv_file(head, parts), content_type=CSV_TYPE)
    else:
        answer = Response(xlsx_file(query.known.label, head, parts), content_type=XLSX_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{_named(query, what)}.{ending}"'
    return answer


def _named(query: Query, what: str = "figure") -> str:
    """The name of a file: "collected-by-month-rows-2026-03-17"."""
    words = [query.metric, *(f"by {name}" for name in query.by), *([what] if what == "rows" else [])]
    day = (query.as_of or clock().today()).isoformat()
    return re.sub(r"[^a-z0-9]+", "-", f"{' '.join(words)} {day}".lower()).strip("-")
