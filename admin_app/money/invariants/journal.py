"""Invariants of the journal: balanced, and saying exactly what the documents say (design section 4) [J1-J4]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select

from admin_app.models import EntryKind, InvoiceState, PaymentState
from admin_app.money import accounts
from admin_app.money.invariants.check import (
    ALLOCATION,
    ENTRY,
    INVOICE,
    PAYMENT,
    POSTING,
    REFUND,
    TAX,
    Check,
    Invariant,
    as_text,
    or_zero,
    row,
    total,
    total_where,
    whole,
)

_DOCUMENTS = {"invoice": INVOICE, "payment": PAYMENT, "allocation": ALLOCATION, "refund": REFUND}


def _entries_balance() -> Select[Any]:
    """Entries whose debits and credits differ in a currency."""
    off = (
        select(POSTING.c.entry_id, POSTING.c.currency, total(POSTING.c.amount).label("sum"))
        .group_by(POSTING.c.entry_id, POSTING.c.currency)
        .having(total(POSTING.c.amount) != 0)
        .subquery()
    )
    return row(off.c.entry_id, as_text(off.c.entry_id), 0, off.c.sum, off.c.currency)


def _entries_have_postings() -> Select[Any]:
    return row(ENTRY.c.id, as_text(ENTRY.c.id), 2, 0).where(~exists().where(POSTING.c.entry_id == ENTRY.c.id))


def _says_the_same(
    document: str, name: Any, sides: Mapping[str, tuple[ColumnElement[bool], Any]]
) -> Select[Any]:
    """Documents of which the journal says something else: `sides` maps an account to what it should hold."""
    table = _DOCUMENTS[document]
    booked = (
        select(
            ENTRY.c.document_id,
            *(total_where(on_it, POSTING.c.amount).label(side) for side, (on_it, _) in sides.items()),
            total_where(
                ~or_(*(on_it for on_it, _ in sides.values())), func.abs(whole(POSTING.c.amount))
            ).label("elsewhere"),
        )
        .join(POSTING, POSTING.c.entry_id == ENTRY.c.id)
        .where(ENTRY.c.document == document)
        .group_by(ENTRY.c.document_id)
        .subquery()
    )
    expected = {side: what for side, (_, what) in sides.items()} | {"elsewhere": literal(0)}
    differs = {side: or_zero(booked.c[side]) != what for side, what in expected.items()}

    def first(values: Mapping[str, Any]) -> ColumnElement[Any]:
        """What belongs to the first side that differs."""
        return case(*((differs[side], values[side]) for side in expected))

    return (
        row(
            table.c.id,
            name + ", " + first({side: literal(side) for side in expected}),
            first(expected),
            first({side: or_zero(booked.c[side]) for side in expected}),
            table.c.currency,
        )
        .select_from(table.outerjoin(booked, booked.c.document_id == table.c.id))
        .where(or_(*differs.values()))
    )


def _on(account: str) -> ColumnElement[bool]:
    return POSTING.c.account == account


def _below(prefix: str) -> ColumnElement[bool]:
    return func.substr(POSTING.c.account, 1, len(prefix)) == prefix


def _invoices_are_booked() -> Select[Any]:
    issued = INVOICE.c.state == InvoiceState.ISSUED
    return _says_the_same(
        "invoice",
        func.coalesce(INVOICE.c.number, ""),
        {
            "receivable": (_on(accounts.RECEIVABLE), case((issued, whole(INVOICE.c.total)), else_=0)),
            "revenue": (
                _on(accounts.REVENUE),
                case((issued, whole(INVOICE.c.tax) - whole(INVOICE.c.total)), else_=0),
            ),
            "tax": (_below(accounts.TAX), case((issued, -whole(INVOICE.c.tax)), else_=0)),
        },
    )


def _payments_are_booked() -> Select[Any]:
    came = PAYMENT.c.state == PaymentState.RECEIVED
    amount, tip = whole(PAYMENT.c.amount), whole(PAYMENT.c.tip)
    return _says_the_same(
        "payment",
        as_text(PAYMENT.c.paid_on),
        {
            "cash": (_below(accounts.CASH), case((came, amount), else_=0)),
            "advances": (_on(accounts.ADVANCES), case((came, tip - amount), else_=0)),
            "tips": (_on(accounts.TIPS), case((came, -tip), else_=0)),
        },
    )


def _allocations_are_booked() -> Select[Any]:
    return _says_the_same(
        "allocation",
        as_text(ALLOCATION.c.id),
        {
            "advances": (_on(accounts.ADVANCES), whole(ALLOCATION.c.amount)),
            "receivable": (_on(accounts.RECEIVABLE), -whole(ALLOCATION.c.amount)),
        },
    )


def _refunds_are_booked() -> Select[Any]:
    return _says_the_same(
        "refund",
        func.coalesce(REFUND.c.number, as_text(REFUND.c.id)),
        {
            "cash": (_below(accounts.CASH), -whole(REFUND.c.amount)),
            "advances and tips": (or_(_on(accounts.ADVANCES), _on(accounts.TIPS)), whole(REFUND.c.amount)),
        },
    )


def _taxes_are_booked_by_name() -> Select[Any]:
    """Taxes of issued invoices that do not stand on their own account."""
    booked = (
        select(ENTRY.c.document_id, POSTING.c.account, total(POSTING.c.amount).label("sum"))
        .join(POSTING, POSTING.c.entry_id == ENTRY.c.id)
        .where(ENTRY.c.document == "invoice", _below(accounts.TAX))
        .group_by(ENTRY.c.document_id, POSTING.c.account)
        .subquery()
    )
    mine = and_(
        booked.c.document_id == TAX.c.invoice_id, booked.c.account == literal(accounts.TAX) + TAX.c.name
    )
    return (
        row(
            TAX.c.id,
            func.coalesce(INVOICE.c.number, "") + " " + TAX.c.name,
            TAX.c.amount,
            -or_zero(booked.c.sum),
            INVOICE.c.currency,
        )
        .select_from(TAX.join(INVOICE, INVOICE.c.id == TAX.c.invoice_id).outerjoin(booked, mine))
        .where(INVOICE.c.state == InvoiceState.ISSUED, -or_zero(booked.c.sum) != whole(TAX.c.amount))
    )


def _cash_lies_where_it_came(document: str) -> Select[Any]:
    """Postings on the account of another way of paying than the document names."""
    table = _DOCUMENTS[document]
    return (
        row(POSTING.c.id, POSTING.c.account, POSTING.c.amount, POSTING.c.amount, POSTING.c.currency)
        .select_from(
            POSTING.join(ENTRY, ENTRY.c.id == POSTING.c.entry_id).join(
                table, table.c.id == ENTRY.c.document_id
            )
        )
        .where(ENTRY.c.document == document, _below(accounts.CASH))
        .where(POSTING.c.account != literal(accounts.CASH) + as_text(table.c.method))
    )


def _payments_lie_where_they_came() -> Select[Any]:
    return _cash_lies_where_it_came("payment")


def _refunds_lie_where_they_went() -> Select[Any]:
    return _cash_lies_where_it_came("refund")


def _postings_name_their_customer(document: str) -> Select[Any]:
    table = _DOCUMENTS[document]
    return (
        row(POSTING.c.id, as_text(POSTING.c.id), table.c.group_id, POSTING.c.group_id)
        .select_from(
            POSTING.join(ENTRY, ENTRY.c.id == POSTING.c.entry_id).join(
                table, table.c.id == ENTRY.c.document_id
            )
        )
        .where(ENTRY.c.document == document)
        .where(or_(POSTING.c.group_id != table.c.group_id, POSTING.c.currency != table.c.currency))
    )


def _entries_have_documents() -> Select[Any]:
    """Entries whose document is gone, or that name no document at all."""
    there = [
        and_(ENTRY.c.document == name, exists().where(table.c.id == ENTRY.c.document_id))
        for name, table in _DOCUMENTS.items()
    ]
    return row(ENTRY.c.id, ENTRY.c.document, 1, 0).where(~or_(*there))


def _days_agree(document: str, day: Any) -> Select[Any]:
    """Entries that count from another day than their document says."""
    table = _DOCUMENTS[document]
    return (
        row(ENTRY.c.id, as_text(ENTRY.c.id) + " of " + as_text(day), 0, 0)
        .select_from(ENTRY.join(table, table.c.id == ENTRY.c.document_id))
        .where(ENTRY.c.document == document, or_(day.is_(None), ENTRY.c.effective_on != day))
    )


def _invoice_days() -> Select[Any]:
    return _days_agree("invoice", INVOICE.c.issued_on)


def _payment_days() -> Select[Any]:
    return _days_agree("payment", PAYMENT.c.paid_on)


def _allocation_days() -> Select[Any]:
    return _days_agree("allocation", ALLOCATION.c.effective_on)


def _refund_days() -> Select[Any]:
    return _days_agree("refund", REFUND.c.refunded_on)


def _reversals_name_what_they_reverse() -> Select[Any]:
    """Entries whose kind does not fit: a reversal names the entry it takes back, the others their document's kind."""
    original = ENTRY.alias("original")
    is_reversal = ENTRY.c.kind == EntryKind.REVERSAL
    fits = or_(
        and_(is_reversal, original.c.id.is_not(None), original.c.document == ENTRY.c.document),
        and_(~is_reversal, ENTRY.c.reverses_id.is_(None), as_text(ENTRY.c.kind) == ENTRY.c.document),
    )
    return (
        row(ENTRY.c.id, as_text(ENTRY.c.id), 1, 0)
        .select_from(ENTRY.outerjoin(original, original.c.id == ENTRY.c.reverses_id))
        .where(~func.coalesce(fits, False))
    )


