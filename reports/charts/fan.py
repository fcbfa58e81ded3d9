"""A forecast as a fan: the middle, and the range in which it lies eight times of ten [L12]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.charts.plot import Plot, layout, on_axis
from reports.metrics import Unit


def fan(weeks: Sequence[tuple[str, int, int, int]], currency: str, texts: Sequence[str]) -> Plot | None:
    """(label, P10, P50, P90) in minor units for each week, with the printed middle."""
    if not weeks:
        return None
    labels = [label for label, *_ in weeks]
    low, middle, high = (
        [on_axis(amount, Unit.MONEY, currency) for amount in amounts]
        for amounts in zip(*((low, middle, high) for _, low, middle, high in weeks), strict=True)
    )
    edge: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": labels, "hoverinfo": "skip"}
    return {
        "data": [
            edge | {"y": low, "line": {"width": 0, "color": "@blue"}},
            edge
            | {"y": high, "line": {"width": 0, "color": "@blue"}, "fill": "tonexty", "fillcolor": "@band"},
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "middle",
                "x": labels,
                "y": middle,
                "customdata": [[text] for text in texts],
                "hovertemplate": "%{x}<br>%{customdata[0]}<extra></extra>",
                "line": {"color": "@blue", "width": 2},
                "marker": {"color": "@blue", "size": 6},
            },
        ],
        "keys": [],
        "layout": layout(
            260,
            xaxis={"type": "category", "showgrid": False},
            yaxis={"title": {"text": currency}, "rangemode": "tozero"},
        ),
    }
