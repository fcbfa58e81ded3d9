"""How likely an entry is won within so many days: Aalen-Johansen, a loss being a competing event, not a censored one.

Entries that are still open count as long as they have waited; won divided by all would tell too little of them, and
one minus Kaplan-Meier with losses censored too much (analytics section 1.3) [133, L12].
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from reports.metrics.base import Asked, Computed, Found, Reader, Total, Value

HORIZON = 90
"""Days within which an entry counts as won."""
CAUSES = {"won": 1, "lost": 2}
"""The states that end a wait; every other one still waits."""
LEVEL = "95 %"

Keys = tuple[str, ...]


@dataclass
class Waits:
    """Entries by how long they waited and by what ended it: (days, cause) → how many."""

    counts: dict[tuple[int, int], int]
    contradicting: int = 0
    """Entries that ended before they began; they tell nothing."""

    @property
    def entries(self) -> int:
        """How many can be reckoned with."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """How many still wait."""
        return sum(count for (_, cause), count in self.counts.items() if cause == 0)

    def likely(self) -> tuple[Value, Value, Value]:
        """The probability of a win within the horizon with the bounds of its 95 % interval; nothing for no entries."""
        if not self.counts:
            return None, None, None
        import numpy as np  # a page without an estimate does not pay for it

        from reports.models import aalen_johansen

        pairs = list(self.counts)
        often = np.array([self.counts[pair] for pair in pairs])
        days = np.repeat(np.array([day for day, _ in pairs], dtype=float), often)
        cause = np.repeat(np.array([kind for _, kind in pairs]), often)
        value, low, high = aalen_johansen(days, cause, causes=len(CAUSES)).at(1, HORIZON)
        if not low <= value <= high:  # no bounds where nothing or everything was won
            low, high = value, value
        return _share(value), _share(low), _share(high)


def _share(number: float) -> Decimal:
    return Decimal(repr(round(number, 9)))


def within_horizon(total: Total, reader: Reader, asked: Asked) -> Computed:
    """The outcome of the question how likely an entry of `total` is won, for the whole and for every mark."""
    whole = _waits(total, reader, replace(asked, by=())).get((), Waits({}))
    split = _waits(total, reader, asked) if asked.by else {}
    marks = [_mark(keys, each) for keys, each in split.items() if each.counts]
    value, low, high = whole.likely()
    if value is None:
        return Computed(None, 0, tuple(marks), _why_not(whole))
    return Computed(value, whole.entries, tuple(marks), _how_sure(whole, low, high))


def _mark(keys: Keys, waits: Waits) -> Found:
    value, low, high = waits.likely()
    return Found(keys, value, waits.entries, low=low, high=high)


def _waits(total: Total, reader: Reader, asked: Asked) -> dict[Keys, Waits]:
    found: dict[Keys, Waits] = defaultdict(lambda: Waits(defaultdict(int)))
    split = replace(asked, by=(*asked.by, "state", "waited"))
    for (keys, _), (count, _rows) in reader.total(total, split).items():
        *own, state, days = keys
        waits = found[tuple(own)]
        if int(days) < 0:
            waits.contradicting += count
        else:
            waits.counts[int(days), CAUSES.get(state, 0)] += count
    return dict(found)


def _how_sure(waits: Waits, low: Value, high: Value) -> str:
    assert low is not None and high is not None
    told = f"{LEVEL} interval {100 * low:.1f} % to {100 * high:.1f} %; n = {waits.entries}, {waits.open} still open"
    return told + _left_out(waits)


def _why_not(waits: Waits) -> str:
    return "Not enough data: there is no entry to reckon with" + _left_out(waits)


def _left_out(waits: Waits) -> str:
    if not waits.contradicting:
        return ""
    return f"; {waits.contradicting} left out, won or lost before the day of entry"
