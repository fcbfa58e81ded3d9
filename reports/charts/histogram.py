"""How often: bars of equal width over a number, with zero marked; early is negative and stays so [M38]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from reports.charts.plot import Plot, layout

MOST_BINS = 60
WEEK = 7
Bin = tuple[int, int, int]
"""First and last value that it holds, and how many."""


def bins_of(counts: Mapping[int, int], width: int = WEEK) -> list[Bin]:
    """Whole numbers and how often each occurs, in bins one of which begins at 0; wider where there are over 60."""
    if not counts:
        return []
    while (max(counts) - min(counts)) // width > MOST_BINS:
        width *= 2
    binned: Counter[int] = Counter()
    for value, often in counts.items():
        binned[value // width] += often
    numbers = range(min(binned), max(binned) + 1)
    return [(number * width, number * width + width - 1, binned[number]) for number in numbers]


def histogram(bins: Sequence[Bin], unit: str, zero: str) -> Plot | None:
    """The bins with their numbers; `zero` is the word at the line where 0 is.  Each carries its place from 1."""
    if not bins:
        return None
    width = bins[0][1] - bins[0][0] + 1
    return {
        "data": [
            {
                "type": "bar",
                "name": "",
                "x": [low + width / 2 for low, _, _ in bins],
                "width": [width * 0.92] * len(bins),
                "y": [count for _, _, count in bins],
                "customdata": [
                    [f"{low} to {high} {unit}", f"{count:,}", 0, place]
                    for place, (low, high, count) in enumerate(bins, 1)
                ],
                "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
                "marker": {"color": ["@teal" if low < 0 else "@orange" for low, _, _ in bins]},
            }
        ],
        "keys": [],
        "layout": layout(
            260,
            xaxis={"title": {"text": unit}, "showgrid": False, "zeroline": False},
            yaxis={"title": {"text": "number"}, "rangemode": "tozero"},
            shapes=[
                {
                    "type": "line",
                    "x0": 0,
                    "x1": 0,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "line": {"color": "@ink", "width": 2},
                }
            ],
            annotations=[
                {
                    "x": 0,
                    "y": 1,
                    "yref": "paper",
                    "yanchor": "bottom",
                    "text": zero,
                    "showarrow": False,
                    "font": {"color": "@ink"},
                }
            ],
            margin={"l": 8, "r": 16, "t": 28, "b": 8},
        ),
    }
