"""When a model may not be used: each rule gives its sentence, or None where the data carry the model.

The thresholds are those of the analytics notes; each stands here once and is named in its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.models.special import Floats

CUSTOMERS = 100
REPEATERS = 30
GAPS = 2.0
"""Median repeat intervals that the window must span."""
AT_BOUND = 10.0
"""|ln θ| of a parameter that ran away."""
CONDITION = 1e8
RATIO = 2.0
"""Likelihood ratio, twice the gain in log-likelihood over nobody ever leaving."""
CORRELATION = 0.3
"""|corr(x, z̄)| from which spending and frequency are not independent (a medium effect, Cohen 1988)."""
REGULARITY = 4.0
"""Wheat & Morrison's k from which gaps have at most half the spread of chance."""
SEASON = 3.0
"""Strongest over weakest quarter from which silence speaks of the season and not of leaving."""
SEASON_SHOWN = 1.5
GRAIN = 100_000
"""Customers from which the grain of days weighs more than the standard errors."""


def too_few(customers: int, repeaters: int) -> str | None:
    """Fewer than 100 customers, or fewer than 30 who came back."""
    if customers < CUSTOMERS:
        return f"Not enough data: {_n(customers, 'customer')}, at least {CUSTOMERS} are needed"
    if repeaters < REPEATERS:
        return f"Not enough data: {_n(repeaters, 'customer')} came back, at least {REPEATERS} are needed"
    return None


def too_short(length: float, median_gap: float, unit: str) -> str | None:
    """A window in which a usual customer cannot have been missed yet."""
    if length < GAPS * median_gap:
        return (
            f"Not enough data: {length:.1f} {unit}s are covered, but {median_gap:.1f} {unit}s usually pass between "
            f"two purchases; at least twice that is needed"
        )
    return None


def ran_away(names: tuple[str, ...], theta: Floats, condition: float) -> str | None:
    """A parameter at the bound, or a likelihood that is flat in some direction."""
    for name, value in zip(names, theta, strict=True):
        if not np.isfinite(value) or value <= 0 or abs(np.log(value)) > AT_BOUND:
            return f"The data do not determine the model: its parameter {name} runs away to {value:.3g}"
    if not condition <= CONDITION:
        return f"The data do not determine the model: the condition number {condition:.1e} is above {CONDITION:.0e}"
    return None


def no_sign_of_leaving(ratio: float) -> str | None:
    """Dropout explains no more than chance: the model's probability of being alive would be invented."""
    if ratio < RATIO:
        return (
            f"The data show no sign that customers leave: the likelihood ratio against customers who stay for ever "
            f"is {max(ratio, 0.0):.2f}, at least {RATIO:.0f} is needed"
        )
    return None


def like_a_clock(regularity: float) -> str | None:
    """Plans and yearly service: the model takes purchases as coming by chance."""
    if regularity >= REGULARITY:
        said = f"{regularity:.1f}" if regularity <= 100 else "above 100"
        return (
            f"Customers come like a clock (regularity {said}, by chance it is 1): ask how long they stay "
            f"(survival), not how often they come by chance"
        )
    return None


def with_the_season(season: float) -> str | None:
    """A summer business in winter: everybody would be taken for lost."""
    if season >= SEASON:
        return (
            f"Purchases follow the season: each year the strongest quarter brings {season:.1f} times the weakest, so "
            f"silence says nothing about leaving"
        )
    return None


def no_better_than_naive(holdout: Mapping[str, Any]) -> str | None:
    """On the hold-out the model does not beat "as often as so far"."""
    if not holdout:
        return None
    for measure, title in (("mae", "mean absolute error"), ("rmse", "root mean square error")):
        ours, naive = holdout[measure], holdout[f"naive_{measure}"]
        if not ours < naive:
            return (
                f"The model does no better than the plain rate on the {holdout['weeks']:g} weeks it had not seen: "
                f"{title} {ours:.3f} against {naive:.3f}"
            )
    return None


def no_mean(q: float) -> str | None:
    """Gamma-Gamma with q ≤ 1 has no mean."""
    if q <= 1:
        return f"The spread of amounts is too wide for a mean value: q is {q:.2f}, above 1 is needed"
    return None


def bound_to_frequency(correlation: float) -> str | None:
    """Gamma-Gamma takes spending as independent of frequency."""
    if not abs(correlation) < CORRELATION:
        return (
            f"What customers spend depends on how often they come: the correlation is {correlation:.2f}, "
            f"the model allows up to {CORRELATION}"
        )
    return None


def cautions(customers: int, fitted_on: int, season: float, holdout: Mapping[str, Any]) -> tuple[str, ...]:
    """What a reader should know of a model that may be used."""
    said = []
    if not holdout:
        said.append("Not checked on purchases it had not seen")
    elif "actual" in holdout and holdout["actual"] > 0:
        off = holdout["expected"] / holdout["actual"] - 1.0
        if abs(off) >= 0.1:
            said.append(
                f"On the hold-out it expected {holdout['expected']:,.0f} purchases and {holdout['actual']:,.0f} came "
                f"({off:+.0%})"
            )
    if fitted_on < customers:
        said.append(f"Fitted on a sample of {fitted_on:,} of the {customers:,} customers")
    if season >= SEASON_SHOWN:
        said.append(
            f"Each year the strongest quarter brings {season:.1f} times the weakest; the model knows no season"
        )
    if customers >= GRAIN:
        said.append(
            "With this many customers the grain of days weighs more than the standard errors; do not read "
            "them as accuracy"
        )
    return tuple(said)


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
