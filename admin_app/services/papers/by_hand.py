"""A paper that somebody at the desk sends: to one contact or several, each addressed by name [A60, A80]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import Channel, Entity, OutboxMessage
from admin_app.services.messages.by_hand import Letter, addressees, words_for, write_by_hand
from admin_app.services.papers import send as papers


def send_by_hand(
    session: Session, word: str, record: Entity, letter: Letter, actor: Actor, clock: Clock, key: str
) -> list[OutboxMessage]:
    """Queue a mail with the paper a contact, or a text message about it without; the same key sends nothing twice.

    Raises as `send_paper` and `write_by_hand` do, and Invalid for somebody whom a mail does not reach.
    """
    if letter.channel is Channel.SMS:
        return write_by_hand(session, record, letter, actor, clock, f"{word}-{record.id}-{key}")
    people = {one.contact_id: one for one in addressees(session, record, Channel.MAIL).people}
    sent = []
    for contact_id in letter.to:
        if contact_id not in people:
            raise Invalid("Choose a contact of this customer who has an email address", {"contact": "Choose one"})
        subject, body = letter.subject, letter.body
        if subject is None or body is None:
            words = words_for(
                session, record, Channel.MAIL, actor, clock, people[contact_id], letter.template_id
            )
            subject, body = words.subject, words.body
        one = papers.Letter(contact_id, subject, body)
        sent.append(papers.send_paper(session, word, record, one, actor, clock, f"{key}-{contact_id}"))
    return sent
