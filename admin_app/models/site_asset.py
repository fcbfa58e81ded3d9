"""What stands on a site: trees, boilers, roofs [A31, 16]."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped

from admin_app.models.address import Address
from admin_app.models.base import Entity
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import FORM_ONLY, FOUND, SHOWN, field, link


class AssetKind(enum.StrEnum):
    """The kinds of things that trade companies look after."""

    TREE = "tree"
    HEDGE = "hedge"
    BOILER = "boiler"
    ROOF = "roof"
    OTHER = "other"


class Condition(enum.StrEnum):
    """How a thing was found at the last visit."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    DANGEROUS = "dangerous"


ATTRIBUTES: dict[AssetKind, dict[str, str]] = {
    AssetKind.TREE: {"species": "text", "height_m": "number", "trunk_cm": "number", "protected": "yes or no"},
    AssetKind.HEDGE: {"species": "text", "length_m": "number", "height_m": "number"},
    AssetKind.BOILER: {"make": "text", "model": "text", "serial": "text", "power_kw": "number"},
    AssetKind.ROOF: {"covering": "text", "area_m2": "number", "pitch_degrees": "number"},
    AssetKind.OTHER: {"make": "text", "model": "text", "serial": "text"},
}
"""The typed attributes of each kind: name → type, in the order of the form."""


class SiteAsset(Entity):
    """One thing on a customer's site, with typed attributes, place and condition."""

    singular, plural = "site asset", "site inventory"
    __table_args__ = (
        Index("ix_site_asset_group_id_id", "group_id", "id"),
        CheckConstraint("lat IS NULL OR lat BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("lon IS NULL OR lon BETWEEN -180 AND 180", name="longitude"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=FOUND, ondelete="CASCADE", index=False)
    address_id: Mapped[int | None]
    address: Mapped[Address | None] = link(label="Site", ondelete="SET NULL", short=True)
    kind: Mapped[AssetKind] = field(on=SHOWN, default=AssetKind.TREE, short=True)
    name: Mapped[str] = field(String(120), on=FOUND, short=True, help="Oak by the gate, boiler in the cellar")
    condition: Mapped[Condition | None] = field(on=SHOWN, short=True)
    attributes: Mapped[dict[str, Any]] = field(on=FORM_ONLY, default=dict, label="Details")
    lat: Mapped[float | None] = field(on=FORM_ONLY, label="Latitude")
    lon: Mapped[float | None] = field(on=FORM_ONLY, label="Longitude")
    installed_on: Mapped[date | None] = field(on=FORM_ONLY, label="Planted or installed on")
    checked_on: Mapped[date | None] = field(on=SHOWN, label="Last checked")
    notes: Mapped[str | None] = field(Text, on=FORM_ONLY)
