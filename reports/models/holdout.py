"""How a model does on purchases it has not seen: errors, total, deciles, capture, coverage – and the plain rate's.

No single figure is enough: on CDNOW a forecast of 0 for everybody has almost the mean absolute error of the best
model.  Hence root mean square error, total, deciles of prediction and the share of spend in the top decile beside it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from reports.models.count_model import CountModel
from reports.models.intervals import count_interval
from reports.models.special import Floats
from reports.models.summary import DAYS, Summary, purchase_days

LEVEL = 0.95
COVERED = 5_000
"""Customers on which the coverage of the individual intervals is measured: enough for a tenth of a percent point."""


def actual_counts(summary: Summary, purchases: pd.DataFrame, until: date) -> tuple[Floats, Floats]:
    """Purchase days and money (currency units) of each customer of `summary` after its end up to `until`."""
    days, _ = purchase_days(purchases, keep_zero_days=summary.keep_zero_days)
    begin, end = (np.datetime64(each, "D").astype(np.int64) for each in (summary.until, until))
    seen = days[(days["day"] > begin) & (days["day"] <= end)]
    place = pd.Index(summary.customer).get_indexer(pd.Index(seen["customer"]))
    known = place >= 0
    counts = np.bincount(place[known], minlength=summary.customers).astype(np.float64)
    money = np.bincount(
        place[known], weights=seen["amount"].to_numpy(np.float64)[known], minlength=summary.customers
    )
    return counts, money / summary.minor_per_unit


def last_day(purchases: pd.DataFrame, summary: Summary) -> date | None:
    """The last day in `purchases`, if it is after the calibration."""
    if purchases.empty:
        return None
    last: date = pd.to_datetime(purchases["day"], format="ISO8601").max().date()
    return last if last > summary.until else None


def check_counts(
    model: CountModel,
    theta: Floats,
    draws: Floats,
    summary: Summary,
    purchases: pd.DataFrame,
    *,
    until: date,
    seed: int,
) -> dict[str, Any]:
    """The hold-out of a count model from the end of `summary` to `until`; see the module for what and why."""
    actual, money = actual_counts(summary, purchases, until)
    length = (until - summary.until).days / DAYS[summary.unit]
    expected = model.expected(theta, length, summary.x, summary.t_x, summary.T)
    naive = np.divide(summary.x * length, summary.T, out=np.zeros(len(expected)), where=summary.T > 0)
    some = np.arange(summary.customers)
    if len(some) > COVERED:
        some = np.random.default_rng(seed).choice(some, COVERED, replace=False)
    low, high = count_interval(
        model, draws, length, summary.x[some], summary.t_x[some], summary.T[some], level=LEVEL, seed=seed
    )
    return {
        "start": (summary.until + timedelta(days=1)).isoformat(),
        "end": until.isoformat(),
        "weeks": round((until - summary.until).days / 7, 2),
        "customers": summary.customers,
        "actual": float(actual.sum()),
        "expected": float(expected.sum()),
        "mae": _mae(expected, actual),
        "rmse": _rmse(expected, actual),
        "naive_expected": float(naive.sum()),
        "naive_mae": _mae(naive, actual),
        "naive_rmse": _rmse(naive, actual),
        "coverage": float(np.mean((actual[some] >= low) & (actual[some] <= high))),
        "capture": _share_of_top(expected, money),
        "best_capture": _share_of_top(money, money),
        "deciles": deciles(expected, actual),
    }


def check_values(
    expected: Floats, population: float, summary: Summary, counts: Floats, money: Floats
) -> dict[str, Any]:
    """Mean purchase expected against the one that came, of customers with x > 0 who bought in the hold-out.

    The plain forecast is the population's mean for everybody.
    """
    bought = (counts > 0) & (summary.x > 0) & (money > 0)
    if not bought.any():
        return {}
    actual = money[bought] / counts[bought]
    plain = np.full(len(actual), population)
    return {
        "customers": int(bought.sum()),
        "mae": _mae(expected[bought], actual),
        "rmse": _rmse(expected[bought], actual),
        "naive_mae": _mae(plain, actual),
        "naive_rmse": _rmse(plain, actual),
    }


def deciles(expected: Floats, actual: Floats) -> list[dict[str, float]]:
    """Customers in ten equal parts by prediction, lowest first: mean expected against mean actual, and n."""
    order = np.argsort(expected, kind="stable")
    return [
        {
            "decile": float(number),
            "n": float(len(part)),
            "expected": float(expected[part].mean()),
            "actual": float(actual[part].mean()),
        }
        for number, part in enumerate(np.array_split(order, 10), start=1)
        if len(part)
    ]


def _share_of_top(by: Floats, money: Floats) -> float | None:
    """Share of `money` that the top tenth by `by` holds; None when there is no money."""
    total = money.sum()
    if not total > 0:
        return None
    top = np.argsort(-by, kind="stable")[: max(1, round(len(by) / 10))]
    return float(money[top].sum() / total)


def _mae(expected: Floats, actual: Floats) -> float:
    return float(np.abs(expected - actual).mean())


def _rmse(expected: Floats, actual: Floats) -> float:
    return float(np.sqrt(np.square(expected - actual).mean()))
