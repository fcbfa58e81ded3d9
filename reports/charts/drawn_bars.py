"""Bars in a picture: upright by time, lying by anything else, always from zero [128]."""

from __future__ import annotations

from babel import Locale

from reports.charts.palette import LIGHT, colour_of_metric
from reports.charts.pen import INK, LINE, MUTED, Box, Pen, Scale
from reports.charts.plot import on_axis, placed
from reports.charts.words import label_of, labels_of, lined_up, partial
from reports.engine import Answer
from reports.metrics import Unit

MOST_LYING = 10
MOST_COLUMNS = 600
"""A column is a pixel wide at least; of more times the last ones are drawn, and the picture says so."""
LABELLED = 13
"""So many columns carry their value above them, where it fits."""


def axis_unit(answer: Answer) -> str:
    """What follows a number on the axis."""
    return " %" if answer.metric.unit is Unit.SHARE else ""


def grid(pen: Pen, box: Box, scale: Scale, locale: Locale, unit: str) -> Box:
    """Lines at the ticks with their values on the left; returns what is left for the plot."""
    labels = [scale.label(tick, locale, unit) for tick in scale.ticks]
    left = box.left + max(pen.width(label, 12) for label in labels) + 8
    for tick, label in zip(scale.ticks, labels, strict=True):
        level = box.bottom - scale.share(tick) * box.height
        pen.draw.line((left, level, box.right, level), fill=MUTED if tick == 0 else LINE)
        pen.write((left - 8, level), label, 12, colour=MUTED, anchor="rm")
    return Box(left, box.top, box.right, box.bottom)


def ticks_below(pen: Pen, box: Box, answer: Answer, keys: list[str], places: list[float]) -> None:
    """The labels of times under the axis, as many as fit without touching."""
    name = answer.query.by[0]
    free = box.right + 12
    for at, key in reversed(list(zip(places, keys, strict=True))):
        label = label_of(name, key, key, answer.locale)
        half = pen.width(label, 12) / 2
        middle = max(min(at, box.right - half + 6), box.left + half - 6)
        if middle + half <= free - 12:
            pen.write((middle, box.bottom + 5), label, 12, colour=MUTED, anchor="ma")
            free = middle - half


def draw_columns(pen: Pen, box: Box, answer: Answer) -> None:
    """A column for each time from the first to the last, empty ones included."""
    times = [key for (key,) in lined_up([answer])]
    keys = times[-MOST_COLUMNS:]
    marks = [answer.mark(key) for key in keys]
    values = [placed(answer, mark) or 0.0 for mark in marks]
    box = Box(box.left, box.top + 14, box.right, box.bottom - 22)
    scale = Scale.of(values)
    inner = grid(pen, box, scale, answer.locale, axis_unit(answer))
    colour = LIGHT[colour_of_metric(answer.metric.name, 0)]
    room = inner.width / len(keys)
    middles = [inner.left + room * (place + 0.5) for place in range(len(keys))]
    zero = inner.bottom - scale.share(0) * inner.height
    for key, mark, value, middle in zip(keys, marks, values, middles, strict=True):
        level = inner.bottom - scale.share(value) * inner.height
        half = max(0.5, min(room * 0.36, 30))
        column = Box(middle - half, min(level, zero), middle + half, max(level, zero))
        pen.bar(column, colour, hatched=partial(answer, answer.query.by[0], key))
        short = scale.label(value, answer.locale, axis_unit(answer))
        if mark is not None and len(keys) <= LABELLED and pen.width(short, 12) <= room - 2:
            above = value >= 0
            pen.write((middle, level + (-2 if above else 2)), short, 12, anchor="mb" if above else "ma")
    pen.draw.line((inner.left, zero, inner.right, zero), fill=MUTED)
    if len(times) > len(keys):
        said = f"the last {len(keys):,} of {len(times):,}"
        pen.write((inner.left + 4, inner.top - 2), said, 12, colour=MUTED, anchor="lb")
    ticks_below(pen, inner, answer, keys, middles)


def draw_lying(pen: Pen, box: Box, answer: Answer) -> None:
    """A bar for each key, in the order of the answer, its printed value at its end."""
    marks = answer.marks[:MOST_LYING]
    more = len(answer.marks) - len(marks)
    values = [on_axis(one.value, answer.metric.unit, one.currency) or 0.0 for one in marks]
    names = [pen.cut(labels_of(answer, one)[0], 13, 220) for one in marks]
    left = box.left + max(pen.width(name, 13) for name in names) + 10
    least, most = min([0.0, *values]), max([0.0, *values])
    if least == most:
        most = 1.0
    beside = max(pen.width(one.text, 13, bold=True) for one in marks) + 10
    before = beside if least < 0 else 0.0
    inner = Box(left + before, box.top, box.right - beside, box.bottom - (18 if more else 0))
    room = min(inner.height / len(marks), 44)
    colour = LIGHT[colour_of_metric(answer.metric.name, 0)]
    zero = inner.left - least / (most - least) * inner.width
    for place, (mark, value, name) in enumerate(zip(marks, values, names, strict=True)):
        middle = inner.top + room * (place + 0.5)
        end = zero + value / (most - least) * inner.width
        half = min(room * 0.34, 13)
        pen.bar(Box(min(zero, end), middle - half, max(zero, end), middle + half), colour)
        pen.write((left - 10, middle), name, 13, colour=INK, anchor="rm")
        at = (end + 6, "lm") if value >= 0 else (end - 6, "rm")
        pen.write((at[0], middle), mark.text, 13, bold=True, anchor=at[1])
    pen.draw.line((zero, inner.top, zero, inner.top + room * len(marks)), fill=MUTED)
    if more:
        pen.write((box.left, box.bottom - 14), f"and {more:,} more", 12, colour=MUTED)
