"""What is out of the ordinary: the robust z-score of Iglewicz & Hoaglin (1993), which a few odd values do not move.

z = (x − median) / (1.4826 · MAD); where more than half of the values are the same the MAD is 0 and the mean absolute
deviation takes its place, times 1.2533.  Both factors make the spread of a normal distribution 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

FAR = 3.5
"""From this score on a value is called unusual (Iglewicz & Hoaglin)."""
FEWEST = 20
"""Under so many values nothing is called usual or unusual."""
_OF_MEDIAN = 1.4826
_OF_MEAN = 1.2533


@dataclass(frozen=True)
class Habit:
    """What is usual among `n` values: their middle, and how far they spread (the same unit; 0: they are all one)."""

    n: int
    middle: float
    spread: float

    @property
    def enough(self) -> bool:
        """Whether there are enough values to call one unusual."""
        return self.n >= FEWEST

    def score(self, value: float) -> float | None:
        """How far a value is from the middle in spreads; None where there are too few, or all are the same."""
        if not self.enough or self.spread <= 0:
            return None
        return (value - self.middle) / self.spread

    def far_above(self, value: float) -> bool:
        """Whether a value is unusually high."""
        score = self.score(value)
        return score is not None and score >= FAR

    def far_below(self, value: float) -> bool:
        """Whether a value is unusually low."""
        score = self.score(value)
        return score is not None and score <= -FAR


def habit(values: Iterable[float]) -> Habit:
    """The habit that values show."""
    given = np.array(list(values), dtype=np.float64)
    if not len(given):
        return Habit(0, 0.0, 0.0)
    middle = float(np.median(given))
    apart = np.abs(given - middle)
    spread = _OF_MEDIAN * float(np.median(apart)) or _OF_MEAN * float(apart.mean())
    return Habit(len(given), middle, spread)
