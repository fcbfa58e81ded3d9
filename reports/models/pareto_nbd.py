"""Pareto/NBD: customers may leave at any moment, not only after a purchase (Schmittlein, Morrison & Colombo 1987).

Rates are λ ~ Gamma(r, α) and lifetimes exponential with μ ~ Gamma(s, β).  Likelihood as in Fader & Hardie's note of
2005, kept on the log scale and relative to (α+T)⁻ʳ⁻ˣ(β+T)⁻ˢ.  The derivatives of ₂F₁ by its parameters have no closed
form, so the gradient is by central differences, and more than 50,000 customers are fitted on a sample of that size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.models.fitting import LogLikelihood
from reports.models.special import ArrayLike, Floats, Ints, floats, hyp2f1, log_gamma, logistic

NUDGE = 1e-5
"""Of the central differences, on the log scale."""
NEAR_ONE = 1e-9
"""s closer to 1 than this is nudged: the formula divides by s−1, its limit is smooth."""


@dataclass(frozen=True)
class ParetoNbd:
    """The model; times in the unit of the fit."""

    name: str = "pareto_nbd"
    title: str = "Pareto/NBD"
    paper: str = "Schmittlein, Morrison & Colombo 1987, Counting your customers, Management Science 33(1)"
    parameters: tuple[str, ...] = ("r", "alpha", "s", "beta")
    time_parameters: tuple[str, ...] = ("alpha", "beta")
    starts: tuple[tuple[float, ...], ...] = ((0.5, 2.0, 0.5, 2.0), (1.0, 1.0, 1.0, 5.0))
    most: int | None = 50_000
    draws: int = 200
    """Draws of the parameters on the hold-out; each costs two ₂F₁ a customer."""

    def likelihood(self, x: Ints, t_x: Floats, T: Floats) -> LogLikelihood:
        """Of these customers, with its gradient; like histories are counted once."""
        rows, weight = np.unique(np.column_stack([x, t_x, T]), axis=0, return_counts=True)
        x_, t_x_, T_ = rows.T
        count = weight.astype(np.float64)

        def value(theta: Floats) -> float:
            return float(np.sum(count * _each(theta, x_, t_x_, T_)))

        def value_and_gradient(theta: Floats) -> tuple[float, Floats]:
            up, down = 1.0 + NUDGE, 1.0 / (1.0 + NUDGE)
            slopes = []
            for place in range(len(theta)):
                more, less = theta.copy(), theta.copy()
                more[place] *= up
                less[place] *= down
                slopes.append((value(more) - value(less)) / (2 * np.log(up) * theta[place]))
            return value(theta), np.array(slopes)

        return value_and_gradient

    def of_one(self, theta: Floats, x: float, t_x: float, T: float) -> float:
        """The log-likelihood of one customer."""
        return float(_each(theta, *(np.array([float(each)]) for each in (x, t_x, T)))[0])

    def probability_alive(self, theta: Floats, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """1/(1 + odds of having left)."""
        x, t_x, T = (np.asarray(each, dtype=np.float64) for each in (x, t_x, T))
        return logistic(-_log_odds(theta, x, t_x, T))

    def expected(self, theta: Floats, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """P(alive) · (r+x)(β+T)/((α+T)(s−1)) · [1 − ((β+T)/(β+T+t))ˢ⁻¹]."""
        r, alpha, s, beta = theta
        x, T, t = (np.asarray(each, dtype=np.float64) for each in (x, T, t))
        power = s - 1.0 if abs(s - 1.0) > NEAR_ONE else NEAR_ONE
        span = -np.expm1(-power * np.log1p(t / (beta + T))) / power
        return floats(self.probability_alive(theta, x, t_x, T) * (r + x) / (alpha + T) * (beta + T) * span)

    def within(self, theta: Floats, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """1 − L(x, t_x, T+t)/L(x, t_x, T): one minus how likely the silence up to T goes on until T+t."""
        t, x, t_x, T = (np.asarray(each, dtype=np.float64) for each in (t, x, t_x, T))
        return floats(-np.expm1(np.minimum(_each(theta, x, t_x, T + t) - _each(theta, x, t_x, T), 0.0)))

    def draw(
        self, theta: Floats, t: Floats, x: Floats, t_x: Floats, T: Floats, seed: np.random.Generator
    ) -> Ints:
        """Alive or not, then λ ~ Gamma(r+x, α+T), μ ~ Gamma(s, β+T) of those alive: Poisson until the end or t."""
        r, alpha, s, beta = theta
        alive = seed.random(len(x)) < self.probability_alive(theta, x, t_x, T)
        rate = seed.gamma(r + x) / (alpha + T)
        leaving = np.maximum(seed.gamma(s, size=len(x)) / (beta + T), 1e-300)
        left = np.minimum(t, seed.standard_exponential(len(x)) / leaving)
        return np.where(alive, seed.poisson(rate * left), 0)


PARETO_NBD = ParetoNbd()


def _each(theta: Floats, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """The log-likelihood of each customer."""
    r, alpha, s, beta = theta
    quiet = log_gamma(r + x) - log_gamma(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
    return floats(
        quiet + s * (np.log(beta) - np.log(beta + T)) + np.logaddexp(0.0, _log_odds(theta, x, t_x, T))
    )


def _log_odds(theta: Floats, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """ln of s/(r+s+x) · A₀ · (α+T)ʳ⁺ˣ(β+T)ˢ; A₀ is a difference of two ₂F₁, whose larger one is taken out."""
    r, alpha, s, beta = theta
    whole = r + s + x
    big, far = np.maximum(alpha, beta), np.abs(alpha - beta)
    second = np.where(alpha >= beta, s + 1.0, r + x)

    def term(time: Floats) -> Floats:
        return floats(
            np.log(hyp2f1(whole, second, whole + 1.0, far / (big + time))) - whole * np.log(big + time)
        )

    early, late = term(t_x), term(T)
    with np.errstate(divide="ignore"):
        gap = np.log(-np.expm1(np.minimum(late - early, 0.0)))
    share = np.log(s) - np.log(whole) + (r + x) * np.log(alpha + T) + s * np.log(beta + T)
    return floats(share + early + gap)
