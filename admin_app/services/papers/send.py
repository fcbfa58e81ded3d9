"""A paper goes to a contact by mail, as often as need be; what asks for an answer needs access [A60, A80, R33]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Channel,
    Contact,
    CreditNote,
    Entity,
    Estimate,
    Invoice,
    InvoiceState,
    Membership,
    MessagePurpose,
    OutboxMessage,
    ProjectContact,
    Refund,
)
from admin_app.policy import Permission, demand, rights_of
from admin_app.services.facts import Said, has_access
from admin_app.services.messages.by_hand import purpose_of
from admin_app.services.messages.resolve import Recipient, recipients_for
from admin_app.services.messages.tell import tell
from admin_app.services.messages.words import draft
from admin_app.services.papers.paper_of import content_of


@dataclass(frozen=True, slots=True)
class Letter:
    """What the person at the desk sends along with a paper."""

    contact_id: int
    subject: str
    body: str


def recipients(session: Session, record: Any) -> list[Contact]:
    """Who can be sent this paper: contacts of the customer and the project with an email address, primary first."""
    project_id = getattr(record, "project_id", None)
    own = (
        select(Contact, Membership.is_primary)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == record.group_id, Contact.email.is_not(None))
        .order_by(Membership.is_primary.desc(), Contact.id)
    )
    found = [contact for contact, _ in session.execute(own)]
    if project_id is not None:
        others = session.scalars(
            select(Contact)
            .join(ProjectContact, ProjectContact.contact_id == Contact.id)
            .where(ProjectContact.project_id == project_id, Contact.email.is_not(None))
            .order_by(Contact.id)
        )
        found += [contact for contact in others if contact not in found]
    return found


def send_paper(
    session: Session, word: str, record: Entity, letter: Letter, actor: Actor, clock: Clock, key: str
) -> OutboxMessage:
    """Queue the mail with the paper; `key` comes with the form, so that a second press sends nothing twice.

    Raises Unmet for a draft, for a contact without address, and for an estimate whose project is not open to the
    contact [R33]; Invalid for words that no mail can carry.
    """
    demand(actor, _right(record))
    contact = session.get(Contact, letter.contact_id)
    if contact is None or contact not in recipients(session, record):
        raise Invalid("Choose a contact of this customer who has an email address", {"contact": "Choose one"})
    _refuse_too_early(session, record, contact)
    if not letter.subject.strip():
        raise Invalid("A mail needs a subject", {"subject": "Say what it is about"})
    assert contact.email is not None
    purpose = purpose_of(record)
    asked = recipients_for(session, record, purpose, Channel.MAIL).chosen
    why = next((one.why for one in asked if one.contact_id == contact.id), "")
    to = Recipient(
        contact.id, None, contact.name, contact.email, why or f"{contact.name} was chosen by {actor.name}"
    )
    (message,) = tell(
        session,
        purpose,
        record,
        actor,
        clock,
        to=[to],
        subject=letter.subject.strip(),
        body=letter.body,
        key=f"{word}-{record.id}-{key}",
        papers=_paper(session, word, record),
    )
    _note_sent(session, record, clock)
    return message


def mail_paper(
    session: Session, word: str, record: Entity, actor: Actor, clock: Clock, key: str
) -> list[OutboxMessage]:
    """Queue the mails with a paper that goes out by itself: to whom its purpose asks for, in the words that hold.

    Raises as `send_paper` does, and Unmet with the reason where nobody can be told.
    """
    demand(actor, _right(record))
    _refuse_unfinished(record)
    rows = tell(
        session,
        purpose_of(record),
        record,
        actor,
        clock,
        key=f"{word}-{record.id}-{key}",
        papers=_paper(session, word, record),
    )
    _note_sent(session, record, clock)
    return rows


def mail_estimate(session: Session, estimate: Estimate, actor: Actor, clock: Clock, said: Said) -> None:
    """The reaction to an estimate that was sent to a contact: the mail with its paper; handed over, there is none."""
    if said.contact_id is None or said.by_hand or said.forced:
        return
    contact = session.get_one(Contact, said.contact_id)
    to = Recipient(contact.id, None, contact.name, contact.email or "", "")
    words = draft(session, MessagePurpose.ESTIMATE, Channel.MAIL, estimate, actor, clock, to)
    letter = Letter(contact.id, words.subject, said.comment.strip() or words.body)
    send_paper(session, "estimate", estimate, letter, actor, clock, estimate.public_id)


def _paper(session: Session, word: str, record: Any) -> list[dict[str, Any]]:
    """What goes along, by the name that people know it by."""
    content = content_of(session, word, record)
    return [{"paper": word, "id": record.id, "name": content.number or content.kind.value}]


def _note_sent(session: Session, record: Entity, clock: Clock) -> None:
    if isinstance(record, Invoice) and record.sent_at is None:
        record.sent_at = clock.now()
        session.flush()  # the list shows it as sent from here on


def _right(record: Entity) -> Permission:
    return (
        Permission.MONEY_WRITE if isinstance(record, CreditNote | Refund) else rights_of(type(record)).write
    )


def _refuse_unfinished(record: Entity) -> None:
    """A paper that is none yet goes to nobody."""
    if isinstance(record, Invoice) and record.state is not InvoiceState.ISSUED:
        raise Unmet(f"This invoice is {record.state.value}; only an issued one is sent")
    if isinstance(record, Estimate) and record.sent_at is None:
        raise Unmet("This estimate is a draft; the step Send estimate gives it its number first")


def _refuse_too_early(session: Session, record: Entity, contact: Contact) -> None:
    _refuse_unfinished(record)
    if isinstance(record, Estimate) and not has_access(session, record.project_id, contact.id):
        raise Unmet(
            f"The project is not open to {contact} yet; grant access before sending what asks for an answer"
        )
