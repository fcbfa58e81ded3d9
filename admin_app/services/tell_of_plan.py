"""Clients hear when their work or appointment is planned or moved; what waits to go out is taken back first [E5, L14].

A day that was moved twice within minutes is told once, with the last day; a move that is undone before the mail went
tells nobody.  One call::

    told = tell_of_plan(session, work, was, ann, clock)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Channel,
    Company,
    Event,
    MessagePurpose,
    OutboxMessage,
    OutboxState,
    WorkOrder,
)
from admin_app.policy import Permission, holds
from admin_app.services.messages.resolve import Resolved, recipients_for
from admin_app.services.messages.tell import tell
from admin_app.services.messages.withdraw import withdraw
from admin_app.services.planned_as import Planned

P = MessagePurpose
PURPOSES = (
    P.START_DATE,
    P.START_DATE_MOVED,
    P.APPOINTMENT,
    P.APPOINTMENT_MOVED,
    P.APPOINTMENT_CALLED_OFF,
)
GRACE = timedelta(minutes=5)
"""How long a mail about something dragged waits, so that an undo or a better day still stops it."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told (names), or why nobody is; both empty: there was nothing to tell."""

    names: tuple[str, ...] = ()
    nobody_because: str = ""

    @property
    def in_words(self) -> str:
        """ "Clara Finch is told.", "Nobody is told: Clara Finch has no email address.", or nothing."""
        if self.nobody_because:
            return f"Nobody is told: {self.nobody_because}."
        if not self.names:
            return ""
        names = " and ".join(filter(None, (", ".join(self.names[:-1]), self.names[-1])))
        return f"{names} {'is' if len(self.names) == 1 else 'are'} told."


NOTHING = Told()


def tells_by_itself(session: Session, record: WorkOrder | Event) -> bool:
    """Whether the company tells of such a plan without being asked."""
    company = session.scalars(select(Company)).first()
    if company is None:
        return False
    return company.tell_start_dates if isinstance(record, WorkOrder) else company.confirm_appointments


def who_is_told(session: Session, record: WorkOrder | Event) -> Resolved:
    """Who would be told of a new day, and who would not, each with the reason."""
    return recipients_for(session, record, purpose_of(record, moved=True), Channel.MAIL)


def purpose_of(record: WorkOrder | Event, *, moved: bool) -> MessagePurpose:
    """What the message is for: the first day, or another one."""
    if isinstance(record, WorkOrder):
        return P.START_DATE_MOVED if moved else P.START_DATE
    return P.APPOINTMENT_MOVED if moved else P.APPOINTMENT


def tell_of_plan(
    session: Session,
    record: WorkOrder | Event,
    was: Planned,
    actor: Actor,
    clock: Clock,
    *,
    grace: timedelta | None = None,
) -> Told:
    """Tell of the day that stands now, unless it begins as before or is over; once a version of the record.

    A visit that somebody takes on is an appointment from then on, and told as one.

    Nobody who can be told is no refusal: the day is planned, and the reason is given back.
    """
    is_new = was.starts_at is None or _is_taken_on(record, was)
    if record.starts_at == was.starts_at and not is_new:
        return NOTHING
    not_before = clock.now() + grace if grace is not None else None
    return tell_as_it_stands(
        session, record, purpose_of(record, moved=not is_new), actor, clock, not_before=not_before
    )


def tell_as_it_stands(
    session: Session,
    record: WorkOrder | Event,
    purpose: MessagePurpose,
    actor: Actor,
    clock: Clock,
    *,
    not_before: datetime | None = None,
) -> Told:
    """Queue the word about this version of a plan, once; what waits of earlier versions is taken back.

    The plan stands where nobody can be told; the reason is given back.
    """
    if not holds(actor, Permission.MESSAGES_WRITE):
        return NOTHING
    key = key_of_plan(record)
    take_back_waiting(session, record, actor, but=key)
    if record.starts_at is None:
        return NOTHING
    if record.starts_at <= clock.now():
        return Told((), "the day is over")
    resolved = recipients_for(session, record, purpose, Channel.MAIL)
    if not resolved.chosen:
        return Told((), resolved.nobody_because)
    try:
        with session.begin_nested():  # a thread begun for a message that nobody gets goes with it
            tell(session, purpose, record, actor, clock, to=resolved.chosen, key=key, not_before=not_before)
    except (Invalid, Unmet) as refusal:
        return Told((), refusal.sentence)
    return Told(tuple(one.name for one in resolved.chosen))


def _is_taken_on(record: WorkOrder | Event, was: Planned) -> bool:
    """Whether a visit that nobody made yet has somebody now: only then the client hears of it, for the first time."""
    return isinstance(record, Event) and not was.people and record.assignee_id is not None


def untell(session: Session, record: WorkOrder | Event, was: Planned, actor: Actor, clock: Clock) -> Told:
    """After an undo: take back what still waits; whoever has read of the other day hears of the old one again."""
    latest = session.scalars(_rows(record).order_by(OutboxMessage.id.desc()).limit(1)).first()
    knows = latest is not None and latest.state is OutboxState.SENT
    take_back_waiting(session, record, actor)
    return tell_of_plan(session, record, was, actor, clock) if knows else NOTHING


def take_back_waiting(session: Session, record: WorkOrder | Event, actor: Actor, but: str = "") -> int:
    """Withdraw what was queued about the plan of this record and has not gone, save under the key `but`; how many."""
    waiting = _rows(record).where(OutboxMessage.state == OutboxState.WAITING)
    if but:
        waiting = waiting.where(~OutboxMessage.act_key.startswith(f"{but}-", autoescape=True))
    done = 0
    for message in session.scalars(waiting).all():
        try:
            withdraw(session, message, actor)
            done += 1
        except Unmet:
            continue  # it is going out just now; the next message says the better day
    return done


def _rows(record: WorkOrder | Event) -> Select[OutboxMessage]:
    return select(OutboxMessage).where(
        OutboxMessage.group_id == record.group_id,
        OutboxMessage.purpose.in_([purpose.value for purpose in PURPOSES]),
        OutboxMessage.act_key.startswith(_prefix(record), autoescape=True),
    )


def key_of_plan(record: WorkOrder | Event) -> str:
    """The key of a message about a plan: each version of it is told of once, whichever page changed it."""
    return f"{_prefix(record)}v{record.version}"


def _prefix(record: WorkOrder | Event) -> str:
    kind = "work" if isinstance(record, WorkOrder) else "event"
    return f"plan-{kind}-{record.id}-"
