"""The metric table: every figure that the product tells, by name (design section 9) [L1, 129].

Page, chart, tooltip, head of a CSV, glossary, command, API and notebook read these rows.
"""

from reports.metrics import customers, money, plans, sales, work
from reports.metrics.base import (
    Asked,
    Basis,
    Computed,
    Found,
    Mean,
    Metric,
    Ratio,
    Reader,
    Special,
    Total,
    Unit,
    Value,
)

METRICS: dict[str, Metric] = {
    one.name: one
    for one in (*money.METRICS, *sales.METRICS, *work.METRICS, *plans.METRICS, *customers.METRICS)
}
"""Name → metric, in the order of the glossary."""

__all__ = [
    "METRICS",
    "Asked",
    "Basis",
    "Computed",
    "Found",
    "Mean",
    "Metric",
    "Ratio",
    "Reader",
    "Special",
    "Total",
    "Unit",
    "Value",
]
