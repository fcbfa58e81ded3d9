"""Trucks and machines that jobs need: a thing can be in one place at a time only."""

from __future__ import annotations

import enum

from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped

from admin_app.models.base import Base, Entity
from admin_app.models.field import FORM_ONLY, FOUND, SHOWN, field
from admin_app.models.types import BIG


class EquipmentKind(enum.StrEnum):
    """What a thing is."""

    TRUCK = "truck"
    MACHINE = "machine"
    TRAILER = "trailer"
    OTHER = "other"


class Equipment(Entity):
    """A truck, a chipper, a lift: planned for workorders like people, so that a double booking is seen."""

    singular, plural, group_path = "piece of equipment", "equipment", None

    name: Mapped[str] = field(String(120), unique=True, on=FOUND, short=True)
    kind: Mapped[EquipmentKind] = field(on=SHOWN, default=EquipmentKind.MACHINE, short=True)
    plate: Mapped[str | None] = field(String(40), on=FOUND, short=True, label="Plate or number")
    notes: Mapped[str | None] = field(String(400), on=FORM_ONLY)
    archived: Mapped[bool] = field(on=SHOWN, default=False, help="Planned for nothing new")


work_order_equipment = Table(
    "work_order_equipment",
    Base.metadata,
    Column("work_order_id", BIG, ForeignKey("work_order.id", ondelete="CASCADE"), primary_key=True),
    Column("equipment_id", BIG, ForeignKey("equipment.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""What is needed where."""
