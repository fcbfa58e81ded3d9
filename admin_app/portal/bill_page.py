"""What the page of an invoice says: amount, due date and state first, then the frozen paper, then how to pay [W7, E6].

The lines and totals come from the frozen paper, so that page, PDF and what was sent are one text [M8, L9]; what is open
and what settled it come from the ledger.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.documents.content import DocumentContent, Line, Sender, TotalRow
from admin_app.documents.epc_qr import transfer_svg, transfer_text
from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    Checkout,
    CheckoutState,
    CreditNote,
    Invoice,
    InvoiceState,
    Payment,
    Standing,
)
from admin_app.policy import Permission, may, visible
from admin_app.services.checkout.what_to_pay import card_brand


@dataclass(frozen=True, slots=True)
class Settled:
    """What lowered the balance: in words, how much, and of what kind it is, if the client sees it."""

    words: str
    on: date | None
    amount: Money
    about: str = ""
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """How to pay by bank: the account, the reference, and the code for a banking app as a picture."""

    sender: Sender
    reference: str
    code: str = ""
    """A data address of an SVG; "" where no code can be made (another currency, no IBAN)."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The whole page."""

    invoice: Invoice
    content: DocumentContent
    is_paid: bool
    """Money settled it, and nothing else did."""
    lines: tuple[tuple[Line, Money | None], ...]
    totals: tuple[tuple[TotalRow, Money], ...]
    settled: tuple[Settled, ...]
    transfer: Transfer | None
    takes_card: bool
    declined: Checkout | None
    """The latest charge of a saved card, where it was declined and the invoice is still open."""
    receipt: Payment | None
    """The latest payment that settled it, if the client sees it."""


def read_bill(
    session: Session, invoice: Invoice, content: DocumentContent, actor: Actor, today: date
) -> Bill:
    """Read the page of an invoice that the client sees."""
    is_open = invoice.state is InvoiceState.ISSUED and invoice.balance > 0
    payments = _payments(session, invoice, actor)
    return Bill(
        invoice,
        content,
        invoice.standing(today) is Standing.PAID,
        priced_lines(content),
        priced_totals(content),
        (*_used_payments(payments, invoice), *_credits(session, invoice, actor), *_losses(invoice)),
        _transfer(invoice, content) if is_open else None,
        is_open
        and card_brand(session, invoice.brand_id or invoice.group.brand_id) is not None
        and (may(actor, Permission.PAY_ONLINE, invoice) or bool(actor.client and actor.client.preview)),
        _declined(session, invoice, actor) if is_open else None,
        next((payment for payment, _ in reversed(payments) if payment is not None), None),
    )


def priced_lines(content: DocumentContent) -> tuple[tuple[Line, Money | None], ...]:
    """The lines of a paper with what each costs, where the paper shows it."""
    return tuple(
        (line, Money.of(line.net, content.currency) if line.net is not None else None)
        for line in content.lines
    )


def priced_totals(content: DocumentContent) -> tuple[tuple[TotalRow, Money], ...]:
    """The sums of a paper."""
    return tuple((row, Money.of(row.amount, content.currency)) for row in content.totals)


def _transfer(invoice: Invoice, content: DocumentContent) -> Transfer | None:
    """The bank details of the paper; the code asks for what is open today."""
    if not content.sender.iban:
        return None
    open_now = str(Money(invoice.balance, invoice.currency))
    asks = replace(content, sums=replace(content.sums, due=open_now)) if content.sums is not None else content
    text = transfer_text(asks)
    code = ""
    if text is not None:
        code = "data:image/svg+xml;base64," + base64.b64encode(transfer_svg(text).encode()).decode()
    return Transfer(content.sender, content.payment_reference or str(invoice), code)


def _payments(session: Session, invoice: Invoice, actor: Actor) -> list[tuple[Payment | None, int]]:
    """What payments settled of it, oldest first; a payment that the client does not see is counted without a name."""
    used = (
        select(Allocation.payment_id, func.sum(Allocation.amount))
        .where(Allocation.invoice_id == invoice.id, Allocation.payment_id.is_not(None))
        .group_by(Allocation.payment_id)
        .having(func.sum(Allocation.amount) != 0)
        .order_by(Allocation.payment_id)
    )
    amounts = [(int(number or 0), int(amount)) for number, amount in session.execute(used)]
    query = visible(actor, select(Payment)).where(Payment.id.in_([number for number, _ in amounts]))
    seen = {payment.id: payment for payment in session.scalars(query)}
    return [(seen.get(number), amount) for number, amount in amounts]


def _used_payments(payments: Sequence[tuple[Payment | None, int]], invoice: Invoice) -> list[Settled]:
    return [
        Settled(
            f"Paid by {payment.method.value}" if payment is not None else "Payment",
            payment.paid_on if payment is not None else None,
            Money(amount, invoice.currency),
            "receipt" if payment is not None else "",
            payment.public_id if payment is not None else "",
        )
        for payment, amount in payments
    ]


def _credits(session: Session, invoice: Invoice, actor: Actor) -> list[Settled]:
    used: Any = (
        select(CreditNote, func.sum(Allocation.amount))
        .join(Allocation, Allocation.credit_note_id == CreditNote.id)
        .where(Allocation.invoice_id == invoice.id)
        .group_by(CreditNote.id)
        .having(func.sum(Allocation.amount) != 0)
        .order_by(CreditNote.id)
    )
    seen = set(session.scalars(visible(actor, select(CreditNote)).with_only_columns(CreditNote.id)))
    return [
        Settled(
            f"Credit note {note.number}" if note.id in seen else "Credit",
            note.issued_on,
            Money(int(amount), invoice.currency),
            "credit-note" if note.id in seen else "",
            note.public_id if note.id in seen else "",
        )
        for note, amount in session.execute(used)
    ]


def _losses(invoice: Invoice) -> list[Settled]:
    """What was let off; seen with its invoice."""
    if not invoice.written_off:
        return []
    return [Settled("Let off", None, Money(invoice.written_off, invoice.currency))]


def _declined(session: Session, invoice: Invoice, actor: Actor) -> Checkout | None:
    """The latest try with a saved card, if it was declined."""
    query = (
        select(Checkout)
        .where(Checkout.group_id == invoice.group_id, Checkout.state == CheckoutState.FAILED)
        .where(Checkout.saved_card_id.is_not(None))
        .order_by(Checkout.id.desc())
        .limit(20)
    )
    tries = session.scalars(visible(actor, query))
    return next(
        (one for one in tries if any(int(target["invoice"]) == invoice.id for target in one.targets)), None
    )
