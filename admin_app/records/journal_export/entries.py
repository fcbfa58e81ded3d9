"""Entries as the writers take them, and the first look through all of them before a byte is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.records.journal_export.accounts import AccountMapping, require_mapped


@dataclass(frozen=True, slots=True)
class BookPosting:
    """An amount on an account: minor units, debit positive, for the customer of that name.

    `customer_number` tells customers of one name apart; the writers that know customers print both.
    """

    account: str
    amount: int
    currency: str
    customer: str
    customer_number: str = ""


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One entry of the books: its postings sum to zero in each currency.

    `document` is the kind of document it books ("invoice"), `document_number` what is printed on it; `concerns` are
    further documents as (kind, number), such as the invoice that an allocation settles.
    """

    id: int
    kind: str
    effective_on: date
    document: str
    document_number: str
    counterparty: str
    postings: tuple[BookPosting, ...]
    concerns: tuple[tuple[str, str], ...] = ()
    due_on: date | None = None


Entries = Callable[[], Iterable[BookEntry]]
"""Gives the entries in the order of the file; asked twice, for the check and for writing, with the same answer."""


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A checked file that is ready to be streamed; `remarks` are sentences about what it could not carry as it is."""

    filename: str
    media_type: str
    parts: Iterator[bytes]
    entries: int
    postings: int
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Survey:
    """What there is to export."""

    entries: int = 0
    postings: int = 0
    first_on: date | None = None
    last_on: date | None = None
    opened_on: dict[str, date] = field(default_factory=dict)
    """Account → the first day on which it is used."""
    currencies: dict[str, int] = field(default_factory=dict)
    """Currency → number of postings in it."""


def survey(read: Entries, mapping: AccountMapping) -> Survey:
    """Look through all entries; raises Invalid naming every unmapped account, Unmet for an entry out of balance."""
    found = Survey()
    for entry in read():
        found.entries += 1
        found.postings += len(entry.postings)
        day = entry.effective_on
        found.first_on = min(found.first_on or day, day)
        found.last_on = max(found.last_on or day, day)
        for posting in entry.postings:
            found.opened_on[posting.account] = min(found.opened_on.get(posting.account, day), day)
            found.currencies[posting.currency] = found.currencies.get(posting.currency, 0) + 1
        require_balanced(entry)
    require_mapped(found.opened_on, mapping)
    return found


def require_balanced(entry: BookEntry) -> None:
    """Raise Unmet for an entry whose postings do not sum to zero: such books are proved before they are exported."""
    sums: dict[str, int] = {}
    for posting in entry.postings:
        sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount
    for currency, rest in sums.items():
        if rest:
            amount = Money(rest, currency).decimal
            raise Unmet(f"Entry {entry.id} is out of balance by {amount} {currency}; prove the books first")
