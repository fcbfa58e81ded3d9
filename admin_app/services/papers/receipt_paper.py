"""What a receipt and a refund say on paper: money in, what it settled, and money back [M26, M28, 88]."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.documents.content import DocumentContent, Fact, PaperKind, RowKind, Settlement, TotalRow
from admin_app.kernel.money import Money
from admin_app.models import Allocation, CustomerGroup, Invoice, Payment, Refund
from admin_app.services.papers.parties import letterhead


def receipt_content(session: Session, payment: Payment) -> DocumentContent:
    """A payment with the invoices it was used for, as they stand today."""
    group = session.get_one(CustomerGroup, payment.group_id)
    used = _used(session, payment)
    brand_id = next((invoice.brand_id for invoice, _ in used), None)
    head = letterhead(session, group, brand_id=brand_id, project=payment.project)
    words = head.words

    def written(minor: int) -> str:
        return str(Money(minor, payment.currency))

    totals = [TotalRow(words("received"), written(payment.amount), RowKind.STRONG)]
    if payment.refunded:
        totals.append(TotalRow(words("paid_back"), written(-payment.refunded), RowKind.DEDUCTION))
    if payment.unallocated:
        totals.append(TotalRow(words("unused"), written(payment.unallocated)))
    facts = [Fact(words("way"), payment.method.value.capitalize())]
    return DocumentContent(
        kind=PaperKind.RECEIPT,
        currency=payment.currency,
        sender=head.sender,
        recipient=head.recipient,
        language=head.language,
        number=f"{payment.id:06d}",
        issued_on=payment.paid_on,
        facts=tuple(facts),
        totals=tuple(totals),
        settlements=tuple(
            Settlement(str(invoice.number), written(amount), invoice.issued_on) for invoice, amount in used
        ),
        payment_reference=payment.reference,
    )


def refund_content(session: Session, refund: Refund) -> DocumentContent:
    """Money paid back, with its number: the document of a refund."""
    group = session.get_one(CustomerGroup, refund.group_id)
    project = refund.payment.project if refund.payment is not None else None
    brand_id = refund.credit_note.brand_id if refund.credit_note is not None else None
    head = letterhead(session, group, brand_id=brand_id, project=project)
    words = head.words
    facts = [Fact(words("way"), refund.method.value.capitalize())]
    if refund.credit_note is not None:
        facts.insert(0, Fact(words("of_credit"), refund.credit_note.number))
    elif refund.payment is not None:
        facts.insert(0, Fact(words("of_payment"), words.day(refund.payment.paid_on)))
    if refund.reason:
        facts.append(Fact(words("reason"), refund.reason))
    amount = str(Money(refund.amount, refund.currency))
    return DocumentContent(
        kind=PaperKind.REFUND,
        currency=refund.currency,
        sender=head.sender,
        recipient=head.recipient,
        language=head.language,
        number=refund.number,
        issued_on=refund.refunded_on,
        facts=tuple(facts),
        totals=(TotalRow(words("paid_back"), amount, RowKind.STRONG),),
    )


def _used(session: Session, payment: Payment) -> list[tuple[Invoice, int]]:
    """The invoices that a payment stands used for, with the amounts, oldest first."""
    query = (
        select(Invoice, func.sum(Allocation.amount))
        .join(Allocation, Allocation.invoice_id == Invoice.id)
        .where(Allocation.payment_id == payment.id)
        .group_by(Invoice.id)
        .having(func.sum(Allocation.amount) != 0)
        .order_by(Invoice.issued_on, Invoice.id)
    )
    return [(invoice, int(amount)) for invoice, amount in session.execute(query)]
