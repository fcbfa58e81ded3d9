"""How long until it happens, when some are still waiting: Kaplan-Meier, and the log-rank test between groups.

Kaplan & Meier 1958; standard error by Greenwood; 95 % interval on the log-log scale (Kalbfleisch & Prentice), which
stays between 0 and 1.  R's `survfit` takes "log" unless told otherwise, so its bounds differ.  Who is still waiting is
*censored*; who left for another reason is a competing event and belongs to `reports.models.competing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from admin_app.kernel.errors import Invalid
from reports.models.intervals import check_level
from reports.models.special import ArrayLike, Floats, Ints, chi_square_tail, floats, normal_quantile

ENOUGH_AT_RISK = 10
"""A curve is drawn while at least so many are at risk."""


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve: one entry for each distinct time at which somebody's wait ended or was cut off."""

    times: Floats
    at_risk: Ints
    """Waiting just before the time."""
    events: Ints
    censored: Ints
    survival: Floats
    """Share still waiting after the time."""
    se: Floats
    """Greenwood's standard error of `survival`; nan once nobody is left."""
    low: Floats
    high: Floats
    median: float | None
    """First time at which half or fewer still wait; None: not reached."""
    n: int

    def at(self, time: float) -> float:
        """Share still waiting after `time`; before the first time everybody is."""
        place = int(np.searchsorted(self.times, time, side="right"))
        return float(self.survival[place - 1]) if place else 1.0

    def quantile(self, share: float) -> float | None:
        """First time by which at least `share` has happened; None: not reached."""
        return _reached(self.times, self.survival, 1.0 - share)

    def at_risk_at(self, time: float) -> int:
        """How many wait just before `time`: the row of numbers under the plot."""
        place = int(np.searchsorted(self.times, time, side="left"))
        return int(self.at_risk[place]) if place < len(self.times) else 0

    @property
    def shown_until(self) -> float | None:
        """Last time with at least 10 at risk; None when there never were."""
        enough = np.flatnonzero(self.at_risk >= ENOUGH_AT_RISK)
        return float(self.times[enough[-1]]) if len(enough) else None


@dataclass(frozen=True)
class LogRank:
    """Whether groups wait differently: χ² with `degrees`, its p-value, events seen and expected in each group."""

    chi_square: float
    p_value: float
    degrees: int
    observed: tuple[float, ...]
    expected: tuple[float, ...]


def kaplan_meier(durations: ArrayLike, observed: ArrayLike, *, level: float = 0.95) -> Curve:
    """The curve of waits (`durations`, any unit); `observed` is true where the event came, false where still waiting.

    Raises Invalid for waits that are no numbers or lists of unlike length.  No waits give an empty curve.
    """
    check_level(level)
    times, at_risk, (censored, events) = tally(
        durations, np.asarray(observed, dtype=bool).astype(np.int64), 2
    )
    survival = floats(np.cumprod(1.0 - _ratio(events, at_risk)))
    variance = np.cumsum(_ratio(events, at_risk.astype(np.float64) * (at_risk - events)))
    se = floats(np.where(survival > 0, survival * np.sqrt(variance), np.nan))
    low, high = log_log(survival, se, level)
    return Curve(
        times=times,
        at_risk=at_risk,
        events=events,
        censored=censored,
        survival=survival,
        se=se,
        low=low,
        high=high,
        median=_reached(times, survival, 0.5),
        n=int(at_risk[0]) if len(at_risk) else 0,
    )


