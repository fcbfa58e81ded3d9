"""Trucks and machines are kept: what makes sense of them beyond the shape of their fields."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid
from admin_app.models import Equipment


def check_equipment(session: Session, equipment: Equipment | None, values: dict[str, Any]) -> None:
    """Names are used once, whatever the case: "Chipper" and "chipper" are one machine.  Raises Invalid."""
    name = values.get("name")
    if not name:
        return
    other = session.scalar(select(Equipment).where(func.lower(Equipment.name) == name.lower()))
    if other is not None and other is not equipment:
        known = f"There is already a piece of equipment called “{other.name}”"
        raise Invalid(known, {"name": known})
