"""The ladders of reminders: what each climbs, from when, and until what [101].

What stops a ladder stands here once: `climb` asks it before it queues a reminder, and the worker asks it again before
one goes out that had to wait (`still_true`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, joinedload

from admin_app.kernel.clock import Clock
from admin_app.models import (
    Company,
    CustomerGroup,
    Direction,
    Entity,
    Estimate,
    EstimateState,
    Event,
    EventKind,
    EventState,
    Invoice,
    InvoiceState,
    Ladder,
    Message,
    MessagePurpose,
    ReminderStep,
    Thread,
)
from admin_app.services.messages.about import id_of, word_of

LATEST = timedelta(days=7)
"""A reminder that could not go out for so long is let be."""
MEETINGS = frozenset({EventKind.APPOINTMENT, EventKind.VISIT})
"""What a client is reminded of: a day of work is told by its start date, a call comes by itself."""


@dataclass(frozen=True, slots=True)
class Rungs:
    """How one ladder is climbed."""

    entity: type[Entity]
    begins: Callable[[Any, ZoneInfo], date]
    """The day from which its days count."""
    among: Callable[[datetime, date, date], Select[Any]]
    """Records whose beginning lies between two days, as of now, and nothing more: a coarse net."""
    over: Callable[[Session, Any, Clock], str]
    """Why nobody is reminded of a record any more, as a sentence; "" while somebody is."""
    purpose: Callable[[int], MessagePurpose]
    """What is said, by the days of the step."""
    marks: Callable[[Any], str]
    """What makes the same record a new matter, such as an appointment at another time."""


def is_quiet(company: Company, now: datetime) -> bool:
    """Whether nobody is reminded at this hour; from 20:00 until 08:00 spans midnight, equal times mean never."""
    begins, ends = _time(company.quiet_from), _time(company.quiet_until)
    local = now.astimezone(ZoneInfo(company.zone)).time()
    if begins <= ends:
        return begins <= local < ends
    return local >= begins or local < ends


def next_loud(company: Company, now: datetime) -> datetime:
    """The first moment from `now` on at which a client may be written to by itself."""
    if not is_quiet(company, now):
        return now
    zone, ends = ZoneInfo(company.zone), _time(company.quiet_until)
    local = now.astimezone(zone)
    morning = datetime.combine(local.date(), ends, zone)
    if morning <= local:
        morning = datetime.combine(local.date() + timedelta(days=1), ends, zone)
    return morning.astimezone(now.tzinfo)


def _time(text: str) -> time:
    return time.fromisoformat(text)


def _estimates(now: datetime, first: date, last: date) -> Select[Any]:
    return (
        select(Estimate)
        .join(CustomerGroup, CustomerGroup.id == Estimate.group_id)
        .options(joinedload(Estimate.group), joinedload(Estimate.project))
        .where(
            Estimate.state == EstimateState.SENT,
            Estimate.not_sent.is_(False),
            Estimate.sent_at >= now - (now.date() - first + timedelta(days=2)),
            Estimate.sent_at <= now,
            CustomerGroup.reminders,
        )
        .order_by(Estimate.id)
    )


def _estimate_over(session: Session, estimate: Estimate, clock: Clock) -> str:
    if estimate.state is not EstimateState.SENT:
        return f"The estimate is {estimate.state.value}"
    if estimate.expires_on is not None and estimate.expires_on < clock.today():
        return "The estimate has expired"
    answered = exists().where(
        Thread.about == word_of(estimate),
        Thread.about_id == id_of(estimate),
        Message.thread_id == Thread.id,
        Message.direction == Direction.IN,
        Message.at >= estimate.sent_at,
    )
    return "The client has written about it" if session.scalar(select(answered)) else ""


def _invoices(now: datetime, first: date, last: date) -> Select[Any]:
    return (
        select(Invoice)
        .join(CustomerGroup, CustomerGroup.id == Invoice.group_id)
        .options(joinedload(Invoice.group))
        .where(
            Invoice.state == InvoiceState.ISSUED,
            Invoice.balance > 0,
            Invoice.due_on.between(first, last),
            CustomerGroup.reminders,
        )
        .order_by(Invoice.id)
    )


def _invoice_over(session: Session, invoice: Invoice, clock: Clock) -> str:
    if invoice.state is not InvoiceState.ISSUED:
        return f"The invoice is {invoice.state.value}"
    return "The invoice is paid" if invoice.balance <= 0 else ""


def _events(now: datetime, first: date, last: date) -> Select[Any]:
    day = timedelta(days=1)
    return (
        select(Event)
        .join(CustomerGroup, CustomerGroup.id == Event.group_id)
        .options(joinedload(Event.group))
        .where(
            Event.state == EventState.PLANNED,
            Event.kind.in_(MEETINGS),
            Event.starts_at > now,
            Event.starts_at <= now + (last - now.date()) + 2 * day,
            CustomerGroup.reminders,
        )
        .order_by(Event.id)
    )


def _event_over(session: Session, event: Event, clock: Clock) -> str:
    if event.state is not EventState.PLANNED:
        return f"The appointment is {event.state.value}"
    return "The appointment is over" if event.starts_at <= clock.now() else ""


def _starts_on(event: Event, zone: ZoneInfo) -> date:
    return event.starts_at.astimezone(zone).date()


def _sent_on(estimate: Estimate, zone: ZoneInfo) -> date:
    assert estimate.sent_at is not None  # only sent ones are looked at
    return estimate.sent_at.astimezone(zone).date()


def _due_on(invoice: Invoice, zone: ZoneInfo) -> date:
    assert invoice.due_on is not None  # only those with a due day are looked at
    return invoice.due_on


LADDERS: Mapping[Ladder, Rungs] = {
    Ladder.ESTIMATE: Rungs(
        Estimate,
        _sent_on,
        _estimates,
        _estimate_over,
        lambda days: MessagePurpose.ESTIMATE_REMINDER,
        lambda estimate: "",
    ),
    Ladder.INVOICE: Rungs(
        Invoice,
        _due_on,
        _invoices,
        _invoice_over,
        lambda days: MessagePurpose.INVOICE_OVERDUE if days > 0 else MessagePurpose.INVOICE_SOON_DUE,
        lambda invoice: "",
    ),
    Ladder.APPOINTMENT: Rungs(
        Event,
        _starts_on,
        _events,
        _event_over,
        lambda days: MessagePurpose.APPOINTMENT_REMINDER,
        lambda event: f"-{event.starts_at:%Y%m%dT%H%M}",
    ),
}


def step_key(ladder: Ladder, days: int, channel: str, record: Any) -> str:
    """The key of a reminder: once a record, step and channel, and for an appointment once a time."""
    marks = LADDERS[ladder].marks(record)
    return f"remind-{ladder.value}-{record.id}-{days}-{channel}{marks}"


def reached(steps: Sequence[ReminderStep], begins: date, today: date) -> ReminderStep | None:
    """The highest step of one ladder and channel that is due today: those below it were overtaken.

    Steps that became due before they were switched on, or too long ago, are let be; so is a step before the day once
    the day is over.
    """
    due = [
        step
        for step in steps
        if step.since <= begins + timedelta(days=step.days) <= today
        and today - (begins + timedelta(days=step.days)) <= LATEST
        and (step.days > 0 or today <= begins)
    ]
    return max(due, key=lambda step: step.days, default=None)
