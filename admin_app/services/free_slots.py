"""When somebody has time: free pieces of the working day, offered while the client is on the phone [95, A52].

The working day is the company's, by the clock on its wall; stored instants are UTC, so a day on which the clocks are
changed is an hour shorter or longer and the slots after it still begin at the hour people read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Event, EventState, WorkOrder, WorkOrderState, work_order_crew

LOOKED_AHEAD = 90
"""Days; whoever is busy for a quarter of a year has no free slot to offer."""
A_DAY = 3
"""Slots offered of one day, from its morning to its evening: a client who cannot on Monday hears of Tuesday too."""
GRID = 15
"""Minutes; slots begin at the full hour or a quarter of it."""
SATURDAY = 5

Span = tuple[datetime, datetime]
"""From when to when, aware instants in UTC."""


class WorkingDay(Protocol):
    """What is asked of the company, a row of it or the record: its zone, its hours ("07:00"), the usual minutes."""

    zone: Any
    day_starts: Any
    day_ends: Any
    appointment_minutes: Any


def free_slots(
    session: Session,
    user_id: int | None,
    first_day: date,
    minutes: int,
    company: WorkingDay,
    count: int,
    clock: Clock,
    *,
    a_day: int = A_DAY,
) -> list[Span]:
    """The next `count` free slots of `minutes` from `first_day` on, at most `a_day` of each, never in the past.

    Saturdays and Sundays are left out, and so is whatever is planned for this person: events, and workorders of which
    they are the crew.  Nobody (None) has nothing planned.  Two statements, however long the calendar is.
    """
    if minutes <= 0 or count <= 0:
        return []
    zone = ZoneInfo(company.zone)
    first = max(first_day, clock.today())
    last = first + timedelta(days=LOOKED_AHEAD)
    busy = _busy(session, user_id, (_instant(first, time(), zone), _instant(last, time(), zone)), company)
    found: list[Span] = []
    for number in range(LOOKED_AHEAD):
        day = first + timedelta(days=number)
        if day.weekday() >= SATURDAY:
            continue
        found += _spread(list(_free_on(day, minutes, company, busy, clock.now())), a_day)
        if len(found) >= count:
            break
    return found[:count]


def working_day(day: date, company: WorkingDay) -> Span:
    """From when to when the company works on a day: empty (end not after start) only for hours that are nonsense."""
    zone = ZoneInfo(company.zone)
    return (
        _instant(day, time.fromisoformat(company.day_starts), zone),
        _instant(day, time.fromisoformat(company.day_ends), zone),
    )


def _free_on(
    day: date, minutes: int, company: WorkingDay, busy: Sequence[Span], now: datetime
) -> Iterator[Span]:
    """Back to back through the day; what is planned pushes the next slot behind its end, up to the next quarter."""
    opens, closes = working_day(day, company)
    length = timedelta(minutes=minutes)
    start = opens if opens >= now else _up_to_the_quarter(now)
    while start + length <= closes:
        in_the_way = [end for begin, end in busy if begin < start + length and end > start]
        if in_the_way:
            start = _up_to_the_quarter(max(in_the_way))
            continue
        yield start, start + length
        start = _up_to_the_quarter(start + length)


def _spread(slots: list[Span], most: int) -> list[Span]:
    """The first, the last and some between: nobody wants to choose among twenty."""
    if len(slots) <= most:
        return slots
    if most == 1:
        return slots[:1]
    return [slots[place * (len(slots) - 1) // (most - 1)] for place in range(most)]


def _busy(session: Session, user_id: int | None, within: Span, company: WorkingDay) -> list[Span]:
    """What is planned for somebody; an event without an end takes as long as an appointment, work the whole day."""
    if user_id is None:
        return []
    usual = timedelta(minutes=company.appointment_minutes)
    begins, ends = within
    events = select(Event.starts_at, Event.ends_at).where(
        Event.assignee_id == user_id,
        Event.state == EventState.PLANNED,
        Event.starts_at < ends,
        or_(Event.ends_at > begins, and_(Event.ends_at.is_(None), Event.starts_at > begins - usual)),
    )
    spans = [(start, end or start + usual) for start, end in session.execute(events)]
    work = (
        select(WorkOrder.starts_at, WorkOrder.ends_at)
        .join(work_order_crew, work_order_crew.c.work_order_id == WorkOrder.id)
        .where(
            work_order_crew.c.user_id == user_id,
            WorkOrder.state.in_((WorkOrderState.SCHEDULED, WorkOrderState.IN_PROGRESS)),
            WorkOrder.starts_at < ends,
            or_(WorkOrder.ends_at > begins, WorkOrder.ends_at.is_(None)),
        )
    )
    spans += [(start, end or _evening(start, company)) for start, end in session.execute(work) if start]
    return sorted(spans)


def _evening(start: datetime, company: WorkingDay) -> datetime:
    """When the working day ends on which something starts; an hour later for what starts after it."""
    closes = working_day(start.astimezone(ZoneInfo(company.zone)).date(), company)[1]
    return max(closes, start + timedelta(hours=1))


def _instant(day: date, clock_time: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock_time, zone).astimezone(UTC)


def _up_to_the_quarter(moment: datetime) -> datetime:
    """The next quarter of an hour; zones differ from UTC by whole quarters, so the wall shows a quarter too."""
    bare = moment.replace(second=0, microsecond=0)
    if bare < moment:
        bare += timedelta(minutes=1)
    return bare + timedelta(minutes=-bare.minute % GRID)
