"""The bank: files that it sends, their lines, and payouts of card money [92, M31, L8]."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.payment import Payment, Refund
from admin_app.models.types import Minor


class BankFile(Entity):
    """A statement as the bank sent it; the same bytes enter once."""

    singular, plural, group_path = "bank file", "bank files", None

    name: Mapped[str] = field(String(200), on=FOUND)
    sha256: Mapped[str] = field(String(64), unique=True, on=HIDDEN)
    account: Mapped[str] = field(String(42), on=SHOWN, help="IBAN or account number")
    format: Mapped[str] = field(String(20), on=DERIVED)
    lines_new: Mapped[int] = field(Integer, on=DERIVED, default=0)
    lines_known: Mapped[int] = field(Integer, on=DERIVED, default=0)
    lines_refused: Mapped[int] = field(Integer, on=DERIVED, default=0)
    errors: Mapped[list[Any]] = field(on=HIDDEN, default=list)
    """[{"row", "field", "sentence"}] of the lines that could not be read."""


class BankLineState(enum.StrEnum):
    """Where a line of the bank stands."""

    OPEN = "open"
    BOOKED = "booked"
    SET_ASIDE = "set aside"
    """Not our customers' money: rent, wages, fees."""


class BankLine(Entity):
    """One movement on our account; it enters once, however often the bank sends it (`fingerprint`)."""

    singular, plural, group_path = "bank line", "bank lines", None
    __table_args__ = (
        Index("uq_bank_line_fingerprint", "fingerprint", unique=True),
        Index("ix_bank_line_state_booked_on", "state", "booked_on", "id"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
    )

    bank_file_id: Mapped[int]
    bank_file: Mapped[BankFile] = link(ondelete="RESTRICT", on=DERIVED, chosen=True)
    account: Mapped[str] = field(String(42), on=DERIVED, chosen=True)
    booked_on: Mapped[date] = field(on=DERIVED)
    amount: Mapped[Minor] = field(on=DERIVED, help="Less than 0: money went out")
    currency: Mapped[str] = field(String(3), on=DERIVED, chosen=True)
    counterparty: Mapped[str | None] = field(String(200), on=FOUND & ~FORM_ONLY)
    counterparty_account: Mapped[str | None] = field(String(42), on=DERIVED, chosen=True)
    text: Mapped[str | None] = field(Text, on=FOUND & ~FORM_ONLY, label="Reference")
    fingerprint: Mapped[str] = field(String(64), on=HIDDEN)
    state: Mapped[BankLineState] = field(on=DERIVED, default=BankLineState.OPEN, label="Status")
    payment_id: Mapped[int | None]
    payment: Mapped[Payment | None] = link(on=HIDDEN, ondelete="SET NULL")
    refund_id: Mapped[int | None]
    refund: Mapped[Refund | None] = link(on=HIDDEN, ondelete="SET NULL")
    set_aside_why: Mapped[str | None] = field(String(200), on=DERIVED, chosen=True)


class Payout(Entity):
    """Card money that the provider paid out: gross − fee = net arrived at the bank (clearing account) [M31]."""

    singular, plural, group_path = "payout", "payouts", None
    __table_args__ = (
        CheckConstraint("gross > 0 AND fee >= 0 AND fee < gross", name="fee_within_gross"),
        Index("uq_payout_bank_line_id", "bank_line_id", unique=True),
    )

    provider: Mapped[str] = field(String(40), on=SHOWN, default="stripe")
    gross: Mapped[Minor] = field(on=SHOWN)
    fee: Mapped[Minor] = field(on=SHOWN)
    currency: Mapped[str] = field(String(3), on=DERIVED)
    paid_on: Mapped[date] = field(on=SHOWN)
    reference: Mapped[str | None] = field(String(120), on=FOUND)
    bank_line_id: Mapped[int | None] = field(ForeignKey("bank_line.id", ondelete="SET NULL"), on=HIDDEN)
