"""How sure: draws of the parameters, simulated purchases of one customer, and Wilson's interval of a share.

The interval of one customer's count is mostly chance, not uncertainty of the parameters: customer 0001 of CDNOW has a
mean of 1.23 with a parameter interval of 1.14–1.31, but may as well come 0 or 6 times.
"""

from __future__ import annotations

import math

import numpy as np

from admin_app.kernel.errors import Invalid
from reports.models.count_model import CountModel
from reports.models.special import ArrayLike, Floats, Ints, normal_quantile

AT_ONCE = 400_000
"""Simulated counts held in memory at once."""


def count_interval(
    model: CountModel,
    draws: Floats,
    t: float,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    level: float,
    seed: int,
) -> tuple[Ints, Ints]:
    """Where each customer's count in (T, T+t] lies with probability `level`; one simulation per draw (a row of θ)."""
    check_level(level)
    x, t_x, T = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (x, t_x, T))
    chance = np.random.default_rng(seed)
    low, high = np.empty(len(x), dtype=np.int64), np.empty(len(x), dtype=np.int64)
    count = len(draws)
    rows = max(1, AT_ONCE // count)
    tail = (1.0 - level) / 2
    for begin in range(0, len(x), rows):
        here = slice(begin, begin + rows)
        n = len(x[here])
        theta = np.tile(draws.T, n)
        rows_x, rows_t_x, rows_T = (np.repeat(each[here], count) for each in (x, t_x, T))
        bought = model.draw(theta, np.full(n * count, float(t)), rows_x, rows_t_x, rows_T, chance)
        ends = np.quantile(bought.reshape(n, count), [tail, 1.0 - tail], axis=1, method="inverted_cdf")
        low[here], high[here] = ends[0], ends[1]
    return low, high


def wilson(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share (1927): 8 of 10 is .490–.943.  Raises Invalid for no trials or impossible hits."""
    check_level(level)
    if trials <= 0 or not 0 <= hits <= trials:
        raise Invalid("A share needs at least one trial, and no more hits than trials")
    z = normal_quantile(0.5 + level / 2)
    share = hits / trials
    centre = share + z * z / (2 * trials)
    reach = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    whole = 1 + z * z / trials
    low = 0.0 if hits == 0 else (centre - reach) / whole
    high = 1.0 if hits == trials else (centre + reach) / whole
    return low, high


def check_level(level: float) -> None:
    """Raises Invalid unless 0 < level < 1."""
    if not 0 < level < 1:
        raise Invalid("The level of an interval lies between 0 and 1, such as 0.95")
