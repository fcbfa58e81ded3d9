"""The likelihood that BG/NBD and MBG/NBD share, with its gradient, in blocks that stay in the processor's cache.

Both say: while a customer is alive, purchases come as a Poisson process with a rate λ ~ Gamma(r, α), and after a
purchase the customer leaves with probability p ~ Beta(a, b).  In BG/NBD (Fader, Hardie & Lee 2005) nobody leaves
before the first repeat purchase; in MBG/NBD (Batislam, Denizel & Filiztekin 2007) one may leave right after the first
purchase.  That is one unit in b, so the likelihood is written once.  Customer by customer:

    L = Γ(r+x) αʳ/Γ(r) · B-term(x) · [(α+T)⁻⁽ʳ⁺ˣ⁾ + a/(b+x−1+m) · (α+t_x)⁻⁽ʳ⁺ˣ⁾]      m = 0 (BG, x>0) or 1 (MBG)

Terms of x alone are computed once per distinct x; customers who never came back are collapsed on T.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.models.fitting import LogLikelihood
from reports.models.special import Floats, Ints, digamma, log_gamma

BLOCK = 4096
"""Rows at once: a dozen columns of 32 kB stay in the second-level cache, and sums of products stay below the length
from which the linear algebra starts threads, which cost more than they bring."""


@dataclass(frozen=True)
class Customers:
    """Customers arranged for the likelihood; times already in the fit's own scale."""

    never_T: Floats
    """The distinct T of customers with x = 0 …"""
    never_weight: Floats
    """… and how many stand behind each."""
    xs: Floats
    """The distinct x above 0 …"""
    xs_count: Floats
    """… how many customers have each …"""
    place: Ints
    """… and for each customer with x > 0, where its x stands among them."""
    t_x: Floats
    T: Floats

    @property
    def count(self) -> float:
        """How many customers stand in it."""
        return float(self.never_weight.sum() + self.xs_count.sum())


def arrange(x: Ints, t_x: Floats, T: Floats) -> Customers:
    """Collapse customers with x = 0 on T and give each distinct x its place."""
    never = x == 0
    never_T, weight = np.unique(T[never], return_counts=True)
    again = ~never
    xs, place, count = np.unique(x[again], return_inverse=True, return_counts=True)
    return Customers(
        never_T=never_T,
        never_weight=weight.astype(np.float64),
        xs=xs.astype(np.float64),
        xs_count=count.astype(np.float64),
        place=place.astype(np.int64),
        t_x=np.ascontiguousarray(t_x[again]),
        T=np.ascontiguousarray(T[again]),
    )


def log_likelihood(theta: Floats, customers: Customers, *, may_leave_at_once: bool) -> tuple[float, Floats]:
    """Of all customers at θ = (r, α, a, b), and its gradient; `may_leave_at_once` is MBG/NBD."""
    r, alpha, a, b = theta
    m = 1.0 if may_leave_at_once else 0.0
    value, gradient = _by_x(theta, customers, m)
    last = b + customers.xs - 1.0 + m
    mixed = _mixed(r, alpha, customers, shift=np.log(a) - np.log(last), last=last)
    value += mixed[0]
    gradient += np.array([mixed[1], mixed[2], mixed[3] / a, -mixed[4]])
    never = _never_returned(theta, customers, m)
    return value + never[0], gradient + never[1]


def _by_x(theta: Floats, customers: Customers, m: float) -> tuple[float, Floats]:
    """The terms that know only x, once per distinct x."""
    r, alpha, a, b = theta
    x, count = customers.xs, customers.xs_count
    of_r = log_gamma(r + x) - log_gamma(r) + r * np.log(alpha)
    of_b = log_gamma(a + b) + log_gamma(b + x + m) - log_gamma(b) - log_gamma(a + b + x + m)
    both = digamma(a + b) - digamma(a + b + x + m)
    return float(count @ (of_r + of_b)), np.array(
        [
            count @ (digamma(r + x) - digamma(r) + np.log(alpha)),
            count.sum() * r / alpha,
            count @ both,
            count @ (both + digamma(b + x + m) - digamma(b)),
        ]
    )


