"""What happens first, when one end rules out the other: a lead is won or lost, never both (Aalen & Johansen 1978).

A lost lead is a competing event, not a censored one.  One minus Kaplan-Meier with losses censored answers "how many
would be won if none could be lost", which overstates grossly; won divided by all understates while leads are young.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from admin_app.kernel.errors import Invalid
from reports.models.intervals import check_level
from reports.models.special import ArrayLike, Floats, Ints
from reports.models.survival import as_waits, log_log, tally


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of each cause: one entry for each distinct time, columns by cause (1, 2, …)."""

    times: Floats
    at_risk: Ints
    censored: Ints
    events: dict[int, Ints]
    cif: dict[int, Floats]
    """Probability that the wait has ended by this time and for this cause."""
    se: dict[int, Floats]
    low: dict[int, Floats]
    high: dict[int, Floats]
    waiting: Floats
    """Probability that the wait has not ended; with the causes it sums to 1."""
    n: int

    def at(self, cause: int, time: float) -> tuple[float, float, float]:
        """Probability of `cause` by `time` with its bounds; (0, 0, 0) before anything happened."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        if place < 0 or not self.cif[cause][place] > 0:
            return 0.0, 0.0, 0.0
        return tuple(float(each[cause][place]) for each in (self.cif, self.low, self.high))  # type: ignore[return-value]


def aalen_johansen(
    durations: ArrayLike, cause: ArrayLike, *, causes: int | None = None, level: float = 0.95
) -> Incidence:
    """The incidence of waits; `cause` is 0 where still waiting, else 1, 2, … (at least `causes` of them are returned).

    Variance by the delta method (Marubini & Valsecchi 1995, Greenwood's for one cause); bounds on the log-log scale.
    Raises Invalid for waits that are no numbers, lists of unlike length, negative causes.
    """
    check_level(level)
    lasted, kind = as_waits(durations, cause)
    if len(kind) and kind.min() < 0:
        raise Invalid("A cause is 0 (still waiting), 1, 2, …")
    count = max(int(kind.max()) if len(kind) else 0, causes or 1)
    times, at_risk, (censored, *events) = tally(lasted, kind, count + 1)
    n = at_risk.astype(np.float64)
    ended = np.sum(events, axis=0).astype(np.float64)
    waiting = np.cumprod(1.0 - np.divide(ended, n, out=np.zeros_like(n), where=n > 0))
    before = np.r_[1.0, waiting[:-1]] if len(waiting) else waiting
    cif, se, low, high = {}, {}, {}, {}
    for number, happened in enumerate(events, start=1):
        d = happened.astype(np.float64)
        share = np.cumsum(before * d / n)
        error = np.sqrt(_variance(share, before, d, ended, n))
        cif[number], se[number] = share, error
        low[number], high[number] = log_log(share, error, level)
    return Incidence(
        times=times,
        at_risk=at_risk,
        censored=censored,
        events=dict(enumerate(events, start=1)),
        cif=cif,
        se=se,
        low=low,
        high=high,
        waiting=waiting,
        n=int(at_risk[0]) if len(at_risk) else 0,
    )


def _variance(share: Floats, before: Floats, d: Floats, ended: Floats, n: Floats) -> Floats:
    """Delta method, its double sum opened into running sums so that a million waits cost one pass."""
    left = n - ended
    of_all = np.divide(ended, n * left, out=np.zeros_like(n), where=left > 0)
    of_cause = before * d / n**2
    first = (
        share**2 * np.cumsum(of_all) - 2 * share * np.cumsum(of_all * share) + np.cumsum(of_all * share**2)
    )
    second = np.cumsum(before**2 * (n - d) * d / n**3)
    third = 2 * (share * np.cumsum(of_cause) - np.cumsum(of_cause * share))
    return np.asarray(np.clip(first + second - third, 0.0, None))
