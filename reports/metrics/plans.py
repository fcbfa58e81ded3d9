"""Service plans: recurring revenue, what moved it, who left, what is due next [139, 140]."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from reports.metrics.base import Asked, Basis, Computed, Found, Metric, Reader, Special, Total, Unit
from reports.sources import DIMENSIONS
from reports.sources.base import Source
from reports.sources.dimensions import TIMES
from reports.sources.plans import ARR, MOVEMENTS, MRR, RENEWALS

SUBJECT = "Service plans"
USUAL = 30
"""Days of the period where none is asked for."""
PERIODS = ("month", "quarter", "year")
"""The periods by which churn is split."""
NOBODY = "No customer had a running plan when the period began"
Keys = tuple[str, ...]


def _stock(name: str, label: str, source: Source) -> Total:
    return Total(
        name,
        label,
        source.sentence,
        Unit.MONEY,
        Basis.STANDING,
        stock=True,
        good="up",
        subject=SUBJECT,
        source=source,
    )


_MRR = _stock("mrr", "Monthly recurring revenue", MRR)


@dataclass(frozen=True)
class Churn(Special):
    """Customers lost: split by who they were, and by month, quarter or year."""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of running plans; of those of time the ones that are periods."""
        times = {one.name for one in TIMES} - set(PERIODS)
        return tuple(name for name in super().dimensions if name not in times | {"customer", "currency"})


def _lost(reader: Reader, asked: Asked) -> Computed:
    """Customers without a running plan at the end of a period, of those with one before it."""
    where = tuple(pair for pair in asked.where if pair[0] not in PERIODS)
    narrowed = [pair for pair in asked.where if pair[0] in PERIODS]
    end = min(asked.end or asked.as_of + timedelta(days=1), asked.as_of + timedelta(days=1))
    start = asked.start or end - timedelta(days=USUAL)
    for name, keys in narrowed:
        period = DIMENSIONS[name].period
        assert period is not None
        start = max(start if asked.start else date.min, min(period(key)[0] for key in keys))
        end = min(end, max(period(key)[1] for key in keys))
    bare = replace(asked, by=(), where=where, start=None, end=None)
    (value, rows) = _between(reader, bare, start, end).get((), (None, 0))
    marks = _marks(reader, replace(bare, by=asked.by), start, end)
    note = NOBODY if value is None else f"{start} to {end - timedelta(days=1)}, n = {rows}"
    return Computed(value, rows, marks, note)


def _marks(reader: Reader, asked: Asked, start: date, end: date) -> tuple[Found, ...]:
    if not asked.by:
        return ()
    place = next((place for place, name in enumerate(asked.by) if name in PERIODS), None)
    if place is None:
        found = _between(reader, asked, start, end)
        return tuple(Found(keys, value, rows) for keys, (value, rows) in found.items())
    rest = tuple(name for at, name in enumerate(asked.by) if at != place)
    marks: list[Found] = []
    for key, first, last in _periods(asked.by[place], start, end):
        for keys, (value, rows) in _between(reader, replace(asked, by=rest), first, last).items():
            marks.append(Found((*keys[:place], key, *keys[place:]), value, rows))
    return tuple(marks)


def _periods(name: str, start: date, end: date) -> list[tuple[str, date, date]]:
    """The periods that lie in a stretch of days, the first and last cut to it: (key, first day, end)."""
    one = DIMENSIONS[name]
    assert one.period is not None
    found: list[tuple[str, date, date]] = []
    day = start
    while day < end:
        text = day.isoformat()
        key = {"month": text[:7], "year": text[:4]}.get(name) or f"{text[:4]}-Q{(day.month + 2) // 3}"
        until = min(one.period(key)[1], end)
        found.append((key, day, until))
        day = until
    return found


def _between(reader: Reader, asked: Asked, start: date, end: date) -> dict[Keys, tuple[Decimal | None, int]]:
    """Keys → (lost ÷ at the start, at the start)."""
    before = _customers(reader, asked, start - timedelta(days=1))
    after = _customers(reader, asked, end - timedelta(days=1))
    return {
        keys: (Decimal(len(there - after.get(keys, set()))) / len(there), len(there))
        for keys, there in before.items()
        if there
    }


def _customers(reader: Reader, asked: Asked, day: date) -> dict[Keys, set[str]]:
    """The customers with a running plan at the end of a day."""
    found: dict[Keys, set[str]] = defaultdict(set)
    split = replace(asked, by=(*asked.by, "customer"), as_of=day)
    for keys, _ in reader.total(_MRR, split):
        found[keys[:-1]].add(keys[-1])
    return dict(found)


METRICS: tuple[Metric, ...] = (
    _MRR,
    _stock("arr", "Annual recurring revenue", ARR),
    Total(
        "mrr_movement",
        "Movements of recurring revenue",
        MOVEMENTS.sentence,
        Unit.MONEY,
        Basis.MOVED,
        good="up",
        subject=SUBJECT,
        source=MOVEMENTS,
    ),
    Churn(
        "plan_churn",
        "Customers lost",
        "Of the customers with a running plan when the period began, the share without one at its end; without a "
        f"period the last {USUAL} days.",
        Unit.SHARE,
        Basis.STANDING,
        good="down",
        subject=SUBJECT,
        source=MRR,
        compute=_lost,
    ),
    Total(
        "renewals",
        "Renewals",
        RENEWALS.sentence,
        Unit.MONEY,
        Basis.NEXT,
        subject=SUBJECT,
        source=RENEWALS,
    ),
)
