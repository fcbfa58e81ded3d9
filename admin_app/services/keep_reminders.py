"""The rungs of the reminder ladders: added, switched on and off, taken away [101]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import Channel, Ladder, ReminderStep
from admin_app.policy import Permission, demand
from admin_app.services.record_rules import make, put

MOST_STEPS = 12
"""Rungs of one ladder: whoever is reminded more often stops reading."""
REACH: dict[Ladder, tuple[int, int]] = {
    Ladder.ESTIMATE: (1, 120),
    Ladder.INVOICE: (-30, 365),
    Ladder.APPOINTMENT: (-30, -1),
}
"""From which to which day each ladder can remind; less than 0 is before the day."""


USUAL: tuple[tuple[Ladder, int], ...] = (
    (Ladder.ESTIMATE, 3),
    (Ladder.ESTIMATE, 7),
    (Ladder.INVOICE, -3),
    (Ladder.INVOICE, 3),
    (Ladder.INVOICE, 14),
    (Ladder.INVOICE, 30),
    (Ladder.APPOINTMENT, -1),
)
"""What a new company begins with, by mail."""


def usual_reminders(session: Session, clock: Clock) -> None:
    """Add the usual rungs that are missing; they count from today on."""
    there = {(ladder, days) for ladder, days in session.execute(select(ReminderStep.ladder, ReminderStep.days))}
    for ladder, days in USUAL:
        if (ladder, days) not in there:
            values = {"ladder": ladder, "days": days, "channel": Channel.MAIL, "enabled": True}
            make(session, ReminderStep, values, since=clock.today())


def add_reminder(
    session: Session, ladder: Ladder, days: int, channel: Channel, actor: Actor, clock: Clock
) -> ReminderStep:
    """Add a rung that counts from today on: what was due earlier is let be.

    Raises Invalid for a day out of reach, for a rung that is there already and for too many of them.
    """
    demand(actor, Permission.SETTINGS)
    first, last = REACH[ladder]
    if not first <= days <= last:
        raise Invalid(f"Choose a day from {first} to {last}", {"days": f"From {first} to {last}"})
    rungs = session.scalars(select(ReminderStep).where(ReminderStep.ladder == ladder)).all()
    if any(rung.days == days and rung.channel is channel for rung in rungs):
        raise Invalid("This reminder is there already", {"days": "This day has its reminder already"})
    if len(rungs) >= MOST_STEPS:
        raise Invalid(f"A ladder has at most {MOST_STEPS} reminders", {"days": f"At most {MOST_STEPS}"})
    values = {"ladder": ladder, "days": days, "channel": channel, "enabled": True}
    return make(session, ReminderStep, values, since=clock.today())


def switch_reminder(session: Session, step_id: int, on: bool, actor: Actor, clock: Clock) -> ReminderStep:
    """Switch a rung on, from today on, or off; raises NotFound."""
    demand(actor, Permission.SETTINGS)
    step = _step(session, step_id)
    if on and not step.enabled:
        step.since = clock.today()  # what fell due while it was off is let be
    put(session, step, {"enabled": on})
    return step


def remove_reminder(session: Session, step_id: int, actor: Actor) -> None:
    """Take a rung away; reminders that wait already still go.  Raises NotFound."""
    demand(actor, Permission.SETTINGS)
    session.delete(_step(session, step_id))
    session.flush()  # the page that follows shows the ladder without it


def _step(session: Session, step_id: int) -> ReminderStep:
    step = session.get(ReminderStep, step_id)
    if step is None:
        raise NotFound("This reminder is not there any more")
    return step
