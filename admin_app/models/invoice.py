"""Invoices: what customers owe, line by line, tax by tax."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from admin_app.kernel.rounding import TaxMode
from admin_app.models.base import Entity, Row
from admin_app.models.brand import Brand
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link
from admin_app.models.types import Minor, Percent, Quantity


class InvoiceState(enum.StrEnum):
    """The stored states; paid, overdue and the like are derived from the ledger [D12, 4.2]."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"


class InvoiceKind(enum.StrEnum):
    """What an invoice bills (design section 3)."""

    FULL = "full"
    PARTIAL = "partial"
    DEPOSIT = "deposit"
    FINAL = "final"


class Standing(enum.StrEnum):
    """How an invoice stands today: derived, never set by hand [D12]."""

    DRAFT = "draft"
    VOID = "void"
    OPEN = "open"
    PARTLY_PAID = "partly paid"
    OVERDUE = "overdue"
    PAID = "paid"


class Invoice(Entity):
    """A bill to a customer; its number is taken at issue, its balance is kept by the ledger [M10, I4].

    subtotal − discount + tax = total; all in minor units of `currency`.  Foreign numbers of imported invoices are
    kept as they came, outside our series.
    """

    singular, plural = "invoice", "invoices"
    __table_args__ = (
        Index("uq_invoice_number", "number", unique=True),
        Index("uq_invoice_external_id", "external_id", unique=True),
        Index("ix_invoice_group_id_issued_on", "group_id", "issued_on", "id"),
        Index("ix_invoice_issued_on_id", "issued_on", "id"),
        Index("ix_invoice_due_on_id", "due_on", "id"),
        Index("ix_invoice_balance_id", "balance", "id"),
        Index("ix_invoice_total_id", "total", "id"),
        Index("ix_invoice_state_issued_on_id", "state", "issued_on", "id"),
        CheckConstraint("balance >= 0", name="balance_not_negative"),
        CheckConstraint("balance <= total", name="balance_at_most_total"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint(
            "state = 'draft' OR (issued_on IS NOT NULL AND number IS NOT NULL)", name="issued_has_number"
        ),
        CheckConstraint("length(currency) = 3", name="currency_code"),
    )

    number: Mapped[str | None] = field(String(60), on=FOUND & ~FORM_ONLY | DERIVED)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND, ondelete="RESTRICT", index=False, short=True
    )
    brand_id: Mapped[int | None]
    brand: Mapped[Brand | None] = link(ondelete="RESTRICT", short=True)
    state: Mapped[InvoiceState] = field(on=DERIVED, default=InvoiceState.DRAFT)
    kind: Mapped[InvoiceKind] = field(on=DERIVED, default=InvoiceKind.FULL, chosen=True)
    title: Mapped[str | None] = field(String(200), on=FORM_ONLY, short=True)
    issued_on: Mapped[date | None] = field(on=SHOWN, short=True)
    due_on: Mapped[date | None] = field(on=SHOWN, label="Due", short=True)
    currency: Mapped[str] = field(String(3), on=SHOWN, chosen=True, default="EUR")
    subtotal: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True, help="Sum of the lines before tax")
    discount: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True)
    tax: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True)
    total: Mapped[Minor] = field(on=DERIVED, default=0)
    balance: Mapped[Minor] = field(on=DERIVED, default=0, cache=True, help="Still to pay; kept by the ledger")
    tax_mode: Mapped[TaxMode] = field(on=HIDDEN, default=TaxMode.DOCUMENT)
    imported: Mapped[bool] = field(on=HIDDEN, default=False)
    derivation: Mapped[dict[str, Any] | None] = field(on=HIDDEN)
    notes: Mapped[str | None] = field(Text, on=FORM_ONLY)

    lines: Mapped[list[InvoiceLine]] = children(back_populates="invoice", order_by="InvoiceLine.position")
    taxes: Mapped[list[InvoiceTax]] = children(back_populates="invoice", order_by="InvoiceTax.id")

    def standing(self, today: date) -> Standing:
        """How it stands on `today`."""
        return standing_of(self.state, self.balance, self.total, self.due_on, today)


def standing_of(state: InvoiceState, balance: int, total: int, due_on: date | None, today: date) -> Standing:
    """How an invoice with this balance and total (minor units) stands on `today`.

    Due today is not overdue (analytics.md section 3); paid and overdue are never stored [D12].
    """
    if state is not InvoiceState.ISSUED:
        return Standing(state.value)
    if balance == 0:
        return Standing.PAID
    if due_on is not None and due_on < today:
        return Standing.OVERDUE
    return Standing.PARTLY_PAID if balance < total else Standing.OPEN


class InvoiceLine(Entity):
    """One line: net = round(quantity × unit price) − discount [M3]."""

    singular, plural, group_path = "invoice line", "invoice lines", None
    __table_args__ = (
        Index("uq_invoice_line_invoice_id_position", "invoice_id", "position", unique=True),
        CheckConstraint("position >= 1", name="position_from_one"),
    )

    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(ondelete="CASCADE", back_populates="lines", index=False)
    position: Mapped[int] = field(Integer)
    # Not searched: nobody looks for a line, and lines are the most numerous rows of an import.
    description: Mapped[str] = field(String(500), on=SHOWN)
    quantity: Mapped[Quantity] = field(default=1)
    unit_price: Mapped[Quantity] = field(help="In the currency of the invoice, up to four decimals")
    discount: Mapped[Minor] = field(default=0, on=DERIVED)
    net: Mapped[Minor] = field(on=DERIVED)
    tax_names: Mapped[list[Any]] = field(on=HIDDEN, default=list)


class InvoiceTax(Row):
    """The tax of one rate on an invoice: base and amount in minor units; `rate` None: imported, not inferred."""

    __table_args__ = (Index("uq_invoice_tax_invoice_id_name", "invoice_id", "name", unique=True),)

    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(on=HIDDEN, ondelete="CASCADE", back_populates="taxes", index=False)
    name: Mapped[str] = field(String(40), on=HIDDEN)
    rate: Mapped[Percent | None] = field(on=HIDDEN)
    base: Mapped[Minor] = field(on=HIDDEN)
    amount: Mapped[Minor] = field(on=HIDDEN)
