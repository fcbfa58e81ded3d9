"""Where customers live and where the work is [P5, P8-P14]."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped

from admin_app.kernel.text import fold
from admin_app.models.base import Entity
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import FORM_ONLY, FOUND, HIDDEN, SHOWN, Surface, field, link
from admin_app.models.types import Phone

ACCESS = Surface.FORM | Surface.EXPORT | Surface.IMPORT
"""Access information is asked and carried, and shown only behind the key icon [P10, P11]."""


class Address(Entity):
    """A place of a customer: the billing address, a site, or both; with the way in [P9-P14]."""

    singular, plural = "address", "addresses"
    __table_args__ = (
        CheckConstraint("lat IS NULL OR lat BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("lon IS NULL OR lon BETWEEN -180 AND 180", name="longitude"),
        Index(
            "uq_address_billing",
            "group_id",
            unique=True,
            sqlite_where=text("is_billing"),
            postgresql_where=text("is_billing"),
        ),
        Index("uq_address_group_id_match_key", "group_id", "match_key", unique=True),
        Index("ix_address_city_id", "city", "id"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND, ondelete="CASCADE", back_populates="addresses", index=False
    )
    label: Mapped[str | None] = field(String(60), on=FORM_ONLY, help="Home, yard, second site")
    line1: Mapped[str] = field(String(200), on=FOUND, label="Street and number", short=True)
    line2: Mapped[str | None] = field(String(200), on=FORM_ONLY, label="Second line")
    city: Mapped[str | None] = field(String(120), on=FOUND, short=True)
    region: Mapped[str | None] = field(String(120), on=FORM_ONLY)
    postcode: Mapped[str | None] = field(String(24), on=FOUND, short=True)
    country: Mapped[str | None] = field(String(2), on=SHOWN, short=True, help="Two letters: DE, GB, US")
    is_billing: Mapped[bool] = field(on=SHOWN, default=False, label="Billing address", short=True)
    is_site: Mapped[bool] = field(on=SHOWN, default=True, label="Work site", short=True)
    lat: Mapped[float | None] = field(on=FORM_ONLY, label="Latitude")
    lon: Mapped[float | None] = field(on=FORM_ONLY, label="Longitude")
    access_contact_name: Mapped[str | None] = field(
        String(120), on=ACCESS, help="Tenant, letting agent or another who opens the door"
    )
    access_phone: Mapped[Phone | None] = field(on=ACCESS)
    access_notes: Mapped[str | None] = field(Text, on=ACCESS, help="Key safe, dog, side door")
    match_key: Mapped[str] = field(String(420), on=HIDDEN, cache=True)

    @staticmethod
    def key_for(line1: str, postcode: str | None, country: str | None) -> str:
        """The form in which two addresses of a group are compared: street, postcode, country, folded."""
        return f"{fold(line1)}|{fold(postcode)}|{fold(country)}"

    @property
    def has_access_details(self) -> bool:
        """Whether the key icon is drawn [P10]."""
        return bool(self.access_contact_name or self.access_phone or self.access_notes)

    @property
    def name(self) -> str:
        """One line: street, postcode, city."""
        return ", ".join(
            part for part in (self.line1, " ".join(filter(None, (self.postcode, self.city)))) if part
        )

    def settle(self) -> None:
        """Keep the key under which a group's addresses are compared."""
        self.country = self.country.upper() if self.country else None
        self.match_key = self.key_for(self.line1, self.postcode, self.country)[:420]
