"""How often a customer orders when there is little to go by: its own rate, shrunk to its segment's (Gamma-Poisson).

Few, rare jobs carry no more than this: within a segment rates are Gamma(r, α), a customer's count is Poisson, so its
rate is (r + count)/(α + exposure) with a gamma interval (Ehrenberg 1959).  No word about leaving: that needs a history.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from admin_app.kernel.errors import Invalid
from reports.models import refusals
from reports.models.fitting import maximise
from reports.models.intervals import check_level
from reports.models.special import Floats, digamma, log_gamma

SEGMENT = 20
"""Customers below which a segment borrows everybody's r and α."""
DRAWS = 1_000
SEED = 20_260_101
COLUMNS = ("customer", "segment", "count", "exposure")


def shrunk_rates(frame: pd.DataFrame, *, level: float = 0.95, seed: int = SEED) -> pd.DataFrame:
    """The rate of each customer per unit of exposure: customer, segment, raw, rate, low, high, borrowed.

    `frame` has customer, segment, count (events) and exposure (time, above 0).  `borrowed` is true where the segment
    was too small or too even to have its own distribution.  Bounds hold both the customer's chance and what is not
    known of r and α.  Raises Invalid for columns or numbers that are wrong; fewer than two customers, or no event at
    all, give no rows.
    """
    check_level(level)
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise Invalid(f"The counts lack the columns {', '.join(missing)}")
    count, exposure = (
        pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64) for name in COLUMNS[2:]
    )
    if (
        not (np.isfinite(count).all() and np.isfinite(exposure).all())
        or (count < 0).any()
        or (exposure <= 0).any()
    ):
        raise Invalid("A count is 0 or more, and an exposure above 0")
    table = pd.DataFrame(
        {
            "customer": frame["customer"].to_numpy(),
            "segment": frame["segment"].to_numpy(),
            "raw": count / exposure,
        }
    ).assign(rate=0.0, low=0.0, high=0.0, borrowed=False)
    if len(frame) < 2 or count.sum() == 0:
        return table.head(0)
    chance = np.random.default_rng(seed)
    everybody = _gamma(count, exposure) or _even(count, exposure)
    code, _ = pd.factorize(frame["segment"], use_na_sentinel=False)
    for segment in np.unique(code):
        here = np.flatnonzero(code == segment)
        own = _gamma(count[here], exposure[here]) if len(here) >= SEGMENT else None
        prior = own or everybody
        table.loc[here, "rate"] = (prior.r + count[here]) / (prior.alpha + exposure[here])
        low, high = prior.bounds(count[here], exposure[here], level, chance)
        table.loc[here, "low"], table.loc[here, "high"] = low, high
        table.loc[here, "borrowed"] = own is None
    return table


@dataclass(frozen=True)
class _Prior:
    """How rates are spread, and draws of what r and α may be as well."""

    r: float
    alpha: float
    draws: Floats

    def bounds(
        self, count: Floats, exposure: Floats, level: float, chance: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Quantiles of rates simulated over the draws, a thousand customers at a time."""
        low, high = np.empty_like(count), np.empty_like(count)
        tails = [(1 - level) / 2, (1 + level) / 2]
        for begin in range(0, len(count), 1000):
            here = slice(begin, begin + 1000)
            shape = self.draws[:, :1] + count[here]
            rates = chance.gamma(shape) / (self.draws[:, 1:] + exposure[here])
            low[here], high[here] = np.quantile(rates, tails, axis=0)
        return low, high


def _gamma(count: Floats, exposure: Floats) -> _Prior | None:
    """r and α by maximum likelihood; None where customers differ no more than chance lets them."""
    if count.sum() == 0:
        return None
    scale = float(exposure.max()) / 10.0
    time = exposure / scale

    def log_likelihood(theta: Floats) -> tuple[float, Floats]:
        r, alpha = theta
        whole = np.log(alpha + time)
        value = log_gamma(r + count) - log_gamma(r) + r * np.log(alpha) - (r + count) * whole
        by_r = digamma(r + count) - digamma(r) + np.log(alpha) - whole
        return float(value.sum()), np.array([by_r.sum(), np.sum(r / alpha - (r + count) / (alpha + time))])

    mean = float(count.sum() / time.sum())
    best = maximise(
        log_likelihood, [(1.0, 1.0 / mean), (5.0, 5.0 / mean), (0.2, 0.2 / mean)], rows=len(count)
    )
    if refusals.ran_away(("r", "alpha"), best.theta, best.condition):
        return None
    unit = np.array([1.0, scale])
    logs = np.random.default_rng(SEED).multivariate_normal(
        np.log(best.theta), best.covariance, size=DRAWS, method="eigh"
    )
    r, alpha = best.theta * unit
    return _Prior(float(r), float(alpha), np.exp(logs) * unit)


def _even(count: Floats, exposure: Floats) -> _Prior:
    """Everybody alike: all the events of all customers are each one's prior."""
    r, alpha = float(count.sum()), float(exposure.sum())
    return _Prior(r, alpha, np.tile([r, alpha], (DRAWS, 1)))
