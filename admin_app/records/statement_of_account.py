"""The account of a customer as the journal has it: what was billed and paid, with the balance after each entry [90].

The balance is what the customer owes less what he has with us: receivable − advances − credits.  Entries that only move
money between these (an allocation) change nothing and are left out.  One call::

    account = read_account(session, actor, group, "EUR", Since.LAST_ZERO)     # account.closing ties to CustomerBalance
"""

from __future__ import annotations

import enum
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.kernel.money import Money
from admin_app.models import (
    CreditNote,
    CustomerBalance,
    CustomerGroup,
    EntryKind,
    Invoice,
    JournalEntry,
    Payment,
    Posting,
    Refund,
    WriteOff,
)
from admin_app.money import accounts
from admin_app.policy import Permission, demand, visible

OWN = (accounts.RECEIVABLE, accounts.ADVANCES, accounts.CREDITS)
"""The accounts that together are the balance of a customer."""


class Since(enum.StrEnum):
    """Where a statement begins."""

    LIFETIME = "lifetime"
    LAST_ZERO = "last zero"
    """After the last day on which nothing was owed either way."""
    DAY = "day"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One entry: positive `amount` (minor units) is owed, negative was paid or credited; `balance` stands after it."""

    on: date
    document: str
    text: str
    amount: int
    balance: int
    kind: str
    document_id: int


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's account in one currency: opening + Σ rows = closing, all in minor units."""

    currency: str
    since: Since
    starts_on: date | None
    ends_on: date
    opening: int
    rows: tuple[AccountRow, ...]

    @property
    def closing(self) -> int:
        """The balance at the end."""
        return self.rows[-1].balance if self.rows else self.opening

    @property
    def billed(self) -> int:
        """Σ of what was added."""
        return sum(row.amount for row in self.rows if row.amount > 0)

    @property
    def settled(self) -> int:
        """Σ of what was paid or credited, positive."""
        return -sum(row.amount for row in self.rows if row.amount < 0)


def currencies_of(session: Session, group: CustomerGroup) -> list[str]:
    """The currencies in which a customer has ever had something booked."""
    query = select(CustomerBalance.currency).where(CustomerBalance.group_id == group.id)
    return sorted(session.scalars(query))


def read_account(
    session: Session,
    actor: Actor,
    group: CustomerGroup,
    currency: str,
    since: Since = Since.LIFETIME,
    *,
    starts_on: date | None = None,
    ends_on: date,
) -> Account:
    """The account up to and with `ends_on`; `starts_on` is asked for with `Since.DAY` only.

    A client who looks after the account reads the documents that they see, and no others.  Raises NotAllowed for a
    role that sees no money, NotFound for any other client.
    """
    entries = _entries(session, group, currency, ends_on)
    if actor.client is None:
        demand(actor, Permission.MONEY_READ)
    else:
        entries = _seen(session, actor, group, entries)
    begins = _begin(entries, since, starts_on)
    opening = sum(amount for _, day, _, _, amount in entries if begins is not None and day < begins)
    shown = [entry for entry in entries if begins is None or entry[1] >= begins]
    words = _words(session, [(document, number) for _, _, document, number, _ in shown])
    rows, balance = [], opening
    for kind, day, document, number, amount in shown:
        balance += amount
        title, text = words.get((document, number), (document.capitalize(), ""))
        if kind is EntryKind.REVERSAL:
            title += ", taken back"
        rows.append(AccountRow(day, title, text, amount, balance, document, number))
    return Account(currency, since, begins, ends_on, opening, tuple(rows))


Entry = tuple[EntryKind, date, str, int, int]
"""Kind, day, document, its id, and what the balance changes by."""


def _entries(session: Session, group: CustomerGroup, currency: str, until: date) -> list[Entry]:
    change = func.sum(Posting.amount)
    query: Any = (
        select(
            JournalEntry.kind,
            JournalEntry.effective_on,
            JournalEntry.document,
            JournalEntry.document_id,
            change,
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            Posting.group_id == group.id,
            Posting.currency == currency,
            Posting.account.in_(OWN),
            JournalEntry.effective_on <= until,
        )
        .group_by(
            JournalEntry.id,
            JournalEntry.kind,
            JournalEntry.effective_on,
            JournalEntry.document,
            JournalEntry.document_id,
        )
        .having(change != 0)
        .order_by(JournalEntry.effective_on, JournalEntry.id)
    )
    return [
        (kind, day, document, int(number), int(amount))
        for kind, day, document, number, amount in session.execute(query)
    ]


