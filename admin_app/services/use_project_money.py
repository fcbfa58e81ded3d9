"""Money that came for a project goes to the project's next invoice by itself [M23]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Invoice, InvoiceKind, Payment, PaymentState
from admin_app.money.ledger import Books
from admin_app.services.facts import Said


def use_project_money(session: Session, invoice: Invoice, actor: Actor, clock: Clock, _said: Said) -> None:
    """Use what is unallocated of the project's payments for an invoice just issued, oldest first, up to its balance.

    What is left stays with the customer, and the payment goes on naming the project it was taken for.  Interest is
    not what the money was taken for.
    """
    if invoice.project_id is None or invoice.kind is InvoiceKind.INTEREST:
        return
    assert invoice.issued_on is not None
    books = Books(session, actor, clock)
    payments = session.scalars(
        select(Payment)
        .where(
            Payment.project_id == invoice.project_id,
            Payment.group_id == invoice.group_id,
            Payment.currency == invoice.currency,
            Payment.state == PaymentState.RECEIVED,
            Payment.unallocated > 0,
        )
        .order_by(Payment.paid_on, Payment.id)
    ).all()
    for payment in payments:
        amount = min(invoice.balance, payment.unallocated)
        if amount <= 0:
            return
        books.allocate(payment, invoice, Money(amount, invoice.currency), on=invoice.issued_on)
