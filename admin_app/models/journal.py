"""The books: entries and postings, written once and never changed (design section 4)."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped

from admin_app.models.base import Row
from admin_app.models.field import HIDDEN, children, field, link
from admin_app.models.types import Minor


class EntryKind(enum.StrEnum):
    """The events that move money in the books."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    REFUND = "refund"
    REVERSAL = "reversal"
    CREDIT_NOTE = "credit note"
    WRITE_OFF = "write-off"
    RETAINAGE = "retainage"
    PAYOUT = "payout"


class JournalEntry(Row):
    """One event: when it counts (`effective_on`), when it was written (`recorded_at`), by whom.

    `document` and `document_id` name the row it books ("invoice", 17).  Debits are positive, credits negative;
    the postings of an entry sum to zero in each currency.
    """

    __table_args__ = (
        Index("uq_journal_entry_reverses_id", "reverses_id", unique=True),
        Index("ix_journal_entry_document_document_id", "document", "document_id"),
        Index("ix_journal_entry_effective_on", "effective_on"),
    )

    kind: Mapped[EntryKind] = field(on=HIDDEN)
    document: Mapped[str] = field(String(24), on=HIDDEN)
    document_id: Mapped[int] = field(on=HIDDEN)
    effective_on: Mapped[date] = field(on=HIDDEN)
    recorded_at: Mapped[datetime] = field(on=HIDDEN)
    actor: Mapped[str] = field(String(200), on=HIDDEN)
    reverses_id: Mapped[int | None] = field(ForeignKey("journal_entry.id", ondelete="RESTRICT"), on=HIDDEN)
    import_run_id: Mapped[int | None] = field(ForeignKey("import_run.id", ondelete="SET NULL"), on=HIDDEN)

    postings: Mapped[list[Posting]] = children(back_populates="entry", order_by="Posting.id")


class Posting(Row):
    """An amount on an account for a customer: debit positive, credit negative, minor units."""

    __table_args__ = (
        Index("ix_posting_group_id_account_currency", "group_id", "account", "currency"),
        Index("ix_posting_account_currency", "account", "currency"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
    )

    entry_id: Mapped[int]
    entry: Mapped[JournalEntry] = link(on=HIDDEN, ondelete="RESTRICT", back_populates="postings")
    account: Mapped[str] = field(String(60), on=HIDDEN)
    group_id: Mapped[int | None] = field(ForeignKey("customer_group.id", ondelete="RESTRICT"), on=HIDDEN)
    """The customer; None where no customer is meant: a payout of the card provider, its fee."""
    amount: Mapped[Minor] = field(on=HIDDEN)
    currency: Mapped[str] = field(String(3), on=HIDDEN)


class FormKey(Row):
    """The key drawn with a form that moves money: the same key again gives the first answer (security.md)."""

    key: Mapped[str] = field(String(64), unique=True, on=HIDDEN)
    purpose: Mapped[str] = field(String(60), on=HIDDEN)
    content_hash: Mapped[str] = field(String(64), on=HIDDEN)
    result: Mapped[str] = field(String(120), on=HIDDEN, default="")
    created_at: Mapped[datetime] = field(on=HIDDEN)
