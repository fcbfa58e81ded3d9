"""The explorer: any figure by up to two dimensions, filtered, for a period, as of a day, compared [125, 129].

The address is the question: the form asks by GET and lands on the plain address of what was chosen.  Only dimensions
that the figure has are offered; what is not known is refused at the form, with the nearest names that are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import String, cast, select

from admin_app.kernel.errors import Invalid
from admin_app.policy import Permission, holds, visible
from admin_app.services.keep_report import readable_reports
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from reports.charts.pictures import title_of
from reports.engine import Answer, Query
from reports.engine.compared import Compared, compared
from reports.engine.periods import PERIODS
from reports.engine.query import metric_of
from reports.metrics import METRICS, Metric
from reports.pages.asked import Pairs, Question, in_order, question
from reports.pages.dimension_words import filter_words, filtered_by, label_of, offered
from reports.pages.frame import Figure, desk, drawn, page, show
from reports.sources import DIMENSIONS
from reports.sources.dimensions import NONE

COMPARED = (("previous", "The period before"), ("year", "A year before"))
MOST_OFFERED = 20
"""Keys of a dimension that are offered while somebody types."""


@dataclass(frozen=True)
class Chip:
    """One filter in words, and the address without it."""

    words: str
    url: str


@dataclass(frozen=True)
class Shown:
    """What the page shows of a question: the answer, drawn, and held against another time."""

    answer: Answer
    figure: Figure
    against: Compared | None


@page.get("/explore")
@rule(Permission.REPORTS)
def explore() -> ResponseReturnValue:
    """Ask, and see the answer; a new filter of the form becomes a part of the address."""
    try:
        asked = _with_new_filter(question())
        if asked.address != _as_typed():
            return redirect(f"{url_for('reports.explore')}?{asked.address}")
        shown = _answered(asked) if asked.value("metric") else None
    except Invalid as refusal:
        return _page(question(), None, refusal), refusal.status
    return _page(asked, shown, None)


@page.get("/explore/keys")
@rule(Permission.REPORTS)
def keys() -> ResponseReturnValue:
    """Keys of a dimension by what is typed: for the comfort of the form."""
    metric = metric_of(request.args.get("metric", ""))
    desk().demand(metric)
    name, typed = request.args.get("dimension", ""), request.args.get("q", "").strip()
    if name not in dict(filtered_by(metric)):
        return jsonify([])
    return jsonify([{"value": value, "text": text} for value, text in _keys_of(metric, name, typed)])


def metrics_by_subject() -> list[tuple[str, list[Metric]]]:
    """The figures that this person may ask for, under their headings."""
    mine = sorted(
        (one for one in METRICS.values() if holds(actor(), one.permission)), key=lambda one: one.subject
    )
    order = list(dict.fromkeys(one.subject for one in METRICS.values()))
    groups = [(subject, list(found)) for subject, found in groupby(mine, key=lambda one: one.subject)]
    return sorted(groups, key=lambda group: order.index(group[0]))


def _as_typed() -> str:
    """The address as the browser has it: a form sends empty fields too, which are no part of a question."""
    return Question(tuple(request.args.items(multi=True))).address


def _with_new_filter(asked: Question) -> Question:
    """The question with the filter that the form adds; raises Invalid for a key without its dimension."""
    name, key = request.args.get("filter", "").strip(), request.args.get("key", "").strip()
    if not key:
        return asked
    if not name:
        raise Invalid("Choose by what the figure is to be filtered", {"filter": "Choose one"})
    return in_order([*asked.pairs, (name, key)])


def _answered(asked: Question) -> Shown:
    query = asked.settled
    answer = desk().ask(query)
    earlier = desk().compare(query)
    return Shown(
        answer,
        drawn(answer, title=title_of(answer)),
        compared(answer, earlier) if earlier is not None else None,
    )


def _page(asked: Question, shown: Shown | None, refusal: Invalid | None) -> str:
    metric = METRICS.get(asked.value("metric"))
    return show(
        "explore.html",
        asked=asked,
        metric=metric,
        shown=shown,
        refusal=refusal,
        wrong=_wrong_fields(asked, refusal),
        subjects=metrics_by_subject(),
        dimensions=offered(metric) if metric else [],
        filters=filtered_by(metric) if metric else [],
        chips=_chips(asked, shown),
        periods=[(name, words) for name, (words, _) in PERIODS.items()],
        comparisons=COMPARED,
        kept=_kept(asked) if shown else None,
    )


def _wrong_fields(asked: Question, refusal: Invalid | None) -> frozenset[str]:
    """The fields of the form at which the sentence is to be read: those it names, else the first."""
    if refusal is None:
        return frozenset()
    named = set(refusal.fields)
    fields = {"metric", "by", "period", "from", "to", "as_of", "compare", "filter"}
    if named & set(asked.by):
        named = named - set(asked.by) | {"by"}
    return frozenset((named & fields) | ({"filter"} if named - fields else set()))


def _chips(asked: Question, shown: Shown | None) -> list[Chip]:
    """The filters in words, each with the address that takes it off."""
    words = [f"{label_of(name)}: {key}" for name, key in _grouped(asked.filters)]
    if shown is not None and len(shown.answer.filters) == len(words):
        words = filter_words(shown.answer)
    return [
        Chip(said, f"{url_for('reports.explore')}?{asked.but(pair).address}")
        for said, pair in zip(words, _grouped(asked.filters), strict=True)
    ]


def _grouped(filters: Pairs) -> list[tuple[str, str]]:
    """The filters as an answer lists them: those of one dimension beside each other."""
    names = list(dict.fromkeys(name for name, _ in filters))
    return [pair for name in names for pair in filters if pair[0] == name]


def _kept(asked: Question) -> Any:
    """The report of one's own that asks this already."""
    return next(
        (
            one
            for one in office_session().scalars(readable_reports(actor()))
            if one.query == asked.address and one.owner_id == actor().id
        ),
        None,
    )


def _keys_of(metric: Metric, name: str, typed: str) -> list[tuple[str, str]]:
    """Value and words of the keys that begin with what was typed, or have it somewhere."""
    dimension = DIMENSIONS[name]
    if dimension.record is not None:
        column = getattr(dimension.record, dimension.record_label)
        told = cast(column, String)
        query = select(dimension.record.id, told).order_by(told).limit(MOST_OFFERED)
        if typed:
            query = query.where(told.icontains(typed, autoescape=True))
        return [(str(key), str(label)) for key, label in office_session().execute(visible(actor(), query))]
    if dimension.period is not None:
        return []
    answer = desk().ask(Query(metric.name, by=(name,)))
    found = {one.keys[0]: one.labels[0] for one in answer.marks}
    matching = [(key, label) for key, label in found.items() if typed.lower() in f"{key} {label}".lower()]
    return [(key, "none at all" if key == NONE else label) for key, label in matching[:MOST_OFFERED]]
