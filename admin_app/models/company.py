"""The company itself: one row, edited on the settings page, the fallback of every brand."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Integer, String, Text, false, true
from sqlalchemy.orm import Mapped

from admin_app.kernel.rounding import TaxMode
from admin_app.models.base import Entity, Row
from admin_app.models.field import HIDDEN, WRITTEN_ONCE, Surface, field
from admin_app.models.types import Email, Minor, Percent, Phone

SETTING = Surface.FORM | Surface.API


class DepositKind(enum.StrEnum):
    """What a deposit is in law [M21]."""

    ON_ACCOUNT = "payment on account"
    INVOICE = "deposit invoice"


class RetainageBase(enum.StrEnum):
    """What the percentage held back is counted on [M20]."""

    NET = "net"
    GROSS = "gross"


class Billing(enum.StrEnum):
    """What follows when work is completed [A77, design section 5]."""

    TRAY = "draft in the tray"
    ISSUE = "issued at once"
    SEND = "issued and sent at once"


class CompletedWhen(enum.StrEnum):
    """When a project counts as completed [4.2]."""

    PAID = "paid"
    WORK_DONE = "work done"


class Company(Entity):
    """Who we are and how we count: exactly one row, made by the set-up page."""

    singular, plural, group_path = "company", "company", None
    __table_args__ = (
        CheckConstraint("id = 1", name="one_company"),
        CheckConstraint("estimate_days BETWEEN 1 AND 365", name="estimate_days_in_a_year"),
        CheckConstraint("appointment_minutes BETWEEN 5 AND 1440", name="appointment_in_a_day"),
    )

    name: Mapped[str] = field(
        String(120), on=SETTING, help="As printed on documents without a brand of their own"
    )
    country: Mapped[str] = field(
        String(2),
        on=SETTING,
        default="GB",
        help="Two letters; phone numbers without a country code belong here",
    )
    currency: Mapped[str] = field(String(3), on=SETTING, default="EUR", help="ISO 4217 code of the books")
    zone: Mapped[str] = field(
        String(60), on=SETTING, default="UTC", label="Time zone", help="Business dates follow this zone"
    )
    language: Mapped[str] = field(String(12), on=SETTING, default="en", help="Language of dates and numbers")
    tax_mode: Mapped[TaxMode] = field(
        on=SETTING,
        default=TaxMode.DOCUMENT,
        label="Tax is rounded",
        help="Per rate on the document, or on each line",
    )
    prices_include_tax: Mapped[bool] = field(
        on=SETTING,
        default=False,
        help="New estimates and invoices begin with prices that contain the tax",
    )
    estimate_days: Mapped[int] = field(
        Integer, on=SETTING, default=30, server_default="30", unit="days", label="Estimates are valid for"
    )
    deposit_kind: Mapped[DepositKind] = field(
        on=SETTING,
        default=DepositKind.ON_ACCOUNT,
        server_default="payment on account",
        label="A deposit is",
        help="A payment on account, or an invoice of its own with its tax",
    )
    retainage_base: Mapped[RetainageBase] = field(
        on=SETTING, default=RetainageBase.GROSS, server_default="gross", label="Retainage is counted on"
    )
    billing: Mapped[Billing] = field(
        on=SETTING,
        default=Billing.TRAY,
        server_default="draft in the tray",
        label="Completed work",
        help="Waits as a draft in the To invoice tray, or is invoiced at once",
    )
    completed_when: Mapped[CompletedWhen] = field(
        on=SETTING, default=CompletedWhen.PAID, server_default="paid", label="A project is completed when"
    )
    interest_percent: Mapped[Percent] = field(
        on=SETTING,
        default=0,
        server_default="0",
        unit="%",
        label="Interest on arrears a year",
        help="Simple, by the day",
    )
    interest_flat: Mapped[Minor] = field(on=SETTING, default=0, server_default="0", label="Flat late fee")
    interest_cap_percent: Mapped[Percent] = field(
        on=SETTING,
        default=100,
        server_default="1000000",
        unit="%",
        label="Interest never above",
        help="Percent of the invoice",
    )
    locked_until: Mapped[date | None] = field(
        on=SETTING, label="Books locked until", help="No money is booked on or before this day"
    )
    mail_on: Mapped[bool] = field(
        on=SETTING, default=True, server_default=true(), label="Mails to clients", help="Off: none is written"
    )
    sms_on: Mapped[bool] = field(
        on=SETTING, default=True, server_default=true(), label="Text messages to clients"
    )
    sms_sender: Mapped[str | None] = field(
        String(40), on=SETTING, label="SMS sender", help="The number from which text messages come"
    )
    quiet_from: Mapped[str] = field(
        String(5),
        on=SETTING,
        default="20:00",
        server_default="20:00",
        help="Reminders wait until the morning",
    )
    quiet_until: Mapped[str] = field(String(5), on=SETTING, default="08:00", server_default="08:00")
    confirm_appointments: Mapped[bool] = field(
        on=SETTING, default=True, server_default=true(), help="Clients are told of new and moved appointments"
    )
    tell_start_dates: Mapped[bool] = field(
        on=SETTING, default=False, server_default=false(), help="Clients are told when their work is planned"
    )
    day_starts: Mapped[str] = field(
        String(5), on=SETTING, default="07:00", server_default="07:00", label="The working day starts"
    )
    day_ends: Mapped[str] = field(
        String(5), on=SETTING, default="17:00", server_default="17:00", label="The working day ends"
    )
    appointment_minutes: Mapped[int] = field(
        Integer, on=SETTING, default=60, server_default="60", unit="minutes", label="An appointment takes"
    )
    email: Mapped[Email | None] = field(on=SETTING)
    phone: Mapped[Phone | None] = field(on=SETTING)
    map_tiles_url: Mapped[str | None] = field(
        String(300),
        on=SETTING,
        label="Map tiles address",
        help="With {z}, {x} and {y}; empty: the map stays plain",
    )
    geocoder_url: Mapped[str | None] = field(
        String(300),
        on=SETTING,
        label="Geocoder address",
        help="A search that speaks Nominatim; empty: known addresses only",
    )
    geocoder_key: Mapped[str | None] = field(String(200), on=WRITTEN_ONCE, secret=True)
    portal_enabled_default: Mapped[bool] = field(
        on=SETTING,
        default=False,
        label="Customer portal",
        help="Whether clients can sign in to a portal of their own",
    )
    portal_hides: Mapped[list[Any]] = field(on=HIDDEN, default=list, server_default="[]")
    """Modules of the portal that nobody sees [W15]."""


class Setting(Row):
    """A small fact that the program remembers: a remembered mapping, the moment of the last backup."""

    key: Mapped[str] = field(String(120), unique=True, on=HIDDEN)
    value: Mapped[str] = field(Text, on=HIDDEN, default="")


class TaxRate(Entity):
    """A tax that lines can carry, with its rate in percent [M2]."""

    singular, plural, group_path = "tax rate", "tax rates", None

    name: Mapped[str] = field(String(40), unique=True, help="As printed: VAT 20 %")
    rate: Mapped[Percent] = field(unit="%", help="Up to four decimals: 9.975")
    compound: Mapped[bool] = field(default=False, help="Charged on the other taxes too")
    is_default: Mapped[bool] = field(default=False, label="Usual rate", help="Proposed for new lines")
    archived: Mapped[bool] = field(default=False)
