"""Invoices: what customers owe, line by line, tax by tax."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped

from admin_app.kernel.rounding import TaxMode
from admin_app.models.base import Entity, Row
from admin_app.models.brand import Brand
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.estimate import Estimate
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link
from admin_app.models.project import Project
from admin_app.models.types import Minor, Percent, Quantity
from admin_app.models.work_order import WorkOrder


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
    INTEREST = "interest"
    """Interest or a late fee on another invoice [M41]."""


class Standing(enum.StrEnum):
    """How an invoice stands today: derived, never set by hand [D12]."""

    DRAFT = "draft"
    VOID = "void"
    OPEN = "open"
    PARTLY_PAID = "partly paid"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"
    PARTLY_CREDITED = "partly credited"
    WRITTEN_OFF = "written off"


class Invoice(Entity):
    """A bill to a customer; its number is taken at issue, its balance is kept by the ledger [M10, I4].

    subtotal − discount + tax = total; all in minor units of `currency`; where prices include tax, subtotal and
    discount include it.  What was open at issue is total − deducted − retained: deposits invoiced before, and what is
    held back until `retained_until` [M20, M21].  Foreign numbers of imported invoices are
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
        Index("ix_invoice_project_id_id", "project_id", "id"),
        Index("ix_invoice_state_issued_on_id", "state", "issued_on", "id"),
        CheckConstraint("balance >= 0", name="balance_not_negative"),
        CheckConstraint("balance <= total", name="balance_at_most_total"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint(
            "state = 'draft' OR (issued_on IS NOT NULL AND number IS NOT NULL)", name="issued_has_number"
        ),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        CheckConstraint(
            "deducted >= 0 AND retained >= 0 AND deducted + retained <= total", name="parts_within_total"
        ),
    )

    number: Mapped[str | None] = field(String(60), on=FOUND & ~FORM_ONLY | DERIVED)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND, ondelete="RESTRICT", index=False, short=True
    )
    brand_id: Mapped[int | None]
    brand: Mapped[Brand | None] = link(ondelete="RESTRICT", short=True)
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(ondelete="RESTRICT", on=DERIVED, index=False, chosen=True)
    estimate_id: Mapped[int | None]
    estimate: Mapped[Estimate | None] = link(ondelete="RESTRICT", on=HIDDEN)
    """The first revision of the estimate whose contract it bills; None: no contract [M15]."""
    work_order_id: Mapped[int | None]
    work_order: Mapped[WorkOrder | None] = link(ondelete="RESTRICT", on=HIDDEN)
    interest_of_id: Mapped[int | None] = field(ForeignKey("invoice.id", ondelete="RESTRICT"), on=HIDDEN)
    state: Mapped[InvoiceState] = field(on=DERIVED, default=InvoiceState.DRAFT)
    kind: Mapped[InvoiceKind] = field(on=DERIVED, default=InvoiceKind.FULL, chosen=True)
    part: Mapped[int | None] = field(
        Integer, on=DERIVED, chosen=True, help="The how many-th bill of its contract"
    )
    title: Mapped[str | None] = field(String(200), on=FORM_ONLY, short=True)
    issued_on: Mapped[date | None] = field(on=SHOWN, short=True)
    due_on: Mapped[date | None] = field(on=SHOWN, label="Due", short=True)
    currency: Mapped[str] = field(String(3), on=SHOWN, chosen=True, default="EUR")
    subtotal: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True, help="Sum of the lines before tax")
    discount: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True)
    tax: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True)
    total: Mapped[Minor] = field(on=DERIVED, default=0)
    balance: Mapped[Minor] = field(on=DERIVED, default=0, cache=True, help="Still to pay; kept by the ledger")
    deducted: Mapped[Minor] = field(
        on=DERIVED, default=0, server_default="0", chosen=True, help="Deposits invoiced before"
    )
    retained: Mapped[Minor] = field(
        on=DERIVED, default=0, server_default="0", chosen=True, help="Held back at issue"
    )
    retained_until: Mapped[date | None] = field(on=DERIVED, chosen=True)
    released_on: Mapped[date | None] = field(on=DERIVED, chosen=True, label="Retainage released")
    credited: Mapped[Minor] = field(on=DERIVED, default=0, server_default="0", chosen=True, cache=True)
    written_off: Mapped[Minor] = field(on=DERIVED, default=0, server_default="0", chosen=True, cache=True)
    tax_mode: Mapped[TaxMode] = field(on=HIDDEN, default=TaxMode.DOCUMENT)
    prices_include_tax: Mapped[bool] = field(on=FORM_ONLY, default=False, server_default=false())
    client_order_no: Mapped[str | None] = field(String(60), on=FORM_ONLY, label="Client's order number")
    sent_at: Mapped[datetime | None] = field(on=DERIVED, label="Sent", chosen=True)
    imported: Mapped[bool] = field(on=HIDDEN, default=False)
    derivation: Mapped[dict[str, Any] | None] = field(on=HIDDEN)
    notes: Mapped[str | None] = field(Text, on=FORM_ONLY)

    lines: Mapped[list[InvoiceLine]] = children(back_populates="invoice", order_by="InvoiceLine.position")
    taxes: Mapped[list[InvoiceTax]] = children(back_populates="invoice", order_by="InvoiceTax.id")

    def __str__(self) -> str:
        """Its number; a draft has none and is called by its title."""
        return self.number or self.title or f"invoice {self.id}"

    def standing(self, today: date) -> Standing:
        """How it stands on `today`."""
        payable = self.total - self.deducted - (0 if self.released_on else self.retained)
        return standing_of(
            self.state, self.balance, payable, self.due_on, today, self.credited, self.written_off
        )


