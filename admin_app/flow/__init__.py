"""How documents move: one table each for lead, estimate, workorder, service and invoice, and what reads them.

A table says which step leads from where to where, who may take it, what must be true first, and what follows.
Buttons, the API, bulk acts, nightly jobs, the diagram and the tests read it; nothing else assigns a state [M38].
Services knock here (`services/take.py` is the one caller of :meth:`machine.Flow.take`).  One call::

    ESTIMATE.offers(estimate, facts)
"""

from admin_app.flow.estimate import ESTIMATE
from admin_app.flow.invoice import INVOICE
from admin_app.flow.lead import LEAD
from admin_app.flow.machine import Event, Flow, Guard, Offer, Step
from admin_app.flow.service import SERVICE
from admin_app.flow.work_order import WORK_ORDER

FLOWS: dict[str, Flow] = {flow.name: flow for flow in (LEAD, ESTIMATE, WORK_ORDER, SERVICE, INVOICE)}
"""Every table by the word that addresses use for its document."""

__all__ = [
    "ESTIMATE",
    "FLOWS",
    "INVOICE",
    "LEAD",
    "SERVICE",
    "WORK_ORDER",
    "Event",
    "Flow",
    "Guard",
    "Offer",
    "Step",
]
