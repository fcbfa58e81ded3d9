"""Reading the history of the office: the latest changes first, narrowed to a kind, a record, a person, days [143].

One call::

    page = read_chronicle(session, Wanted(entity="Contact", change=Change.DELETED), zone="Europe/London")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid
from admin_app.models import AuditEntry, Base, Change, Entity

PAGE = 50
"""Entries shown at a time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes: by kind of record, one record, member of staff, what was done, days in the company's zone."""

    entity: str | None = None
    record: int | None = None
    person: int | None = None
    change: Change | None = None
    since: date | None = None
    until: date | None = None
    before: int | None = None
    """The entry before which this page begins."""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the page is asked for."""
        return any(getattr(self, part.name) is not None for part in fields(self) if part.name != "before")


def read_wanted(asked: Mapping[str, str]) -> Wanted:
    """What an address asks for; parts that nobody can mean are left out."""
    return Wanted(
        entity=asked.get("entity") if asked.get("entity") in kinds() else None,
        record=_number(asked.get("record")),
        person=_number(asked.get("person")),
        change=next((change for change in Change if change.value == asked.get("change")), None),
        since=_day(asked.get("since")),
        until=_day(asked.get("until")),
        before=_number(asked.get("before")),
    )


def kinds() -> dict[str, str]:
    """The kinds of records that have a history: class name → word, in the order of the words."""
    named = {
        mapper.class_.__name__: mapper.class_.singular
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Entity)
    }
    return dict(sorted(named.items(), key=lambda kind: kind[1]))


def read_chronicle(session: Session, wanted: Wanted, zone: str) -> tuple[list[AuditEntry], int | None]:
    """A page of the history, the latest first, and the entry before which the next page begins (None: the end)."""
    query = select(AuditEntry)
    exact: dict[Any, Any] = {
        AuditEntry.entity: wanted.entity,
        AuditEntry.entity_id: wanted.record,
        AuditEntry.actor_id: wanted.person,
        AuditEntry.change: wanted.change,
    }
    for column, value in exact.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.person is not None:
        query = query.where(AuditEntry.actor_kind == "staff")  # clients have numbers of their own
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= _midnight(wanted.since, zone))
    if wanted.until is not None:
        query = query.where(AuditEntry.at < _midnight(wanted.until + timedelta(days=1), zone))
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    found = list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 18 else None


def _day(text: str | None) -> date | None:
    """A day as a date field sends it, or as people type it."""
    try:
        return parse_date((text or "")[:40])
    except Invalid:
        return None
