"""Before a message goes out that had to wait: is it still true, and does the other side still want it?

The one place that takes a message back by itself.  What ends a ladder of reminders stands in `ladders`.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import (
    Channel,
    Contact,
    CustomerGroup,
    Entity,
    Event,
    EventState,
    Ladder,
    Message,
    MessagePurpose,
    OutboxMessage,
    Thread,
)
from admin_app.services.messages.about import record_of
from admin_app.services.messages.ladders import LADDERS
from admin_app.services.messages.reach import REACHED, standing
from admin_app.services.messages.resolve import REMINDERS

P = MessagePurpose
_LADDER = {
    P.ESTIMATE_REMINDER: Ladder.ESTIMATE,
    P.INVOICE_SOON_DUE: Ladder.INVOICE,
    P.INVOICE_OVERDUE: Ladder.INVOICE,
    P.APPOINTMENT_REMINDER: Ladder.APPOINTMENT,
}
_OF_A_DATE = frozenset({P.APPOINTMENT, P.APPOINTMENT_MOVED})


def fell_away(session: Session, message: OutboxMessage, clock: Clock) -> str:
    """Why a message that waited must not go any more, as a sentence; "" for one that may."""
    why = _unwanted(session, message)
    if why or message.purpose not in (*_LADDER, *_OF_A_DATE):
        return why
    purpose = P(message.purpose)
    record = _reminded(session, message, purpose) if _by_itself(message) else _about(session, message)
    if record is None:
        return ""
    if purpose in _OF_A_DATE:
        called_off = isinstance(record, Event) and record.state is EventState.CANCELLED
        return "The appointment is cancelled" if called_off else ""
    if purpose in REMINDERS and _by_itself(message):
        group = session.get(CustomerGroup, message.group_id) if message.group_id is not None else None
        if group is not None and not group.reminders:
            return f"{group.name} gets no reminders"
    over = LADDERS[_LADDER[purpose]].over(session, record, clock)
    if not over and isinstance(record, Event) and _by_itself(message):
        marks = LADDERS[Ladder.APPOINTMENT].marks(record)
        over = "" if f"{marks}-" in (message.act_key or "") else "The appointment was moved"
    return over


def _by_itself(message: OutboxMessage) -> bool:
    return (message.act_key or "").startswith("remind-")


def _reminded(session: Session, message: OutboxMessage, purpose: MessagePurpose) -> Entity | None:
    """The record of a reminder that goes by itself: its key names it, and of an estimate the very revision."""
    ladder = _LADDER.get(purpose)
    if ladder is None:
        return None
    named = (message.act_key or "").removeprefix(f"remind-{ladder.value}-").partition("-")[0]
    return session.get(LADDERS[ladder].entity, int(named)) if named.isdigit() else None


def _unwanted(session: Session, message: OutboxMessage) -> str:
    """Whether a client said stop, or the address came back, after the message was queued."""
    if message.contact_id is None:
        return ""
    channel = Channel(message.channel)
    known = standing(session, [message.recipient], channel).get(message.recipient, REACHED)
    if known.reached:
        return ""
    contact = session.get(Contact, message.contact_id)
    name = contact.name if contact is not None else message.recipient
    return known.why_not(name, message.recipient, channel)


def _about(session: Session, message: OutboxMessage) -> Entity | None:
    thread = session.scalar(
        select(Thread).join(Message, Message.thread_id == Thread.id).where(Message.outbox_id == message.id)
    )
    return record_of(session, thread) if thread is not None else None
