"""What a bill does not ask for now: deposits that were invoiced before, and what is held back [M20, M21, M23, M24].

Both are worked out when a draft is written and again when it is issued, so that a deposit credited or used meanwhile
is not deducted twice, and one refunded or voided is billed again.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.money import Money
from admin_app.models import (
    CreditNote,
    CreditNoteTax,
    DepositUse,
    Estimate,
    Invoice,
    InvoiceKind,
    InvoiceState,
    RetainageBase,
)
from admin_app.money.deposit import OpenDeposit, deduct
from admin_app.money.retainage import RetainedOf, retain


def deduct_deposits(session: Session, invoice: Invoice) -> None:
    """Take the open deposit invoices of the contract off this bill, the oldest first, up to the bill."""
    for use in session.scalars(select(DepositUse).where(DepositUse.invoice_id == invoice.id)):
        session.delete(use)
    session.flush()  # a deposit is named once a bill
    total = Money(invoice.total, invoice.currency)
    found = deduct(open_deposits(session, invoice), total)
    for one in found:
        tax = Money.total(one.taxes.values(), invoice.currency)
        session.add(
            DepositUse(
                invoice_id=invoice.id,
                deposit_id=int(one.key),
                gross=one.total.minor,
                net=one.net.minor,
                tax=tax.minor,
                taxes={name: amount.minor for name, amount in one.taxes.items()},
            )
        )
    invoice.deducted = Money.total((one.total for one in found), invoice.currency).minor
    session.flush()


def open_deposits(session: Session, invoice: Invoice) -> list[OpenDeposit]:
    """The issued deposit invoices of the bill's contract with what no issued bill has deducted and nobody credited."""
    deposits = session.scalars(
        select(Invoice)
        .where(
            Invoice.estimate_id == invoice.estimate_id,
            Invoice.kind == InvoiceKind.DEPOSIT,
            Invoice.state == InvoiceState.ISSUED,
        )
        .order_by(Invoice.issued_on, Invoice.id)
    ).all()
    found = []
    for deposit in deposits:
        open_one = _open_part(session, deposit, invoice.id)
        if open_one.total.minor > 0:
            found.append(open_one)
    return found


def _open_part(session: Session, deposit: Invoice, bill_id: int) -> OpenDeposit:
    """What is left of a deposit invoice for the bill `bill_id`, net and by tax."""
    net, taxes = deposit.total - deposit.tax, {tax.name: tax.amount for tax in deposit.taxes}
    uses = session.scalars(
        select(DepositUse)
        .join(Invoice, Invoice.id == DepositUse.invoice_id)
        .where(
            DepositUse.deposit_id == deposit.id,
            Invoice.state == InvoiceState.ISSUED,
            DepositUse.invoice_id != bill_id,
        )
    )
    for use in uses:
        net -= use.net
        for name, amount in use.taxes.items():
            taxes[name] -= amount
    net -= int(
        session.scalar(
            select(func.coalesce(func.sum(CreditNote.subtotal), 0)).where(CreditNote.invoice_id == deposit.id)
        )
        or 0
    )
    credited = session.execute(
        select(CreditNoteTax.name, func.sum(CreditNoteTax.amount))
        .join(CreditNote, CreditNote.id == CreditNoteTax.credit_note_id)
        .where(CreditNote.invoice_id == deposit.id)
        .group_by(CreditNoteTax.name)
    )
    for name, amount in credited:
        taxes[name] -= int(amount)
    assert deposit.number is not None and deposit.issued_on is not None
    return OpenDeposit(
        key=str(deposit.id),
        number=deposit.number,
        issued_on=deposit.issued_on,
        net=Money(net, deposit.currency),
        taxes={name: Money(amount, deposit.currency) for name, amount in taxes.items()},
    )


def hold_back(session: Session, invoice: Invoice, base: RetainageBase) -> None:
    """Hold back what the contract's estimate says, of what this bill still asks for [M20]."""
    first = session.get_one(Estimate, invoice.estimate_id)
    asks = Money(invoice.total - invoice.deducted, invoice.currency)
    if not first.retainage_percent or asks.minor <= 0:
        invoice.retained = 0
    else:
        net = Money(invoice.total - invoice.tax, invoice.currency)
        total = Money(invoice.total, invoice.currency)
        held = retain(first.retainage_percent, RetainedOf(base.value), net, total).held
        invoice.retained = min(held, asks).minor
    session.flush()
