"""What became of the word about an appointment: who was told, or why nobody was, as pages say it [E5, L14]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Channel, Contact, Entity, Event, MessagePurpose, OutboxMessage
from admin_app.services.messages.resolve import Resolved, recipients_for
from admin_app.services.queue_mail import NO_SENDER
from admin_app.services.tell_of_plan import key_of_plan

OVER = "It is over already, so nobody is told"


def said_of(session: Session, event: Event, purpose: MessagePurpose, clock: Clock) -> str:
    """Who is told of the act that was just done, or why nobody is, as a sentence with its full stop."""
    names = names_told(session, key_of_plan(event))
    if names:
        return f"{_listed(names)} {'is' if len(names) == 1 else 'are'} told by mail."
    if event.starts_at < clock.now():
        return f"{OVER}."
    found = recipients_for(session, event, purpose, Channel.MAIL)
    return f"Nobody was told: {found.nobody_because if not found.chosen else NO_SENDER}."


def would_be_told(session: Session, about: Entity) -> Resolved:
    """Who would be told of an appointment about this record, and who not, with the reasons, before it is planned."""
    return recipients_for(session, about, MessagePurpose.APPOINTMENT, Channel.MAIL)


def names_told(session: Session, key: str) -> list[str]:
    """The people to whom messages of one act went, by name, else by address."""
    query = (
        select(OutboxMessage.recipient, Contact)
        .outerjoin(Contact, Contact.id == OutboxMessage.contact_id)
        .where(OutboxMessage.act_key.startswith(f"{key}-", autoescape=True))
        .order_by(OutboxMessage.id)
    )
    return [contact.name if contact is not None else address for address, contact in session.execute(query)]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
