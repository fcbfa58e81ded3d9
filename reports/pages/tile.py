"""A figure as a tile: its value, the same period a year before, the period before, and a line of the months [123].

How two times are compared is told by `reports.engine.compared`, here as in mails and dashboards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.charts.plot import on_axis
from reports.charts.words import lined_up
from reports.engine import Answer, Desk, Query
from reports.engine.compared import FEWEST_ROWS, Compared, compared
from reports.metrics import Unit
from reports.pages.figure import rows_address

WIDTH, HEIGHT = 120, 28
LEAST_POINTS = 3
"""Fewer months make no line."""


@dataclass(frozen=True)
class Change:
    """An earlier figure beside this one: what was told, in which words, and where its rows are."""

    told: Compared
    words: str
    url: str | None


@dataclass(frozen=True)
class Tile:
    """One figure with what it is compared with; `spark` is the points of a line in a box of 120 by 28."""

    label: str
    answer: Answer
    url: str | None
    changes: tuple[Change, ...]
    spark: str | None

    @property
    def text(self) -> str:
        """The value as printed; a share of fewer than 20 is told as their number."""
        few = self.answer.metric.unit is Unit.SHARE and 0 < self.answer.n < FEWEST_ROWS
        return f"n = {self.answer.n}" if few else self.answer.text

    @property
    def note(self) -> str | None:
        """Why there is no figure."""
        return self.answer.note


def tile(
    desk: Desk, query: Query, *, label: str | None = None, compare: Sequence[str] = ("year", "previous")
) -> Tile:
    """The tile of a question; a figure by months is asked once for value and line."""
    by_month = not query.known.stock and "month" in query.known.dimensions
    answer = desk.ask(replace(query, by=("month",)) if by_month else query)
    whole = replace(answer, query=query)
    changes = [_change(desk, whole, one) for one in compare]
    return Tile(
        label or answer.metric.label,
        whole,
        rows_address(whole),
        tuple(one for one in changes if one is not None),
        _spark(answer) if by_month else None,
    )


def _change(desk: Desk, answer: Answer, compare: str) -> Change | None:
    before = desk.compare(replace(answer.query, compare=compare))
    if before is None or before.value is None:
        return None
    words = {
        ("year", False): "in the same days a year before",
        ("previous", False): "in the period before",
        ("year", True): "a year before",
        ("previous", True): "30 days before",
    }[compare, answer.metric.stock]
    return Change(compared(answer, before), words, rows_address(before))


def _spark(answer: Answer) -> str | None:
    """The months as points of a line from the lowest to the highest, zero included."""
    at = {mark.keys: mark for mark in answer.marks}
    heights = [
        on_axis(at[key].value, answer.metric.unit, at[key].currency) or 0.0 if key in at else 0.0
        for key in lined_up([answer])
    ]
    if len(heights) < LEAST_POINTS or len({mark.currency for mark in answer.marks}) > 1:
        return None
    low, high = min(0.0, *heights), max(0.0, *heights)
    reach = (high - low) or 1.0
    step = WIDTH / (len(heights) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 2 - (y - low) / reach * (HEIGHT - 4):.1f}"
        for place, y in enumerate(heights)
    )
