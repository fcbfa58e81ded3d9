"""Purchases → what the count models need of each customer: how often, how recently, for how long, how much.

Words of the literature (Fader, Hardie & Lee 2005), not of marketing: `x` counts *repeat* purchase days, `t_x` is the
time from the first purchase to the last one (not "days since"), `T` the time from the first purchase to the end of the
calibration.  A purchase is a customer-day whose net is above zero: two invoices on one day are one purchase, a refund
nets on its own day and is never one [M35, M36].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from admin_app.kernel.errors import Invalid
from reports.models.rhythm import regularity, season
from reports.models.special import Floats, Ints

Unit = Literal["day", "week"]
DAYS: dict[str, float] = {"day": 1.0, "week": 7.0}
COLUMNS = ("customer", "day", "amount_minor")


@dataclass(frozen=True)
class Summary:
    """One row a customer, in the order of `customer`; times in `unit`, `z` in currency units (nan where x = 0)."""

    customer: np.ndarray[Any, np.dtype[Any]]
    x: Ints
    t_x: Floats
    T: Floats
    z: Floats
    start: date | None
    """Day of the first purchase of all; None when there is none."""
    until: date
    """Last day of the calibration, itself included."""
    unit: Unit
    median_gap: float
    """Median time between two purchases of one customer, in `unit`; nan when nobody came back."""
    keep_zero_days: bool
    minor_per_unit: int
    left_out: dict[str, int]
    """Rows and days that are no purchases, by the reason why."""
    regularity: float = float("nan")
    """1: customers come as by chance; more: like a clock (reports.models.rhythm); nan: unknown."""
    season: float = float("nan")
    """How many times the weakest quarter the strongest brings, each year; nan: unknown."""

    @property
    def customers(self) -> int:
        """How many customers bought at all."""
        return len(self.x)

    @property
    def repeaters(self) -> int:
        """How many of them came back."""
        return int(np.count_nonzero(self.x))

    @property
    def length(self) -> float:
        """Time from the first purchase of all to the end of the calibration, in `unit`."""
        return float(self.T.max()) if len(self.T) else 0.0

    def window(self) -> dict[str, Any]:
        """The calibration for people and files: start, end, unit, weeks."""
        return {
            "start": self.start.isoformat() if self.start else None,
            "end": self.until.isoformat(),
            "unit": self.unit,
            "weeks": round(self.length * DAYS[self.unit] / 7, 2),
        }


def summarise(
    purchases: pd.DataFrame,
    *,
    until: date,
    unit: Unit = "week",
    keep_zero_days: bool = False,
    minor_per_unit: int = 100,
) -> Summary:
    """What each customer did up to and including `until`; rows after it are left for the hold-out.

    `purchases` has the columns customer, day, amount_minor (net minor units; refunds negative).  `keep_zero_days`
    counts days of exactly 0 too, as the published CDNOW results do.  Raises Invalid for missing columns, more than one
    currency, or days and amounts that are none.
    """
    if unit not in DAYS:
        raise Invalid(f"The unit of time is {' or '.join(DAYS)}, not {unit}")
    days, left_out = purchase_days(purchases, keep_zero_days=keep_zero_days)
    last = np.datetime64(until, "D").astype(np.int64)
    left_out["after the calibration"] = int((days["day"] > last).sum())
    days = days[days["day"] <= last]
    if days.empty:
        return _nobody(until, unit, keep_zero_days, minor_per_unit, left_out)
    day = days["day"].to_numpy(np.int64)
    code, customer = pd.factorize(days["customer"], sort=False)
    code = np.asarray(code, dtype=np.int64)
    # Rows stand sorted by customer and day, so each customer is one run.
    first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    count = np.diff(np.r_[first, len(code)])
    final = first + count - 1
    scale = DAYS[unit]
    gaps = np.diff(day)[code[1:] == code[:-1]]
    amount = days["amount"].to_numpy(np.float64)
    repeat_sum = np.add.reduceat(amount, first) - amount[first]
    x = (count - 1).astype(np.int64)
    z = np.full(len(x), np.nan)
    np.divide(repeat_sum, x * float(minor_per_unit), out=z, where=x > 0)
    return Summary(
        customer=np.asarray(customer),
        x=x,
        t_x=(day[final] - day[first]) / scale,
        T=(int(last) - day[first]) / scale,
        z=z,
        start=_a_date(int(day.min())),
        until=until,
        unit=unit,
        median_gap=float(np.median(gaps)) / scale if len(gaps) else float("nan"),
        keep_zero_days=keep_zero_days,
        minor_per_unit=minor_per_unit,
        left_out=left_out,
        regularity=regularity(code, day),
        season=season(np.delete(day, first), day[first], int(last)),
    )


def purchase_days(purchases: pd.DataFrame, *, keep_zero_days: bool) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row per customer and day of purchase (day as days since 1970), sorted, and what was left out, by reason.

    Raises Invalid for columns that are missing, several currencies, and days or amounts that are none.
    """
    missing = [name for name in COLUMNS if name not in purchases.columns]
    if missing:
        raise Invalid(f"The purchases lack the columns {', '.join(missing)}")
    if "currency" in purchases.columns and purchases["currency"].nunique() > 1:
        raise Invalid("The purchases are in several currencies; a model is of one")
    named = purchases[purchases["customer"].notna()]
    frame = pd.DataFrame(
        {
            "customer": named["customer"],
            "day": _days(named["day"]),
            "amount": pd.to_numeric(named["amount_minor"], errors="coerce").astype("float64"),
        }
    )
    if not np.isfinite(frame["amount"].to_numpy(np.float64)).all():
        raise Invalid("An amount of the purchases is no number")
    per_day = frame.groupby(["customer", "day"], sort=True, observed=True)["amount"].sum().reset_index()
    kept = per_day[per_day["amount"] >= 0 if keep_zero_days else per_day["amount"] > 0]
    left_out = {
        "rows without a customer": len(purchases) - len(named),
        "days whose net is not above zero": len(per_day) - len(kept),
    }
    return kept, left_out


def _days(column: pd.Series[Any]) -> Ints:
    """Days since 1970-01-01; raises Invalid for what is no date."""
    try:
        stamps = pd.to_datetime(column, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise Invalid("A day of the purchases is no date") from error
    if stamps.isna().any():
        raise Invalid("A day of the purchases is no date")
    if getattr(stamps.dt, "tz", None) is not None:
        raise Invalid("A day of the purchases has a time zone; give the day in the company's zone")
    return np.asarray(stamps.to_numpy().astype("datetime64[D]").astype(np.int64))


def _a_date(days: int) -> date:
    """Days since 1970-01-01 as a date."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + days)


def _nobody(until: date, unit: Unit, keep_zero_days: bool, minor: int, left_out: dict[str, int]) -> Summary:
    """The summary of no purchases."""
    nothing = np.empty(0)
    return Summary(
        customer=np.empty(0, dtype=object),
        x=np.empty(0, dtype=np.int64),
        t_x=nothing,
        T=nothing,
        z=nothing,
        start=None,
        until=until,
        unit=unit,
        median_gap=float("nan"),
        keep_zero_days=keep_zero_days,
        minor_per_unit=minor,
        left_out=left_out,
    )
