"""Money in and out: payments, what they were used for, refunds [M26-M32]."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity, Row
from admin_app.models.credit_note import CreditNote
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.invoice import Invoice
from admin_app.models.project import Project
from admin_app.models.types import Minor


class PaymentWay(enum.StrEnum):
    """How money came or went."""

    CARD = "card"
    TRANSFER = "transfer"
    CASH = "cash"
    CHEQUE = "cheque"
    DIRECT_DEBIT = "direct debit"
    OTHER = "other"


class PaymentState(enum.StrEnum):
    """Pending never lowers a balance; reversed is a mistake taken back [4.2, M29]."""

    PENDING = "pending"
    RECEIVED = "received"
    FAILED = "failed"
    REVERSED = "reversed"


class Payment(Entity):
    """Money in, once: `amount` is gross, `tip` a part of it that no invoice receives [M26, M30].

    unallocated = amount − tip − allocations − refunds, kept by the ledger, never below zero [I5].
    """

    singular, plural = "payment", "payments"
    __table_args__ = (
        Index("uq_payment_external_id", "external_id", unique=True),
        Index("uq_payment_provider_reference", "provider", "provider_reference", unique=True),
        Index("ix_payment_project_id", "project_id"),
        Index("ix_payment_group_id_paid_on", "group_id", "paid_on", "id"),
        Index("ix_payment_paid_on_id", "paid_on", "id"),
        Index("ix_payment_amount_id", "amount", "id"),
        Index("ix_payment_unallocated_id", "unallocated", "id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("tip >= 0 AND tip <= amount", name="tip_within_amount"),
        CheckConstraint("unallocated >= 0 AND unallocated <= amount", name="unallocated_within_amount"),
        CheckConstraint("refunded >= 0 AND refunded <= amount", name="refunded_within_amount"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND, ondelete="RESTRICT", index=False, short=True
    )
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(on=DERIVED, ondelete="RESTRICT", index=False, chosen=True)
    """Whose next invoice takes it by itself [M23]."""
    paid_on: Mapped[date] = field(on=SHOWN, short=True, label="Paid on")
    method: Mapped[PaymentWay] = field(on=SHOWN, short=True, default=PaymentWay.TRANSFER)
    amount: Mapped[Minor] = field(on=SHOWN, short=True, help="What was received, tip included")
    tip: Mapped[Minor] = field(
        on=SHOWN, default=0, chosen=True, help="Part of the amount that no invoice receives"
    )
    currency: Mapped[str] = field(String(3), on=SHOWN, chosen=True, default="EUR")
    reference: Mapped[str | None] = field(String(120), on=FOUND, short=True, help="As on the bank statement")
    note: Mapped[str | None] = field(String(400), on=FORM_ONLY)
    state: Mapped[PaymentState] = field(on=DERIVED, default=PaymentState.RECEIVED)
    unallocated: Mapped[Minor] = field(on=DERIVED, default=0, cache=True, help="Not yet used for an invoice")
    refunded: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True, cache=True)
    provider: Mapped[str | None] = field(String(40), on=HIDDEN)
    provider_reference: Mapped[str | None] = field(String(120), on=HIDDEN)
    replaces_id: Mapped[int | None] = field(ForeignKey("payment.id", ondelete="RESTRICT"), on=HIDDEN)
    """The payment that this one corrects [M29]."""


class Allocation(Row):
    """A part of a payment or credit note used for an invoice, or taken back by its opposite; never changed [M26].

    `amount` in minor units, negative on a reversal, which names what it takes back in `reverses_id`.
    """

    __table_args__ = (
        Index("ix_allocation_payment_id", "payment_id"),
        Index("ix_allocation_invoice_id", "invoice_id"),
        Index("uq_allocation_reverses_id", "reverses_id", unique=True),
        Index("ix_allocation_credit_note_id", "credit_note_id"),
        CheckConstraint("(payment_id IS NULL) <> (credit_note_id IS NULL)", name="payment_or_credit"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint("(amount < 0) = (reverses_id IS NOT NULL)", name="reversal_is_negative"),
    )

    payment_id: Mapped[int | None]
    payment: Mapped[Payment | None] = link(on=HIDDEN, ondelete="RESTRICT", index=False)
    credit_note_id: Mapped[int | None]
    credit_note: Mapped[CreditNote | None] = link(on=HIDDEN, ondelete="RESTRICT", index=False)
    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(on=HIDDEN, ondelete="RESTRICT", index=False)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(on=HIDDEN, ondelete="RESTRICT", index=True)
    amount: Mapped[Minor] = field(on=HIDDEN)
    currency: Mapped[str] = field(String(3), on=HIDDEN)
    effective_on: Mapped[date] = field(on=HIDDEN)
    recorded_at: Mapped[datetime] = field(on=HIDDEN)
    actor: Mapped[str] = field(String(200), on=HIDDEN)
    reverses_id: Mapped[int | None] = field(ForeignKey("allocation.id", ondelete="RESTRICT"), on=HIDDEN)
    import_run_id: Mapped[int | None] = field(ForeignKey("import_run.id", ondelete="SET NULL"), on=HIDDEN)


class Refund(Entity):
    """Money out against a payment or a credit note, all or part of it; its number makes it a document [M28]."""

    singular, plural = "refund", "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(payment_id IS NULL) <> (credit_note_id IS NULL)", name="payment_or_credit"),
        Index("uq_refund_external_id", "external_id", unique=True),
        Index("ix_refund_group_id_refunded_on", "group_id", "refunded_on", "id"),
        Index("ix_refund_refunded_on_id", "refunded_on", "id"),
    )

    number: Mapped[str | None] = field(String(60), on=FOUND & ~FORM_ONLY | DERIVED, unique=True)
    payment_id: Mapped[int | None]
    payment: Mapped[Payment | None] = link(ondelete="RESTRICT")
    credit_note_id: Mapped[int | None]
    credit_note: Mapped[CreditNote | None] = link(ondelete="RESTRICT", chosen=True, label="Credit note")
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=FOUND, ondelete="RESTRICT", index=False)
    amount: Mapped[Minor] = field(on=SHOWN)
    currency: Mapped[str] = field(String(3), on=SHOWN, chosen=True)
    refunded_on: Mapped[date] = field(on=SHOWN)
    method: Mapped[PaymentWay] = field(on=SHOWN, default=PaymentWay.TRANSFER)
    reason: Mapped[str | None] = field(String(400), on=SHOWN)


class PaymentMethod(Entity):
    """A saved way to charge: the provider's token and what a person may see of it; never a card number [A20]."""

    singular, plural = "billing detail", "billing details"
    __table_args__ = (
        CheckConstraint("last4 IS NULL OR length(last4) = 4", name="four_digits"),
        CheckConstraint("expires_month IS NULL OR expires_month BETWEEN 1 AND 12", name="month"),
        Index("ix_payment_method_group_id_id", "group_id", "id"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", ondelete="CASCADE", index=False)
    provider: Mapped[str] = field(String(40), on=SHOWN, default="stripe")
    token: Mapped[str] = field(
        String(200),
        on=FORM_ONLY,
        secret=True,
        label="Provider's token",
        help="Starts with pm_; never a card number",
    )
    brand: Mapped[str | None] = field(String(40), on=SHOWN, label="Card brand")
    last4: Mapped[str | None] = field(String(4), on=SHOWN, label="Last four digits")
    expires_month: Mapped[int | None] = field(Integer, on=FORM_ONLY)
    expires_year: Mapped[int | None] = field(Integer, on=FORM_ONLY)
    is_default: Mapped[bool] = field(on=SHOWN, default=False)
    provider_customer: Mapped[str | None] = field(String(120), on=HIDDEN)
    """What the provider calls the customer whose card it is."""
    brand_id: Mapped[int | None] = field(ForeignKey("brand.id", ondelete="SET NULL"), on=HIDDEN, index=True)
    """The brand with whose account at the provider it was saved."""
