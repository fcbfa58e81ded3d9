"""The price list: what we usually do, for how much, and what it costs us; packages of it [58]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity
from admin_app.models.field import FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link
from admin_app.models.types import Quantity


class PriceItem(Entity):
    """A service or material with its usual price and cost a unit, in the company's currency."""

    singular, plural, group_path = "price item", "price list", None

    name: Mapped[str] = field(String(200), on=FOUND, short=True)
    code: Mapped[str | None] = field(String(40), unique=True, on=FOUND, help="Short name for fast typing")
    details: Mapped[str | None] = field(Text, on=FORM_ONLY, help="Printed below the name on estimates")
    unit: Mapped[str | None] = field(String(20), on=SHOWN, help="hour, m², piece")
    unit_price: Mapped[Quantity] = field(on=SHOWN, short=True, help="Up to four decimals")
    cost: Mapped[Quantity | None] = field(on=SHOWN, label="Cost a unit", help="What it costs us")
    tax_names: Mapped[list[Any]] = field(on=HIDDEN, default=list)
    archived: Mapped[bool] = field(on=SHOWN, default=False)


class Package(Entity):
    """Several price items that are usually done together."""

    singular, plural, group_path = "package", "packages", None

    name: Mapped[str] = field(String(120), unique=True, on=FOUND, short=True)
    description: Mapped[str | None] = field(Text, on=FORM_ONLY)
    archived: Mapped[bool] = field(on=SHOWN, default=False)

    lines: Mapped[list[PackageLine]] = children(back_populates="package", order_by="PackageLine.position")


class PackageLine(Entity):
    """How much of a price item a package holds."""

    singular, plural, group_path = "package line", "package lines", None
    __table_args__ = (Index("uq_package_line_package_id_position", "package_id", "position", unique=True),)

    package_id: Mapped[int]
    package: Mapped[Package] = link(ondelete="CASCADE", back_populates="lines", index=False)
    position: Mapped[int] = field(Integer)
    price_item_id: Mapped[int]
    price_item: Mapped[PriceItem] = link(ondelete="RESTRICT", label="Price item")
    quantity: Mapped[Quantity] = field(default=1)
