"""The office answers a client's wish to change own details: accepted it is saved like any edit, refused it stays [121].

The same rules hold as at the desk: an email address belongs to one contact, and to clients or staff [R5, R14-R16].
The client is told either way.  One call::

    answered = accept_change(session, wish, ann, clock, seen=wish.contact.version)
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import ChangeState, Channel, Company, Contact, ContactChange, MessagePurpose
from admin_app.policy import Permission, demand
from admin_app.services.messages.resolve import Recipient, address_of
from admin_app.services.messages.tell import tell
from admin_app.services.save_record import find, update

LONGEST_ANSWER = 400
ANSWERED = "This wish was answered meanwhile, or the client took it back; nothing was changed"
CHANGED = "Somebody changed this contact since the page was opened; look again before you accept"


@dataclass(frozen=True, slots=True)
class Answered:
    """The wish as it stands, and how the client hears of it in a sentence."""

    change: ContactChange
    told: str


def accept_change(
    session: Session, change: ContactChange, actor: Actor, clock: Clock, *, seen: int | None = None
) -> Answered:
    """Save what the client wants; `seen` is the version of the contact that was on the screen.

    Raises NotAllowed, Conflict for a wish that waits no more or a contact that changed meanwhile, Invalid with the
    rule that an address or a number breaks.
    """
    demand(actor, Permission.CUSTOMERS_WRITE)
    _held(session, change)
    contact = find(session, Contact, change.contact_id, actor, lock=True)
    if seen is not None and contact.version != seen:
        raise Conflict(CHANGED)
    update(session, Contact, contact.id, {key: value or "" for key, value in change.after.items()}, actor)
    _answer(session, change, ChangeState.ACCEPTED, "", actor, clock)
    words = "the details that you sent us are saved. Thank you for keeping them right."
    return Answered(change, _tell(session, change, contact, "Your details are saved", words, actor, clock))


def refuse_change(
    session: Session, change: ContactChange, words: str, actor: Actor, clock: Clock
) -> Answered:
    """Leave the contact as it is, and say why.  Raises NotAllowed, Conflict, Invalid at `words` without any."""
    demand(actor, Permission.CUSTOMERS_WRITE)
    try:
        said = clean_text(words, LONGEST_ANSWER, multiline=True)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"words": refusal.sentence}) from None
    if not said:
        raise Invalid("Say why, for the client reads it", {"words": "Say why, for the client reads it"})
    _held(session, change)
    _answer(session, change, ChangeState.REFUSED, said, actor, clock)
    contact = find(session, Contact, change.contact_id, actor)
    told = f"we did not change the details that you sent us:\n\n{said}"
    return Answered(change, _tell(session, change, contact, "Your details are as before", told, actor, clock))


def _held(session: Session, change: ContactChange) -> None:
    """Take the wish until the transaction ends, if it still waits: of two answers at once one counts."""
    state = session.scalar(
        select(ContactChange.state).where(ContactChange.id == change.id).with_for_update(of=ContactChange)
    )
    if state is not ChangeState.WAITING:
        raise Conflict(ANSWERED)


def _answer(
    session: Session, change: ContactChange, state: ChangeState, words: str, actor: Actor, clock: Clock
) -> None:
    change.state, change.answer = state, words
    change.answered_at, change.answered_by = clock.now(), actor.name[:120]
    session.flush()  # who asks next finds it answered


def _tell(
    session: Session,
    change: ContactChange,
    contact: Contact,
    subject: str,
    words: str,
    actor: Actor,
    clock: Clock,
) -> str:
    """Tell the client by mail, else by text message; whoever cannot be reached reads it in the portal."""
    why_not = f"{contact.name} reads it in the portal"
    for channel in (Channel.MAIL, Channel.SMS):
        address = address_of(contact, channel, session.scalar(select(Company.country)))
        if not address:
            continue
        to = Recipient(contact.id, None, contact.name, address, f"{contact.name} asked for the change")
        try:
            tell(
                session,
                MessagePurpose.FREE,
                change.group,
                actor,
                clock,
                channel=channel,
                to=[to],
                subject=subject if channel is Channel.MAIL else None,
                body=f"Hello {contact.name},\n\n{words}\n",
                key=f"details-{change.public_id}",
            )
        except Unmet as refusal:
            why_not = f"{refusal.sentence}; {contact.name} reads it in the portal"
            continue
        return f"{contact.name} is told at {address}"
    return why_not
