"""Reminders go out by themselves, each once, to whom it may concern and at an hour at which people are up [101].

Two steps, so that the job can give each reminder a transaction of its own::

    for due in due_reminders(session, clock):
        remind(session, due, clock)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.models import (
    Channel,
    Company,
    Estimate,
    Invoice,
    Ladder,
    MessagePurpose,
    OutboxMessage,
    OutboxState,
    ReminderStep,
)
from admin_app.services.messages.about import number_of, word_of
from admin_app.services.messages.ladders import LADDERS, LATEST, is_quiet, next_loud, reached, step_key
from admin_app.services.messages.tell import tell

ATTACHED = frozenset({MessagePurpose.ESTIMATE_REMINDER, MessagePurpose.INVOICE_OVERDUE})
"""Reminders with which the paper goes along once more."""


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder that is due: of which record, by which step."""

    ladder: Ladder
    record_id: int
    days: int
    channel: Channel


def due_reminders(session: Session, clock: Clock) -> list[Due]:
    """What is due now, but for what was queued already; nothing while clients sleep.

    In quiet hours nothing is written, so that in the morning each says what is true then.
    """
    company = session.scalars(select(Company)).first()
    if company is None or is_quiet(company, clock.now()):
        return []
    found: list[Due] = []
    for (ladder, channel), steps in _steps(session):
        on = company.mail_on if channel is Channel.MAIL else company.sms_on
        if on:
            found += _due(session, ladder, channel, steps, ZoneInfo(company.zone), clock)
    return found


def remind(session: Session, due: Due, clock: Clock) -> list[OutboxMessage]:
    """Queue one reminder, unless its reason fell away meanwhile; raises Unmet where nobody can be told."""
    rungs = LADDERS[due.ladder]
    record = session.get(rungs.entity, due.record_id, with_for_update=True, populate_existing=True)
    if record is None or rungs.over(session, record, clock):
        return []
    company = session.scalars(select(Company)).one()
    purpose = rungs.purpose(due.days)
    papers = []
    if purpose in ATTACHED and isinstance(record, Estimate | Invoice):
        papers = [{"paper": word_of(record), "id": record.id, "name": number_of(record)}]
    return tell(
        session,
        purpose,
        record,
        SYSTEM,
        clock,
        channel=due.channel,
        key=step_key(due.ladder, due.days, due.channel.value, record),
        papers=papers if due.channel is Channel.MAIL else (),
        not_before=next_loud(company, clock.now()),
    )


def _steps(session: Session) -> Iterator[tuple[tuple[Ladder, Channel], list[ReminderStep]]]:
    """The steps that are switched on, by ladder and channel."""
    query = select(ReminderStep).where(ReminderStep.enabled)
    order = ReminderStep.ladder, ReminderStep.channel, ReminderStep.days
    steps = session.scalars(query.order_by(*order)).all()
    for which, some in groupby(steps, key=lambda step: (step.ladder, step.channel)):
        yield which, list(some)


def _due(
    session: Session,
    ladder: Ladder,
    channel: Channel,
    steps: Sequence[ReminderStep],
    zone: ZoneInfo,
    clock: Clock,
) -> Iterator[Due]:
    rungs, today = LADDERS[ladder], clock.today()
    days = [step.days for step in steps]
    # A record that begins on day B has its step on B + days: today, or as long ago as is still made up for.
    first, last = today - timedelta(days=max(days)) - LATEST, today - timedelta(days=min(days))
    told = _told(session, ladder, clock)
    for record in session.scalars(rungs.among(clock.now(), first, last)):
        step = reached(steps, rungs.begins(record, zone), today)
        if step is None or rungs.over(session, record, clock):
            continue
        key = step_key(ladder, step.days, channel.value, record)
        if not any(one.startswith(f"{key}-") for one in told.get(record.id, ())):
            yield Due(ladder, record.id, step.days, channel)


def _told(session: Session, ladder: Ladder, clock: Clock) -> dict[int, list[str]]:
    """Record → the keys of its reminders of the last days: an address that changed since makes no new reminder."""
    begins = f"remind-{ladder.value}-"
    query = select(OutboxMessage.act_key).where(
        OutboxMessage.state.in_(OutboxState),
        OutboxMessage.due_at >= clock.now() - LATEST - timedelta(days=2),
        OutboxMessage.act_key.startswith(begins, autoescape=True),
    )
    found: dict[int, list[str]] = {}
    for key in session.scalars(query):
        assert key is not None
        found.setdefault(int(key.removeprefix(begins).partition("-")[0]), []).append(key)
    return found
