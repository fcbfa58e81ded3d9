"""Waits as step curves: share that has happened by a day, its band, and the row of numbers still waiting [L11].

The curve ends where fewer than 10 still wait.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reports.charts.plot import Plot, layout
from reports.models.survival import Curve

RISK_TIMES = 6
"""So many numbers stand in the row of those still waiting."""


def steps(curve: Curve, unit: str = "days", said: str = "paid") -> Plot | None:
    """The share for whom it has happened, from 0; nothing where fewer than 10 ever waited."""
    until = drawn_until(curve)
    if until is None:
        return None
    shown = curve.times <= until
    times = [0.0, *curve.times[shown].tolist()]
    share = [0.0, *(100 * (1 - curve.survival[shown])).tolist()]
    low = [0.0, *(100 * (1 - np.nan_to_num(curve.high[shown], nan=0.0))).tolist()]
    high = [0.0, *(100 * (1 - np.nan_to_num(curve.low[shown], nan=0.0))).tolist()]
    band: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "line": {"shape": "hv", "width": 0, "color": "@blue"},
        "hoverinfo": "skip",
    }
    marks = at_risk(curve, until)
    return {
        "data": [
            band | {"x": times, "y": low},
            band | {"x": times, "y": high, "fill": "tonexty", "fillcolor": "@band"},
            {
                "type": "scatter",
                "mode": "lines",
                "name": said,
                "x": times,
                "y": share,
                "line": {"shape": "hv", "width": 2, "color": "@blue"},
                "hovertemplate": f"by day %{{x:.0f}}: %{{y:.0f}} % {said}<extra></extra>",
            },
        ],
        "keys": [],
        "layout": layout(
            320,
            xaxis={
                "title": {"text": f"{unit} (below: how many still wait)"},
                "showgrid": False,
                "tickvals": [time for time, _ in marks],
                "ticktext": [f"{time:.0f}<br>{number:,}" for time, number in marks],
                "rangemode": "tozero",
            },
            yaxis={"title": {"text": f"% {said}"}, "range": [0, 100]},
        ),
    }


def drawn_until(curve: Curve) -> float | None:
    """Where the curve ends: at least 10 still wait, and somebody was paid not long before."""
    until = curve.shown_until
    events = curve.times[curve.events > 0]
    if until is None or not len(events):
        return None
    return min(until, float(events[-1]) * 1.2)


def at_risk(curve: Curve, until: float) -> list[tuple[float, int]]:
    """How many still wait at a few even times."""
    apart = max(1, round(until / (RISK_TIMES - 1)))
    times = [float(apart * number) for number in range(RISK_TIMES) if apart * number <= until]
    return [(time, curve.at_risk_at(time)) for time in times]
