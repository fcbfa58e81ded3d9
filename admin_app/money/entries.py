"""How an entry gets into the journal: balanced, dated outside locked periods, customer by customer [M34, I12].

The acts of the books stand on this: `books_invoice`, `books_use`, `books_money`; `ledger.Books` has them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Allocation,
    Company,
    CreditNote,
    CustomerBalance,
    CustomerGroup,
    EntryKind,
    Invoice,
    JournalEntry,
    Payment,
    Payout,
    Posting,
    Refund,
    WriteOff,
)
from admin_app.money import accounts
from admin_app.money import dirty as dirty  # whoever books marks what is behind

_WORDS: dict[type[object], str] = {
    Invoice: "invoice",
    CreditNote: "credit note",
    WriteOff: "write-off",
    Payment: "payment",
    Allocation: "allocation",
    Refund: "refund",
    Payout: "payout",
}
"""What the journal calls the document of an entry."""
RETAINAGE = "retainage"
"""The word for the release of what an invoice held back; its id is the invoice's."""

Booked = Invoice | CreditNote | WriteOff | Payment | Allocation | Refund | Payout
"""The rows that the journal books."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about: a row by its word and id, its customer (None: nobody's), its currency."""

    document: str
    id: int
    group_id: int | None
    currency: str


def subject_of(row: Booked) -> Subject:
    """The row as the journal names it."""
    group_id = None if isinstance(row, Payout) else row.group_id
    return Subject(_WORDS[type(row)], row.id, group_id, row.currency)


def release_of(invoice: Invoice) -> Subject:
    """The release of what an invoice held back, as the journal names it."""
    return Subject(RETAINAGE, invoice.id, invoice.group_id, invoice.currency)


@dataclass(frozen=True, slots=True)
class Entries:
    """The pen of the books, with who writes and when; the caller's transaction decides whether it stays written."""

    session: Session
    actor: Actor
    clock: Clock

    def refuse_locked(self, day: date) -> None:
        """Raise Unmet for a day in a locked period: those books went to the tax adviser [M34]."""
        locked = self.session.scalar(select(Company.locked_until))
        if locked is not None and day <= locked:
            raise Unmet(
                f"The books are locked until {locked:%d %B %Y}; nothing can be booked on {day:%d %B %Y}"
            )

    def write(
        self,
        kind: EntryKind,
        subject: Subject,
        on: date,
        sides: Mapping[str, int],
        reverses: JournalEntry | None = None,
    ) -> None:
        """One entry with a posting for each side that is not zero; the sides add up to zero.

        Nothing is flushed here: a caller that changes a record with it writes one line on its timeline.
        """
        self.refuse_locked(on)
        assert sum(sides.values()) == 0, f"unbalanced entry {sides}"
        if not any(sides.values()):
            return
        entry = JournalEntry(
            kind=kind,
            document=subject.document,
            document_id=subject.id,
            effective_on=on,
            recorded_at=self.clock.now(),
            actor=self.actor.name,
            reverses_id=reverses.id if reverses else None,
            postings=[
                Posting(account=account, group_id=subject.group_id, amount=amount, currency=subject.currency)
                for account, amount in sides.items()
                if amount
            ],
        )
        self.session.add(entry)
        if subject.group_id is not None:
            self._move_customer(subject.group_id, subject.currency, sides)

    def reverse(self, subject: Subject, on: date | None = None) -> None:
        """The entry of a row once more with its sides turned, on the original date unless `on` is later."""
        entry = self.entry_of(subject)
        if entry is None:  # a document of nothing
            return
        sides: dict[str, int] = {}
        for posting in entry.postings:
            sides[posting.account] = sides.get(posting.account, 0) - posting.amount
        day = max(on, entry.effective_on) if on is not None else entry.effective_on
        self.write(EntryKind.REVERSAL, subject, day, sides, entry)

    def entry_of(self, subject: Subject) -> JournalEntry | None:
        """The entry that booked a row."""
        return self.session.scalar(
            select(JournalEntry).where(
                JournalEntry.document == subject.document,
                JournalEntry.document_id == subject.id,
                JournalEntry.kind != EntryKind.REVERSAL,
            )
        )

    def _move_customer(self, group_id: int, currency: str, sides: Mapping[str, int]) -> None:
        """Keep what the customer owes and has left in step with the entry [I12]."""
        kept = self._kept(group_id, currency)
        kept.receivable += sides.get(accounts.RECEIVABLE, 0)
        kept.retained += sides.get(accounts.RETAINED, 0)
        kept.unallocated -= sides.get(accounts.ADVANCES, 0)
        kept.credits -= sides.get(accounts.CREDITS, 0)
        if currency == company_currency(self.session):
            group = self.session.get_one(CustomerGroup, group_id)
            group.balance = kept.receivable - kept.unallocated - kept.credits

    def _kept(self, group_id: int, currency: str) -> CustomerBalance:
        """The customer's row of that currency, made with the first entry."""
        new = (one for one in self.session.new if isinstance(one, CustomerBalance))
        for waiting in new:  # an entry before this one, not written yet
            if (waiting.group_id, waiting.currency) == (group_id, currency):
                return waiting
        kept = self.session.scalar(
            select(CustomerBalance).where(
                CustomerBalance.group_id == group_id, CustomerBalance.currency == currency
            )
        )
        if kept is None:
            kept = CustomerBalance(
                group_id=group_id, currency=currency, receivable=0, unallocated=0, credits=0, retained=0
            )
            self.session.add(kept)
        return kept


def company_currency(session: Session) -> str:
    """The currency in which a customer's one balance is shown."""
    return session.scalar(select(Company.currency)) or "EUR"
