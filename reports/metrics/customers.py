"""Customers: new ones, active ones, who comes back, and how they score [124]."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from admin_app.policy import Permission
from reports.metrics.base import (
    Asked,
    Basis,
    Computed,
    Found,
    Metric,
    Ratio,
    Reader,
    Special,
    Total,
    Unit,
    Value,
)
from reports.sources import DIMENSIONS
from reports.sources.base import Source
from reports.sources.billing import INVOICED
from reports.sources.customers import (
    ACTIVE,
    CUSTOMER_MONTHS,
    MATURE,
    MATURE_REPEATED,
    NEW_CUSTOMERS,
    REPEATED,
    SCORED,
    WINDOW,
)
from reports.sources.dimensions import NONE, TIMES

SUBJECT = "Customers"
COHORT, SINCE = "cohort", "months_since"
NO_MONTHS = "Not enough data: no cohort has a whole month behind its first one"
Keys = tuple[str, ...]


def _customers(name: str, label: str, source: Source, basis: Basis, *, stock: bool = False) -> Total:
    return Total(
        name,
        label,
        source.sentence,
        Unit.COUNT,
        basis,
        stock=stock,
        good="up",
        permission=Permission.MONEY_READ,
        subject=SUBJECT,
        source=source,
    )


_NEW = _customers("new_customers", "New customers", NEW_CUSTOMERS, Basis.FIRST)
_MONTHS = _customers("customer_months", "Customers by month", CUSTOMER_MONTHS, Basis.ISSUED)


@dataclass(frozen=True)
class Retention(Special):
    """Who still buys, by cohort and months since: months of the calendar do not split it."""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of customers, with cohort and months since; no others of time."""
        never = {one.name for one in TIMES} | {"customer", "currency", "new_or_returning"}
        return tuple(name for name in super().dimensions if name not in never)


def _retained(reader: Reader, asked: Asked) -> Computed:
    """Cells of cohort × months since; anything coarser is Σ customers who bought ÷ Σ customers of the cohorts.

    Month 0 is the first purchase itself and the running month is not over: both stand in the cells and in no sum.
    """
    wanted = dict(asked.where)
    where = tuple(pair for pair in asked.where if pair[0] != SINCE)
    others = tuple(name for name in asked.by if name not in (COHORT, SINCE))
    split = replace(asked, by=(*others, COHORT, SINCE), where=where, start=None, end=None)
    bought: dict[tuple[Keys, str], dict[int, int]] = defaultdict(dict)
    for (keys, _), (count, _rows) in reader.total(_MONTHS, split).items():
        if NONE not in keys[-2:] and _in_period(keys[-2], asked):
            bought[keys[:-2], keys[-2]][int(keys[-1])] = count
    cells = _cells(bought, asked.as_of)
    if SINCE in wanted:
        cells = [cell for cell in cells if str(cell.months) in wanted[SINCE]]
    value, size = _pooled(cells)
    marks = _marks(cells, asked.by, others)
    return Computed(value, size, marks, NO_MONTHS if value is None else f"n = {size} months of customers")


@dataclass(frozen=True)
class _Cell:
    others: Keys
    cohort: str
    months: int
    bought: int
    size: int
    partial: bool


def _in_period(cohort: str, asked: Asked) -> bool:
    period = DIMENSIONS["month"].period
    assert period is not None
    first, end = period(cohort)
    return (asked.start is None or end > asked.start) and (asked.end is None or first < asked.end)


def _cells(bought: dict[tuple[Keys, str], dict[int, int]], as_of: date) -> list[_Cell]:
    """A cell for each month up to the as-of day, those without a purchase too; none after it."""
    cells: list[_Cell] = []
    month_is_over = (as_of + timedelta(days=1)).month != as_of.month
    for (others, cohort), counts in sorted(bought.items()):
        last = (as_of.year - int(cohort[:4])) * 12 + as_of.month - int(cohort[5:7])
        for months in range(last + 1):
            running = months == last and not month_is_over
            cells.append(_Cell(others, cohort, months, counts.get(months, 0), counts.get(0, 0), running))
    return cells


def _pooled(cells: list[_Cell]) -> tuple[Value, int]:
    counted = [cell for cell in cells if cell.months > 0 and not cell.partial]
    size = sum(cell.size for cell in counted)
    return (Decimal(sum(cell.bought for cell in counted)) / size if size else None), size


def _marks(cells: list[_Cell], by: tuple[str, ...], others: Keys) -> tuple[Found, ...]:
    by_keys: dict[Keys, list[_Cell]] = defaultdict(list)
    for cell in cells:
        names = dict(zip(others, cell.others, strict=True)) | {COHORT: cell.cohort, SINCE: str(cell.months)}
        by_keys[tuple(names[name] for name in by)].append(cell)
    marks: list[Found] = []
    for keys, found in by_keys.items():
        if not keys:
            continue
        if COHORT in by and SINCE in by:
            size = sum(cell.size for cell in found)
            share: Value = Decimal(sum(cell.bought for cell in found)) / size if size else None
        elif by == (SINCE,) or SINCE in by:
            whole = [cell for cell in found if not cell.partial]
            size = sum(cell.size for cell in whole)
            share = Decimal(sum(cell.bought for cell in whole)) / size if size else None
        else:
            share, size = _pooled(found)
        if share is not None:
            marks.append(Found(keys, share, size, partial=any(cell.partial for cell in found)))
    return tuple(marks)


METRICS: tuple[Metric, ...] = (
    _NEW,
    Ratio(
        "repeat_rate",
        "Repeat rate",
        "Customers who bought on a second day, of all customers, by the day of the first purchase.",
        Unit.SHARE,
        Basis.FIRST,
        good="up",
        subject=SUBJECT,
        over=_customers("repeated_customers", "Came back", REPEATED, Basis.FIRST),
        under=_NEW,
    ),
    Ratio(
        "repeat_rate_mature",
        "Repeat rate, mature",
        f"Customers who bought again within {WINDOW} days, of those first seen at least {WINDOW} days ago, by the day "
        "of the first purchase.",
        Unit.SHARE,
        Basis.FIRST,
        good="up",
        subject=SUBJECT,
        over=_customers("mature_repeated_customers", "Came back in time", MATURE_REPEATED, Basis.FIRST),
        under=_customers("mature_customers", "First seen long enough ago", MATURE, Basis.FIRST),
    ),
    Retention(
        "retention",
        "Retention",
        "Customers who bought in a month after their first, of those of their cohort; by cohort and months since the "
        "first purchase.",
        Unit.SHARE,
        Basis.FIRST,
        good="up",
        subject=SUBJECT,
        source=CUSTOMER_MONTHS,
        compute=_retained,
    ),
    Total(
        "retention_money",
        "Retention, money",
        "Invoiced net of tax, to be split by cohort and months since the first purchase; credit notes are negative "
        "on their own date.",
        Unit.MONEY,
        Basis.ISSUED,
        good="up",
        subject=SUBJECT,
        source=INVOICED,
    ),
    _customers("rfm", "Customers by score", SCORED, Basis.STANDING, stock=True),
    _customers("active_customers", "Active customers", ACTIVE, Basis.STANDING, stock=True),
)  # fmt: skip
