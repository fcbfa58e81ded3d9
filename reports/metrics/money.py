"""What was billed, what came in, and what is open: sums of documents."""

from __future__ import annotations

from reports.metrics import money_paying
from reports.metrics.base import Basis, Mean, Metric, Total, Unit
from reports.metrics.money_paying import GROSS, OWED
from reports.sources.base import Source
from reports.sources.billing import CREDIT_NOTES, INVOICE_COUNT, INVOICE_NETS, INVOICED, TAX
from reports.sources.cash import COLLECTED, PAYMENT_COUNT, REFUNDS, WRITTEN_OFF
from reports.sources.receivables import AGEING, OPEN_CREDITS, OVERDUE, RETAINED, UNALLOCATED


def _flow(name: str, label: str, source: Source, basis: Basis, good: str = "") -> Total:
    """Money that moved or was billed on a day."""
    return Total(name, label, source.sentence, Unit.MONEY, basis, good=good, source=source)


def _stock(name: str, label: str, source: Source, good: str = "") -> Total:
    """Money as it stood at the end of a day."""
    return Total(
        name, label, source.sentence, Unit.MONEY, Basis.STANDING, stock=True, good=good, source=source
    )


def _count(name: str, label: str, source: Source, basis: Basis) -> Total:
    """How many documents there were."""
    return Total(name, label, source.sentence, Unit.COUNT, basis, good="up", source=source)


METRICS: tuple[Metric, ...] = (
    _flow("invoiced", "Invoiced", INVOICED, Basis.ISSUED, "up"),
    _flow("collected", "Collected", COLLECTED, Basis.PAID, "up"),
    GROSS,
    _flow("tax", "Tax invoiced", TAX, Basis.ISSUED),
    _flow("refunds", "Refunds", REFUNDS, Basis.PAID, "down"),
    _flow("credit_notes", "Credit notes", CREDIT_NOTES, Basis.ISSUED, "down"),
    _flow("written_off", "Written off", WRITTEN_OFF, Basis.WRITTEN_OFF, "down"),
    OWED,
    _stock("overdue", "Overdue", OVERDUE, "down"),
    _stock("ageing", "Ageing", AGEING),
    _stock("retained", "Held back", RETAINED),
    _stock("unallocated", "Unallocated money", UNALLOCATED, "down"),
    _stock("open_credits", "Open credits", OPEN_CREDITS, "down"),
    _count("invoices", "Invoices", INVOICE_COUNT, Basis.ISSUED),
    _count("payments", "Payments", PAYMENT_COUNT, Basis.PAID),
    Mean(
        "average_invoice",
        "Average invoice",
        f"Mean of: {INVOICE_NETS.sentence[0].lower()}{INVOICE_NETS.sentence[1:]}",
        Unit.MONEY,
        Basis.ISSUED,
        good="up",
        source=INVOICE_NETS,
    ),
    *money_paying.METRICS,
)
