"""What a client says with an answer stands in the document's thread, where the desk sees and answers it [W10, 55]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Channel, Contact, Direction, Entity, Message, ThreadState
from admin_app.services.messages.resolve import address_of
from admin_app.services.messages.threads import thread_of
from admin_app.services.record_rules import put


def say(session: Session, about: Entity, words: str, actor: Actor, clock: Clock) -> Message:
    """Keep the client's words in the thread about a document; it waits for an answer.

    Whether the client may say anything about it, the answer that goes with the words has asked.
    """
    contact_id = actor.client.contact_id if actor.client is not None else None
    contact = session.get(Contact, contact_id) if contact_id is not None else None
    mail = address_of(contact, Channel.MAIL, None) if contact is not None else None
    mobile = (contact.mobile or contact.phone) if contact is not None else None
    thread = thread_of(session, about)
    message = Message(
        thread_id=thread.id,
        group_id=thread.group_id,
        direction=Direction.IN,
        channel=Channel.SMS if mobile and not mail else Channel.MAIL,
        author=actor.name[:200],
        contact_id=contact_id,
        address=mail or mobile or "",
        subject=thread.subject,
        body=words,
        at=clock.now(),
        in_portal=True,
    )
    session.add(message)
    session.flush()
    put(session, thread, {"state": ThreadState.OPEN, "waits": True, "last_at": clock.now()})
    return message
