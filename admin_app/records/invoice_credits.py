"""Credit notes as pages show them: open ones of a customer, what uses one, what was paid back of it [M25, 87]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.models import Allocation, CreditNote, CustomerGroup, Invoice, InvoiceState, Refund, WriteOff
from admin_app.policy import visible

MOST_SHOWN = 100


def open_credits(session: Session, actor: Actor, group: CustomerGroup) -> list[CreditNote]:
    """Credit notes of a customer of which something is open, the oldest first, each with its invoice."""
    query = (
        select(CreditNote)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .options(contains_eager(CreditNote.invoice))
        .where(CreditNote.group_id == group.id, CreditNote.open > 0)
        .order_by(CreditNote.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))


def uses_of_credit(session: Session, actor: Actor, credit: CreditNote) -> list[tuple[Allocation, Invoice]]:
    """What a credit note is used for now, in the order of the acts; what was taken back is left out."""
    reversal = aliased(Allocation)
    query = (
        select(Allocation, Invoice)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .outerjoin(reversal, reversal.reverses_id == Allocation.id)
        .where(Allocation.credit_note_id == credit.id, Allocation.amount > 0, reversal.id.is_(None))
        .order_by(Allocation.id)
        .limit(MOST_SHOWN)
    )
    shown = visible(actor, select(CreditNote.id).where(CreditNote.id == credit.id))
    if session.scalar(shown) is None:
        return []
    return [(allocation, invoice) for allocation, invoice in session.execute(query)]


def refunds_of_credit(session: Session, actor: Actor, credit: CreditNote) -> list[Refund]:
    """What was paid back of a credit note."""
    query = select(Refund).where(Refund.credit_note_id == credit.id).order_by(Refund.id).limit(MOST_SHOWN)
    return list(session.scalars(visible(actor, query)))


def usable_for(session: Session, actor: Actor, credit: CreditNote) -> list[Invoice]:
    """Open invoices of the same customer and currency, those due first in front."""
    query = (
        select(Invoice)
        .where(
            Invoice.group_id == credit.group_id,
            Invoice.currency == credit.currency,
            Invoice.state == InvoiceState.ISSUED,
            Invoice.balance > 0,
        )
        .order_by(Invoice.due_on.is_(None), Invoice.due_on, Invoice.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))


def credits_of(session: Session, actor: Actor, invoice: Invoice) -> list[CreditNote]:
    """The credit notes of an invoice, in their order."""
    query = select(CreditNote).where(CreditNote.invoice_id == invoice.id).order_by(CreditNote.id)
    return list(session.scalars(visible(actor, query.limit(MOST_SHOWN))))


def losses_of(session: Session, actor: Actor, invoice: Invoice) -> list[WriteOff]:
    """What was written off or let off of an invoice, the latest first."""
    query = select(WriteOff).where(WriteOff.invoice_id == invoice.id).order_by(WriteOff.id.desc())
    return list(session.scalars(visible(actor, query.limit(MOST_SHOWN))))
