"""Lines over time in a picture: one, or one for each of the largest keys of a second split, named at its end [128]."""

from __future__ import annotations

from itertools import pairwise

from reports.charts.drawn_bars import axis_unit, grid, ticks_below
from reports.charts.palette import LIGHT, SERIES, colour_of_key, colour_of_metric
from reports.charts.pen import MUTED, Box, Pen, Scale
from reports.charts.plot import placed
from reports.charts.words import label_of, lined_up
from reports.engine import Answer

MOST_LINES = len(SERIES)
"""More of them are not told apart; the note says how many were left out."""


def draw_lines(pen: Pen, box: Box, answer: Answer) -> None:
    """The lines from the first time to the last; a time without a figure is a gap."""
    keys = [key for (key,) in lined_up([answer])]
    seconds, left_out = _largest(answer)
    series = [
        [placed(answer, answer.mark(*((key,) if second is None else (key, second)))) for key in keys]
        for second in seconds
    ]
    scale = Scale.of([value for line in series for value in line if value is not None])
    names = [_named(answer, second) for second in seconds]
    room = max((pen.width(pen.cut(name, 12, 150), 12) for name in names), default=0.0)
    box = Box(box.left, box.top, box.right - (room + 12 if room else 0), box.bottom - 22)
    inner = grid(pen, box, scale, answer.locale, axis_unit(answer))
    each = inner.width / max(1, len(keys) - 1)
    places = [inner.left + each * place for place in range(len(keys))] if len(keys) > 1 else [inner.left]
    ends: list[tuple[float, str, str]] = []
    for place, (second, line) in enumerate(zip(seconds, series, strict=True)):
        colour = LIGHT[
            colour_of_metric(answer.metric.name, 0) if second is None else colour_of_key(second, place)
        ]
        points = [
            (at, inner.bottom - scale.share(value) * inner.height) if value is not None else None
            for at, value in zip(places, line, strict=True)
        ]
        _strokes(pen, points, colour)
        last = next((point for point in reversed(points) if point is not None), None)
        if last is not None and second is not None:
            ends.append((last[1], pen.cut(names[place], 12, 150), colour))
    _end_labels(pen, inner, ends)
    ticks_below(pen, inner, answer, keys, places)
    if left_out:
        pen.write((inner.left + 4, inner.top - 4), f"and {left_out:,} more", 12, colour=MUTED, anchor="lb")


def _largest(answer: Answer) -> tuple[list[str | None], int]:
    """The keys of the second split that come to most, and how many are left out."""
    if len(answer.query.by) < 2:
        return [None], 0
    sums: dict[str, float] = {}
    for mark in answer.marks:
        sums[mark.keys[1]] = sums.get(mark.keys[1], 0.0) + abs(float(mark.value or 0))
    ordered = sorted(sums, key=lambda key: -sums[key])
    return list(ordered[:MOST_LINES]), max(0, len(ordered) - MOST_LINES)


def _named(answer: Answer, second: str | None) -> str:
    if second is None:
        return ""
    label = next(one.labels[1] for one in answer.marks if one.keys[1] == second)
    return label_of(answer.query.by[1], second, label, answer.locale)


def _strokes(pen: Pen, points: list[tuple[float, float] | None], colour: str) -> None:
    for here, there in pairwise(points):
        if here is not None and there is not None:
            pen.draw.line((*here, *there), fill=colour, width=3)
    for point in points if len(points) <= 40 else []:
        if point is not None:
            at, level = point
            pen.draw.ellipse((at - 3, level - 3, at + 3, level + 3), fill=colour)


def _end_labels(pen: Pen, box: Box, ends: list[tuple[float, str, str]]) -> None:
    """The names at the ends of their lines, moved apart where they would touch."""
    below = float("-inf")
    for level, name, colour in sorted(ends):
        below = max(level, below + 15)
        pen.write((box.right + 8, below), name, 12, colour=colour, anchor="lm")
