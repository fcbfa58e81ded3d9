"""The company itself: one row, edited on the settings page, the fallback of every brand."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped

from admin_app.kernel.rounding import TaxMode
from admin_app.models.base import Entity, Row
from admin_app.models.field import HIDDEN, WRITTEN_ONCE, Surface, field
from admin_app.models.types import Email, Percent, Phone

SETTING = Surface.FORM | Surface.API


class Company(Entity):
    """Who we are and how we count: exactly one row, made by the set-up page."""

    singular, plural, group_path = "company", "company", None
    __table_args__ = (CheckConstraint("id = 1", name="one_company"),)

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
    # Hidden until documents keep which of the two they were priced by; the calculator knows both [M7].
    prices_include_tax: Mapped[bool] = field(on=HIDDEN, default=False)
    locked_until: Mapped[date | None] = field(
        on=SETTING, label="Books locked until", help="No money is booked on or before this day"
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
    portal_enabled_default: Mapped[bool] = field(on=HIDDEN, default=False)


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
