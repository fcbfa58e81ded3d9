"""Builders of what the analysts keep, in the manner of `seeds.builders`: say only what a test is about."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from admin_app.models import SavedReport, User
from seeds.builders import _kept


def a_saved_report(session: Session, owner: User, **but: Any) -> SavedReport:
    """What came in by month, kept by `owner` for nobody else."""
    facts: dict[str, Any] = {"title": "Collected by month", "query": "metric=collected&by=month"}
    return _kept(session, SavedReport(owner_id=owner.id, **facts | but))
