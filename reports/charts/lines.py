"""Lines over time; a time that has not ended hangs on a dotted piece, for it cannot be held against a whole one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from reports.charts.bars import MOST_MARKS, short
from reports.charts.palette import colour_of_key, colour_of_metric
from reports.charts.plot import HOVER, Plot, keys_of, layout, on_axis, title_of
from reports.charts.series import WHOLE, Point, Series, rows_said, series_of, series_of_two
from reports.charts.words import label_of
from reports.engine import Answer

DIRECT = 3
"""So many lines are named at their ends; more have a key above the plot."""
LEAST_APART = 0.08
"""Words at the ends of lines stand at least so much of the height apart."""
MOST_LINES = 5
"""More lines than colours tell nothing; the table has the others."""


def lines(answers: Sequence[Answer], words: Sequence[str]) -> Plot | None:
    """A line for each answer, or for each key of the second split of one (the five largest)."""
    if not any(one.marks for one in answers):
        return None
    if len(answers[0].query.by) == 2:
        given = series_of_two(answers[0])
        given.sort(key=lambda one: -sum(point.y or 0 for point in one.points))
        given = given[:MOST_LINES]
        colours = [colour_of_key(one.key, place) for place, one in enumerate(given)]
    else:
        given = series_of(answers, words)
        colours = [colour_of_metric(one.of.metric.name, place) for place, one in enumerate(given)]
    return _plot(given, colours) if sum(len(one.points) for one in given) <= MOST_MARKS else None


def stood(answers: Sequence[Answer], words: Sequence[str]) -> Plot | None:
    """A line for each word over answers of the same figure as of several days; a dot leads to the rows of that day."""
    if all(one.value is None for one in answers):
        return None
    given: list[Series] = []
    for word in dict.fromkeys(words):
        mine = [(place, one) for place, one in enumerate(answers) if words[place] == word]
        points = tuple(
            Point(
                one.as_of.isoformat(),
                label_of("day", one.as_of.isoformat(), "", one.locale),
                on_axis(one.value, one.metric.unit, one.currency),
                one.text,
                rows_said(one.rows),
                place,
                WHOLE,
            )
            for place, one in mine
        )
        given.append(Series(word, mine[0][1], points))
    colours = [colour_of_metric(one.of.metric.name, place) for place, one in enumerate(given)]
    if len(set(colours)) < len(colours):
        colours = [colour_of_key(one.word, place) for place, one in enumerate(given)]
    return _plot(given, colours)


def _plot(given: Sequence[Series], colours: Sequence[str]) -> Plot:
    data: list[dict[str, Any]] = []
    for one, colour in zip(given, colours, strict=True):
        whole = [point if not point.partial else None for point in one.points]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": short(one.word),
                "x": [point.label for point in one.points],
                "y": [point.y if point else None for point in whole],
                "customdata": [point.carried for point in one.points],
                "hovertemplate": f"%{{x}}<br>{HOVER}",
                "connectgaps": False,
                "line": {"color": colour, "width": 2},
                "marker": {"color": colour, "size": 6},
            }
        )
        data += [
            _dotted(one, piece, colour)
            for piece in pairwise(one.points)
            if piece[0].partial or piece[1].partial
        ]
    direct = len(given) <= DIRECT
    return {
        "data": data,
        "keys": [] if direct else keys_of([one.word for one in given], colours),
        "hatched": any(point.partial for one in given for point in one.points),
        "layout": layout(
            280,
            xaxis={"type": "category", "showgrid": False, "nticks": 14},
            yaxis={"title": {"text": title_of(given[0].of)}, "rangemode": "tozero"},
            **_named(given, colours) if direct and len(given) > 1 else {},
        ),
    }


def _dotted(one: Series, piece: tuple[Point, Point], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": short(one.word),
        "x": [point.label for point in piece],
        "y": [point.y for point in piece],
        "customdata": [point.carried for point in piece],
        "hovertemplate": f"%{{x}}<br>{HOVER}",
        "line": {"color": colour, "width": 2, "dash": "dot"},
        "marker": {"color": "@surface", "size": 6, "line": {"color": colour, "width": 2}},
    }


def _named(given: Sequence[Series], colours: Sequence[str]) -> dict[str, Any]:
    """The words at the ends of the lines, and the room for them."""
    room = 14 + 7 * max(len(short(one.word)) for one in given)
    return {"annotations": _names(given, colours), "margin": {"l": 8, "r": room, "t": 16, "b": 8}}


def _names(given: Sequence[Series], colours: Sequence[str]) -> list[dict[str, Any]]:
    """The word of each line right of its last point; words that would stand on each other are moved apart."""
    heights = [point.y for one in given for point in one.points if point.y is not None]
    apart = LEAST_APART * (max(0.0, *heights) - min(0.0, *heights)) if heights else 0.0
    ends = [(_last(one), one.word, colour) for one, colour in zip(given, colours, strict=True)]
    found: list[dict[str, Any]] = []
    floor = None
    for y, word, colour in sorted((end for end in ends if end[0] is not None), key=lambda end: end[0] or 0):
        assert y is not None
        floor = y if floor is None else max(y, floor + apart)
        found.append(
            {
                "x": 1,
                "xref": "paper",
                "y": floor,
                "text": short(word),
                "showarrow": False,
                "xanchor": "left",
                "xshift": 6,
                "font": {"color": colour, "size": 12},
            }
        )
    return found


def _last(one: Series) -> float | None:
    return next((point.y for point in reversed(one.points) if point.y is not None), None)
