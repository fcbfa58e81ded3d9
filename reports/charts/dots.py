"""Shares as dots with their 95 % interval, sorted by the lower bound: who is surely better, not who was lucky [130].

The interval is the model's own where it has one, else Wilson's.  Below 20 no share is told; such keys stand in the
table with their number.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.charts.bars import short
from reports.charts.plot import Plot, layout
from reports.charts.words import labels_of
from reports.engine import Answer, Mark
from reports.engine.compared import FEWEST_ROWS
from reports.metrics import Ratio, Unit
from reports.models.intervals import wilson


def bounds(answer: Answer, mark: Mark) -> tuple[float, float] | None:
    """The 95 % interval of a share, from 0 to 1; None where it has none."""
    if mark.value is None:
        return None
    if mark.low is not None and mark.high is not None:
        return float(mark.low), float(mark.high)
    metric = answer.metric
    if not isinstance(metric, Ratio) or metric.over.unit is not Unit.COUNT:
        return None
    trials = number_of(answer, mark)
    return wilson(round(float(mark.value) * trials), trials) if trials and 0 <= mark.value <= 1 else None


def number_of(answer: Answer, mark: Mark) -> int:
    """Of how many a mark speaks; the rows of a share of counts are hits and trials together."""
    metric = answer.metric
    if isinstance(metric, Ratio) and metric.over.unit is Unit.COUNT and mark.value is not None:
        return round(mark.rows / (1 + float(mark.value)))
    return mark.rows


def numbered(answer: Answer) -> bool:
    """Whether each mark knows of how many it speaks: not where two amounts with rows of their own were divided."""
    metric = answer.metric
    return not metric.additive and not (isinstance(metric, Ratio) and metric.over.unit is not Unit.COUNT)


def by_lower_bound(answer: Answer) -> list[Mark]:
    """The marks that stand on at least 20 rows, the surest first."""
    enough = [one for one in answer.marks if number_of(answer, one) >= FEWEST_ROWS and one.value is not None]
    return sorted(enough, key=lambda one: -(bounds(answer, one) or (float(one.value or 0), 0.0))[0])


def dots(answers: Sequence[Answer], words: Sequence[str]) -> Plot | None:
    """A dot with its interval for each key that stands on enough rows, and a line where all together are."""
    answer = answers[0]
    shown = by_lower_bound(answer)
    if not shown:
        return None
    at = [100 * float(one.value or 0) for one in shown]
    spans = [bounds(answer, one) or (x / 100, x / 100) for one, x in zip(shown, at, strict=True)]
    places = {mark.keys: number for number, mark in enumerate(answer.marks, 1)}
    overall = None if answer.value is None else 100 * float(answer.value)
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "markers",
                "name": "",
                "x": at,
                "y": [one.keys[0] for one in shown],
                "customdata": [
                    [one.text, f"n = {number_of(answer, one):,}", 0, places[one.keys]] for one in shown
                ],
                "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
                "marker": {"color": "@blue", "size": 11},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * high - x for (_, high), x in zip(spans, at, strict=True)],
                    "arrayminus": [x - 100 * low for (low, _), x in zip(spans, at, strict=True)],
                    "color": "@blue",
                    "thickness": 2,
                    "width": 6,
                },
            }
        ],
        "keys": [],
        "layout": layout(
            90 + 34 * len(shown),
            margin={"l": 8, "r": 16, "t": 28, "b": 8},
            xaxis={"title": {"text": "%"}, "range": [0, 100]},
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "showgrid": False,
                "tickvals": [one.keys[0] for one in shown],
                "ticktext": [short(labels_of(answer, one)[0]) for one in shown],
            },
            shapes=[] if overall is None else [_line(overall)],
            annotations=[] if overall is None else [_line_name(overall, answer.text)],
        ),
    }


def _line(x: float) -> dict[str, object]:
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": "@grey", "width": 2, "dash": "dash"},
    }


def _line_name(x: float, text: str) -> dict[str, object]:
    return {
        "x": x,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": f"all together {text}",
        "showarrow": False,
        "font": {"color": "@muted"},
    }
