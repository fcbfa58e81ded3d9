"""Invariants of the journal: balanced, dated and naming the right rows (design section 4) [J1, J3, J4].

That it says what the documents say is J2, in `said.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, null, or_, select

from admin_app.models import EntryKind
from admin_app.money.invariants.check import (
    ALLOCATION,
    CREDIT,
    ENTRY,
    INVOICE,
    PAYMENT,
    PAYOUT,
    POSTING,
    REFUND,
    WRITE_OFF,
    Check,
    Invariant,
    as_text,
    row,
    total,
    whole,
)
from admin_app.money.invariants.said import DOCUMENTS_BOOKED, SAID

_DAYS: dict[str, Any] = {
    "invoice": INVOICE.c.issued_on,
    "retainage": INVOICE.c.released_on,
    "credit note": CREDIT.c.issued_on,
    # What was written off and is asked for again counts from both days.
    "write-off": case(
        (ENTRY.c.kind == EntryKind.REVERSAL, WRITE_OFF.c.taken_back_on), else_=WRITE_OFF.c.written_off_on
    ),
    "payment": PAYMENT.c.paid_on,
    "allocation": ALLOCATION.c.effective_on,
    "refund": REFUND.c.refunded_on,
    "payout": PAYOUT.c.paid_on,
}
"""From which day an entry counts, by its document."""


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


def _postings_name_their_customer(document: str) -> Select[Any]:
    """Postings of another customer or currency than their document; a payout is nobody's."""
    table = DOCUMENTS_BOOKED[document]
    group_id = null() if table is PAYOUT else table.c.group_id
    return (
        row(POSTING.c.id, as_text(POSTING.c.id), group_id, POSTING.c.group_id)
        .select_from(
            POSTING.join(ENTRY, ENTRY.c.id == POSTING.c.entry_id).join(
                table, table.c.id == ENTRY.c.document_id
            )
        )
        .where(ENTRY.c.document == document)
        .where(or_(POSTING.c.group_id.is_distinct_from(group_id), POSTING.c.currency != table.c.currency))
    )


def _days_agree(document: str) -> Select[Any]:
    """Entries that count from another day than their document says."""
    table, day = DOCUMENTS_BOOKED[document], _DAYS[document]
    return (
        row(ENTRY.c.id, as_text(ENTRY.c.id) + " of " + func.coalesce(as_text(day), "no day"), 0, 0)
        .select_from(ENTRY.join(table, table.c.id == ENTRY.c.document_id))
        .where(ENTRY.c.document == document, or_(day.is_(None), ENTRY.c.effective_on != day))
    )


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
        original.c.payment_id.is_not_distinct_from(ALLOCATION.c.payment_id),
        original.c.credit_note_id.is_not_distinct_from(ALLOCATION.c.credit_note_id),
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


def _asked_of(question: Callable[[str], Select[Any]], document: str) -> Callable[[], Select[Any]]:
    """One question about the entries of one kind of document."""
    return lambda: question(document)


JOURNAL: tuple[Invariant, ...] = (
    Invariant(
        "J1",
        "Every entry is balanced in each currency",
        (
            Check("posting", "Entry {name} is off by {actual}", _entries_balance),
            Check("journal_entry", "Entry {name} has no postings", _entries_have_postings),
        ),
    ),
    SAID,
    Invariant(
        "J3",
        "Entries count from the day of their document, and reversals name what they take back",
        (
            *(
                Check(
                    "journal_entry",
                    f"Entry {{name}} does not count from the day of its {document}",
                    _asked_of(_days_agree, document),
                )
                for document in DOCUMENTS_BOOKED
            ),
            Check(
                "journal_entry", "Entry {name} is not of the kind it says", _reversals_name_what_they_reverse
            ),
            Check(
                "allocation",
                "Allocation {name} takes back {actual}, not {expected} of the same money and invoice",
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
                _asked_of(_postings_name_their_customer, document),
            )
            for document in DOCUMENTS_BOOKED
        ),
    ),
)
