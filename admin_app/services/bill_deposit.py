"""A deposit invoice: the deposit of a confirmed estimate, with its tax [M21, M22, M23]."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import CreditNote, Estimate, Invoice, InvoiceKind, InvoiceState
from admin_app.money.contract import Bill
from admin_app.money.deposit import deposit_bill
from admin_app.money.ledger import lock_customer
from admin_app.services.bill_contract import new_draft
from admin_app.services.contract_chain import load_contract
from admin_app.services.keep_bill import keep_bill


def bill_deposit(session: Session, first_id: int, amount: Money, actor: Actor, clock: Clock) -> Invoice:
    """A draft deposit invoice over `amount`, tax included.

    Raises Unmet where this and the deposits billed before are more than the contract [M23], Invalid for nothing.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    first = session.get_one(Estimate, first_id)
    lock_customer(session, first.group_id)
    _refuse_more_than_the_order(session, first, amount)
    invoice = new_draft(session, first)
    invoice.kind = InvoiceKind.DEPOSIT
    keep_bill(session, invoice, _bill(session, invoice, amount))
    return invoice


def work_out_deposit(session: Session, invoice: Invoice) -> Bill:
    """The figures of a draft deposit invoice anew, inside the issue; the asked amount stays."""
    first = session.get_one(Estimate, invoice.estimate_id)
    amount = Money(invoice.total, invoice.currency)
    _refuse_more_than_the_order(session, first, amount, without=invoice.id)
    bill = _bill(session, invoice, amount)
    keep_bill(session, invoice, bill)
    return bill


def _bill(session: Session, invoice: Invoice, amount: Money) -> Bill:
    assert invoice.estimate_id is not None
    number = session.scalar(select(Estimate.number).where(Estimate.id == invoice.estimate_id))
    words = f"Deposit for estimate {number}" if number else f"Deposit for {invoice.title}"
    return deposit_bill(load_contract(session, invoice.estimate_id), amount, words)


def _refuse_more_than_the_order(
    session: Session, first: Estimate, amount: Money, without: int | None = None
) -> None:
    """Deposits of one order together never exceed it [M23]."""
    # A credit note frees its part of the order, whether it settled the deposit invoice or was paid back [M24].
    taken_back = (
        select(func.coalesce(func.sum(CreditNote.total), 0))
        .where(CreditNote.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    query = select(func.coalesce(func.sum(Invoice.total - taken_back), 0)).where(
        Invoice.estimate_id == first.id,
        Invoice.kind == InvoiceKind.DEPOSIT,
        Invoice.state != InvoiceState.VOID,
    )
    if without is not None:
        query = query.where(Invoice.id != without)
    before = Money(int(session.scalar(query) or 0), first.currency)
    total = load_contract(session, first.id).total
    if before + amount > total:
        raise Unmet(
            f"The deposits of this order would come to {before + amount}, more than the {total} of the order itself"
        )
