"""The words by which addresses, threads, links and receipts name a kind of record: one table for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from admin_app.models.base import Entity
from admin_app.models.credit_note import CreditNote
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.desk import Attachment, Event, Task
from admin_app.models.estimate import Estimate
from admin_app.models.invoice import Invoice
from admin_app.models.lead import Lead
from admin_app.models.payment import Payment, Refund
from admin_app.models.project import Project
from admin_app.models.work_order import WorkOrder

KIND_OF: Mapping[str, type[Entity]] = {
    "estimate": Estimate,
    "invoice": Invoice,
    "credit-note": CreditNote,
    "receipt": Payment,
    "refund": Refund,
    "event": Event,
    "workorder": WorkOrder,
    "task": Task,
    "lead": Lead,
    "project": Project,
    "customer": CustomerGroup,
    "file": Attachment,
}
"""The word of a kind → its record."""
