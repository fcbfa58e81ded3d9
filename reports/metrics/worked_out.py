"""Figures that are no sum: each is worked out from sums, for the whole and for every mark [L1].

`figures` maps (keys, currency) to a value and the number of rows behind it; what is in several currencies is told
currency by currency and never together [M9].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from reports.metrics.base import MIXED, Asked, Computed, Found, Value

Figures = dict[tuple[tuple[str, ...], str | None], tuple[Value, int]]
"""(keys, currency) → (value, number of rows)."""


def told(asked: Asked, figures: Callable[[Asked], Figures], note: str | None, undefined: str) -> Computed:
    """The outcome of a figure: the whole and, where it is split or in several currencies, its marks.

    `undefined` says why there is no figure, where there is none.
    """
    whole = figures(replace(asked, by=()))
    rows = sum(count for _, count in whole.values())
    split = figures(asked) if asked.by else {}
    if len(whole) > 1:
        if not asked.by:
            split = {((str(currency),), currency): pair for (_, currency), pair in whole.items()}
        return Computed(None, rows, _marks(split), MIXED)
    value = next((value for value, _ in whole.values()), None)
    currency = next((currency for _, currency in whole), None)
    return Computed(value, rows, _marks(split), undefined if value is None else note, currency)


def _marks(figures: Figures) -> tuple[Found, ...]:
    return tuple(Found(keys, value, rows, currency) for (keys, currency), (value, rows) in figures.items())


def mean(total: int, rows: int) -> Value:
    """The sum divided by the number of rows."""
    return Decimal(total) / rows if rows else None


def median(counts: dict[int, int]) -> Value:
    """The middle of values that occur so often; of an even number the mean of the two in the middle."""
    rows = sum(counts.values())
    if not rows:
        return None
    below, middle = 0, []
    for value in sorted(counts):
        reached = below + counts[value]
        middle += [value for place in ((rows - 1) // 2, rows // 2) if below <= place < reached]
        below = reached
    return Decimal(sum(middle)) / 2
