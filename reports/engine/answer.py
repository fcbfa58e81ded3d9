"""Answers: the figure, its marks, and the one string by which every door prints it [L1, I15]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from babel import Locale
from babel.numbers import format_decimal, format_percent

from admin_app.documents.printed import print_money
from admin_app.kernel.money import Money
from reports.engine.query import Query
from reports.metrics import Metric, Unit, Value

UNDEFINED = "–"
"""What is printed where there is no figure."""


@dataclass(frozen=True)
class Mark:
    """One bar, cell or line of an answer: its keys and labels, its value, the rows whose sum it is.

    `currency` is None where it is no money.  What it prints is worked out when it is read: of ten thousand customers a
    page shows twenty.
    """

    keys: tuple[str, ...]
    labels: tuple[str, ...]
    value: Value
    rows: int
    currency: str | None
    say: Callable[[], str] = field(repr=False, compare=False)
    low: Value = None
    high: Value = None
    """The 95 % interval of an estimate; nothing for facts."""
    partial: bool = False
    """Whether its period is not over."""

    @cached_property
    def text(self) -> str:
        """The value as people read it."""
        return self.say()


@dataclass(frozen=True)
class Answer:
    """The figure of a question.  `value` is None where nothing can be told, and `note` says why.

    `rows` is the number of rows behind it, of both sides of a ratio; `n` is what a reader is told: of how many.

    `query` is the question as it was settled; `behind` is the moment up to which totals were kept, None where the
    answer is of now.
    """

    metric: Metric
    query: Query
    as_of: date
    value: Value
    rows: int
    currency: str | None
    text: str
    marks: tuple[Mark, ...] = ()
    note: str | None = None
    behind: datetime | None = None
    filters: tuple[tuple[str, str, str], ...] = ()
    """Dimension, key and label of each filter."""
    of: int | None = None
    """The number of rows by which it was divided, where it was."""
    locale: Locale = field(default=Locale("en", "GB"), repr=False, compare=False)

    @property
    def n(self) -> int:
        """Of how many rows the figure speaks."""
        return self.rows if self.of is None else self.of

    def mark(self, *keys: str) -> Mark | None:
        """The mark of these keys."""
        return next((one for one in self.marks if one.keys == keys), None)

    def frame(self) -> Any:
        """The marks as a pandas frame: a column of labels a dimension, `value` (minor units stay whole), `rows`."""
        import pandas as pd

        names = [*self.query.by] or ["currency"]
        table: dict[str, list[Any]] = {
            name: [one.labels[place] if place < len(one.labels) else one.currency for one in self.marks]
            for place, name in enumerate(names)
        }
        table["value"] = [one.value for one in self.marks]
        table["rows"] = [one.rows for one in self.marks]
        table["text"] = [one.text for one in self.marks]
        return pd.DataFrame(table)


def spoken(value: Value, unit: Unit, currency: str | None, locale: Locale) -> str:
    """A value as every door prints it: "1,234.50 €", "17", "63.4 %", "41.0 days", "12.5 h"; a dash for none."""
    if value is None:
        return UNDEFINED
    if unit is Unit.MONEY:
        return print_money(Money(whole(value), currency or "EUR"), locale)
    if unit is Unit.SHARE:
        return str(format_percent(Decimal(value), format="#,##0.0 %", locale=locale))
    if unit is Unit.DAYS:
        return f"{format_decimal(Decimal(value), format='#,##0.0', locale=locale)} days"
    if unit is Unit.HOURS:
        return f"{format_decimal(Decimal(value) / 60, format='#,##0.0', locale=locale)} h"
    return str(format_decimal(Decimal(value), format="#,##0.##", locale=locale))


def plain(value: Value, unit: Unit, currency: str | None) -> str | int | None:
    """A value as JSON and CSV carry it: money as a decimal string in major units, counts as whole numbers."""
    if value is None:
        return None
    if unit is Unit.MONEY:
        return str(Money(whole(value), currency or "EUR").decimal)
    if unit is Unit.COUNT and isinstance(value, int):
        return value
    if unit is Unit.HOURS:
        return format((Decimal(value) / 60).quantize(Decimal("0.01"), ROUND_HALF_UP), "f")
    if isinstance(value, int):
        return str(value)
    return format(value.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize(), "f")


def whole(value: int | Decimal) -> int:
    """Minor units; a divided amount is rounded half away from zero to the minor unit [M1]."""
    return value if isinstance(value, int) else int(value.quantize(Decimal(1), ROUND_HALF_UP))
