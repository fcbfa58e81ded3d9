"""What somebody at the desk writes to clients: a mail or a text message about a record [A29, A30, A60, A61].

One call::

    write_by_hand(session, invoice, Letter(Channel.SMS, (7,), "", "Dear Clara, …"), ann, clock, key)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import (
    Channel,
    CreditNote,
    Entity,
    Estimate,
    Event,
    Invoice,
    MessagePurpose,
    MessageTemplate,
    OutboxMessage,
    Payment,
    Task,
    WorkOrder,
)
from admin_app.policy import Permission, demand, visible
from admin_app.services.messages.about import brand_of, group_of, project_of
from admin_app.services.messages.resolve import Recipient, Resolved, everybody, recipients_for
from admin_app.services.messages.tell import tell
from admin_app.services.messages.words import Draft, draft

P = MessagePurpose

PURPOSES: Mapping[type[Entity], MessagePurpose] = {
    Estimate: P.ESTIMATE,
    Invoice: P.INVOICE,
    CreditNote: P.CREDIT_NOTE,
    Payment: P.RECEIPT,
    Event: P.APPOINTMENT,
    WorkOrder: P.START_DATE,
    Task: P.TASK,
}
"""What a letter about a record is for, until another template is chosen; of others: whatever there is to say."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What was written: by which channel, to which contacts (ids), in which words; None: the words that hold."""

    channel: Channel
    to: tuple[int, ...]
    subject: str | None
    body: str | None
    template_id: int | None = None


@dataclass(frozen=True, slots=True)
class Addressees:
    """Who can be written to; `proposed` are the contacts (ids) that the purpose asks for, each `why` says so [L14]."""

    people: tuple[Recipient, ...]
    proposed: frozenset[int]
    skipped: Resolved


def purpose_of(about: Entity) -> MessagePurpose:
    """What a letter about this record is for."""
    return PURPOSES.get(type(about), P.FREE)


def addressees(session: Session, about: Entity, channel: Channel) -> Addressees:
    """Everybody of the customer and the project whom this channel reaches, those first whom the purpose asks for."""
    group, project = group_of(about), project_of(about)
    if group is None:
        return Addressees((), frozenset(), Resolved((), ()))
    all_of_them = everybody(session, group.id, channel, project.id if project else None)
    asked = {one.contact_id: one for one in recipients_for(session, about, purpose_of(about), channel).chosen}
    people = [
        replace(one, why=asked[one.contact_id].why) for one in all_of_them.chosen if one.contact_id in asked
    ]
    people += [one for one in all_of_them.chosen if one.contact_id not in asked]
    proposed = frozenset(
        one.contact_id for one in people if one.contact_id in asked and one.contact_id is not None
    )
    return Addressees(tuple(people), proposed, all_of_them)


def templates_for(
    session: Session, about: Entity, channel: Channel, actor: Actor
) -> Sequence[MessageTemplate]:
    """The templates to choose from: those for whatever there is to say, of this brand or of every brand [98]."""
    brand = brand_of(session, about)
    every = MessageTemplate.brand_id.is_(None)
    query = (
        select(MessageTemplate)
        .where(MessageTemplate.channel == channel, MessageTemplate.purpose == P.FREE)
        .where(or_(every, MessageTemplate.brand_id == brand.id) if brand is not None else every)
        .order_by(MessageTemplate.name, MessageTemplate.id)
    )
    return session.scalars(visible(actor, query)).all()


def words_for(
    session: Session,
    about: Entity,
    channel: Channel,
    actor: Actor,
    clock: Clock,
    recipient: Recipient | None,
    template_id: int | None = None,
) -> Draft:
    """The words to begin with; empty where nobody wrote any.  Raises NotFound for a template that is none."""
    template = _template(session, template_id, channel, actor)
    try:
        return draft(session, _for(about, template), channel, about, actor, clock, recipient, template)
    except Unmet:
        return Draft("", "")


def write_by_hand(
    session: Session,
    about: Entity,
    letter: Letter,
    actor: Actor,
    clock: Clock,
    key: str,
    papers: Sequence[Mapping[str, Any]] = (),
) -> list[OutboxMessage]:
    """Queue what was written, one message a person; the same key again sends nothing twice.

    Raises NotAllowed, Invalid without anybody to write to or without words, Unmet for whoever cannot be reached.
    """
    demand(actor, Permission.MESSAGES_WRITE)
    found = {one.contact_id: one for one in addressees(session, about, letter.channel).people}
    if not letter.to or any(contact_id not in found for contact_id in letter.to):
        raise Invalid("Choose to whom it goes", {"contact": "Choose somebody of this customer"})
    if letter.body is not None and not letter.body.strip():
        raise Invalid("A message needs words", {"body": "Say something"})
    if letter.channel is Channel.MAIL and letter.subject is not None and not letter.subject.strip():
        raise Invalid("A mail needs a subject", {"subject": "Say what it is about"})
    template = _template(session, letter.template_id, letter.channel, actor)
    return tell(
        session,
        _for(about, template),
        about,
        actor,
        clock,
        channel=letter.channel,
        to=[found[contact_id] for contact_id in letter.to],
        subject=letter.subject,
        body=letter.body,
        template=template,
        key=key,
        papers=papers if letter.channel is Channel.MAIL else (),
    )


def _for(about: Entity, template: MessageTemplate | None) -> MessagePurpose:
    return template.purpose if template is not None else purpose_of(about)


def _template(
    session: Session, template_id: int | None, channel: Channel, actor: Actor
) -> MessageTemplate | None:
    if template_id is None:
        return None
    query = select(MessageTemplate).where(
        MessageTemplate.id == template_id, MessageTemplate.channel == channel
    )
    found: MessageTemplate | None = session.scalar(visible(actor, query))
    if found is None:
        raise NotFound("There is no such template")
    return found
