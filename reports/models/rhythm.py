"""Two rhythms that the count models do not know, and would take for something else: the clock and the season.

They hold purchases to come by chance all the year round.  Where customers come like a clock (plans, yearly service) or
with the season, a long silence says little about leaving, and a fit may look fine all the same.
"""

from __future__ import annotations

import numpy as np

from reports.models.special import Floats, Ints, floats

PAIRS = 30
"""Pairs of gaps below which nothing is said about regularity."""
REPEATS = 100
"""Repeat purchases in each year below which nothing is said about the season."""
YEAR = 365
MONTHS = 12


def regularity(code: Ints, day: Ints) -> float:
    """How regular customers come: 1 as by chance, 4 with half the spread of chance, inf like a clock; nan: unknown.

    Wheat & Morrison 1990: for gaps g₁, g₂ of one customer, M = g₁/(g₁+g₂) has variance 1/(4(2k+1)) when gaps are
    Erlang-k.  Rows stand sorted by customer (`code`) and day.
    """
    if len(day) < 3:
        return float("nan")
    gaps = np.diff(day)
    same = code[2:] == code[:-2]
    first, second = gaps[:-1][same], gaps[1:][same]
    if len(first) < PAIRS:
        return float("nan")
    variance = float(np.mean(np.square(first / (first + second) - 0.5)))
    return (1 - 4 * variance) / (8 * variance) if variance > 0 else float("inf")


def season(day: Ints, born: Ints, last: int) -> float:
    """How many times the rate of the weakest quarter the strongest brings, in the year that shows it least.

    `day` are the days of repeat purchases, `born` the first days of all customers, `last` the end.  The quarters are
    chosen on all years together, so a cohort that fades (strong once, not each year) is no season.  nan: unknown, for
    it takes two years and 100 repeat purchases in each.
    """
    if not len(born):
        return float("nan")
    years = (last - int(born.min()) + 1) // YEAR
    if years < 2:
        return float("nan")
    edges = last + 1 - np.round(np.arange(years * MONTHS, -1, -1) * YEAR / MONTHS).astype(np.int64)
    bought = np.histogram(day, edges)[0].reshape(years, MONTHS).astype(np.float64)
    if bought.sum(axis=1).min() < REPEATS:
        return float("nan")
    sorted_born = np.sort(born)
    watched = np.searchsorted(sorted_born, (edges[:-1] + edges[1:]) // 2).reshape(years, MONTHS)
    quarters = np.array([_quarter(bought, start) / _quarter(watched, start) for start in range(MONTHS)])
    together = (quarters / quarters.mean(axis=0)).mean(axis=1)
    strong, weak = quarters[together.argmax()], quarters[together.argmin()]
    return float(np.min(strong / np.maximum(weak, 1e-12)))


def _quarter(months: Floats | Ints, start: int) -> Floats:
    """The sum of three months in each year, the year taken as a ring; at least a little, as it divides."""
    three = [(start + more) % MONTHS for more in range(3)]
    return floats(np.maximum(months[:, three].sum(axis=1), 1e-9))
