"""How something is planned, and whether it still is as somebody saw it: two dispatchers never overwrite each other.

A form carries what its reader saw (`seen_of`).  When it comes back and something else stands there, nothing is
changed: `MovedMeanwhile` says what it was, what the other one made of it, and what was asked (security.md, promise 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Conflict, Invalid
from admin_app.kernel.wall_hours import on_the_wall
from admin_app.models import AuditEntry, Company, Equipment, Event, User, WorkOrder

_LOOKED_BACK = 50
"""Entries of the history that are searched for who planned it."""
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Planned:
    """From when to when (UTC), who and with what (ids): what the schedule says of a job or an event."""

    starts_at: datetime | None
    ends_at: datetime | None
    people: tuple[int, ...] = ()
    equipment: tuple[int, ...] = ()


class MovedMeanwhile(Conflict):
    """Somebody else planned it anew since the form was opened; the versions are sentences (409)."""

    def __init__(self, author: str, title: str, was: str, theirs: str, yours: str, asked: Planned) -> None:
        """Say who, and what stands there now; `asked` is what was wanted, for whoever wants it all the same."""
        who = author or "Somebody else"
        super().__init__(f"{who} planned “{title}” anew while you were moving it: {theirs}. You wanted: {yours}")
        self.author, self.was, self.theirs, self.yours, self.asked = who, was, theirs, yours, asked


def planned_as(record: WorkOrder | Event) -> Planned:
    """How it stands now."""
    if isinstance(record, WorkOrder):
        crew = tuple(sorted(one.id for one in record.crew))
        return Planned(
            record.starts_at, record.ends_at, crew, tuple(sorted(one.id for one in record.equipment))
        )
    who = (record.assignee_id,) if record.assignee_id is not None else ()
    return Planned(record.starts_at, record.ends_at, who)


def seen_of(record: WorkOrder | Event) -> str:
    """What a form carries of it: "2026-03-17T08:00:00Z|2026-03-17T12:00:00Z|7,9|3"."""
    return as_seen(planned_as(record))


def as_seen(plan: Planned) -> str:
    """A plan as one line, read back by `read_seen`."""
    return "|".join(
        (_stamp(plan.starts_at), _stamp(plan.ends_at), _numbers(plan.people), _numbers(plan.equipment))
    )


def read_seen(text: str) -> Planned:
    """The plan out of a form; raises Invalid for what was not written here."""
    parts = text[:_LONGEST].split("|")
    try:
        starts, ends, people, equipment = parts
        return Planned(_instant(starts), _instant(ends), _ids(people), _ids(equipment))
    except ValueError:
        raise Invalid("This page is too old; open it again") from None


def demand_unmoved(session: Session, record: WorkOrder | Event, seen: Planned, asked: Planned) -> None:
    """Raise MovedMeanwhile where it is planned otherwise than `seen`, unless as `asked` already."""
    now = planned_as(record)
    if as_seen(now) in (as_seen(seen), as_seen(asked)):
        return
    raise MovedMeanwhile(
        last_planner(session, record),
        record.title,
        plan_in_words(session, seen),
        plan_in_words(session, now),
        plan_in_words(session, asked),
        asked,
    )


def plan_in_words(session: Session, plan: Planned) -> str:
    """ "Tue 17 Mar 08:00–12:00, Cem Yılmaz, Chipper"; "no day" without one."""
    zone = session.scalar(select(Company.zone)) or "UTC"
    people = session.scalars(select(User.name).where(User.id.in_(plan.people)).order_by(User.name))
    machines = session.scalars(
        select(Equipment.name).where(Equipment.id.in_(plan.equipment)).order_by(Equipment.name)
    )
    return ", ".join([time_in_words(plan.starts_at, plan.ends_at, zone), *people, *machines])


def time_in_words(starts_at: datetime | None, ends_at: datetime | None, zone: str) -> str:
    """ "Tue 17 Mar 08:00–12:00", "Tue 17 Mar 08:00 to Thu 19 Mar 16:00", "no day"."""
    if starts_at is None:
        return "no day"
    starts = on_the_wall(starts_at, zone)
    said = f"{starts:%a} {starts.day} {starts:%b %H:%M}"
    if ends_at is None:
        return said
    ends = on_the_wall(ends_at, zone)
    if ends.date() == starts.date():
        return f"{said}–{ends:%H:%M}"
    return f"{said} to {ends:%a} {ends.day} {ends:%b %H:%M}"


def last_planner(session: Session, record: WorkOrder | Event) -> str:
    """Who changed day, hours, people or machines last; "" where the history does not say."""
    keys = {"starts_at", "ends_at", "crew", "equipment", "assignee"}
    entries = (
        select(AuditEntry)
        .where(AuditEntry.entity == type(record).__name__, AuditEntry.entity_id == record.id)
        .order_by(AuditEntry.id.desc())
        .limit(_LOOKED_BACK)
    )
    return next((entry.actor for entry in session.scalars(entries) if keys & set(entry.after or {})), "")


def _stamp(moment: datetime | None) -> str:
    return f"{moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _instant(text: str) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if text else None


def _numbers(ids: tuple[int, ...]) -> str:
    return ",".join(str(number) for number in sorted(ids))


def _ids(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",") if part))
