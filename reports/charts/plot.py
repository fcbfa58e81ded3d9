"""What every chart is made of: the layout, the axis of a unit, and what a mark carries for hover and click."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from admin_app.kernel.money import Money
from reports.engine import Answer, Mark
from reports.metrics import Unit, Value

Plot = dict[str, Any]
"""Data and layout for plotly, with `keys` (label and colour of each series) and tokens for colours."""
TITLES = {Unit.COUNT: "", Unit.DAYS: "days", Unit.HOURS: "hours", Unit.SHARE: "%"}


def on_axis(value: Value, unit: Unit, currency: str | None) -> float | None:
    """A value on its axis: minor units become major ones only here; a share becomes percent, minutes hours."""
    if value is None:
        return None
    if unit is Unit.MONEY:
        return float(Decimal(value) / 10 ** Money.minor_units(currency or "EUR"))
    if unit is Unit.SHARE:
        return float(value * 100)
    if unit is Unit.HOURS:
        return float(Decimal(value) / 60)
    return float(value)


def placed(answer: Answer, mark: Mark | None) -> float | None:
    """A mark on the axis; the empty place of a sum is zero, of anything else a gap."""
    if mark is None:
        return 0.0 if answer.metric.additive else None
    return on_axis(mark.value, answer.metric.unit, mark.currency)


def title_of(answer: Answer) -> str:
    """What the axis counts."""
    if answer.metric.unit is Unit.MONEY:
        return answer.currency or "several currencies"
    return TITLES[answer.metric.unit]


def layout(height: int, **more: Any) -> dict[str, Any]:
    """The quiet ground of every chart; nothing is zoomed by accident on a phone."""
    axis = {
        "fixedrange": True,
        "gridcolor": "@line",
        "linecolor": "@line",
        "zerolinecolor": "@muted",
        "automargin": True,
        "ticks": "",
    }
    ground: dict[str, Any] = {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 16, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "@muted"},
        "hoverlabel": {"bgcolor": "@surface", "bordercolor": "@line", "font": {"color": "@ink"}},
        "showlegend": False,
        "dragmode": False,
        "bargap": 0.3,
    }
    for name in ("xaxis", "yaxis"):
        ground[name] = axis | more.pop(name, {})
    return ground | more


HOVER = "%{customdata[0]}<br>%{customdata[1]}<extra>%{fullData.name}</extra>"
"""Printed value and number of rows, and which series it is."""


def keys_of(words: Sequence[str], colours: Sequence[str]) -> list[dict[str, str]]:
    """Label and colour of each series, for the key above the plot; one series needs none."""
    if len(words) < 2:
        return []
    return [{"label": word, "colour": colour[1:]} for word, colour in zip(words, colours, strict=True)]
