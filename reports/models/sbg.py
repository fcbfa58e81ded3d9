"""sBG: how long customers of a plan stay, when each renewal is a coin with its own bias (Fader & Hardie 2007).

For contracts, where leaving is seen: churn probability θ ~ Beta(α, β), so retention rises with tenure although nobody
gets more loyal – the likely leavers have left.  Input is what is left of a cohort after each period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from admin_app.kernel.errors import Invalid, Unmet
from reports.models import refusals
from reports.models.fitting import maximise
from reports.models.special import ArrayLike, Floats, digamma, floats, log_beta

PAPER = "Fader & Hardie 2007, How to project customer retention, Journal of Interactive Marketing 21(1)"
PERIODS = 3
"""Renewals below which a curve of two parameters is a guess."""


@dataclass(frozen=True)
class Retention:
    """A fitted cohort."""

    alpha: float
    beta: float
    standard_errors: tuple[float, float]
    log_likelihood: float
    customers: float
    periods: int
    refused: str | None

    def surviving(self, period: ArrayLike) -> Floats:
        """Share still a customer after `period` renewals: B(α, β+t)/B(α, β).  Unmet when the fit is refused."""
        self._usable()
        t = np.asarray(period, dtype=np.float64)
        return floats(np.exp(log_beta(self.alpha, self.beta + t) - log_beta(self.alpha, self.beta)))

    def retention(self, period: ArrayLike) -> Floats:
        """Share of those left after period t−1 who stay in period t: (β+t−1)/(α+β+t−1).  Unmet when refused."""
        self._usable()
        t = np.asarray(period, dtype=np.float64)
        return floats((self.beta + t - 1) / (self.alpha + self.beta + t - 1))

    def _usable(self) -> None:
        if self.refused is not None:
            raise Unmet(self.refused)


def fit_retention(left: ArrayLike) -> Retention:
    """Fit a cohort from the numbers of customers left after 0, 1, 2 … periods; raises Invalid when they rise.

    Too few customers or periods give a Retention with `refused`.
    """
    n = np.asarray(left, dtype=np.float64).ravel()
    if not len(n) or not np.isfinite(n).all() or (n < 0).any() or (np.diff(n) > 0).any():
        raise Invalid("What is left of a cohort is a list of numbers that never rise")
    periods = len(n) - 1
    reason = None
    if n[0] < refusals.CUSTOMERS:
        reason = f"Not enough data: a cohort of {n[0]:,.0f}, at least {refusals.CUSTOMERS} are needed"
    elif periods < PERIODS:
        reason = f"Not enough data: {periods} periods are known, at least {PERIODS} are needed"
    elif n[0] - n[-1] < refusals.REPEATERS:
        reason = f"Not enough data: {n[0] - n[-1]:,.0f} have left, at least {refusals.REPEATERS} are needed"
    if reason:
        return Retention(
            float("nan"), float("nan"), (float("nan"),) * 2, float("nan"), float(n[0]), periods, reason
        )
    lost, stayed = -np.diff(n), float(n[-1])
    t = np.arange(1, periods + 1, dtype=np.float64)

    def log_likelihood(theta: Floats) -> tuple[float, Floats]:
        """P(leaves in t) = B(α+1, β+t−1)/B(α, β), P(still there) = B(α, β+T)/B(α, β)."""
        a, b = theta
        value = float(lost @ log_beta(a + 1, b + t - 1)) + stayed * float(log_beta(a, b + periods))
        value -= n[0] * float(log_beta(a, b))
        whole, start = digamma(a + b + t), digamma(a + b)
        end = digamma(a + b + periods)
        by_a = lost @ (digamma(a + 1) - whole) + stayed * (digamma(a) - end) - n[0] * (digamma(a) - start)
        by_b = lost @ (digamma(b + t - 1) - whole) + stayed * (digamma(b + periods) - end)
        by_b -= n[0] * (digamma(b) - start)
        return value, np.array([float(by_a), float(by_b)])

    best = maximise(log_likelihood, [(1.0, 1.0), (0.5, 4.0), (5.0, 20.0)], rows=int(n[0]))
    errors = best.standard_errors
    return Retention(
        alpha=float(best.theta[0]),
        beta=float(best.theta[1]),
        standard_errors=(float(errors[0]), float(errors[1])),
        log_likelihood=float(best.log_likelihood),
        customers=float(n[0]),
        periods=periods,
        refused=refusals.ran_away(("alpha", "beta"), best.theta, best.condition),
    )
