"""Entries of the journal as the export takes them: with the numbers of their documents and the customers' names.

Read in parts of a thousand, so that years of books are streamed.  One call::

    read = lambda: entries_of(session, ids_between(session, start, end))
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from admin_app.models import (
    Allocation,
    CreditNote,
    CustomerGroup,
    ExportedEntry,
    Invoice,
    JournalEntry,
    Payment,
    Payout,
    Posting,
    Refund,
    WriteOff,
)
from admin_app.records.journal_export.entries import BookEntry, BookPosting

_PART = 800


def entries_between(start: date | None, end: date, *, exported_too: bool) -> Select[Any]:
    """The ids of the entries that count from `start` to `end`, both included, in the order of the file.

    What left before is passed over unless `exported_too`.
    """
    query: Select[Any] = (
        select(JournalEntry.id)
        .where(JournalEntry.effective_on <= end)
        .order_by(JournalEntry.effective_on, JournalEntry.id)
    )
    if start is not None:
        query = query.where(JournalEntry.effective_on >= start)
    if not exported_too:
        query = query.where(JournalEntry.id.not_in(select(ExportedEntry.entry_id)))
    return query


def accounts_used(session: Session) -> list[str]:
    """Every account of our books that has ever been posted to."""
    return sorted(session.scalars(select(Posting.account).distinct()))


def entries_of(session: Session, ids: Sequence[int]) -> Iterator[BookEntry]:
    """The entries of these ids, in this order."""
    for start in range(0, len(ids), _PART):
        some = list(ids[start : start + _PART])
        query = (
            select(JournalEntry).where(JournalEntry.id.in_(some)).options(selectinload(JournalEntry.postings))
        )
        found = {entry.id: entry for entry in session.scalars(query)}
        ordered = [found[key] for key in some]
        numbers = _Numbers(session, ordered)
        yield from (_as_book_entry(entry, numbers) for entry in ordered)
        for entry in ordered:  # a year of entries is not kept in memory
            session.expunge(entry)


class _Numbers:
    """What the documents of some entries are called, whom they are about, and the invoices they concern."""

    def __init__(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        self._numbers: dict[tuple[str, int], str] = {}
        self._concerns: dict[tuple[str, int], tuple[tuple[str, str], ...]] = {}
        self._due: dict[tuple[str, int], date | None] = {}
        wanted: dict[str, set[int]] = defaultdict(set)
        for entry in entries:
            wanted[entry.document].add(entry.document_id)
        for document, ids in wanted.items():
            self._read(session, document, sorted(ids))
        groups = {posting.group_id for entry in entries for posting in entry.postings} - {None}
        names = select(CustomerGroup.id, CustomerGroup.name).where(CustomerGroup.id.in_(sorted(groups)))
        self.names: dict[int, str] = {int(key): name for key, name in session.execute(names)}

    def _read(self, session: Session, document: str, ids: list[int]) -> None:
        query: Any
        match document:
            case "invoice" | "retainage":
                query = select(Invoice.id, Invoice.number, Invoice.due_on).where(Invoice.id.in_(ids))
                for key, number, due in session.execute(query):
                    self._numbers[document, key] = number
                    self._due[document, key] = due
            case "credit note":
                query = (
                    select(CreditNote.id, CreditNote.number, Invoice.number)
                    .join(Invoice, Invoice.id == CreditNote.invoice_id)
                    .where(CreditNote.id.in_(ids))
                )
                self._keep(document, session.execute(query))
            case "write-off":
                query = (
                    select(WriteOff.id, WriteOff.id, Invoice.number)
                    .join(Invoice, Invoice.id == WriteOff.invoice_id)
                    .where(WriteOff.id.in_(ids))
                )
                self._keep(document, session.execute(query))
            case "allocation":
                query = (
                    select(Allocation.id, Allocation.id, Invoice.number)
                    .join(Invoice, Invoice.id == Allocation.invoice_id)
                    .where(Allocation.id.in_(ids))
                )
                self._keep(document, session.execute(query))
            case "payment":
                query = select(Payment.id, Payment.reference).where(Payment.id.in_(ids))
                for key, reference in session.execute(query):
                    self._numbers[document, key] = reference or str(key)
            case "refund":
                query = select(Refund.id, Refund.number).where(Refund.id.in_(ids))
                for key, number in session.execute(query):
                    self._numbers[document, key] = number or str(key)
            case "payout":
                query = select(Payout.id, Payout.reference).where(Payout.id.in_(ids))
                for key, reference in session.execute(query):
                    self._numbers[document, key] = reference or str(key)

    def _keep(self, document: str, rows: Any) -> None:
        for key, number, invoice in rows:
            self._numbers[document, key] = str(number)
            self._concerns[document, key] = (("invoice", str(invoice)),)

    def number(self, entry: JournalEntry) -> str:
        """What is printed on the document."""
        return self._numbers.get((entry.document, entry.document_id)) or str(entry.document_id)

    def concerns(self, entry: JournalEntry) -> tuple[tuple[str, str], ...]:
        """The invoice that an allocation, credit note or write-off is about."""
        return self._concerns.get((entry.document, entry.document_id), ())

    def due(self, entry: JournalEntry) -> date | None:
        """When an invoice is due."""
        return self._due.get((entry.document, entry.document_id))


def _as_book_entry(entry: JournalEntry, numbers: _Numbers) -> BookEntry:
    postings = tuple(
        BookPosting(
            posting.account,
            posting.amount,
            posting.currency,
            numbers.names.get(posting.group_id or 0, ""),
            f"C-{posting.group_id:05d}" if posting.group_id is not None else "",
        )
        for posting in entry.postings
    )
    return BookEntry(
        id=entry.id,
        kind=entry.kind.value,
        effective_on=entry.effective_on,
        document=entry.document,
        document_number=numbers.number(entry),
        counterparty=next((posting.customer for posting in postings if posting.customer), entry.document),
        postings=postings,
        concerns=numbers.concerns(entry),
        due_on=numbers.due(entry),
    )
