"""What a metric is: a sentence, a unit, a date basis, and signed rows whose sum it is [L1, M36]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from admin_app.policy import Permission
from reports.sources import DIMENSIONS, Source

MIXED = "Amounts in several currencies do not add up; filter by one of them"

Value = int | Decimal | None
"""A figure: whole minor units or a count; a decimal where something was divided; None where there is none."""


class Unit(StrEnum):
    """In what a figure is counted."""

    MONEY = "money"
    """Minor units of a currency."""
    COUNT = "count"
    DAYS = "days"
    HOURS = "hours"
    """Kept in minutes, shown in hours."""
    SHARE = "share"
    """A part of one, shown in percent."""


class Basis(StrEnum):
    """The date on which a row counts; cash and accrual never meet in one tile [M36]."""

    ISSUED = "issue date"
    PAID = "payment date"
    DUE = "due date"
    ACCEPTED = "date of acceptance"
    WRITTEN_OFF = "date of the write-off"
    SENT = "date of sending"
    CREATED = "date of entry"
    WORKED = "date of the work"
    COMPLETED = "date of completion"
    ANSWERED = "date of the answer"
    ENTERED = "date of entering the state"
    SCHEDULED = "date the work starts"
    ARISEN = "issue date of bills, date of costs"
    MOVED = "date of the movement"
    NEXT = "date of the next bill"
    FIRST = "date of the first purchase"
    STANDING = "as it stood at the end of the day"


@dataclass(frozen=True)
class Metric:
    """A figure by name; `version` goes up when a definition changes, so that kept results can say which they used.

    `stock` figures stand at the end of a day and have no period.  `by` limits the dimensions beyond what the rows
    carry.  The kinds below say how the figure comes about.
    """

    name: str
    label: str
    sentence: str
    unit: Unit
    basis: Basis
    stock: bool = False
    version: int = 1
    permission: Permission = Permission.MONEY_READ
    good: str = ""
    """Which way is good ("up", "down"); empty: neither."""
    subject: str = "Money"
    """Under which heading the glossary lists it."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The rows on which it stands."""
        return ()

    @property
    def additive(self) -> bool:
        """Whether the figures of the parts add up to the figure of the whole."""
        return False

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what it can be split."""
        return dimensions_of(self.sources)


def dimensions_of(sources: tuple[Source, ...]) -> tuple[str, ...]:
    """The dimensions whose column every one of these sources has."""
    return tuple(
        name
        for name, one in DIMENSIONS.items()
        if sources and all(source.has(one.needs) for source in sources)
    )


@dataclass(frozen=True)
class Total(Metric):
    """The sum of its rows."""

    source: Source = field(kw_only=True)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The one source."""
        return (self.source,)

    @property
    def additive(self) -> bool:
        """Sums add up."""
        return True


@dataclass(frozen=True)
class Mean(Metric):
    """The sum of its rows divided by their number."""

    source: Source = field(kw_only=True)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The one source."""
        return (self.source,)


@dataclass(frozen=True)
class Ratio(Metric):
    """One total divided by another, times `factor`; undefined where the lower one is zero or less.

    `window` days up to the as-of day stand for the period of the lower total where the upper is a stock.
    """

    over: Total = field(kw_only=True)
    under: Total = field(kw_only=True)
    factor: int = 1
    window: int | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of both totals."""
        return (*self.over.sources, *self.under.sources)


class Reader(Protocol):
    """What a figure that is worked out from rows may ask for (the engine is one)."""

    def frame(self, source: Source, asked: Asked, columns: tuple[str, ...]) -> Any:
        """The rows of a source, narrowed as asked, as a pandas frame of these columns."""

    def total(self, metric: Total, asked: Asked) -> dict[tuple[tuple[str, ...], str | None], tuple[int, int]]:
        """(keys, currency) → (sum, rows) of a total, split as asked."""


@dataclass(frozen=True)
class Asked:
    """A question as the engine settled it: names known, dates filled in; `end` is the first day not in the period."""

    by: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...]
    start: date | None
    end: date | None
    as_of: date


@dataclass(frozen=True)
class Found:
    """What a computed figure found for one mark: its keys, value, and the number of rows behind it."""

    keys: tuple[str, ...]
    value: Value
    rows: int
    currency: str | None = None
    labels: tuple[str, ...] = ()
    low: Value = None
    high: Value = None
    """The 95 % interval of an estimate; nothing for facts."""
    partial: bool = False
    """Whether its period is not over."""


@dataclass(frozen=True)
class Computed:
    """The outcome of a computed figure: the figure of the whole, its marks, and why there is none."""

    value: Value
    rows: int
    marks: tuple[Found, ...] = ()
    note: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Special(Metric):
    """A figure that is no sum (a median, a cohort table): worked out from the rows of its source."""

    source: Source = field(kw_only=True)
    compute: Callable[[Reader, Asked], Computed] = field(kw_only=True, repr=False)
    also_by: tuple[str, ...] = ()
    """Keys that the computation itself splits by, beyond the dimensions of the rows ("months_since")."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The source whose rows are the evidence."""
        return (self.source,)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of the rows, and what the computation splits by."""
        return (*dimensions_of(self.sources), *self.also_by)