def _allocations_are_taken_back_whole() -> Select[Any]:
    original = ALLOCATION.alias("original")
    alike = and_(
        original.c.payment_id == ALLOCATION.c.payment_id,
        original.c.invoice_id == ALLOCATION.c.invoice_id,
        whole(original.c.amount) == -whole(ALLOCATION.c.amount),
    )
    return (
        row(
            ALLOCATION.c.id,
            as_text(ALLOCATION.c.id),
            -whole(original.c.amount),
            ALLOCATION.c.amount,
            ALLOCATION.c.currency,
        )
        .select_from(ALLOCATION.join(original, original.c.id == ALLOCATION.c.reverses_id))
        .where(~alike)
    )


def _postings_of(document: str) -> Any:
    return lambda: _postings_name_their_customer(document)


JOURNAL: tuple[Invariant, ...] = (
    Invariant(
        "J1",
        "Every entry is balanced in each currency",
        (
            Check("posting", "Entry {name} is off by {actual}", _entries_balance),
            Check("journal_entry", "Entry {name} has no postings", _entries_have_postings),
        ),
    ),
    Invariant(
        "J2",
        "The journal says what the documents say",
        (
            Check("invoice", "Invoice {name}: {expected} expected, {actual} booked", _invoices_are_booked),
            Check("payment", "Payment of {name}: {expected} expected, {actual} booked", _payments_are_booked),
            Check(
                "allocation",
                "Allocation {name}: {expected} expected, {actual} booked",
                _allocations_are_booked,
            ),
            Check("refund", "Refund {name}: {expected} expected, {actual} booked", _refunds_are_booked),
            Check(
                "invoice_tax", "Tax {name}: {expected} expected, {actual} booked", _taxes_are_booked_by_name
            ),
            Check(
                "posting",
                "Posting {id} lies on {name}, its payment came another way",
                _payments_lie_where_they_came,
            ),
            Check(
                "posting",
                "Posting {id} lies on {name}, its refund went another way",
                _refunds_lie_where_they_went,
            ),
            Check("journal_entry", "Entry {id} books a {name} that is not there", _entries_have_documents),
        ),
    ),
    Invariant(
        "J3",
        "Entries count from the day of their document, and reversals name what they take back",
        (
            Check("journal_entry", "Entry {name} does not count from the day of its invoice", _invoice_days),
            Check("journal_entry", "Entry {name} does not count from the day of its payment", _payment_days),
            Check(
                "journal_entry",
                "Entry {name} does not count from the day of its allocation",
                _allocation_days,
            ),
            Check("journal_entry", "Entry {name} does not count from the day of its refund", _refund_days),
            Check(
                "journal_entry", "Entry {name} is not of the kind it says", _reversals_name_what_they_reverse
            ),
            Check(
                "allocation",
                "Allocation {name} takes back {actual}, not {expected} of the same payment and invoice",
                _allocations_are_taken_back_whole,
            ),
        ),
    ),
    Invariant(
        "J4",
        "Postings belong to the customer and currency of their document",
        tuple(
            Check(
                "posting",
                f"Posting {{name}} belongs to another customer or currency than its {document}",
                _postings_of(document),
            )
            for document in _DOCUMENTS
        ),
    ),
)
