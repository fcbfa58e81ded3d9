"""Heat maps: one hue from zero up; a cell that cannot be yet is empty, never zero [127]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.charts.bars import MOST_MARKS, short
from reports.charts.plot import Plot, layout
from reports.charts.series import Point, series_of_two
from reports.engine import Answer
from reports.engine.compared import FEWEST_ROWS
from reports.metrics import Unit

SINCE = "months_since"
LEAST_TOP = 10
"""What has the full colour is at least so many percent, or units of the currency."""
WRITTEN = 700
"""Up to so many cells the values are written into them."""


def heatmap(
    answers: Sequence[Answer],
    words: Sequence[str],
    sizes: Sequence[tuple[str, str]] = (),
    across: str = "",
    down: str = "",
) -> Plot | None:
    """The first split down, the second across; `sizes` are (key, text) of a leading column (how many a cohort has)."""
    answer = answers[0]
    if not answer.marks or len(answer.marks) > MOST_MARKS:
        return None
    columns = series_of_two(answer)
    keys = [point.key for point in columns[0].points]
    rows: list[list[Point]] = [[column.points[place] for column in columns] for place in range(len(keys))]
    size = dict(sizes)
    labels = [
        f"{short(row[0].label)}  {size[row[0].key]}" if row[0].key in size else short(row[0].label)
        for row in rows
    ]
    cells = len(keys) * len(columns)
    known = [[point.y if point.mark > 0 else None for point in row] for row in rows]
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": [short(column.word) for column in columns],
        "y": keys,
        "z": known,
        "customdata": [[point.carried for point in row] for row in rows],
        "hovertemplate": "%{y}, %{x}<br>%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        "hoverongaps": False,
        "colorscale": [[0, "@low"], [1, "@high"]],
        "zmin": 0,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
    }
    if cells <= WRITTEN:
        trace |= {
            "text": [[_written(answer, point) for point in row] for row in rows],
            "texttemplate": "%{text}",
            "textfont": {"size": 11},
        }
    if answer.query.by[1] == SINCE:  # the first month is everybody, and would make all others pale
        trace["zmax"] = max(LEAST_TOP, *(y for row in known for y in row[1:] if y is not None), 0)
    elif answer.metric.unit is Unit.SHARE:
        trace["zmax"] = 100
    return {
        "data": [trace],
        "keys": [],
        "layout": layout(
            max(160, 64 + 26 * len(keys)),
            xaxis={"type": "category", "showgrid": False, "side": "top", "title": {"text": across}},
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "showgrid": False,
                "title": {"text": down},
                "tickvals": keys,
                "ticktext": labels,
            },
        ),
    }


def _written(answer: Answer, point: Point) -> str:
    """What stands in a cell: whole percent, or how many it is of a cohort of fewer than 20."""
    if point.mark <= 0 or point.y is None:
        return ""
    if answer.metric.unit is Unit.SHARE:
        rows = answer.marks[point.mark - 1].rows
        return f"{point.y:.0f} %" if rows >= FEWEST_ROWS else f"{point.y * rows / 100:.0f}"
    return f"{point.y:,.0f}"
