"""Telling a client something: who, in which words, once, and kept in the thread of what it is about [98-101, L14].

The one way by which messages about documents, appointments and tasks leave the office.  One call::

    tell(session, MessagePurpose.RECEIPT, payment, ann, clock, key=f"receipt-{payment.id}")
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Channel,
    Company,
    Entity,
    MessagePurpose,
    MessageTemplate,
    OutboxMessage,
)
from admin_app.policy import Permission, demand
from admin_app.services.messages.about import brand_of, group_of
from admin_app.services.messages.reach import address_key
from admin_app.services.messages.resolve import Recipient, recipients_for, refuse_reason
from admin_app.services.messages.threads import keep_sent, thread_of
from admin_app.services.messages.words import asks_for_link, draft, put_link
from admin_app.services.portal.address import address_for
from admin_app.services.queue_mail import queue_mail
from admin_app.services.queue_sms import queue_sms


def tell(
    session: Session,
    purpose: MessagePurpose,
    about: Entity,
    actor: Actor,
    clock: Clock,
    *,
    channel: Channel = Channel.MAIL,
    to: Sequence[Recipient] | None = None,
    subject: str | None = None,
    body: str | None = None,
    template: MessageTemplate | None = None,
    key: str,
    papers: Sequence[Mapping[str, Any]] = (),
    not_before: datetime | None = None,
) -> list[OutboxMessage]:
    """Queue one message a recipient; the same `key` again gives the same rows.

    `to`: chosen by hand; None: whom the purpose asks for.  `subject` and `body` go as they were typed; without them
    the words of `template`, the brand, the company or the house hold; {{link}} in either becomes the recipient's own
    address, made now.  `papers` go along with a mail.  Whoever opted
    out, or whose address came back, gets nothing, chosen by hand or not.  Raises NotAllowed to staff who may not
    write to clients, Unmet with the reason when nobody can be told, Invalid for words that cannot be sent.
    """
    if actor.is_staff:
        demand(actor, Permission.MESSAGES_WRITE)
    chosen = _recipients(session, purpose, about, channel, to)
    country = session.scalar(select(Company.country))
    rows = []
    for recipient in chosen:
        words = None
        if body is None or (subject is None and channel is Channel.MAIL):
            words = draft(session, purpose, channel, about, actor, clock, recipient, template)
        said = words.subject if subject is None and words is not None else subject
        told = words.body if body is None and words is not None else body or ""
        if asks_for_link(f"{said or ''}\n{told}"):
            address = address_for(session, about, recipient.contact_id, actor, clock)
            said, told = put_link(said or "", address), put_link(told, address)
        row = _queue(
            session,
            purpose,
            about,
            channel,
            recipient,
            said,
            told,
            clock,
            key=recipient_key(key, recipient.address, channel, country),
            papers=papers,
            not_before=not_before,
        )
        if recipient.user_id is None:
            keep_sent(session, thread_of(session, about), row, recipient, actor, clock)
        rows.append(row)
    return rows


def recipient_key(key: str, address: str, channel: Channel, country: str | None) -> str:
    """The key of an act towards one address: the act is told to each of several people once."""
    return f"{key}-{hashlib.sha256(address_key(address, channel, country).encode()).hexdigest()[:16]}"


def _recipients(
    session: Session,
    purpose: MessagePurpose,
    about: Entity,
    channel: Channel,
    to: Sequence[Recipient] | None,
) -> Sequence[Recipient]:
    """Who is told; raises Unmet with the first reason where nobody is."""
    if to is None:
        found = recipients_for(session, about, purpose, channel)
        if not found.chosen:
            raise Unmet(found.nobody_because)
        return found.chosen
    refused = refuse_reason(session, channel, to)
    left = [one for one in to if one.address not in refused]
    if not left:
        raise Unmet(next(iter(refused.values()), "Choose somebody to whom it goes"))
    return left


def _queue(
    session: Session,
    purpose: MessagePurpose,
    about: Entity,
    channel: Channel,
    to: Recipient,
    subject: str | None,
    body: str,
    clock: Clock,
    *,
    key: str,
    papers: Sequence[Mapping[str, Any]],
    not_before: datetime | None,
) -> OutboxMessage:
    group = group_of(about)
    facts: dict[str, Any] = {
        "brand": brand_of(session, about),
        "group_id": group.id if group is not None else None,
        "contact_id": to.contact_id,
        "key": key,
        "purpose": purpose.value,
        "reason": to.why,
        "not_before": not_before,
    }
    if channel is Channel.SMS:
        return queue_sms(session, to.address, body, clock, **facts)
    return queue_mail(session, to.address, subject or "", body, clock, papers=papers, **facts)
