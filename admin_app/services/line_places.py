"""Lines change places: a place is unique at every moment, so none is taken before it is free."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from admin_app.models import EstimateLine, InvoiceLine


def put_into_places(session: Session, kept: Mapping[int, EstimateLine | InvoiceLine], behind: int) -> None:
    """Put each line into the place that names it; all that move go `behind` every other line first."""
    moving = {place: line for place, line in kept.items() if line.position != place}
    if not moving:
        return
    for offset in (behind, 0):
        for place, line in moving.items():
            line.position = offset + place
        session.flush()  # the next ones need the places that are free now
