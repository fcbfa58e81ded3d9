"""Maximum likelihood for positive parameters: log scale, several starts, analytic gradient, then the Hessian.

The log scale keeps parameters positive and makes standard errors of wide parameters usable; the Hessian is taken by
central differences of the analytic gradient, which also serves for the last Newton steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reports.models.special import Floats, floats, minimise

BOUND = 14.0
"""|ln θ| beyond which no search goes; what ends beyond `AT_BOUND` is refused."""
STEP = 1e-4
"""Of the central differences, on the log scale: error about STEP² = 1e-8 of a second derivative."""

LogLikelihood = Callable[[Floats], tuple[float, Floats]]
"""θ (natural scale) → log-likelihood, gradient by θ."""


@dataclass(frozen=True)
class Optimum:
    """Where the likelihood is highest: parameters (natural scale), covariance of their logarithms, condition."""

    theta: Floats
    log_likelihood: float
    covariance: Floats
    condition: float
    """Largest over smallest eigenvalue of the Hessian on the log scale; inf when it is no maximum."""

    @property
    def standard_errors(self) -> Floats:
        """Of the parameters on their natural scale, by the delta method."""
        return self.theta * np.sqrt(np.clip(np.diag(self.covariance), 0, None))


def maximise(
    log_likelihood: LogLikelihood,
    starts: Sequence[Sequence[float] | Floats],
    *,
    rows: int,
    rough: LogLikelihood | None = None,
) -> Optimum:
    """The best optimum over `starts` (natural scale) of a likelihood of `rows` customers.

    `rough` is the same likelihood of a sample: the starts compete on it, and only the winner is polished on all rows.
    """
    race = rough or log_likelihood
    found = [minimise(_mean_on_log_scale(race, rows), np.log(start), BOUND) for start in starts]
    best = min(found, key=lambda each: each[1])[0]
    if rough is not None:
        best, _ = minimise(_mean_on_log_scale(log_likelihood, rows), best, BOUND)
    return _polished(log_likelihood, best, rows)


def _mean_on_log_scale(log_likelihood: LogLikelihood, rows: int) -> Callable[[Floats], tuple[float, Floats]]:
    """What is minimised: −LL/rows by u = ln θ; a place where it overflows is as bad as can be."""

    def objective(u: Floats) -> tuple[float, Floats]:
        theta = np.exp(u)
        value, gradient = log_likelihood(theta)
        if not np.isfinite(value) or not np.isfinite(gradient).all():
            return 1e10, np.zeros_like(u)
        return -value / rows, -gradient * theta / rows

    return objective


def _polished(log_likelihood: LogLikelihood, u: Floats, rows: int) -> Optimum:
    """At most three Newton steps from `u`, and the curvature at the end."""
    objective = _mean_on_log_scale(log_likelihood, rows)
    value, gradient = objective(u)
    hessian = _hessian(objective, u)
    for _ in range(3):
        if np.abs(gradient).max() < 1e-10 or not _is_positive(hessian):
            break
        step = np.linalg.solve(hessian, gradient)
        if np.abs(step).max() > 0.5 or np.abs(u - step).max() > BOUND:
            break
        better, slope = objective(u - step)
        if better > value + 1e-13 * abs(value):
            break
        u, value, gradient = u - step, better, slope
        if np.abs(step).max() < 1e-6:
            break
        hessian = _hessian(objective, u)
    total = -log_likelihood(np.exp(u))[0]
    if not _is_positive(hessian):
        return Optimum(np.exp(u), -total, floats(np.full_like(hessian, np.nan)), float("inf"))
    condition = float(np.linalg.cond(hessian))
    return Optimum(np.exp(u), -total, floats(np.linalg.inv(hessian * rows)), condition)


def _hessian(objective: Callable[[Floats], tuple[float, Floats]], u: Floats) -> Floats:
    """Symmetric central differences of the gradient."""
    columns = []
    for place in range(len(u)):
        nudge = np.zeros_like(u)
        nudge[place] = STEP
        columns.append((objective(u + nudge)[1] - objective(u - nudge)[1]) / (2 * STEP))
    hessian = np.array(columns)
    return np.asarray((hessian + hessian.T) / 2)


def _is_positive(hessian: Floats) -> bool:
    """Whether it is a true minimum: every eigenvalue above zero."""
    return bool(np.isfinite(hessian).all() and np.linalg.eigvalsh(hessian).min() > 0)
