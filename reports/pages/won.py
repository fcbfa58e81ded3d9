"""Which estimator wins, and how sure that is: dots with Wilson's interval, sorted by the lower bound [130]."""

from __future__ import annotations

from reports.pages.bar import PageBar
from reports.pages.figure import Figure


def win_rates(bar: PageBar) -> Figure | None:
    """Nothing before the figure exists."""
    return None
