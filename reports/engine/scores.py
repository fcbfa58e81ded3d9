"""What the models say about each customer: alive, purchases and spend within a year with interval, next purchase [131].

Alive and purchases are MBG/NBD's, spend Gamma-Gamma's on top of it.  Both are fitted to all customers of a currency;
one that the data do not carry is refused, and its sentence stands in place of numbers.  Where the count model is
refused a customer's own rate, shrunk to that of its kind, still tells what a year brings: it knows no leaving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from admin_app.models import CustomerGroup
from reports.engine.desk import Desk
from reports.engine.fits import Modelled, fitted
from reports.engine.purchases import BASES, Purchases, purchases
from reports.models import (
    Fit,
    Summary,
    expected_purchases,
    expected_value,
    next_purchase,
    probability_alive,
    shrunk_rates,
)
from reports.models.estimate import COUNT_MODELS
from reports.models.rates import SEGMENT
from reports.models.special import Floats

YEAR = 365 / 7
"""Weeks within which purchases and spend are told."""
LEVEL = (0.025, 0.975)
SEED = 20_260_101
DRAWS = 1_000
FEWER_DRAWS = 200
MANY = 20_000
"""Customers from which fewer draws do: the night is short and a bound of one customer is no figure of the books."""
AT_ONCE = 400_000
LONGEST = timedelta(days=3650)
"""A next purchase later than this is none."""


@dataclass(frozen=True)
class Score:
    """One customer in one currency; amounts in minor units, the interval is the 95 % one.

    Without a count model `alive` is None; without a value model `value` is; `refused` says why.
    """

    group_id: int
    alive: float | None = None
    purchases: float | None = None
    purchases_low: float | None = None
    purchases_high: float | None = None
    value: int | None = None
    value_low: int | None = None
    value_high: int | None = None
    next_on: date | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Scored:
    """The scores of one currency on a day, and the models on which they stand."""

    as_of: date
    currency: str
    basis: str
    models: tuple[Modelled, ...]
    scores: tuple[Score, ...]


def score_books(desk: Desk, *, basis: str = BASES[0]) -> Iterator[Scored]:
    """Every customer with a purchase, as of today, a currency after the other.

    Raises NotAllowed for whoever may not explore the figures.
    """
    whole = purchases(desk, basis=basis)
    there = [whole.currency] if whole.refused is None else whole.currencies
    for currency in there:
        bought = whole if whole.refused is None else purchases(desk, basis=basis, currency=currency)
        yield score(desk, bought, desk.clock.today())


def score(desk: Desk, bought: Purchases, as_of: date) -> Scored:
    """The scores of the customers of one currency."""
    count, value = (fitted(name, bought, as_of) for name in ("mbg_nbd", "gamma_gamma"))
    summary = count.summary
    assert summary is not None and count.fit is not None and value.fit is not None
    refused = count.refused
    found = _rates(desk, summary, refused) if refused else _scores(count.fit, value.fit, summary)
    return Scored(as_of, bought.currency, bought.basis, (count, value), tuple(found))


def _scores(count: Fit, value: Fit, summary: Summary) -> list[Score]:
    """Both models where both may be used; spend is left out where the value model is refused."""
    x, t_x, T = summary.x, summary.t_x, summary.T
    alive = probability_alive(count, x, t_x, T)
    expected = expected_purchases(count, YEAR, x, t_x, T)
    following = next_purchase(count, x, t_x, T)
    worth = expected_value(value, x, summary.z) if value.refused is None else None
    low, high, least, most = _simulated(count, value if value.refused is None else None, summary)
    unit = summary.minor_per_unit
    return [
        Score(
            group_id=int(summary.customer[place]),
            alive=float(alive[place]),
            purchases=float(expected[place]),
            purchases_low=float(low[place]),
            purchases_high=float(high[place]),
            value=None if worth is None else round(float(worth[place] * expected[place]) * unit),
            value_low=None if least is None else round(float(least[place]) * unit),
            value_high=None if most is None else round(float(most[place]) * unit),
            next_on=_day(summary.until, following[place]),
            refused=value.refused,
        )
        for place in range(summary.customers)
    ]


def _simulated(
    count: Fit, value: Fit | None, summary: Summary
) -> tuple[Floats, Floats, Floats | None, Floats | None]:
    """Bounds of each customer's purchases and spend within a year: drawn parameters, a drawn year for each.

    The bounds of spend are left out where q ≤ 2, for then its variance is infinite.
    """
    chance = np.random.default_rng(SEED)
    draws = DRAWS if summary.customers <= MANY else FEWER_DRAWS
    model, theta = COUNT_MODELS[count.model], count.draws(draws, chance)
    spends = value is not None and value.theta[1] > 2
    paid = value.draws(draws, chance) if value is not None and spends else None
    bounds = np.empty((4, summary.customers))
    at_once = max(1, AT_ONCE // draws)
    for begin in range(0, summary.customers, at_once):
        here = slice(begin, begin + at_once)
        x, t_x, T, z = (
            np.repeat(np.asarray(each[here], dtype=np.float64), draws)
            for each in (summary.x, summary.t_x, summary.T, np.nan_to_num(summary.z))
        )
        rows = len(x) // draws
        came = model.draw(np.tile(theta.T, rows), np.full(len(x), YEAR), x, t_x, T, chance)
        bounds[:2, here] = np.quantile(came.reshape(rows, draws), LEVEL, axis=1, method="inverted_cdf")
        if paid is not None:
            p, q, gamma = np.tile(paid.T, rows)
            rate = chance.gamma(p * x + q) / (gamma + x * z)
            spent = np.where(came > 0, chance.gamma(np.maximum(p * came, 1e-9)) / rate, 0.0)
            bounds[2:, here] = np.quantile(spent.reshape(rows, draws), LEVEL, axis=1)
    if paid is None:
        return bounds[0], bounds[1], None, None
    return bounds[0], bounds[1], bounds[2], bounds[3]


def _rates(desk: Desk, summary: Summary, refused: str) -> list[Score]:
    """Own rates shrunk to those of the kind of customer; the reason alone where there is too little even for that."""
    silent = [Score(int(customer), refused=refused) for customer in summary.customer]
    watched = summary.T > 0
    if int(watched.sum()) < SEGMENT or summary.repeaters < SEGMENT:
        return silent
    found = desk.session.execute(select(CustomerGroup.id, CustomerGroup.kind))
    kinds = {int(group_id): str(kind) for group_id, kind in found}
    frame = pd.DataFrame(
        {
            "customer": summary.customer[watched],
            "segment": [kinds.get(int(one), "") for one in summary.customer[watched]],
            "count": summary.x[watched],
            "exposure": summary.T[watched],
        }
    )
    told: dict[int, Any] = {row["customer"]: row for row in shrunk_rates(frame).to_dict("records")}
    chance = np.random.default_rng(SEED)
    return [
        _of_rate(one, told[one.group_id], summary.until, chance) if one.group_id in told else one
        for one in silent
    ]


def _of_rate(bare: Score, row: Mapping[str, Any], until: date, chance: np.random.Generator) -> Score:
    """Purchases of a year at a rate that is known within its bounds; the next comes as Poisson lets it."""
    rate = float(row["rate"])
    spread = max((row["high"] - row["low"]) / 3.92, 1e-9)
    shape = (rate / spread) ** 2
    scale = rate / shape
    years = chance.poisson(chance.gamma(shape, scale, DRAWS) * YEAR)
    low, high = np.quantile(years, LEVEL, method="inverted_cdf")
    half = (0.5 ** (-1.0 / shape) - 1.0) / scale
    return Score(
        bare.group_id,
        purchases=rate * YEAR,
        purchases_low=float(low),
        purchases_high=float(high),
        next_on=_day(until, half),
        refused=bare.refused,
    )


def _day(until: date, weeks: float) -> date | None:
    """The day so many weeks later; None for none, or beyond ten years."""
    if not np.isfinite(weeks) or weeks * 7 > LONGEST.days:
        return None
    return until + timedelta(days=int(np.ceil(weeks * 7)))