def standing_of(
    state: InvoiceState,
    balance: int,
    payable: int,
    due_on: date | None,
    today: date,
    credited: int = 0,
    written_off: int = 0,
) -> Standing:
    """How an invoice stands on `today`: of `payable` (minor units), `balance` is open, so much was credited.

    Due today is not overdue (analytics.md section 3); paid, overdue and credited are never stored [D12].  Credited is
    one that credits alone have settled; with a payment among them it is paid [4.2].
    """
    if state is not InvoiceState.ISSUED:
        return Standing(state.value)
    if balance == 0:
        if payable and credited == payable:
            return Standing.CREDITED
        return Standing.WRITTEN_OFF if written_off else Standing.PAID
    if due_on is not None and due_on < today:
        return Standing.OVERDUE
    if balance + credited + written_off < payable:
        return Standing.PARTLY_PAID
    return Standing.PARTLY_CREDITED if credited else Standing.OPEN


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
    line_key: Mapped[str | None] = field(String(32), on=HIDDEN, index=True)
    """The line of the contract that it bills [M17]."""


class InvoiceTax(Row):
    """The tax of one rate on an invoice: base and amount in minor units; `rate` None: imported, not inferred."""

    __table_args__ = (Index("uq_invoice_tax_invoice_id_name", "invoice_id", "name", unique=True),)

    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(on=HIDDEN, ondelete="CASCADE", back_populates="taxes", index=False)
    name: Mapped[str] = field(String(40), on=HIDDEN)
    rate: Mapped[Percent | None] = field(on=HIDDEN)
    base: Mapped[Minor] = field(on=HIDDEN)
    amount: Mapped[Minor] = field(on=HIDDEN)
    adjustment: Mapped[Minor] = field(on=HIDDEN, default=0, server_default="0")
    """The cents of the contract's tax that its earlier bills left over, part of the amount [M16]."""


class DepositUse(Row):
    """How much of a deposit invoice a later bill deducts, with its tax by name; counts while that bill is issued [M21].

    All in minor units; gross = net + tax.
    """

    __table_args__ = (
        Index("uq_deposit_use_invoice_id_deposit_id", "invoice_id", "deposit_id", unique=True),
        CheckConstraint("gross > 0 AND gross = net + tax", name="gross_is_net_and_tax"),
    )

    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(on=HIDDEN, ondelete="RESTRICT", index=False)
    deposit_id: Mapped[int]
    deposit: Mapped[Invoice] = link(on=HIDDEN, ondelete="RESTRICT")
    gross: Mapped[Minor] = field(on=HIDDEN)
    net: Mapped[Minor] = field(on=HIDDEN)
    tax: Mapped[Minor] = field(on=HIDDEN)
    taxes: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    """Tax name → minor units."""
