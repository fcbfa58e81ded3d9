"""What an invoice and a credit note say on paper [M11, M18, M21, M25, A79]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from admin_app.documents.content import (
    Columns,
    Deposit,
    Derivation,
    DocumentContent,
    Fact,
    Line,
    PaperKind,
    Reference,
    RowKind,
    Sums,
    TaxRow,
    TotalRow,
)
from admin_app.kernel.money import Money
from admin_app.models import (
    CreditNote,
    CustomerGroup,
    DepositUse,
    Estimate,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    WorkOrder,
)
from admin_app.services.papers.parties import Letterhead, letterhead
from admin_app.services.papers.sums import Stored, plain, tax_rows, total_rows
from admin_app.services.papers.words import Words


def invoice_content(session: Session, invoice: Invoice) -> DocumentContent:
    """The invoice as it was issued, or as its draft stands; payments of later days are no part of it [M11]."""
    group = session.get_one(CustomerGroup, invoice.group_id)
    head = letterhead(session, group, brand_id=invoice.brand_id, project=invoice.project)
    words = head.words
    sums = Stored(
        invoice.currency,
        invoice.subtotal,
        invoice.discount,
        invoice.tax,
        invoice.total,
        invoice.prices_include_tax,
    )
    deposits = _deposits(session, invoice)
    due = invoice.total - invoice.deducted - invoice.retained
    is_deposit = invoice.kind is InvoiceKind.DEPOSIT
    return DocumentContent(
        kind=PaperKind.DEPOSIT_INVOICE if is_deposit else PaperKind.INVOICE,
        currency=invoice.currency,
        sender=head.sender,
        recipient=head.recipient,
        language=head.language,
        number=invoice.number,
        title=invoice.title,
        part=_part(session, invoice),
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        delivered_on=_delivered(session, invoice),
        order_number=invoice.client_order_no,
        facts=_facts(session, invoice, words),
        site=head.site,
        intro=head.brand.invoice_intro,
        closing="\n\n".join(filter(None, (invoice.notes, head.brand.invoice_closing))) or None,
        lines=tuple(_line(line, sums) for line in invoice.lines),
        columns=Columns(taxes=len({tuple(line.tax_names) for line in invoice.lines}) > 1),
        prices_include_tax=invoice.prices_include_tax,
        totals=_rows(invoice, sums, deposits, due, words),
        sums=Sums(
            subtotal=sums.written(sums.subtotal),
            discount=sums.written(sums.discount),
            net=sums.written(sums.net),
            tax=sums.written(sums.tax),
            total=sums.written(sums.total),
            prepaid=sums.written(invoice.deducted),
            due=sums.written(invoice.total - invoice.deducted),
        ),
        taxes=tax_rows(sums, invoice.taxes, group, words),
        deposits=deposits,
        derivation=Derivation.of(invoice.derivation) if invoice.derivation else None,
        payment_text=_terms(invoice, words),
        payment_reference=invoice.number,
    )


def credit_note_content(session: Session, note: CreditNote) -> DocumentContent:
    """The credit note as it was issued: positive amounts, naming its invoice [M25]."""
    group = session.get_one(CustomerGroup, note.group_id)
    invoice = note.invoice
    head: Letterhead = letterhead(session, group, brand_id=note.brand_id, project=invoice.project)
    words = head.words
    sums = Stored(note.currency, note.subtotal, 0, note.tax, note.total)
    return DocumentContent(
        kind=PaperKind.CREDIT_NOTE,
        currency=note.currency,
        sender=head.sender,
        recipient=head.recipient,
        language=head.language,
        number=note.number,
        title=invoice.title,
        issued_on=note.issued_on,
        delivered_on=note.issued_on,
        preceding=(Reference(str(invoice.number), invoice.issued_on),),
        facts=(Fact(words("reason"), note.reason),),
        lines=tuple(
            Line(
                description=line.description,
                position=str(line.position),
                quantity="1",
                unit_price=sums.written(line.net),
                net=sums.written(line.net),
                taxes=tuple(line.tax_names),
            )
            for line in note.lines
        ),
        columns=Columns(quantity=False, unit_price=False),
        totals=total_rows(sums, note.taxes, words),
        sums=Sums(
            subtotal=sums.written(sums.subtotal),
            discount=sums.written(0),
            net=sums.written(sums.net),
            tax=sums.written(sums.tax),
            total=sums.written(sums.total),
            prepaid=sums.written(0),
            due=sums.written(sums.total),
        ),
        taxes=tax_rows(sums, note.taxes, group, words),
        derivation=Derivation.of(note.derivation) if note.derivation else None,
    )


def _rows(
    invoice: Invoice, sums: Stored, deposits: tuple[Deposit, ...], due: int, words: Words
) -> tuple[TotalRow, ...]:
    """The totals, then what is taken off before payment, then what is due."""
    rows = list(total_rows(sums, invoice.taxes, words))
    for deposit in deposits:
        label = words("deposit", number=deposit.number, day=words.day(deposit.issued_on))
        rows.append(TotalRow(label, f"-{deposit.total}", RowKind.DEDUCTION))
    if invoice.retained:
        until = invoice.retained_until
        label = words("retained", day=words.day(until)) if until else words("retained_open")
        rows.append(TotalRow(label, sums.written(-invoice.retained), RowKind.DEDUCTION))
    if due != invoice.total:
        rows.append(TotalRow(words("due"), sums.written(due), RowKind.STRONG))
    return tuple(rows)


def _deposits(session: Session, invoice: Invoice) -> tuple[Deposit, ...]:
    found = session.execute(
        select(DepositUse, Invoice)
        .join(Invoice, Invoice.id == DepositUse.deposit_id)
        .where(DepositUse.invoice_id == invoice.id)
        .order_by(Invoice.issued_on, Invoice.id)
    )

    def written(minor: int) -> str:
        return str(Money(minor, invoice.currency))

    deposits = []
    for use, deposit in found:
        assert deposit.number is not None and deposit.issued_on is not None
        rates = {tax.name: tax.rate for tax in deposit.taxes}
        taxes = tuple(
            TaxRow(
                name=name,
                rate=plain(rates.get(name) or Decimal(0)),
                base=written(use.net),
                amount=written(amount),
            )
            for name, amount in use.taxes.items()
        )
        deposits.append(
            Deposit(deposit.number, deposit.issued_on, written(use.net), written(use.tax), written(use.gross), taxes)
        )
    return tuple(deposits)


def _line(line: InvoiceLine, sums: Stored) -> Line:
    return Line(
        description=line.description,
        position=str(line.position),
        quantity=plain(line.quantity),
        unit_price=plain(line.unit_price),
        discount=sums.written(line.discount) if line.discount else None,
        net=sums.written(line.net),
        taxes=tuple(line.tax_names),
    )


def _part(session: Session, invoice: Invoice) -> tuple[int, int] | None:
    """(2, 3) where its contract has several bills so far [M18]."""
    if invoice.part is None or invoice.estimate_id is None:
        return None
    bill = aliased(Invoice)
    count = session.scalar(
        select(func.max(bill.part)).where(
            bill.estimate_id == invoice.estimate_id, bill.state == InvoiceState.ISSUED
        )
    )
    known = max(count or 0, invoice.part)
    return (invoice.part, known) if known > 1 else None


def _delivered(session: Session, invoice: Invoice) -> date | None:
    """The day of the service: when its work was completed, else the day of the invoice."""
    if invoice.work_order_id is None:
        return invoice.issued_on
    return (
        session.scalar(select(WorkOrder.completed_on).where(WorkOrder.id == invoice.work_order_id))
        or invoice.issued_on
    )


def _facts(session: Session, invoice: Invoice, words: Words) -> tuple[Fact, ...]:
    if invoice.estimate_id is None:
        return ()
    number = session.scalar(select(Estimate.number).where(Estimate.id == invoice.estimate_id))
    return (Fact(words("estimate"), number),) if number else ()


def _terms(invoice: Invoice, words: Words) -> str | None:
    if invoice.issued_on is None or invoice.due_on is None:
        return None
    days = (invoice.due_on - invoice.issued_on).days
    return words("terms", days=str(days), day=words.day(invoice.due_on)) if days > 0 else words("at_once")
