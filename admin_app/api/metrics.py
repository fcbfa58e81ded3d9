"""Figures for programs: the glossary, a figure, the rows behind it, as `sawhorse metric` prints them [129, L1, L2]."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.api.documents import LARGEST_SIZE, USUAL_SIZE, mount
from admin_app.api.door import operation
from admin_app.api.reading import parameters, wrong
from admin_app.api.schema import AMOUNT, TEXT, Schema
from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from reports.engine import Desk
from reports.engine.desk import SIDES
from reports.engine.printed import figure, glossary, row, sums
from reports.engine.query import COMPARISONS, Query, read_query
from reports.sources import DIMENSIONS

PLACES = ("limit", "cursor", "side")
"""What a list of rows knows beside the question."""
FARTHEST = 10_000_000
"""Rows that a cursor may skip; more are read with a narrower question."""


def _desk() -> Desk:
    """Questions are asked with the rights of the person behind the token."""
    return Desk(office_session(), actor(), clock())


def _query(name: str) -> Query:
    """The question of this address; raises Invalid with the nearest names that are known."""
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] not in PLACES]
    return read_query([pair for pair in pairs if pair[0] != "metric"], name)


@rule(Permission.REPORTS)
def list_metrics() -> ResponseReturnValue:
    """Give every metric with its definition."""
    parameters(())
    return jsonify(items=glossary(), next=None)


@rule(Permission.REPORTS)
def read_metric(name: str) -> ResponseReturnValue:
    """Give the figure, split as the address asks."""
    query = _query(name)
    desk = _desk()
    for place in PLACES:
        if place in request.args:
            raise wrong(place, f"“{place}” belongs to the rows of a figure; a figure comes whole")
    return jsonify(figure(desk.ask(query), desk.compare(query)))


@rule(Permission.REPORTS)
def list_metric_rows(name: str) -> ResponseReturnValue:
    """Give one page of the signed rows whose sum the figure is, the latest first."""
    query = _query(name)
    side = request.args.get("side", SIDES[0])
    size, begin = _number("limit", USUAL_SIZE, 1, LARGEST_SIZE), _number("cursor", 0, 0, FARTHEST)
    page = _desk().rows(query, side=side, limit=size, offset=begin)
    following = None
    if begin + len(page.rows) < page.count and page.rows:
        asked: dict[str, Any] = request.args.to_dict(flat=False) | {"cursor": str(begin + len(page.rows))}
        following = url_for(request.endpoint or "", name=name, **asked)
    answer = jsonify(
        items=[row(query.known, side, one) for one in page.rows],
        next=following,
        rows=page.count,
        sums=sums(query.known, side, page),
    )
    if following is not None:
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


def _number(name: str, usual: int, least: int, most: int) -> int:
    written = request.args.get(name, str(usual))
    if not (written.isascii() and written.isdigit()) or not least <= int(written[:9]) <= FARTHEST:
        raise wrong(name, f"This is a whole number from {least} to {most}")
    return min(int(written[:9]), most)


NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
VALUE: Schema = {
    "type": ["string", "integer", "null"],
    "description": "Amounts, days, hours and shares (0.25 is 25 %) as decimal text, counts as whole numbers",
}
COUNT: Schema = {"type": "integer", "description": "Rows of which it is made"}
DEFINITION: Schema = {
    "type": "object",
    "properties": {
        "metric": TEXT,
        "label": TEXT,
        "subject": TEXT,
        "definition": TEXT,
        "unit": TEXT,
        "basis": TEXT,
        "additive": {"type": "boolean"},
        "stock": {"type": "boolean", "description": "Stands at the end of a day and has no period"},
        "dimensions": {"type": "array", "items": TEXT},
        "version": {"type": "integer"},
    },
    "required": ["metric", "definition", "unit", "basis", "additive", "dimensions", "version"],
}
MARK: Schema = {
    "type": "object",
    "properties": {
        "key": {
            "type": ["string", "array"],
            "items": TEXT,
            "description": "Text where the figure is split by one dimension, a pair where by two",
        },
        "value": VALUE,
        "rows": COUNT,
        "label": TEXT,
        "labels": {"type": "array", "items": TEXT},
        "currency": NULLABLE_TEXT,
        "text": TEXT,
    },
    "required": ["key", "value", "rows"],
}
FIGURE: Schema = {
    "type": "object",
    "properties": {
        "metric": TEXT,
        "unit": TEXT,
        "currency": NULLABLE_TEXT,
        "definition": TEXT,
        "basis": TEXT,
        "additive": {"type": "boolean"},
        "as_of": {"type": "string", "format": "date"},
        "filters": {"type": "object"},
        "value": VALUE,
        "rows": COUNT,
        "by": {"type": "array", "items": MARK},
        "label": TEXT,
        "text": {"type": "string", "description": "The figure as the pages print it"},
        "note": NULLABLE_TEXT,
        "version": {"type": "integer"},
    },
    "required": "metric unit currency definition basis additive as_of filters value rows by".split(),
}
ROW: Schema = {
    "type": "object",
    "properties": {
        "row": TEXT,
        "day": {"type": ["string", "null"], "format": "date"},
        "customer": NULLABLE_TEXT,
        "title": TEXT,
        "amount": VALUE,
        "unit": TEXT,
        "currency": NULLABLE_TEXT,
    },
    "required": ["row", "day", "amount", "currency"],
}
SUM: Schema = {
    "type": "object",
    "properties": {"currency": NULLABLE_TEXT, "amount": {**AMOUNT, "type": ["string", "integer"]}},
}


def _page(items: Schema, **more: Schema) -> Schema:
    """One page of a list."""
    told = {"items": {"type": "array", "items": items}, "next": NULLABLE_TEXT, **more}
    return {"type": "object", "properties": told, "required": list(told)}


def _asked(*more: tuple[str, Schema, str]) -> list[dict[str, Any]]:
    """The parameters of a question; every dimension is a filter as well."""
    day = {"type": "string", "format": "date"}
    known: list[tuple[str, Schema, str]] = [
        ("by", {"type": "array", "items": TEXT, "maxItems": 2}, "Split by one or two dimensions"),
        ("from", day, "The first day of the period"),
        ("to", day, "The first day after the period, which is not in it"),
        ("as_of", day, "As it stood at the end of this day; today without"),
        *more,
        *((name, TEXT, f"Only rows with this key. {one.sentence}") for name, one in DIMENSIONS.items()),
    ]
    return [
        {"in": "query", "name": name, "required": False, "schema": schema, "description": said}
        for name, schema, said in known
    ]


def open_metrics() -> None:
    """Mount the addresses of the figures."""
    mount(
        "/metrics",
        list_metrics,
        endpoint="list_metrics",
        doc=operation("List the metrics", _page(DEFINITION), told="The glossary"),
    )
    compare: Schema = {"type": "string", "enum": list(COMPARISONS)}
    mount(
        "/metrics/<name>",
        read_metric,
        endpoint="read_metric",
        doc=operation(
            "Read a figure",
            FIGURE,
            told="The figure",
            parameters=_asked(("compare", compare, "Also the period before, or a year before")),
        ),
    )
    size: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": USUAL_SIZE}
    side: Schema = {"type": "string", "enum": list(SIDES), "default": SIDES[0]}
    mount(
        "/metrics/<name>/rows",
        list_metric_rows,
        endpoint="list_metric_rows",
        doc=operation(
            "List the rows behind a figure",
            _page(ROW, rows=COUNT, sums={"type": "array", "items": SUM}),
            told="One page",
            parameters=_asked(
                ("limit", size, "Rows of a page"),
                ("cursor", TEXT, "Where the page begins; from next"),
                ("side", side, "Which total of a ratio"),
            ),
        ),
    )


open_metrics()
