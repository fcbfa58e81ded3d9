"""Bars from zero: by time upright and side by side, by anything else lying, the longest on top [128]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.charts.palette import colour_of_key, colour_of_metric
from reports.charts.plot import HOVER, Plot, keys_of, layout, title_of
from reports.charts.series import Series, series_of
from reports.charts.words import is_time
from reports.engine import Answer

MOST_MARKS = 2_000
"""More are not drawn; the table and the downloads have them."""
MOST_BARS = 25
"""So many lying bars are drawn; the table has them all."""
HATCHED = "/"
LONGEST_LABEL = 28
"""Characters of a label beside a bar."""


def bars(
    answers: Sequence[Answer], words: Sequence[str], most: int = MOST_BARS, by_key: bool = False
) -> Plot | None:
    """Bars of one split: times stand upright, everything else lies; `by_key` gives each key its own colour."""
    if not any(one.marks for one in answers):
        return None
    given = series_of(answers, words)
    first = answers[0].query.by[0] if answers[0].query.by else "currency"
    if not is_time(first):
        return lying(given, most, by_key)
    return upright(given) if sum(len(one.points) for one in given) <= MOST_MARKS else None


def upright(given: Sequence[Series]) -> Plot:
    """A group of bars for each time, never stacked; a time that has not ended is hatched."""
    colours = [colour_of_metric(one.of.metric.name, place) for place, one in enumerate(given)]
    data = [
        {
            "type": "bar",
            "name": one.word,
            "x": [point.label for point in one.points],
            "y": [point.y for point in one.points],
            "customdata": [point.carried for point in one.points],
            "hovertemplate": f"%{{x}}<br>{HOVER}",
            "marker": hatched([point.partial for point in one.points], colour),
        }
        for one, colour in zip(given, colours, strict=True)
    ]
    return {
        "data": data,
        "keys": keys_of([one.word for one in given], colours),
        "hatched": any(point.partial for point in given[0].points),
        "layout": layout(
            280,
            barmode="group",
            xaxis={"type": "category", "showgrid": False, "nticks": 14},
            yaxis={"title": {"text": title_of(given[0].of)}, "rangemode": "tozero"},
        ),
    }


def hatched(which: Sequence[bool], colour: str) -> dict[str, Any]:
    """Bars in one colour, some of them hatched."""
    return {
        "color": colour,
        "line": {"color": colour, "width": 1},
        "pattern": {
            "shape": [HATCHED if one else "" for one in which],
            "fgcolor": colour,
            "bgcolor": "@surface",
            "size": 6,
        },
    }


def lying(given: Sequence[Series], most: int = MOST_BARS, by_key: bool = False) -> Plot:
    """A bar for each key with its value written at its end, in the order of the answer."""
    colours = [colour_of_metric(one.of.metric.name, place) for place, one in enumerate(given)]
    shown = given[0].points[:most]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": one.word,
            "y": [point.key for point in one.points[:most]],
            "x": [point.y for point in one.points[:most]],
            "text": [point.text for point in one.points[:most]],
            "textposition": "outside",
            "textfont": {"color": "@ink"},
            "cliponaxis": False,
            "customdata": [point.carried for point in one.points[:most]],
            "hovertemplate": f"%{{customdata[0]}}<br>%{{customdata[1]}}<extra>{_plain(one.word)}</extra>",
            "marker": {
                "color": [colour_of_key(point.key, place) for place, point in enumerate(one.points[:most])]
                if by_key
                else colour
            },
        }
        for one, colour in zip(given, colours, strict=True)
    ]
    drawn = [point.y or 0 for one in given for point in one.points[:most]]
    highest, lowest = max(0, *drawn), min(0, *drawn)
    room = (highest - lowest) * 0.3 or 1.0
    return {
        "data": data,
        "keys": keys_of([one.word for one in given], colours),
        "layout": layout(
            84 + 28 * len(shown) * len(given),
            barmode="group",
            xaxis={
                "title": {"text": title_of(given[0].of), "standoff": 6},
                "range": [lowest - (room if lowest < 0 else 0), highest + room],
                "zeroline": True,
            },
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "showgrid": False,
                "tickvals": [point.key for point in shown],
                "ticktext": [short(point.label) for point in shown],
            },
        ),
    }


def short(label: str) -> str:
    """A label that fits beside a bar; what looks like markup to plotly is told as text."""
    cut = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
    return _plain(cut)


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