def _seen(session: Session, actor: Actor, group: CustomerGroup, entries: list[Entry]) -> list[Entry]:
    """The entries of documents that a client sees; a loss is seen with its invoice.  One select a kind of document."""
    scope = actor.client
    if scope is None or not scope.sees_account or scope.document is not None or scope.group_id != group.id:
        raise NotFound("There is nothing here")
    bills = visible(actor, select(Invoice)).where(Invoice.group_id == group.id).with_only_columns(Invoice.id)
    found = set(session.scalars(bills))
    shown: dict[str, set[int]] = {"invoice": found, "retainage": found}
    losses = select(WriteOff.id).where(WriteOff.group_id == group.id, WriteOff.invoice_id.in_(bills))
    shown["write-off"] = set(session.scalars(losses))
    kinds: tuple[tuple[str, Any], ...] = (
        ("payment", Payment),
        ("credit note", CreditNote),
        ("refund", Refund),
    )
    for word, kind in kinds:
        query = visible(actor, select(kind)).where(kind.group_id == group.id).with_only_columns(kind.id)
        shown[word] = set(session.scalars(query))
    return [entry for entry in entries if entry[3] in shown.get(entry[2], ())]


def _begin(entries: list[Entry], since: Since, starts_on: date | None) -> date | None:
    """The first day that is shown; None: from the beginning."""
    if since is Since.DAY:
        return starts_on
    if since is Since.LIFETIME or not entries:
        return None
    by_day: dict[date, int] = defaultdict(int)
    for _, day, _, _, amount in entries:
        by_day[day] += amount
    last, balance, zero = max(by_day), 0, None
    for day in sorted(by_day):
        balance += by_day[day]
        if balance == 0 and day < last:
            zero = day
    return zero + timedelta(days=1) if zero is not None else None


def _words(session: Session, documents: list[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """What a statement calls each document, and the line beneath: one select a kind of document."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for document, number in documents:
        wanted[document].add(number)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for document, numbers in wanted.items():
        ids = sorted(numbers)
        for start in range(0, len(ids), 900):
            some = ids[start : start + 900]
            for number, title, text in _named(session, document, some):
                found[document, number] = (title, text)
    return found


def _named(session: Session, document: str, ids: list[int]) -> list[tuple[int, str, str]]:
    """(id, title, text) of the documents of one kind."""
    query: Any
    match document:
        case "invoice" | "retainage":
            query = select(Invoice.id, Invoice.number, Invoice.title).where(Invoice.id.in_(ids))
            word = "Invoice" if document == "invoice" else "Retainage released, invoice"
            return [(i, f"{word} {number}", title or "") for i, number, title in session.execute(query)]
        case "credit note":
            query = select(CreditNote.id, CreditNote.number, CreditNote.reason).where(CreditNote.id.in_(ids))
            return [(i, f"Credit note {number}", reason) for i, number, reason in session.execute(query)]
        case "payment":
            query = select(Payment.id, Payment.method, Payment.reference).where(Payment.id.in_(ids))
            return [
                (i, "Payment", ", ".join(filter(None, (method.value.capitalize(), reference))))
                for i, method, reference in session.execute(query)
            ]
        case "refund":
            query = select(Refund.id, Refund.number, Refund.reason).where(Refund.id.in_(ids))
            return [
                (i, f"Refund {number or ''}".strip(), why or "") for i, number, why in session.execute(query)
            ]
        case "write-off":
            query = (
                select(WriteOff.id, WriteOff.kind, Invoice.number)
                .join(Invoice, Invoice.id == WriteOff.invoice_id)
                .where(WriteOff.id.in_(ids))
            )
            return [
                (i, kind.value.capitalize(), f"Invoice {number}")
                for i, kind, number in session.execute(query)
            ]
    return []


def shown_balance(account: Account) -> Money:
    """The closing balance as money."""
    return Money(account.closing, account.currency)