def _mixed(
    r: float, alpha: float, customers: Customers, *, shift: Floats, last: Floats
) -> tuple[float, float, float, float, float]:
    """Σ of ln[(α+T)⁻ʳ⁻ˣ + …(α+t_x)⁻ʳ⁻ˣ] over customers with x > 0: value, ∂r, ∂α, Σw, Σw/(b+x−1+m).

    w is the probability that the customer has left.  Everything is kept relative to (α+T)⁻ʳ⁻ˣ, so that 200 purchases
    overflow nothing.
    """
    shape = r + customers.xs
    inverse = 1.0 / last
    value = by_r = by_alpha = gone = gone_last = 0.0
    for begin in range(0, len(customers.T), BLOCK):
        here = slice(begin, begin + BLOCK)
        place = customers.place[here]
        power = shape.take(place)
        end = customers.T[here] + alpha
        seen = customers.t_x[here] + alpha
        log_end = np.log(end)
        ratio = log_end - np.log(seen)
        odds = power * ratio
        odds += shift.take(place)
        small = np.exp(-np.abs(odds))
        whole = 1.0 + small
        w = np.where(odds > 0, 1.0, small) / whole
        value += float(np.sum(np.maximum(odds, 0) + np.log(whole))) - float(power @ log_end)
        by_r += float(w @ ratio) - float(log_end.sum())
        inverse_end = 1.0 / end
        by_alpha -= float(power @ (inverse_end + w * (1.0 / seen - inverse_end)))
        gone += float(w.sum())
        gone_last += float(w @ inverse.take(place))
    return value, by_r, by_alpha, gone, gone_last


def _never_returned(theta: Floats, customers: Customers, m: float) -> tuple[float, Floats]:
    """Customers with x = 0: in BG/NBD they are alive for certain, in MBG/NBD they may have left at once."""
    r, alpha, a, b = theta
    value, by_r, by_alpha, left = _quiet(r, alpha, customers, odds=a / b if m else 0.0)
    gradient = np.array([by_r, by_alpha, 0.0, 0.0])
    if m:
        # b/(a+b) · (α/(α+T))ʳ + a/(a+b): stayed and was quiet, or left at once.
        total = customers.never_weight.sum()
        value += total * np.log(b / (a + b))
        gradient[2] = left / a - total / (a + b)
        gradient[3] = (total - left) / b - total / (a + b)
    return float(value), gradient


def _quiet(r: float, alpha: float, customers: Customers, *, odds: float) -> tuple[float, float, float, float]:
    """Σ ln[(α/(α+T))ʳ + odds] over customers with x = 0: value, ∂r, ∂α, and how many of them have left."""
    value = by_r = by_alpha = gone = 0.0
    for begin in range(0, len(customers.never_T), BLOCK):
        here = slice(begin, begin + BLOCK)
        T, weight = customers.never_T[here], customers.never_weight[here]
        ratio = np.log(1.0 + T / alpha)
        if odds:
            stay = np.exp(-r * ratio)
            either = stay + odds
            value += float(weight @ np.log(either))
            stayed = weight * stay / either
            gone += float(weight.sum() - stayed.sum())
        else:
            value -= r * float(weight @ ratio)
            stayed = weight
        by_r -= float(stayed @ ratio)
        by_alpha += float(stayed @ (T / (alpha + T))) * r / alpha
    return value, by_r, by_alpha, gone


def of_one(theta: Floats, x: float, t_x: float, T: float, *, may_leave_at_once: bool) -> float:
    """The log-likelihood of one customer."""
    one = arrange(np.array([int(x)]), np.array([float(t_x)]), np.array([float(T)]))
    return log_likelihood(theta, one, may_leave_at_once=may_leave_at_once)[0]


def without_dropout(x: Ints, t_x: Floats, T: Floats) -> LogLikelihood:
    """The likelihood of these customers when nobody ever leaves (NBD, Ehrenberg 1959) by θ = (r, α)."""
    customers = arrange(x, t_x, T)
    return lambda theta: _nobody_leaves(theta, customers)


def _nobody_leaves(theta: Floats, customers: Customers) -> tuple[float, Floats]:
    """What dropout must beat: the same terms with odds of zero."""
    r, alpha = theta
    x, count = customers.xs, customers.xs_count
    value = float(count @ (log_gamma(r + x) - log_gamma(r) + r * np.log(alpha)))
    by_r = float(count @ (digamma(r + x) - digamma(r) + np.log(alpha)))
    by_alpha = float(count.sum() * r / alpha)
    shape = r + x
    for begin in range(0, len(customers.T), BLOCK):
        here = slice(begin, begin + BLOCK)
        power = shape.take(customers.place[here])
        end = customers.T[here] + alpha
        log_end = np.log(end)
        value -= float(power @ log_end)
        by_r -= float(log_end.sum())
        by_alpha -= float(power @ (1.0 / end))
    quiet = _quiet(r, alpha, customers, odds=0.0)
    return value + quiet[0], np.array([by_r + quiet[1], by_alpha + quiet[2]])
