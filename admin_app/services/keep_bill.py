"""A bill of a contract is put on a draft invoice as it is, with the deposits that it deducts [M16, M20, M21, M24]."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    CreditNote,
    CreditNoteTax,
    DepositUse,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    InvoiceTax,
)
from admin_app.money.contract import Bill
from admin_app.money.deposit import Deduction, OpenDeposit


def keep_bill(session: Session, invoice: Invoice, bill: Bill, retained: Money | None = None) -> None:
    """Give a draft the lines, taxes and sums of a bill, instead of those it has; `retained` is held back [M20].

    The note of a part ("333.33 of 1000.00") stands behind the description.  Raises Unmet for what is no draft.
    """
    if invoice.state is not InvoiceState.DRAFT:
        raise Unmet(f"Invoice {invoice} is issued: its lines stand")
    _put_lines(session, invoice, bill)
    _put_taxes(session, invoice, bill)
    invoice.currency = bill.currency
    invoice.tax_mode, invoice.prices_include_tax = bill.tax_mode, bill.prices_include_tax
    invoice.subtotal, invoice.discount = bill.subtotal.minor, 0
    invoice.tax, invoice.total = bill.tax.minor, bill.total.minor
    if retained is not None:
        invoice.retained = retained.minor
    invoice.derivation = bill.derivation.to_json()
    session.flush()  # what the database refuses belongs to this bill


def _put_lines(session: Session, invoice: Invoice, bill: Bill) -> None:
    """The lines in their places; those that say the same already leave no trace in the history."""
    is_deposit = invoice.kind is InvoiceKind.DEPOSIT
    kept = {line.position: line for line in invoice.lines}
    for place, line in enumerate(bill.lines, start=1):
        row = kept.pop(place, None)
        if row is None:
            row = InvoiceLine(invoice_id=invoice.id, position=place)
            session.add(row)
        row.description = (f"{line.description} ({line.part})" if line.part else line.description)[:500]
        row.quantity, row.unit_price = line.quantity, line.unit_price
        row.discount, row.net = line.discount.minor, line.net.minor
        row.tax_names = list(line.taxes)
        row.line_key = None if is_deposit else line.key
    for gone in kept.values():
        session.delete(gone)
    session.flush()
    session.expire(invoice, ["lines"])


def _put_taxes(session: Session, invoice: Invoice, bill: Bill) -> None:
    """The taxes by their names."""
    kept = {tax.name: tax for tax in invoice.taxes}
    for tax in bill.taxes:
        row = kept.pop(tax.name, None)
        if row is None:
            row = InvoiceTax(invoice_id=invoice.id, name=tax.name)
            session.add(row)
        row.rate, row.base = tax.rate, tax.base.minor
        row.amount, row.adjustment = tax.amount.minor, tax.adjustment.minor
    for gone in kept.values():
        session.delete(gone)
    session.flush()
    session.expire(invoice, ["taxes"])


def keep_deductions(session: Session, invoice: Invoice, deductions: Sequence[Deduction]) -> None:
    """Let a draft deduct these deposits, instead of those it did; `Deduction.key` is the deposit invoice's id."""
    session.execute(delete(DepositUse).where(DepositUse.invoice_id == invoice.id))
    for one in deductions:
        session.add(
            DepositUse(
                invoice_id=invoice.id,
                deposit_id=int(one.key),
                gross=one.total.minor,
                net=one.net.minor,
                tax=(one.total - one.net).minor,
                taxes={name: amount.minor for name, amount in one.taxes.items()},
            )
        )
    invoice.deducted = sum(one.total.minor for one in deductions)
    session.flush()  # the books read the rows


def open_deposits(session: Session, invoice: Invoice) -> list[OpenDeposit]:
    """The deposit invoices of the invoice's contract (without one: its project) of which something is left.

    Paid or not: an unpaid one is still owed beside the bill that deducts it.  What issued bills deduct and credit
    notes gave back is gone from them; drafts and void bills hold nothing [M24].
    """
    query = select(Invoice).where(
        Invoice.group_id == invoice.group_id,
        Invoice.currency == invoice.currency,
        Invoice.kind == InvoiceKind.DEPOSIT,
        Invoice.state == InvoiceState.ISSUED,
    )
    if invoice.estimate_id is not None:
        query = query.where(Invoice.estimate_id == invoice.estimate_id)
    elif invoice.project_id is not None:
        query = query.where(Invoice.project_id == invoice.project_id)
    else:
        return []
    found = [left_of_deposit(session, one) for one in session.scalars(query.order_by(Invoice.id))]
    return [one for one in found if one.total.minor > 0]


def left_of_deposit(session: Session, deposit: Invoice) -> OpenDeposit:
    """What of a deposit invoice no issued bill deducts and no credit note gave back: net, and each tax by name."""
    assert deposit.issued_on is not None
    net, taxes = deposit.total - deposit.tax, {tax.name: tax.amount for tax in deposit.taxes}
    uses = session.scalars(
        select(DepositUse)
        .join(Invoice, Invoice.id == DepositUse.invoice_id)
        .where(DepositUse.deposit_id == deposit.id, Invoice.state == InvoiceState.ISSUED)
    )
    for use in uses:
        net -= use.net
        for name, amount in use.taxes.items():
            taxes[name] = taxes.get(name, 0) - amount
    credited = select(func.coalesce(func.sum(CreditNote.subtotal), 0)).where(
        CreditNote.invoice_id == deposit.id
    )
    net -= int(session.scalar(credited) or 0)
    credited_taxes = (
        select(CreditNoteTax.name, func.sum(CreditNoteTax.amount))
        .join(CreditNote, CreditNote.id == CreditNoteTax.credit_note_id)
        .where(CreditNote.invoice_id == deposit.id)
        .group_by(CreditNoteTax.name)
    )
    for name, credited_tax in session.execute(credited_taxes):
        taxes[name] = taxes.get(name, 0) - int(credited_tax)
    currency = deposit.currency
    return OpenDeposit(
        key=str(deposit.id),
        number=deposit.number or "",
        issued_on=deposit.issued_on,
        net=Money(net, currency),
        taxes={name: Money(amount, currency) for name, amount in taxes.items()},
    )


def refuse_lost_deposits(session: Session, invoice: Invoice) -> None:
    """Raise Unmet unless every deposit that a draft deducts is still there to be deducted [I7, M24]."""
    uses = session.scalars(select(DepositUse).where(DepositUse.invoice_id == invoice.id)).all()
    if sum(use.gross for use in uses) != invoice.deducted:
        raise Unmet("This bill does not add up any more; write it again from its contract")
    for use in uses:
        deposit = session.get_one(Invoice, use.deposit_id)
        is_ours = (deposit.group_id, deposit.currency) == (invoice.group_id, invoice.currency)
        if deposit.state is not InvoiceState.ISSUED or deposit.kind is not InvoiceKind.DEPOSIT or not is_ours:
            raise Unmet(f"Invoice {deposit} is no deposit that this bill can deduct; write the bill again")
        left = left_of_deposit(session, deposit)
        too_much = use.net > left.net.minor or any(
            amount > left.taxes.get(name, Money.zero(invoice.currency)).minor
            for name, amount in use.taxes.items()
        )
        if too_much:
            raise Unmet(
                f"Of deposit invoice {deposit} only {left.total} {left.total.currency} is left to deduct; "
                "write the bill again"
            )
