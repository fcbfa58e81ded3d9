"""Kept questions with their figures of now: value, comparison, and a small line where they are split by month [125]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import url_for

from admin_app.kernel.errors import Refusal
from admin_app.models import SavedReport
from admin_app.web.company import actor
from reports.charts.pictures import title_of
from reports.charts.plot import placed
from reports.charts.words import is_time, lined_up
from reports.engine import Answer
from reports.engine.compared import Compared, compared
from reports.engine.threshold import threshold_text, typed_back
from reports.pages.asked import Question, in_order
from reports.pages.dimension_words import filter_words
from reports.pages.frame import desk

WIDTH, HEIGHT = 240, 48
"""The canvas of a small line, in its own units."""
MOST_POINTS = 120


@dataclass(frozen=True)
class Spark:
    """A small line over time: points as SVG writes them, and where zero lies."""

    points: str
    zero: float
    said: str


@dataclass(frozen=True)
class Told:
    """A report with its figure; `refused` says why there is none."""

    report: SavedReport
    url: str
    own: bool
    answer: Answer | None
    against: Compared | None = None
    spark: Spark | None = None
    refused: str = ""
    about: str = ""
    alert: str = ""
    over: str = ""
    under: str = ""


def asked_by(report: SavedReport) -> Question:
    """The question that a report keeps."""
    return in_order(parse_qsl(report.query))


def told(reports: Iterable[SavedReport], *, compare: bool = True) -> list[Told]:
    """Reports with their figures; a question that cannot be answered any more says why, the others stand."""
    return [_told(one, compare) for one in reports]


def _told(report: SavedReport, compare: bool) -> Told:
    url = f"{url_for('reports.explore')}?{report.query}"
    own = report.owner_id == actor().id
    try:
        query = asked_by(report).settled
        answer = desk().ask(query)
        earlier = desk().compare(query) if compare else None
    except Refusal as refusal:
        return Told(report, url, own, None, refused=refusal.sentence)
    unit, currency = answer.metric.unit, answer.currency or desk().currency
    return Told(
        report,
        url,
        own,
        answer,
        compared(answer, earlier) if earlier is not None else None,
        spark_of(answer),
        about=" · ".join([title_of(answer), *filter_words(answer)]),
        alert=alert_words(report, answer),
        over=typed_back(report.alert_over, unit, currency),
        under=typed_back(report.alert_under, unit, currency),
    )


def alert_words(report: SavedReport, answer: Answer) -> str:
    """The thresholds of a report in words; "" where it has none."""
    unit, currency = answer.metric.unit, answer.currency or desk().currency
    said = [
        f"{word} {threshold_text(kept, unit, currency, answer.locale)}"
        for word, kept in (("above", report.alert_over), ("below", report.alert_under))
        if kept is not None
    ]
    return " or ".join(said)


def spark_of(answer: Answer) -> Spark | None:
    """The line of a figure that is split by time alone; None for others and for fewer than two points."""
    if len(answer.query.by) != 1 or not is_time(answer.query.by[0]) or not answer.marks:
        return None
    if len({one.currency for one in answer.marks}) > 1:
        return None
    keys = [key for (key,) in lined_up([answer])][-MOST_POINTS:]
    values = [placed(answer, answer.mark(key)) for key in keys]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    least, most = min([0.0, *known]), max([0.0, *known])
    span = (most - least) or 1.0
    step = WIDTH / (len(values) - 1)

    def level(value: float) -> float:
        return round(HEIGHT - 3 - (value - least) / span * (HEIGHT - 6), 1)

    points = " ".join(
        f"{round(place * step, 1)},{level(value)}" for place, value in enumerate(values) if value is not None
    )
    return Spark(points, level(0.0), f"{len(values)} periods, from {keys[0]} to {keys[-1]}")
