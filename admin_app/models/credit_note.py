"""What is taken back from an issued invoice: credit notes, and what is written off [M25, 74, 75, 81]."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity, Row
from admin_app.models.brand import Brand
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link
from admin_app.models.invoice import Invoice
from admin_app.models.types import Minor, Percent


class CreditNote(Entity):
    """An issued credit: positive amounts, linked to its invoice and lines, with their tax rates [M25].

    subtotal (net) + tax = total; `open` is what no invoice has used and nobody was paid back, a cache that only the
    ledger writes.
    """

    singular, plural = "credit note", "credit notes"
    __table_args__ = (
        Index("uq_credit_note_number", "number", unique=True),
        Index("ix_credit_note_group_id_issued_on", "group_id", "issued_on", "id"),
        Index("ix_credit_note_issued_on_id", "issued_on", "id"),
        CheckConstraint("total > 0", name="total_positive"),
        CheckConstraint("open >= 0 AND open <= total", name="open_within_total"),
    )

    number: Mapped[str] = field(String(60), on=FOUND & ~FORM_ONLY | DERIVED)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND & ~FORM_ONLY, ondelete="RESTRICT", index=False
    )
    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(on=DERIVED, ondelete="RESTRICT")
    brand_id: Mapped[int]
    brand: Mapped[Brand] = link(on=DERIVED, ondelete="RESTRICT", chosen=True)
    issued_on: Mapped[date] = field(on=DERIVED)
    reason: Mapped[str] = field(String(400), on=DERIVED)
    currency: Mapped[str] = field(String(3), on=DERIVED, chosen=True)
    subtotal: Mapped[Minor] = field(on=DERIVED, chosen=True)
    tax: Mapped[Minor] = field(on=DERIVED, chosen=True)
    total: Mapped[Minor] = field(on=DERIVED)
    open: Mapped[Minor] = field(on=DERIVED, default=0, cache=True, help="Not yet used or paid back")
    derivation: Mapped[dict[str, Any] | None] = field(on=HIDDEN)

    lines: Mapped[list[CreditNoteLine]] = children(
        back_populates="credit_note", order_by="CreditNoteLine.position"
    )
    taxes: Mapped[list[CreditNoteTax]] = children(back_populates="credit_note", order_by="CreditNoteTax.id")


class CreditNoteLine(Entity):
    """What is credited of one line of the invoice: net, in minor units; Σ credits of a line ≤ the line [I8]."""

    singular, plural, group_path = "credit note line", "credit note lines", None
    __table_args__ = (
        Index("uq_credit_note_line_credit_note_id_position", "credit_note_id", "position", unique=True),
    )

    credit_note_id: Mapped[int]
    credit_note: Mapped[CreditNote] = link(ondelete="RESTRICT", back_populates="lines", index=False)
    position: Mapped[int] = field(Integer)
    invoice_line_id: Mapped[int] = field(
        ForeignKey("invoice_line.id", ondelete="RESTRICT"), on=HIDDEN, index=True
    )
    description: Mapped[str] = field(String(500), on=SHOWN)
    net: Mapped[Minor] = field(on=DERIVED)
    tax_names: Mapped[list[Any]] = field(on=HIDDEN, default=list)


class CreditNoteTax(Row):
    """The tax of one rate on a credit note."""

    __table_args__ = (Index("uq_credit_note_tax_credit_note_id_name", "credit_note_id", "name", unique=True),)

    credit_note_id: Mapped[int]
    credit_note: Mapped[CreditNote] = link(
        on=HIDDEN, ondelete="RESTRICT", back_populates="taxes", index=False
    )
    name: Mapped[str] = field(String(40), on=HIDDEN)
    rate: Mapped[Percent | None] = field(on=HIDDEN)
    base: Mapped[Minor] = field(on=HIDDEN)
    amount: Mapped[Minor] = field(on=HIDDEN)


class WriteOffKind(enum.StrEnum):
    """Why an amount is not asked for any more."""

    BAD_DEBT = "bad debt"
    ALLOWANCE = "settlement allowance"
    """Let off for paying early; the tax stays as it is [M5]."""


class WriteOff(Entity):
    """A part of an invoice that will not be paid; taken back by a reversal when the money comes after all [81]."""

    singular, plural = "write-off", "write-offs"
    __table_args__ = (
        Index("ix_write_off_invoice_id", "invoice_id"),
        Index("ix_write_off_group_id_written_off_on", "group_id", "written_off_on", "id"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND & ~FORM_ONLY, ondelete="RESTRICT", index=False
    )
    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(on=DERIVED, ondelete="RESTRICT", index=False)
    kind: Mapped[WriteOffKind] = field(on=SHOWN, default=WriteOffKind.BAD_DEBT)
    amount: Mapped[Minor] = field(on=SHOWN)
    currency: Mapped[str] = field(String(3), on=DERIVED, chosen=True)
    written_off_on: Mapped[date] = field(on=SHOWN)
    reason: Mapped[str] = field(String(400), on=SHOWN)
    taken_back_on: Mapped[date | None] = field(on=DERIVED)
