"""Cash of the coming weeks from invoices that are open today: P10, P50, P90, checked on the past before it is shown.

Each invoice gets its chance per week (reports.models.time_to_pay); sums are simulated, because sums of chances have no
simple quantiles.  Customers pay several invoices at once: `together` says how much of the chance they share, chosen on
the earlier half of the past.  The later half scores the forecast by pinball loss against "paid on the due date" and
"paid the mean lag after it"; a forecast that does not beat both is refused.  Money that is never paid stays out [M37].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from admin_app.kernel.errors import Invalid
from reports.models.special import Floats, Ints, normal_quantiles
from reports.models.time_to_pay import chances, learn

PAID = 30
"""Paid invoices below which nothing is learned."""
ORIGINS = 12
"""Past days from which the forecast is tried."""
FEWEST_ORIGINS = 4
SHARES = (0.1, 0.5, 0.9)
TOGETHER = (0.0, 0.3, 0.6, 0.9)
SIMULATIONS = 2_000
SIMULATIONS_BACK = 500
DRAWN_BACK = 2_000_000
"""Draws for each try on the past: with many invoices sums vary little, and 100 simulations do."""
OPEN = 10**6
"""Stands for "not paid" among days since 1970: the year 4707."""
HISTORY = ("customer", "segment", "issued", "due", "paid", "amount_minor")
INVOICES = ("invoice", "customer", "segment", "issued", "due", "amount_minor")


@dataclass(frozen=True)
class Forecast:
    """Cash expected of open invoices; amounts in minor units."""

    weeks: pd.DataFrame
    """start, end (dates, both included), p10, p50, p90, due (what falls due in the week); empty when refused."""
    total: dict[str, int]
    """p10, p50, p90 of all weeks together (quantiles do not add up); empty when refused."""
    per_invoice: pd.DataFrame
    """invoice, customer, amount_minor, expected_pay_date (None: later than anything seen), probability, never."""
    never_paid: float | None
    """Share of the open amount that is not expected at all."""
    backtest: dict[str, Any]
    """origins, pinball, due_date, mean_lag (losses), gain (share better than the better of the two), coverage."""
    refused: str | None
    cautions: tuple[str, ...] = ()


def cash_forecast(
    open_invoices: pd.DataFrame,
    history: pd.DataFrame,
    *,
    as_of: date,
    weeks: int = 4,
    seed: int = 20_260_101,
) -> Forecast:
    """Cash of the `weeks` after `as_of` from `open_invoices`, learned from `history` (paid empty where still open).

    Amounts of open invoices are what is still open of them; credits are left out.  Raises Invalid for missing columns,
    dates that are none, or weeks below 1; too little data give a Forecast with `refused`.
    """
    if not 1 <= weeks <= 52:
        raise Invalid("A forecast is of 1 to 52 weeks")
    today = _day(as_of)
    past, bills = _history(history), _bills(open_invoices, today)
    settled = int((past["paid"] <= today).sum())
    if settled < PAID:
        plural = "" if settled == 1 else "s"
        return _refused(f"Not enough data: {settled} paid invoice{plural}, at least {PAID} are needed", {})
    together, backtest = _backtest(past, today, weeks, seed)
    reason = _no_better(backtest)
    if reason:
        return _refused(reason, backtest)
    by_week, ever, half = chances(learn(past, today), bills, today, weeks)
    amounts = bills["amount_minor"].to_numpy(np.float64)
    sums = _simulate(by_week, amounts, bills["customer"], together, SIMULATIONS, seed)
    said = () if backtest else ("Not checked: the history is too short to try the forecast on the past",)
    whole = float(amounts.sum())
    return Forecast(
        weeks=_weeks(sums, bills, as_of, weeks),
        total=dict(zip(("p10", "p50", "p90"), _quantiles(sums.sum(axis=1)), strict=True)),
        per_invoice=pd.DataFrame(
            {
                "invoice": bills["invoice"].to_numpy(),
                "customer": bills["customer"].to_numpy(),
                "amount_minor": bills["amount_minor"].to_numpy(),
                "expected_pay_date": [
                    None if np.isnan(days) else as_of + timedelta(days=int(days)) for days in half
                ],
                "probability": by_week[:, -1],
                "never": 1.0 - ever,
            }
        ),
        never_paid=float(amounts @ (1.0 - ever)) / whole if whole else None,
        backtest=backtest,
        refused=None,
        cautions=said,
    )


def pinball(actual: Floats, forecast: Floats, share: float) -> float:
    """Mean loss of a forecast of the quantile `share`: too low costs `share`, too high 1 − `share` per unit."""
    off = actual - forecast
    return float(np.mean(np.maximum(share * off, (share - 1.0) * off)))


def _backtest(past: pd.DataFrame, today: int, weeks: int, seed: int) -> tuple[float, dict[str, Any]]:
    """How much customers pay together, chosen on the earlier origins, and the score on the later ones."""
    tried: list[tuple[Floats, dict[float, Floats], list[Floats], list[Floats]]] = []
    for number in range(ORIGINS):
        origin = today - 7 * weeks - 7 * number * max(1, weeks // 2)
        known = past[past["issued"] <= origin]
        still = known[known["paid"] > origin]
        if int((known["paid"] <= origin).sum()) < PAID or still.empty:
            break
        tried.append(_try(known, still, origin, weeks, seed + number))
    if len(tried) < FEWEST_ORIGINS:
        return TOGETHER[1], {}
    tried.reverse()
    earlier, later = tried[: len(tried) // 2], tried[len(tried) // 2 :]
    losses = {each: sum(_loss(actual, by[each]) for actual, by, _, _ in earlier) for each in TOGETHER}
    together = min(losses, key=lambda each: losses[each])
    ours = float(np.mean([_loss(actual, by[together]) for actual, by, _, _ in later]))
    # A plain forecast may or may not count what is overdue as coming now: it is scored in its better reading.
    due = min(float(np.mean([_loss(actual, plain[k]) for actual, _, plain, _ in later])) for k in (0, 1))
    lag = min(float(np.mean([_loss(actual, plain[k]) for actual, _, _, plain in later])) for k in (0, 1))
    inside = [(by[together][0] <= actual) & (actual <= by[together][2]) for actual, by, _, _ in later]
    best = min(due, lag)
    return together, {
        "origins": len(later),
        "weeks": weeks,
        "pinball": ours,
        "due_date": due,
        "mean_lag": lag,
        "gain": 1.0 - ours / best if best > 0 else 0.0,
        "coverage": float(np.mean(inside)),
        "together": together,
    }


def _try(
    known: pd.DataFrame, still: pd.DataFrame, origin: int, weeks: int, seed: int
) -> tuple[Floats, dict[float, Floats], list[Floats], list[Floats]]:
    """One origin: what came in each week, our quantiles for each `together`, and the two plain forecasts twice."""
    amounts = still["amount_minor"].to_numpy(np.float64)
    actual = _by_week(still["paid"].to_numpy(np.int64), amounts, origin, weeks)
    by_week, _, _ = chances(learn(known, origin), still, origin, weeks)
    count = int(np.clip(DRAWN_BACK // len(still), 100, SIMULATIONS_BACK))
    ours = {
        each: np.quantile(_simulate(by_week, amounts, still["customer"], each, count, seed), SHARES, axis=0)
        for each in TOGETHER
    }
    due = still["due"].to_numpy(np.int64)
    settled = known[known["paid"] <= origin]
    lag = round(float((settled["paid"] - settled["due"]).mean()))
    plain = [
        [
            np.tile(_by_week(day, amounts, origin, weeks), (3, 1))
            for day in (when, np.maximum(when, origin + 1))
        ]
        for when in (due, due + lag)
    ]
    return actual, ours, plain[0], plain[1]


def _simulate(
    by_week: Floats, amounts: Floats, customers: pd.Series[Any], together: float, count: int, seed: int
) -> Floats:
    """Simulated sums, a row a simulation and a column a week; a customer's invoices share part of their chance."""
    chance = np.random.default_rng(seed)
    who, names = pd.factorize(customers)
    weeks = by_week.shape[1]
    sums = np.zeros((count, weeks))
    bar = normal_quantiles(by_week)
    at_once = max(1, 500_000 // max(1, len(amounts)))
    for begin in range(0, count, at_once):
        rows = min(at_once, count - begin)
        draw = chance.standard_normal((rows, len(amounts)))
        if together:
            shared = chance.standard_normal((rows, len(names)))[:, who]
            draw = np.sqrt(together) * shared + np.sqrt(1.0 - together) * draw
        before = np.zeros(rows)
        for week in range(weeks):
            # Not a product of matrices: its threads cost more than they bring where others want the processor.
            until = np.where(draw < bar[:, week], amounts, 0.0).sum(axis=1)
            sums[begin : begin + rows, week] = until - before
            before = until
    return sums


def _weeks(sums: Floats, bills: pd.DataFrame, as_of: date, weeks: int) -> pd.DataFrame:
    """The table people read."""
    due = _by_week(
        bills["due"].to_numpy(np.int64), bills["amount_minor"].to_numpy(np.float64), _day(as_of), weeks
    )
    rows = []
    for week in range(weeks):
        p10, p50, p90 = _quantiles(sums[:, week])
        start = as_of + timedelta(days=7 * week + 1)
        rows.append(
            {
                "start": start,
                "end": start + timedelta(days=6),
                "p10": p10,
                "p50": p50,
                "p90": p90,
                "due": round(float(due[week])),
            }
        )
    return pd.DataFrame(rows)


def _quantiles(values: Floats) -> tuple[int, int, int]:
    p10, p50, p90 = np.quantile(values, SHARES)
    return round(float(p10)), round(float(p50)), round(float(p90))


def _by_week(day: Ints, amounts: Floats, origin: int, weeks: int) -> Floats:
    """What comes in each of the weeks after `origin` when each amount comes on its day."""
    week = (day - origin - 1) // 7
    inside = (day > origin) & (week < weeks)
    return np.bincount(week[inside], weights=amounts[inside], minlength=weeks).astype(np.float64)


def _loss(actual: Floats, quantiles: Floats) -> float:
    return float(np.mean([pinball(actual, row, share) for row, share in zip(quantiles, SHARES, strict=True)]))


def _no_better(backtest: dict[str, Any]) -> str | None:
    """The sentence when a plain forecast would have done as well."""
    if not backtest or backtest["gain"] > 0:
        return None
    plain = "due date" if backtest["due_date"] <= backtest["mean_lag"] else "due date plus the mean lag"
    return f"On {backtest['origins']} past days the forecast did no better than the {plain}"


def _refused(sentence: str, backtest: dict[str, Any]) -> Forecast:
    return Forecast(pd.DataFrame(), {}, pd.DataFrame(), None, backtest, sentence)


def _history(frame: pd.DataFrame) -> pd.DataFrame:
    """Invoices as whole days; raises Invalid."""
    known = _columns(frame, HISTORY, "history")
    paid = _dates(frame["paid"], "history")
    known["paid"] = np.where(paid.isna(), OPEN, _numbers(paid.fillna(pd.Timestamp("1970-01-01"))))
    return known[known["amount_minor"] > 0]


def _bills(frame: pd.DataFrame, today: int) -> pd.DataFrame:
    """Open invoices that are issued and ask for money; raises Invalid."""
    known = _columns(frame, INVOICES, "open invoices")
    known["invoice"] = frame["invoice"].to_numpy()
    return known[(known["amount_minor"] > 0) & (known["issued"] <= today)].reset_index(drop=True)


def _columns(frame: pd.DataFrame, names: tuple[str, ...], what: str) -> pd.DataFrame:
    """Customer, segment, issued, due (the day of issue where none is given) and amount."""
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise Invalid(f"The {what} lack the columns {', '.join(missing)}")
    issued, due = _dates(frame["issued"], what), _dates(frame["due"], what)
    if issued.isna().any():
        raise Invalid(f"The {what} have an invoice without a day of issue")
    amount = pd.to_numeric(frame["amount_minor"], errors="coerce")
    if amount.isna().any():
        raise Invalid(f"The {what} have an amount that is no number")
    return pd.DataFrame(
        {
            "customer": frame["customer"].to_numpy(),
            "segment": frame["segment"].fillna("").astype(str).to_numpy(),
            "issued": _numbers(issued),
            "due": _numbers(due.fillna(issued)),
            "amount_minor": amount.to_numpy(np.int64),
        }
    )


def _dates(column: pd.Series[Any], what: str) -> pd.Series[Any]:
    try:
        return pd.to_datetime(column, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise Invalid(f"The {what} have a day that is no date") from error


def _numbers(stamps: pd.Series[Any]) -> Ints:
    """Days since 1970."""
    return np.asarray(stamps.to_numpy().astype("datetime64[D]").astype(np.int64))


def _day(when: date) -> int:
    return when.toordinal() - date(1970, 1, 1).toordinal()
