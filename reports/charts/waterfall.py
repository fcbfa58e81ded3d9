"""A waterfall: where a figure stood, what moved it, where it stands; the pieces sum to the change [M40]."""

from __future__ import annotations

from collections.abc import Sequence

from reports.charts.bars import short
from reports.charts.palette import colour_of_key
from reports.charts.plot import HOVER, Plot, layout, on_axis, title_of
from reports.charts.series import WHOLE, rows_said, series_of
from reports.engine import Answer


def waterfall(answers: Sequence[Answer], words: Sequence[str]) -> Plot | None:
    """Three answers: as it stood before, the movements (split once), as it stands."""
    before, moved, after = answers
    if not moved.marks and not before.rows and not after.rows:
        return None
    points = series_of([moved], ["moved"])[0].points if moved.marks else ()
    base, floors, heights, colours = 0.0, [], [], []
    start = on_axis(before.value or 0, before.metric.unit, before.currency) or 0.0
    base = start
    for place, point in enumerate(points):
        step = point.y or 0.0
        floors.append(min(base, base + step))
        heights.append(abs(step))
        colours.append(colour_of_key(point.key, place))
        base += step
    end = on_axis(after.value or 0, after.metric.unit, after.currency) or 0.0
    texts = [before.text, *(point.text for point in points), after.text]
    return {
        "data": [
            {
                "type": "bar",
                "name": "",
                "x": [
                    short(words[0]),
                    *(short(point.label.capitalize()) for point in points),
                    short(words[-1]),
                ],
                "base": [0.0, *floors, 0.0],
                "y": [start, *heights, end],
                "text": texts,
                "textposition": "outside",
                "textfont": {"color": "@ink"},
                "cliponaxis": False,
                "customdata": [
                    [before.text, rows_said(before.rows), 0, WHOLE],
                    *([point.text, point.rows, 1, point.mark] for point in points),
                    [after.text, rows_said(after.rows), 2, WHOLE],
                ],
                "hovertemplate": f"%{{x}}<br>{HOVER}",
                "marker": {"color": ["@grey", *colours, "@grey"]},
            }
        ],
        "keys": [],
        "layout": layout(
            300,
            margin={"l": 8, "r": 16, "t": 32, "b": 8},
            xaxis={"type": "category", "showgrid": False},
            yaxis={"title": {"text": title_of(after)}, "rangemode": "tozero"},
        ),
    }
