"""Does the model say what happens?  Tables for the plots: tracking over time, by decile of prediction, by frequency.

Shown beside every interval, because an interval speaks of chance and never of a model that is wrong.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from reports.models.estimate import expected_new, expected_purchases
from reports.models.holdout import actual_counts, deciles
from reports.models.result import Fit
from reports.models.special import Floats
from reports.models.summary import DAYS, Summary, purchase_days


def tracking(fit: Fit, summary: Summary, purchases: pd.DataFrame, *, until: date) -> pd.DataFrame:
    """Cumulative repeat purchases of the customers of `summary`, week by week: week, end, actual, expected, seen.

    `seen` is true as far as the model was fitted; the line between is the calibration's end.  Raises Unmet when the fit
    is refused.
    """
    columns = ["week", "end", "actual", "expected", "seen"]
    if summary.start is None:
        fit.theta  # noqa: B018  a refused fit says so
        return pd.DataFrame(columns=columns)
    begin = int(np.datetime64(summary.start, "D").astype(np.int64))
    weeks = np.arange(1, ((until - summary.start).days + 1) // 7 + 1)
    days, _ = purchase_days(purchases, keep_zero_days=summary.keep_zero_days)
    days = days[days["customer"].isin(pd.Index(summary.customer))]
    repeat = days["day"].to_numpy(np.int64)[days.duplicated("customer").to_numpy()]
    actual = np.searchsorted(np.sort(repeat), begin + 7 * weeks, side="left")
    # Customers who began on one day share their curve.
    ages, count = np.unique(summary.T, return_counts=True)
    weight = count.astype(np.float64)
    born = (ages.max() - ages) * DAYS[summary.unit]
    ends = [summary.start + timedelta(days=int(7 * week) - 1) for week in weeks]
    return pd.DataFrame(
        {
            "week": weeks,
            "end": ends,
            "actual": actual,
            "expected": [_expected(fit, 7 * week - born, weight, summary) for week in weeks],
            "seen": [end <= summary.until for end in ends],
        },
        columns=columns,
    )


def by_decile(fit: Fit, summary: Summary, holdout: pd.DataFrame, *, until: date) -> pd.DataFrame:
    """Customers in ten parts by prediction, lowest first: decile, n, expected, actual (means).  Unmet when refused."""
    expected, actual = _both(fit, summary, holdout, until)
    return pd.DataFrame(deciles(expected, actual)).astype({"decile": int, "n": int})


def by_frequency(
    fit: Fit, summary: Summary, holdout: pd.DataFrame, *, until: date, most: int = 7
) -> pd.DataFrame:
    """Customers by repeat purchases in the calibration, `most` and more in one: x, n, expected, actual (means)."""
    expected, actual = _both(fit, summary, holdout, until)
    frame = pd.DataFrame({"x": np.minimum(summary.x, most), "expected": expected, "actual": actual})
    table = frame.groupby("x").agg(n=("x", "size"), expected=("expected", "mean"), actual=("actual", "mean"))
    return table.reset_index()


def _expected(fit: Fit, age_in_days: Floats, count: Floats, summary: Summary) -> float:
    """Repeat purchases expected of customers of these ages; those not yet born have none."""
    age = np.clip(age_in_days, 0.0, None) / DAYS[summary.unit]
    return float(expected_new(fit, age) @ count)


def _both(fit: Fit, summary: Summary, holdout: pd.DataFrame, until: date) -> tuple[Floats, Floats]:
    length = (until - summary.until).days / DAYS[summary.unit]
    expected = expected_purchases(fit, length, summary.x, summary.t_x, summary.T)
    return expected, actual_counts(summary, holdout, until)[0]
