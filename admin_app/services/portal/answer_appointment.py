"""A client answers an appointment: it suits, or another time is asked for in words [95, W12].

The answer stands in the appointment, where the schedule shows it; a wish to move it waits in its thread as well.  The
appointment itself is moved by the office alone.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import ClientAnswer, Event, EventState, Message
from admin_app.policy import Permission, demand_for
from admin_app.services.messages.threads import thread_of
from admin_app.services.portal.write_message import keep_words
from admin_app.services.record_rules import put


def confirm(session: Session, event: Event, actor: Actor, clock: Clock) -> Event:
    """The time suits the client; said twice it is said once.

    Raises NotFound for what the client may not answer, Unmet for what is over or called off.
    """
    _demand_open(event, actor, clock)
    if event.client_answer is not ClientAnswer.CONFIRMED:
        put(session, event, {"client_answer": ClientAnswer.CONFIRMED, "client_answered_at": clock.now()})
    return event


def ask_to_move(session: Session, event: Event, words: str, actor: Actor, clock: Clock, key: str) -> Message:
    """The client wants another time, and says which: the office finds the words waiting.

    Raises Invalid without words, and as `confirm` does.
    """
    _demand_open(event, actor, clock)
    if not words.strip():
        raise Invalid("Say which days would suit you", {"words": "Say which days would suit you"})
    message = keep_words(session, thread_of(session, event), words, (), actor, clock, key)
    if event.client_answer is not ClientAnswer.MOVE:
        put(session, event, {"client_answer": ClientAnswer.MOVE, "client_answered_at": clock.now()})
    return message


def can_be_answered(event: Event, clock: Clock) -> bool:
    """Whether an appointment is still to come and stands."""
    return event.state is EventState.PLANNED and (event.ends_at or event.starts_at) > clock.now()


def _demand_open(event: Event, actor: Actor, clock: Clock) -> None:
    demand_for(actor, Permission.ANSWER_APPOINTMENT, event)
    if event.state is EventState.CANCELLED:
        raise Unmet("This appointment was called off; write to us for another one")
    if not can_be_answered(event, clock):
        raise Unmet("This appointment is over")
