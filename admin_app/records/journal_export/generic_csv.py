"""The books as a plain CSV: one row a posting, for spreadsheets and for programs that map columns themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from admin_app.kernel.money import Money
from admin_app.records.journal_export.accounts import AccountMapping
from admin_app.records.journal_export.entries import BookEntry, BookPosting, Entries, JournalFile, survey
from admin_app.records.spreadsheet import Cell, csv_file

HEADER = (
    "entry",
    "date",
    "kind",
    "document",
    "document_number",
    "counterparty",
    "customer_number",
    "customer",
    "account",
    "account_code",
    "account_name",
    "debit",
    "credit",
    "currency",
)
_PART = 2_000


def generic_csv(read: Entries, mapping: AccountMapping) -> JournalFile:
    """The file, UTF-8 with a mark; cells that a spreadsheet would compute show as text (`records.spreadsheet`).

    Debits and credits stand in columns of their own, without sign.  Raises what `survey` raises.
    """
    found = survey(read, mapping)
    parts = csv_file(HEADER, _parts(read(), mapping))
    return JournalFile("journal.csv", "text/csv; charset=utf-8", parts, found.entries, found.postings)


def _parts(entries: Iterable[BookEntry], mapping: AccountMapping) -> Iterator[list[list[Cell]]]:
    rows: list[list[Cell]] = []
    for entry in entries:
        rows += (_row(entry, posting, mapping) for posting in entry.postings)
        if len(rows) >= _PART:
            yield rows
            rows = []
    yield rows


def _row(entry: BookEntry, posting: BookPosting, mapping: AccountMapping) -> list[Cell]:
    amount: Decimal = Money(abs(posting.amount), posting.currency).decimal
    theirs = mapping[posting.account]
    return [
        entry.id,
        entry.effective_on.isoformat(),
        entry.kind,
        entry.document,
        entry.document_number,
        entry.counterparty,
        posting.customer_number,
        posting.customer,
        posting.account,
        theirs.code,
        theirs.name,
        amount if posting.amount > 0 else None,
        amount if posting.amount < 0 else None,
        posting.currency,
    ]
