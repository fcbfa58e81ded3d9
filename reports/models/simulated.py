"""Customers whose truth is known: what a fit must find again.  For tests and for `sawhorse bench`.

Purchases come as a Poisson process of rate λ ~ Gamma(r, α); after each repeat purchase the customer leaves with
p ~ Beta(a, b) (BG/NBD), and with `may_leave_at_once` right after the first one too (MBG/NBD).  Times in weeks.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from reports.models.special import Floats, Ints
from reports.models.summary import Summary

UNTIL = date(2025, 12, 31)
START_DAYS = np.datetime64("2025-12-31", "D").astype(np.int64)


def counts(
    customers: int,
    params: dict[str, float],
    chance: np.random.Generator,
    *,
    shortest: float,
    longest: float,
    may_leave_at_once: bool = False,
) -> tuple[Ints, Floats, Floats]:
    """x, t_x, T of each customer without drawing every purchase: the last of n arrivals is a beta variable."""
    T = chance.uniform(shortest, longest, customers)
    arrivals = chance.poisson(chance.gamma(params["r"], 1 / params["alpha"], customers) * T)
    p = np.clip(chance.beta(params["a"], params["b"], customers), 1e-12, 1.0)
    stays = chance.geometric(p) - (1 if may_leave_at_once else 0)
    x = np.minimum(arrivals, stays).astype(np.int64)
    last = chance.beta(np.maximum(x, 1), np.maximum(arrivals - x, 0) + 1)
    return x, np.where(x > 0, last * T, 0.0), T


def summary_of(x: Ints, t_x: Floats, T: Floats, z: Floats | None = None) -> Summary:
    """These customers as a summary in weeks, in continuous time."""
    came_back = x > 0
    gaps = t_x[came_back] / x[came_back]
    return Summary(
        customer=np.arange(len(x)),
        x=x,
        t_x=t_x,
        T=T,
        z=np.full(len(x), np.nan) if z is None else z,
        start=UNTIL - timedelta(weeks=float(T.max())) if len(T) else None,
        until=UNTIL,
        unit="week",
        median_gap=float(np.median(gaps)) if len(gaps) else float("nan"),
        keep_zero_days=False,
        minor_per_unit=100,
        left_out={},
    )


def purchases(
    customers: int,
    params: dict[str, float],
    chance: np.random.Generator,
    *,
    shortest: float,
    longest: float,
    amount_minor: int = 10_000,
    beyond: float = 0.0,
) -> pd.DataFrame:
    """Every purchase of such customers cut to days, up to `beyond` weeks after `UNTIL`: customer, day, amount_minor."""
    T = chance.uniform(shortest, longest, customers) + beyond
    arrivals = chance.poisson(chance.gamma(params["r"], 1 / params["alpha"], customers) * T)
    p = np.clip(chance.beta(params["a"], params["b"], customers), 1e-12, 1.0)
    bought = np.minimum(arrivals, chance.geometric(p))
    who = np.repeat(np.arange(customers), arrivals)
    when = chance.random(len(who)) * T[who]
    order = np.lexsort((when, who))
    first_row = np.cumsum(arrivals) - arrivals
    rank = np.arange(len(who)) - first_row[who]
    kept = rank < bought[who]
    who, when = who[kept], when[order][kept]
    customer = np.r_[np.arange(customers), who]
    age = np.r_[T, T[who] - when]
    # The end of the calibration is the end of its last day.
    day = np.floor(START_DAYS + 1 - (age - beyond) * 7).astype(np.int64)
    return pd.DataFrame(
        {
            "customer": customer,
            "day": day.astype("datetime64[D]").astype("datetime64[s]"),
            "amount_minor": amount_minor,
        }
    )
