"""The money of one customer as its Payments tab shows it: open invoices, payments with their uses, refunds [A95, 87].

Reversed payments are left out unless asked for: the list shows the current state, the timeline the rest [M29].
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.models import (
    Allocation,
    CreditNote,
    CustomerGroup,
    Invoice,
    InvoiceState,
    Payment,
    PaymentState,
    Project,
    Refund,
)
from admin_app.policy import scope, visible

MOST_SHOWN = 100
"""Payments, refunds and open invoices of one customer that its page shows; the lists of the office have all."""


@dataclass(slots=True)
class PaymentRow:
    """A payment with the invoices that use it now: invoice and minor units, in the order of the allocations."""

    payment: Payment
    uses: list[tuple[Invoice, int]] = field(default_factory=list)

    @property
    def is_fact(self) -> bool:
        """Whether it can only be refunded: it came through a provider, or a part of it went back [D4]."""
        return self.payment.provider is not None or self.payment.refunded > 0

    @property
    def left_to_refund(self) -> int:
        """Minor units that can still go back."""
        return self.payment.amount - self.payment.refunded


def open_invoices(session: Session, actor: Actor, group: CustomerGroup) -> list[Invoice]:
    """Issued invoices that are not paid, those due first in front."""
    query = (
        select(Invoice)
        .where(Invoice.group_id == group.id, Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0)
        .order_by(Invoice.due_on.is_(None), Invoice.due_on, Invoice.issued_on, Invoice.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))


def open_projects(session: Session, actor: Actor, group: CustomerGroup) -> list[Project]:
    """The projects of a customer for which money can be kept, the latest first [M23]."""
    query = select(Project).where(Project.group_id == group.id).order_by(Project.id.desc()).limit(MOST_SHOWN)
    return list(session.scalars(visible(actor, query)))


def payments_of(
    session: Session, actor: Actor, group: CustomerGroup, *, reversed_too: bool = False
) -> list[PaymentRow]:
    """The latest payments with what they are used for: two statements."""
    query = (
        select(Payment)
        .where(Payment.group_id == group.id)
        .order_by(Payment.paid_on.desc(), Payment.id.desc())
        .limit(MOST_SHOWN)
    )
    if not reversed_too:
        query = query.where(Payment.state != PaymentState.REVERSED)
    rows = [PaymentRow(payment) for payment in session.scalars(visible(actor, query))]
    uses = uses_of(session, actor, [row.payment for row in rows])
    for row in rows:
        row.uses = uses[row.payment.id]
    return rows


def uses_of(session: Session, actor: Actor, payments: list[Payment]) -> dict[int, list[tuple[Invoice, int]]]:
    """Which invoices use the payments now, and with how much; what was taken back is netted out."""
    net = (
        select(
            Allocation.payment_id,
            Allocation.invoice_id,
            func.sum(Allocation.amount).label("amount"),
            func.min(Allocation.id).label("first"),
        )
        .where(Allocation.payment_id.in_([payment.id for payment in payments]))
        .group_by(Allocation.payment_id, Allocation.invoice_id)
        .having(func.sum(Allocation.amount) != 0)
        .subquery()
    )
    query = (
        select(Invoice, net.c.payment_id, net.c.amount)
        .join(net, net.c.invoice_id == Invoice.id)
        .order_by(net.c.first)
    )
    found: dict[int, list[tuple[Invoice, int]]] = defaultdict(list)
    for invoice, payment_id, amount in session.execute(visible(actor, query)):
        found[payment_id].append((invoice, int(amount)))
    return found


def standing_uses(session: Session, actor: Actor, payment: Payment) -> list[tuple[Allocation, Invoice]]:
    """What a payment is used for now, use by use, so that each can be taken back; the latest first."""
    taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    query: Any = (
        select(Invoice, Allocation)
        .join(Allocation, Allocation.invoice_id == Invoice.id)
        .where(Allocation.payment_id == payment.id, Allocation.amount > 0, Allocation.id.not_in(taken_back))
        .order_by(Allocation.id.desc())
        .limit(MOST_SHOWN)
    )
    condition = scope(actor, Invoice)  # a use has no rights of its own: who sees the invoice sees it
    if condition is not None:
        query = query.where(condition)
    return [(allocation, invoice) for invoice, allocation in session.execute(query)]


def refunds_of(session: Session, actor: Actor, group: CustomerGroup) -> list[Refund]:
    """The latest refunds with the payment or credit note each went back of."""
    query = (
        select(Refund)
        .outerjoin(Payment, Payment.id == Refund.payment_id)
        .outerjoin(CreditNote, CreditNote.id == Refund.credit_note_id)
        .options(contains_eager(Refund.payment), contains_eager(Refund.credit_note))
        .where(Refund.group_id == group.id)
        .order_by(Refund.refunded_on.desc(), Refund.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))
