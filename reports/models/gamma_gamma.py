"""Gamma-Gamma: what a purchase of a customer is worth, shrunk to what purchases are worth in general.

Fader & Hardie, note 025 (2013), after Colombo & Jiang 1999.  A purchase is Gamma(p, ν) with ν ~ Gamma(q, γ), and has
nothing to do with how often the customer buys – which is why the correlation of x and z̄ is shown beside it.
Fitted on customers with x > 0 whose mean repeat purchase z̄ is above zero.  Amounts in currency units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.models.special import ArrayLike, Floats, Ints, digamma, floats, gamma_quantile, log_gamma

NAME = "gamma_gamma"
TITLE = "Gamma-Gamma"
PAPER = "Fader & Hardie 2013, The gamma-gamma model of monetary value, note 025"
PARAMETERS = ("p", "q", "gamma")
BLOCK = 4096


@dataclass(frozen=True)
class Spending:
    """Customers arranged for the likelihood: a table of distinct x, and for each customer its place there."""

    xs: Floats
    xs_count: Floats
    place: Ints
    spent: Floats
    """x·z̄, in the fit's own scale."""
    log_z: Floats


def arrange(x: Ints, z: Floats) -> Spending:
    """Give each distinct x its place."""
    xs, place, count = np.unique(x, return_inverse=True, return_counts=True)
    return Spending(
        xs=xs.astype(np.float64),
        xs_count=count.astype(np.float64),
        place=place.astype(np.int64),
        spent=x * z,
        log_z=np.log(z),
    )


def log_likelihood(theta: Floats, spending: Spending) -> tuple[float, Floats]:
    """Of all customers at θ = (p, q, γ), and its gradient."""
    p, q, gamma = theta
    x, count = spending.xs, spending.xs_count
    px = p * x
    value = float(
        count @ (log_gamma(px + q) - log_gamma(px) - log_gamma(q) + q * np.log(gamma) + px * np.log(x))
    )
    both = digamma(px + q)
    gradient = np.array(
        [
            count @ (x * (both - digamma(px) + np.log(x))),
            count @ (both - digamma(q) + np.log(gamma)),
            count.sum() * q / gamma,
        ]
    )
    for begin in range(0, len(spending.place), BLOCK):
        here = slice(begin, begin + BLOCK)
        times = x[spending.place[here]]
        shape = p * times + q
        whole = gamma + spending.spent[here]
        log_whole = np.log(whole)
        log_z = spending.log_z[here]
        value += float((p * times - 1.0) @ log_z - shape @ log_whole)
        gradient[0] += float(times @ (log_z - log_whole))
        gradient[1] -= float(log_whole.sum())
        gradient[2] -= float(shape @ (1.0 / whole))
    return value, gradient


def expected_value(theta: Floats, x: ArrayLike, z: ArrayLike) -> Floats:
    """The mean purchase expected of a customer with x repeat purchases of mean z̄ (any z̄ where x = 0)."""
    p, q, gamma = theta
    x, z = np.asarray(x, dtype=np.float64), np.asarray(z, dtype=np.float64)
    spent = np.where(x > 0, x * np.where(x > 0, z, 0.0), 0.0)
    return floats(p * (gamma + spent) / (p * x + q - 1.0))


def interval_of_value(theta: Floats, x: ArrayLike, z: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Where the customer's own mean purchase p/ν lies with probability `level`: ν ~ Gamma(px+q, γ+x·z̄)."""
    p, q, gamma = theta
    x, z = np.asarray(x, dtype=np.float64), np.asarray(z, dtype=np.float64)
    spent = np.where(x > 0, x * np.where(x > 0, z, 0.0), 0.0)
    tail = (1.0 - level) / 2
    top = p * (gamma + spent)
    return top / gamma_quantile(1.0 - tail, p * x + q), top / gamma_quantile(tail, p * x + q)
