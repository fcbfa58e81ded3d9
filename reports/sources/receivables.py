"""Who owed what at the end of any day: today's open amounts with all that happened since rolled back [M37, 127, L6].

`invoice.balance`, `payment.unallocated` and `credit_note.open` say what is open now (the proof of the books compares
them with the journal each night).  What a later day changed is found by the dates of the journal and taken back, so
only documents that are open, or were touched since, are read.  `records.aged_as_of` finds the same the long way.

What was voided or reversed counts nowhere from its own day on (M13, M29), but money that was used for it, and taken
back on a later day, was used until then: in between it is a negative amount, in the journal as here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    case,
    cast,
    func,
    select,
    union_all,
)

from admin_app.models import (
    Allocation,
    CreditNote,
    EntryKind,
    Invoice,
    InvoiceState,
    JournalEntry,
    Payment,
    Posting,
    Refund,
    WriteOff,
)
from admin_app.money import accounts
from admin_app.money.ageing import Bucket
from reports.sources.base import Part, Source, part
from reports.sources.bills import BY_DOCUMENT, brand_of, columns_of_invoice


def aside(column: Any) -> ColumnElement[Any]:
    """A column as a condition that no index answers: what is open is the shorter way in on SQLite."""
    return func.coalesce(column, column)


def bucket_of(day: Any, as_of: date) -> ColumnElement[Any]:
    """How many days before `as_of` a day lies, as a column of the ageing table; no day is not late."""
    return case(
        (day.is_(None), Bucket.CURRENT.value),
        (day >= as_of, Bucket.CURRENT.value),
        (day >= as_of - timedelta(days=30), Bucket.LATE_30.value),
        (day >= as_of - timedelta(days=60), Bucket.LATE_60.value),
        (day >= as_of - timedelta(days=90), Bucket.LATE_90.value),
        else_=Bucket.LATE_MORE.value,
    )


def _booked_after(as_of: date, document: str) -> Select[Any]:
    """The ids of documents of a kind that have an entry of a later day; the journal is indexed by day."""
    return select(JournalEntry.document_id).where(
        JournalEntry.effective_on > as_of, aside(JournalEntry.document) == document
    )


def _uses_after(as_of: date, of: Any) -> Select[Any]:
    """(document, amount) of what was used later for an invoice, or of a payment or credit note.

    Uses of credit notes are few and have an index of their own; others are found by the day of their entry.
    """
    uses = select(of.label("id"), Allocation.amount.label("moved")).where(
        Allocation.effective_on > as_of, of.is_not(None)
    )
    if of is Allocation.credit_note_id:
        return uses
    return uses.where(Allocation.id.in_(_booked_after(as_of, "allocation")))


def _left(now: Any, *later: Any) -> Subquery:
    """(document, amount) that was open at the end of a day: what is open now, and all that moved it later, added up.

    Each is a select of `id` and `moved` (minor units); documents that come to nothing are left out.
    """
    every = union_all(now, *later).subquery()
    amount = cast(func.sum(every.c.moved), BigInteger)
    return (
        select(every.c.id, amount.label("amount")).group_by(every.c.id).having(amount != 0).subquery("then")
    )


def _invoices_then(as_of: date) -> Subquery:
    """What was open of invoices: uses and losses that came later are added, releases that did are taken off."""
    now = select(Invoice.id.label("id"), Invoice.balance.label("moved")).where(Invoice.balance > 0)
    lost = select(WriteOff.invoice_id.label("id"), WriteOff.amount.label("moved")).where(
        WriteOff.written_off_on > as_of, WriteOff.taken_back_on.is_(None)
    )
    asked_again = select(WriteOff.invoice_id.label("id"), (-WriteOff.amount).label("moved")).where(
        WriteOff.written_off_on <= as_of, WriteOff.taken_back_on > as_of
    )
    released = select(Invoice.id.label("id"), (-Invoice.retained).label("moved")).where(
        Invoice.id.in_(_booked_after(as_of, "retainage")),
        Invoice.released_on > as_of,
        Invoice.state == InvoiceState.ISSUED,
    )
    return _left(now, _uses_after(as_of, Allocation.invoice_id), lost, asked_again, released)


def open_invoices(as_of: date) -> tuple[Part, ...]:
    """What was open of each invoice, less what was held back of it, in its bucket."""
    then = _invoices_then(as_of)
    return (
        part(
            then.join(Invoice.__table__, Invoice.id == then.c.id),
            "invoice",
            Invoice.id,
            where=(aside(Invoice.issued_on) <= as_of,),
            day=Invoice.issued_on,
            group_id=Invoice.group_id,
            amount=then.c.amount,
            currency=Invoice.currency,
            title=Invoice.number,
            due_on=Invoice.due_on,
            issued_on=Invoice.issued_on,
            bucket=bucket_of(Invoice.due_on, as_of),
            bucket_by_issue=bucket_of(Invoice.issued_on, as_of),
            **columns_of_invoice(),
        ),
    )


def _payments_then(as_of: date) -> Subquery:
    """What was left of payments: later uses and refunds are added; a tip goes back last and never was part of it."""
    now = select(Payment.id.label("id"), Payment.unallocated.label("moved")).where(Payment.unallocated > 0)
    later = (
        select(Refund.payment_id.label("id"), func.sum(Refund.amount).label("back"))
        .where(aside(Refund.refunded_on) > as_of, Refund.payment_id.is_not(None))
        .group_by(Refund.payment_id)
        .subquery("later")
    )
    payable, before = Payment.amount - Payment.tip, Payment.refunded - later.c.back
    back = select(
        Payment.id.label("id"),
        (_at_most(Payment.refunded, payable) - _at_most(before, payable)).label("moved"),
    ).join(later, later.c.id == Payment.id)
    return _left(now, _uses_after(as_of, Allocation.payment_id), back)


def unused_payments(as_of: date, sign: int = 1) -> tuple[Part, ...]:
    """What was left of each payment received."""
    then = _payments_then(as_of)
    return (
        part(
            then.join(Payment.__table__, Payment.id == then.c.id),
            "payment",
            Payment.id,
            where=(aside(Payment.paid_on) <= as_of,),
            day=Payment.paid_on,
            group_id=Payment.group_id,
            amount=sign * then.c.amount,
            currency=Payment.currency,
            title=Payment.reference,
            brand_id=brand_of(None, Payment.group_id),
            project_id=Payment.project_id,
            invoice_id=None,
            document_kind=None,
            user_id=None,
            source=None,
            due_on=None,
            issued_on=Payment.paid_on,
            bucket=Bucket.UNALLOCATED.value,
            bucket_by_issue=Bucket.UNALLOCATED.value,
            method=Payment.method,
        ),
    )


def _at_most(amount: Any, most: Any) -> ColumnElement[Any]:
    return case((amount > most, most), else_=amount)


def open_credits(as_of: date, sign: int = 1) -> tuple[Part, ...]:
    """What no invoice had used of each credit note and nobody was paid back."""
    now = select(CreditNote.id.label("id"), CreditNote.open.label("moved")).where(CreditNote.open > 0)
    back = select(Refund.credit_note_id.label("id"), Refund.amount.label("moved")).where(
        Refund.refunded_on > as_of, Refund.credit_note_id.is_not(None)
    )
    then = _left(now, _uses_after(as_of, Allocation.credit_note_id), back)
    table = then.join(CreditNote.__table__, CreditNote.id == then.c.id).join(
        Invoice.__table__, Invoice.id == CreditNote.invoice_id
    )
    return (
        part(
            table,
            "credit note",
            CreditNote.id,
            where=(CreditNote.issued_on <= as_of,),
            day=CreditNote.issued_on,
            group_id=CreditNote.group_id,
            amount=sign * then.c.amount,
            currency=CreditNote.currency,
            title=CreditNote.number,
            due_on=None,
            issued_on=CreditNote.issued_on,
            bucket=Bucket.CREDIT.value,
            bucket_by_issue=Bucket.CREDIT.value,
            **columns_of_invoice() | {"brand_id": CreditNote.brand_id},
        ),
    )


def held_back(as_of: date) -> tuple[Part, ...]:
    """What each invoice held back and nobody had released; found by the account that it stands on."""
    entries = (
        select(JournalEntry.document_id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Posting.account == accounts.RETAINED, JournalEntry.kind == EntryKind.INVOICE)
    )
    return (
        part(
            Invoice,
            "invoice",
            Invoice.id,
            where=(
                Invoice.id.in_(entries),
                aside(Invoice.state) == InvoiceState.ISSUED,
                aside(Invoice.issued_on) <= as_of,
                Invoice.retained > 0,
                func.coalesce(Invoice.released_on, date.max) > as_of,
            ),
            day=Invoice.issued_on,
            group_id=Invoice.group_id,
            amount=Invoice.retained,
            currency=Invoice.currency,
            title=Invoice.number,
            due_on=Invoice.retained_until,
            issued_on=Invoice.issued_on,
            **columns_of_invoice(),
        ),
    )


def overdue_invoices(as_of: date) -> tuple[Part, ...]:
    """The open invoices whose due date has passed; due today is not late."""
    return tuple(
        replace(one, conditions=(*one.conditions, aside(Invoice.due_on) < as_of))
        for one in open_invoices(as_of)
    )


IN_BUCKETS = BY_DOCUMENT | {"due_on", "issued_on", "bucket", "bucket_by_issue"}

RECEIVABLE = Source(
    "receivable",
    "What was open of issued invoices, without what is held back.",
    (Invoice, Payment),
    open_invoices,
    IN_BUCKETS,
)
OVERDUE = Source(
    "overdue",
    "What was open of invoices whose due date had passed.",
    (Invoice, Payment),
    overdue_invoices,
    IN_BUCKETS,
)
AGEING = Source(
    "ageing",
    "Open invoices by days past due, less open credits and unallocated money: together the balance.",
    (Invoice, Payment, CreditNote),
    lambda as_of: (*open_invoices(as_of), *open_credits(as_of, -1), *unused_payments(as_of, -1)),
    IN_BUCKETS,
)
RETAINED = Source(
    "retained",
    "What issued invoices held back until the work has proved itself; no part of the balance.",
    (Invoice,),
    held_back,
    BY_DOCUMENT | {"due_on", "issued_on"},
)
UNALLOCATED = Source(
    "unallocated",
    "What was left of payments received, without tips, used for no invoice yet.",
    (Payment,),
    unused_payments,
    frozenset({"brand_id", "project_id", "method"}),
)
OPEN_CREDITS = Source(
    "open_credits",
    "What no invoice had used of credit notes and nobody was paid back.",
    (CreditNote, Invoice),
    open_credits,
    BY_DOCUMENT,
)
