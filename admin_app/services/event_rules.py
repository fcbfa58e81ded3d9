"""What must hold of an appointment beyond the shape of its fields; read by `record_rules` [95]."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from admin_app.models import Event


def check_event(session: Session, event: Event | None, values: dict[str, Any]) -> None:
    """What the client said of one time does not hold for another: what moves waits for an answer anew."""
    if event is None or event.client_answer is None or "client_answer" in values:
        return
    if "starts_at" in values and values["starts_at"] != event.starts_at:
        values |= {"client_answer": None, "client_answered_at": None}