def log_rank(*groups: tuple[ArrayLike, ArrayLike]) -> LogRank:
    """The log-rank test (Mantel 1966) of two or more groups of (durations, observed).

    Raises Invalid for fewer than two groups, an empty one, or no events at all.
    """
    if len(groups) < 2:
        raise Invalid("The log-rank test compares at least two groups")
    waits = [as_waits(durations, observed) for durations, observed in groups]
    if any(not len(durations) for durations, _ in waits):
        raise Invalid("A group of the log-rank test is empty")
    times = np.unique(np.concatenate([durations[observed > 0] for durations, observed in waits]))
    if not len(times):
        raise Invalid("Nothing happened in any group; there is nothing to compare")
    dead = np.array([_events_at(times, *group) for group in waits], dtype=np.float64)
    risk = np.array([_waiting_at(times, durations) for durations, _ in waits], dtype=np.float64)
    all_dead, all_risk = dead.sum(axis=0), risk.sum(axis=0)
    share = risk / all_risk
    expected = (share * all_dead).sum(axis=1)
    spread = np.where(
        all_risk > 1, all_dead * (all_risk - all_dead) / np.where(all_risk > 1, all_risk - 1, 1.0), 0.0
    )
    covariance = (np.einsum("gt,t->g", share, spread) * np.eye(len(groups))) - np.einsum(
        "gt,ht,t->gh", share, share, spread
    )
    off = (dead.sum(axis=1) - expected)[:-1]
    chi_square = float(off @ np.linalg.pinv(covariance[:-1, :-1]) @ off)
    return LogRank(
        chi_square=chi_square,
        p_value=chi_square_tail(chi_square, len(groups) - 1),
        degrees=len(groups) - 1,
        observed=tuple(dead.sum(axis=1).tolist()),
        expected=tuple(expected.tolist()),
    )


def as_waits(durations: ArrayLike, kinds: ArrayLike) -> tuple[Floats, Ints]:
    """Waits and what ended them as arrays of one length; raises Invalid for others."""
    lasted = np.asarray(durations, dtype=np.float64).ravel()
    kind = np.asarray(kinds).ravel().astype(np.int64)
    if len(lasted) != len(kind):
        raise Invalid("There are as many waits as there are ends of a wait")
    if not np.isfinite(lasted).all():
        raise Invalid("A wait is no number")
    return lasted, kind


def tally(durations: ArrayLike, kinds: ArrayLike, count: int) -> tuple[Floats, Ints, list[Ints]]:
    """The distinct times, how many wait just before each, and how many ends of each kind 0..count−1 there are."""
    lasted, kind = as_waits(durations, kinds)
    if len(kind) and (kind.min() < 0 or kind.max() >= count):
        raise Invalid(f"What ends a wait is one of 0 to {count - 1}")
    times, place = np.unique(lasted, return_inverse=True)
    by_kind = np.bincount(place * count + kind, minlength=len(times) * count).reshape(len(times), count)
    ends = by_kind.sum(axis=1)
    at_risk = ends[::-1].cumsum()[::-1]
    return times, at_risk.astype(np.int64), [by_kind[:, each].astype(np.int64) for each in range(count)]


def log_log(share: Floats, se: Floats, level: float) -> tuple[Floats, Floats]:
    """Bounds S^exp(±z·se/(S·ln S)); a share of exactly 1 is its own bounds, of exactly 0 has none."""
    z = normal_quantile(0.5 + level / 2)
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    reach = np.exp(z * np.where(inside, se, 0.0) / np.abs(safe * np.log(safe)))
    outside = np.where(share >= 1, 1.0, np.nan)
    return np.where(inside, safe**reach, outside), np.where(inside, safe ** (1.0 / reach), outside)


def _reached(times: Floats, survival: Floats, share: float) -> float | None:
    """First time at which the curve is at or below `share`; rounding of products must not delay it."""
    below = np.flatnonzero(survival <= share + 1e-12)
    return float(times[below[0]]) if len(below) else None


def _events_at(times: Floats, durations: Floats, observed: Ints) -> Ints:
    place = np.searchsorted(times, durations[observed > 0])
    return np.bincount(place, minlength=len(times)).astype(np.int64)


def _waiting_at(times: Floats, durations: Floats) -> Ints:
    return (len(durations) - np.searchsorted(np.sort(durations), times, side="left")).astype(np.int64)


def _ratio(over: ArrayLike, under: ArrayLike) -> Floats:
    """over/under, 0 where under is 0."""
    over, under = np.asarray(over, dtype=np.float64), np.asarray(under, dtype=np.float64)
    return floats(np.divide(over, under, out=np.zeros_like(over), where=under > 0))
