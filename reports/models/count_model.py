"""What a count model can say once its parameters are known, and the two that answer it: BG/NBD and MBG/NBD.

Parameters are read in the unit of time of the fit.  All functions take arrays and are safe against overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from reports.models import beta_geometric
from reports.models.fitting import LogLikelihood
from reports.models.special import ArrayLike, Floats, Ints, floats, hyp2f1, logistic

NEAR_ONE = 1e-6
"""a−1 closer to zero than this is nudged: the formula divides by a−1, its limit is smooth."""


class CountModel(Protocol):
    """A model of how many purchases come."""

    @property
    def name(self) -> str:
        """As the fit keeps it."""

    @property
    def title(self) -> str:
        """As people read it."""

    @property
    def paper(self) -> str:
        """Where it was published."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of θ, in its order."""

    @property
    def time_parameters(self) -> tuple[str, ...]:
        """Those that carry the unit of time."""

    @property
    def starts(self) -> tuple[tuple[float, ...], ...]:
        """Where the search begins when the longest T is 10."""

    @property
    def most(self) -> int | None:
        """Customers above which a sample is fitted."""

    @property
    def draws(self) -> int:
        """Draws of the parameters on the hold-out."""

    def likelihood(self, x: Ints, t_x: Floats, T: Floats) -> LogLikelihood:
        """Of these customers, with its gradient."""

    def of_one(self, theta: Floats, x: float, t_x: float, T: float) -> float:
        """The log-likelihood of one customer."""

    def probability_alive(self, theta: Floats, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """The probability that a customer with this history is still one at T."""

    def expected(self, theta: Floats, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """Purchases expected in (T, T+t]."""

    def within(self, theta: Floats, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """The probability of at least one purchase in (T, T+t]."""

    def draw(
        self, theta: Floats, t: Floats, x: Floats, t_x: Floats, T: Floats, seed: np.random.Generator
    ) -> Ints:
        """One simulated count in (T, T+t] for each row; each argument has one entry a row, θ one column."""


@dataclass(frozen=True)
class BetaGeometric:
    """BG/NBD, or MBG/NBD where a customer may leave right after the first purchase."""

    name: str
    title: str
    paper: str
    may_leave_at_once: bool
    parameters: tuple[str, ...] = ("r", "alpha", "a", "b")
    time_parameters: tuple[str, ...] = ("alpha",)
    """Parameters that carry the unit of time."""
    starts: tuple[tuple[float, ...], ...] = (
        (1.0, 1.0, 1.0, 1.0),
        (0.25, 1.0, 0.8, 2.5),
        (2.0, 2.0, 0.3, 3.0),
        (0.5, 0.5, 3.0, 12.0),
    )
    """Where the search begins when the longest T is 10."""
    most: int | None = None
    """Customers above which a sample is fitted."""
    draws: int = 1_000
    """Draws of the parameters on the hold-out."""

    def likelihood(self, x: Ints, t_x: Floats, T: Floats) -> LogLikelihood:
        """Of these customers, with its gradient."""
        customers = beta_geometric.arrange(x, t_x, T)
        return lambda theta: beta_geometric.log_likelihood(
            theta, customers, may_leave_at_once=self.may_leave_at_once
        )

    def of_one(self, theta: Floats, x: float, t_x: float, T: float) -> float:
        """The log-likelihood of one customer."""
        return beta_geometric.of_one(theta, x, t_x, T, may_leave_at_once=self.may_leave_at_once)

    def probability_alive(self, theta: Floats, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """1/(1 + odds of having left); in BG/NBD 1 by construction for x = 0."""
        r, alpha, a, b = theta
        x, t_x, T = (np.asarray(each, dtype=np.float64) for each in (x, t_x, T))
        last = b + x if self.may_leave_at_once else np.where(x > 0, b + x - 1.0, 1.0)
        odds = np.log(a) - np.log(last) + (r + x) * (np.log(alpha + T) - np.log(alpha + t_x))
        alive = logistic(-odds)
        return alive if self.may_leave_at_once else floats(np.where(x > 0, alive, 1.0))

    def expected(self, theta: Floats, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """P(alive) · (a+b+x−1+m)/(a−1) · [1 − (1−z)ᵃ⁻¹ ₂F₁(a+b−1+m−r, a−1; a+b+x−1+m; z)], z = t/(α+T+t).

        This is the papers' formula after Euler's transformation of ₂F₁, which keeps every factor below 1: in its
        printed form a customer of hundreds of purchases multiplies 0 by infinity.
        """
        r, alpha, a, b = theta
        x, T, t = (np.asarray(each, dtype=np.float64) for each in (x, T, t))
        if abs(a - 1.0) < NEAR_ONE:
            a = 1.0 + NEAR_ONE
        m = 1.0 if self.may_leave_at_once else 0.0
        c = a + b - 1.0 + m
        z = t / (alpha + T + t)
        share = np.exp((a - 1.0) * np.log1p(-z)) * hyp2f1(c - r, a - 1.0, c + x, z)
        return floats(self.probability_alive(theta, x, t_x, T) * (c + x) / (a - 1.0) * (1.0 - share))

    def within(self, theta: Floats, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """P(alive) · [1 − ((α+T)/(α+T+t))ʳ⁺ˣ]: nobody leaves between purchases."""
        r, alpha = theta[0], theta[1]
        t, x, T = (np.asarray(each, dtype=np.float64) for each in (t, x, T))
        return floats(
            self.probability_alive(theta, x, t_x, T) * -np.expm1(-(r + x) * np.log1p(t / (alpha + T)))
        )

    def draw(
        self, theta: Floats, t: Floats, x: Floats, t_x: Floats, T: Floats, seed: np.random.Generator
    ) -> Ints:
        """Alive or not, then λ ~ Gamma(r+x, α+T), p ~ Beta(a, b+x−1+m) of those alive: min(Poisson, Geometric)."""
        r, alpha, a, b = theta
        alive = seed.random(len(x)) < self.probability_alive(theta, x, t_x, T)
        rate = seed.gamma(r + x) / (alpha + T)
        stays = b + x if not self.may_leave_at_once else b + x + 1.0
        leaving = np.clip(seed.beta(a, stays, size=len(x)), 1e-12, 1.0)
        bought = np.minimum(seed.poisson(rate * t), seed.geometric(leaving))
        return np.where(alive, bought, 0)


BG_NBD = BetaGeometric(
    name="bg_nbd",
    title="BG/NBD",
    paper="Fader, Hardie & Lee 2005, Counting your customers the easy way, Marketing Science 24(2)",
    may_leave_at_once=False,
)
MBG_NBD = BetaGeometric(
    name="mbg_nbd",
    title="MBG/NBD",
    paper="Batislam, Denizel & Filiztekin 2007, International Journal of Research in Marketing 24(3)",
    may_leave_at_once=True,
)
