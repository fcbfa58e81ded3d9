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

Objective = Callable[[Floats], tuple[float, Floats]]
"""ln θ → what is minimised, its gradient."""


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

    `rough` is the same likelihood of a sample: the starts compete on it, and the winner goes on with all rows by Newton
    steps that borrow the sample's curvature, so that a million rows are read some fifteen times.
    """
    race = _mean_on_log_scale(rough or log_likelihood, rows)
    found = [minimise(race, np.log(start), BOUND) for start in starts]
    best = min(found, key=lambda each: each[1])[0]
    whole = _mean_on_log_scale(log_likelihood, rows)
    if rough is not None:
        here = whole(best)
        # Both are divided by the same `rows`, so the curvature of the sample is that much too small.
        curvature = _hessian(race, best) * (here[0] / race(best)[0])
        near = _newton(whole, best, here, curvature, near_enough=1e-5)
        best = near if near is not None else minimise(whole, best, BOUND)[0]
    return _measured(whole, best, rows)


def highest(
    log_likelihood: LogLikelihood,
    start: Sequence[float] | Floats,
    *,
    rows: int,
    rough: LogLikelihood | None = None,
) -> float:
    """The highest log-likelihood found from `start`, when only the value is asked for; `rough` as above."""
    u = np.log(start)
    if rough is not None:
        u, _ = minimise(_mean_on_log_scale(rough, rows), u, BOUND)
    return -minimise(_mean_on_log_scale(log_likelihood, rows), u, BOUND)[1] * rows


def _mean_on_log_scale(log_likelihood: LogLikelihood, rows: int) -> Objective:
    """What is minimised: −LL/rows by u = ln θ; a place where it overflows is as bad as can be."""

    def objective(u: Floats) -> tuple[float, Floats]:
        theta = np.exp(u)
        value, gradient = log_likelihood(theta)
        if not np.isfinite(value) or not np.isfinite(gradient).all():
            return 1e10, np.zeros_like(u)
        return -value / rows, -gradient * theta / rows

    return objective


def _newton(
    objective: Objective, u: Floats, here: tuple[float, Floats], hessian: Floats, *, near_enough: float
) -> Floats | None:
    """From `u`, where the objective is `here`, downhill with one fixed curvature; None when that leads nowhere."""
    if not _is_positive(hessian):
        return None
    value, gradient = here
    for _ in range(12):
        step = np.linalg.solve(hessian, gradient)
        if np.abs(step).max() > 1.0 or np.abs(u - step).max() > BOUND:
            return None
        if np.abs(step).max() < near_enough:
            return floats(u - step)
        better, gradient = objective(u - step)
        if better > value + 1e-12 * abs(value):
            return None
        u, value = u - step, better
    return u


def _measured(objective: Objective, u: Floats, rows: int) -> Optimum:
    """The optimum at `u` with its curvature, after a last step where the curvature allows one."""
    hessian = _hessian(objective, u)
    better = _newton(objective, u, objective(u), hessian, near_enough=1e-6)
    if better is not None:
        if np.abs(better - u).max() > 1e-4:
            hessian = _hessian(objective, better)
        u = better
    value = -objective(u)[0] * rows
    if not _is_positive(hessian):
        return Optimum(np.exp(u), value, floats(np.full_like(hessian, np.nan)), float("inf"))
    return Optimum(np.exp(u), value, floats(np.linalg.inv(hessian * rows)), float(np.linalg.cond(hessian)))


def _hessian(objective: Objective, u: Floats) -> Floats:
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
