"""Invoices that are overdue, the longest first, with their customers [80, 87]."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.models import CustomerGroup, Invoice, InvoiceKind, InvoiceState
from admin_app.policy import visible

MOST_SHOWN = 200


def overdue_invoices(session: Session, actor: Actor, today: date) -> list[Invoice]:
    """Issued invoices with something open after their due date, at most 200; those over interest are left out [M41]."""
    query = (
        select(Invoice)
        .join(CustomerGroup, CustomerGroup.id == Invoice.group_id)
        .options(contains_eager(Invoice.group))
        .where(
            Invoice.state == InvoiceState.ISSUED,
            Invoice.balance > 0,
            Invoice.due_on < today,
            Invoice.kind != InvoiceKind.INTEREST,
        )
        .order_by(Invoice.due_on, Invoice.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))
