"""Shares as dots with Wilson's interval, sorted by the lower bound: who is surely better, not who was lucky [130].

Below 20 a share is not told; such keys stand in the table with their counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.charts.bars import short
from reports.charts.plot import Plot, layout
from reports.models.intervals import wilson

ENOUGH = 20
"""A share of fewer is not told in percent."""


@dataclass(frozen=True)
class Share:
    """Hits of trials under a label, and where its rows are: which answer, which mark (from 1)."""

    key: str
    label: str
    hits: int
    trials: int
    answer: int = 0
    mark: int = -1

    @property
    def enough(self) -> bool:
        """Whether the share may be told in percent."""
        return self.trials >= ENOUGH

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.hits, self.trials)

    @property
    def text(self) -> str:
        """The share with its interval, or the bare counts where there are too few."""
        counts = f"{self.hits} of {self.trials}"
        if not self.enough:
            return counts
        low, high = self.bounds
        return f"{self.hits / self.trials:.0%} ({low:.0%} to {high:.0%}), {counts}".replace("%", " %")


def by_lower_bound(shares: Sequence[Share]) -> list[Share]:
    """Those that are enough by their lower bound, the surest first; then the others by their number."""
    return sorted(shares, key=lambda one: (not one.enough, -one.bounds[0] if one.enough else -one.trials))


def dots(shares: Sequence[Share], overall: float | None) -> Plot | None:
    """A dot with its interval for each share that is enough, with a line where all together are."""
    shown = [one for one in by_lower_bound(shares) if one.enough]
    if not shown:
        return None
    at = [100 * one.hits / one.trials for one in shown]
    lows, highs = ([100 * one.bounds[side] for one in shown] for side in (0, 1))
    line = [] if overall is None else [_line(100 * overall)]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "markers",
                "name": "",
                "x": at,
                "y": [one.key for one in shown],
                "customdata": [[one.text, f"n = {one.trials}", one.answer, one.mark] for one in shown],
                "hovertemplate": "%{customdata[0]}<extra></extra>",
                "marker": {"color": "@blue", "size": 11},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [high - x for high, x in zip(highs, at, strict=True)],
                    "arrayminus": [x - low for low, x in zip(lows, at, strict=True)],
                    "color": "@blue",
                    "thickness": 2,
                    "width": 6,
                },
            }
        ],
        "keys": [],
        "layout": layout(
            max(130, 64 + 34 * len(shown)),
            xaxis={"title": {"text": "%"}, "range": [0, 100]},
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "showgrid": False,
                "tickvals": [one.key for one in shown],
                "ticktext": [short(one.label) for one in shown],
            },
            shapes=line,
            annotations=[] if overall is None else [_line_name(100 * overall)],
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


def _line_name(x: float) -> dict[str, object]:
    return {
        "x": x,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": f"all together {x:.0f} %",
        "showarrow": False,
        "font": {"color": "@muted"},
    }
