"""The names under which the company trades, and the number series of their documents."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Integer, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity
from admin_app.models.field import FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.types import Email, Phone


class Brand(Entity):
    """An identity that customers see: sender, bank details, tax id, terms [141]."""

    singular, plural, group_path = "brand", "brands", None
    __table_args__ = (
        CheckConstraint("payment_terms_days BETWEEN 0 AND 365", name="terms_in_a_year"),
        CheckConstraint("accent IS NULL OR length(accent) = 7", name="accent_is_hex"),
    )

    name: Mapped[str] = field(String(120), unique=True, on=FOUND, short=True, help="As customers know it")
    key: Mapped[str] = field(
        String(40), unique=True, on=FORM_ONLY, short=True, help="Short name used in files: north, harbour"
    )
    legal_name: Mapped[str | None] = field(String(160), on=FORM_ONLY)
    email: Mapped[Email | None] = field(on=SHOWN, label="Sender email")
    phone: Mapped[Phone | None] = field(on=SHOWN)
    sms_sender: Mapped[str | None] = field(
        String(40), on=FORM_ONLY, label="SMS sender", help="The number from which text messages come"
    )
    website: Mapped[str | None] = field(String(200), on=FORM_ONLY)
    address: Mapped[str | None] = field(Text, on=FORM_ONLY, help="As printed under the name")
    tax_id: Mapped[str | None] = field(String(40), on=FORM_ONLY, label="Tax number")
    bank_name: Mapped[str | None] = field(String(120), on=FORM_ONLY)
    iban: Mapped[str | None] = field(String(42), on=FORM_ONLY, label="IBAN or account")
    bic: Mapped[str | None] = field(String(16), on=FORM_ONLY, label="BIC")
    payment_terms_days: Mapped[int] = field(
        Integer, on=SHOWN, default=30, label="Payment terms", unit="days", help="Days from issue to due"
    )
    document_footer: Mapped[str | None] = field(Text, on=FORM_ONLY, help="Small print under every document")
    country: Mapped[str | None] = field(String(2), on=FORM_ONLY, help="Two letters; empty: the company's")
    estimate_intro: Mapped[str | None] = field(
        Text, on=FORM_ONLY, help="Printed above the lines of estimates"
    )
    estimate_closing: Mapped[str | None] = field(Text, on=FORM_ONLY, label="Terms of estimates")
    invoice_intro: Mapped[str | None] = field(Text, on=FORM_ONLY, help="Printed above the lines of invoices")
    invoice_closing: Mapped[str | None] = field(Text, on=FORM_ONLY, label="Terms of invoices")
    e_invoice: Mapped[bool] = field(
        on=FORM_ONLY,
        default=False,
        server_default=false(),
        label="E-invoices",
        help="Invoices to businesses carry their figures for machines too (Factur-X)",
    )
    accent: Mapped[str | None] = field(String(7), on=FORM_ONLY, label="Accent colour", help="#1a2b3c")
    portal_on: Mapped[bool] = field(
        on=FORM_ONLY,
        default=True,
        server_default=true(),
        label="Customer portal",
        help="Off: no customer of this brand gets in",
    )
    portal_hides: Mapped[list[Any]] = field(on=HIDDEN, default=list, server_default="[]")
    """Modules of the portal that customers of this brand do not see."""
    stripe_key: Mapped[str | None] = field(String(200), on=HIDDEN, secret=True)
    """The provider's secret key of this brand's own account; None: no card payments [W8]."""
    stripe_hook_key: Mapped[str | None] = field(String(200), on=HIDDEN, secret=True)
    """What signs the provider's messages."""
    is_default: Mapped[bool] = field(
        on=SHOWN, default=False, label="Default brand", help="New customers belong to this brand"
    )
    logo_key: Mapped[str | None] = field(String(80), on=HIDDEN)
    """The store's key of the re-encoded logo."""
    archived_at: Mapped[datetime | None] = field(on=HIDDEN)


class DocumentKind(enum.StrEnum):
    """Documents with a number of their own."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit note"
    ESTIMATE = "estimate"
    REFUND = "refund"
    WORK_ORDER = "workorder"


class NumberSeries(Entity):
    """The counter of one brand, kind of document and year; numbers are taken in the issue transaction [M10]."""

    singular, plural, group_path = "number series", "number series", None
    __table_args__ = (
        UniqueConstraint("brand_id", "document", "year"),
        CheckConstraint("next_number >= 1", name="next_from_one"),
    )

    brand_id: Mapped[int]
    brand: Mapped[Brand] = link(ondelete="CASCADE")
    document: Mapped[DocumentKind] = field(help="The kind of document that is numbered")
    year: Mapped[int] = field(Integer, help="0: one series for all years", default=0)
    prefix: Mapped[str] = field(String(24), default="", help="Printed before the number: N-2026-")
    digits: Mapped[int] = field(Integer, default=5, help="Zeros are put before shorter numbers")
    next_number: Mapped[int] = field(Integer, default=1)
    last_issued_on: Mapped[date | None] = field(on=HIDDEN)
