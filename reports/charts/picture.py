"""A chart for a notebook: as a page paints it by its theme, and in the colours of paper for any Jupyter [135]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.charts.fan import fan
from reports.charts.kinds import plotted
from reports.charts.palette import painted
from reports.engine import Answer, Query
from reports.engine.forecast import CashForecast


@dataclass(frozen=True)
class Picture:
    """What plotly draws: `plot` with colours as tokens, `paper` with the colours themselves; None: nothing to draw.

    `query` is the address of the question, for the way back to the page.
    """

    plot: dict[str, Any] | None
    paper: dict[str, Any] | None
    query: str


def picture(kind: str | None, *answers: Answer, labels: Sequence[str] = (), **options: Any) -> Picture:
    """Answers of the same split as one chart; without a kind the split decides."""
    _, plot = plotted(kind, answers, tuple(labels) or tuple(one.metric.label for one in answers), **options)
    return Picture(plot, painted(plot) if plot is not None else None, answers[0].query.address)


def forecast_picture(told: CashForecast) -> Picture:
    """The fan of the coming weeks [132]."""
    plot = fan(
        [(f"to {week.end.isoformat()}", week.p10, week.p50, week.p90) for week in told.weeks],
        told.currency,
        [told.money(week.p50) for week in told.weeks],
    )
    query = Query("receivable", as_of=told.as_of).address
    return Picture(plot, painted(plot) if plot is not None else None, query)
