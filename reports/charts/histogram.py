"""How often: bars of equal width over a number, with zero marked; early is negative and stays so [M38]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reports.charts.plot import Plot, layout

MOST_BINS = 60


def histogram(values: Iterable[int], unit: str, zero: str, width: int = 7) -> Plot | None:
    """Counts of whole numbers in bins `width` wide, one of which begins at 0; `zero` is the word at the zero line.

    Bins are widened until there are at most 60.
    """
    given = list(values)
    if not given:
        return None
    while (max(given) - min(given)) // width > MOST_BINS:
        width *= 2
    counted = Counter(value // width for value in given)
    bins = range(min(counted), max(counted) + 1)
    return {
        "data": [
            {
                "type": "bar",
                "name": "",
                "x": [number * width + width / 2 for number in bins],
                "width": [width * 0.92] * len(bins),
                "y": [counted[number] for number in bins],
                "customdata": [[between(number, width)] for number in bins],
                "hovertemplate": f"%{{customdata[0]}} {unit}: %{{y}}<extra></extra>",
                "marker": {"color": ["@teal" if number < 0 else "@orange" for number in bins]},
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
                {"x": 0, "y": 1, "yref": "paper", "yanchor": "bottom", "text": zero, "showarrow": False}
            ],
            margin={"l": 8, "r": 16, "t": 28, "b": 8},
        ),
    }


def between(number: int, width: int) -> str:
    """What a bin holds: "-7 to -1"."""
    return f"{number * width} to {number * width + width - 1}"
