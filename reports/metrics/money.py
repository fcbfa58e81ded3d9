"""What was billed and what came in."""

from __future__ import annotations

from reports.metrics.base import Basis, Metric, Total, Unit
from reports.sources.billing import INVOICED
from reports.sources.cash import COLLECTED

METRICS: tuple[Metric, ...] = (
    Total("invoiced", "Invoiced", INVOICED.sentence, Unit.MONEY, Basis.ISSUED, good="up", source=INVOICED),
    Total("collected", "Collected", COLLECTED.sentence, Unit.MONEY, Basis.PAID, good="up", source=COLLECTED),
)
