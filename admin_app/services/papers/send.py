"""A paper goes to a contact by mail, as often as need be; what asks for an answer needs access [A60, A80, R33]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.documents.content import DocumentContent
from admin_app.documents.printed import locale_of, print_money
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Brand,
    Contact,
    CreditNote,
    Entity,
    Estimate,
    Invoice,
    InvoiceState,
    Membership,
    OutboxMessage,
    Payment,
    ProjectContact,
    Refund,
)
from admin_app.policy import Permission, demand, rights_of
from admin_app.services.facts import Said, has_access
from admin_app.services.papers.paper_of import content_of
from admin_app.services.queue_mail import queue_mail
from admin_app.services.take_number import brand_for


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


def proposed(content: DocumentContent) -> tuple[str, str]:
    """Subject and words to begin with, in plain English sentences."""
    named = f"{content.kind.value.capitalize()} {content.number or ''}".strip()
    about = f": {content.title}" if content.title else ""
    greeting = f"Dear {content.recipient.contact or content.recipient.name},"
    says = f"attached is our {content.kind.value}{f' {content.number}' if content.number else ''}."
    if content.sums is not None and content.due_on is not None:
        due = Money.of(content.sums.due, content.currency)
        written = print_money(due, locale_of(content.language))
        says += f" {written} is due on {content.due_on:%-d %B %Y}."
    elif content.expires_on is not None:
        says += f" It is valid until {content.expires_on:%-d %B %Y}."
    return f"{named}{about}"[:300], f"{greeting}\n\n{says}\n\n{content.sender.name}\n"


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
    content = content_of(session, word, record)
    assert contact.email is not None
    message = queue_mail(
        session,
        contact.email,
        letter.subject.strip(),
        letter.body,
        clock,
        brand=_brand(session, record),
        group_id=getattr(record, "group_id", None),
        key=f"{word}-{record.id}-{key}",
        papers=[{"paper": word, "id": record.id, "name": content.number or content.kind.value}],
    )
    if isinstance(record, Invoice) and record.sent_at is None:
        record.sent_at = clock.now()
        session.flush()  # the list shows it as sent from here on
    return message


def mail_estimate(session: Session, estimate: Estimate, actor: Actor, clock: Clock, said: Said) -> None:
    """The reaction to an estimate that was sent to a contact: the mail with its paper; handed over, there is none."""
    if said.contact_id is None or said.by_hand or said.forced:
        return
    subject, words = proposed(content_of(session, "estimate", estimate))
    letter = Letter(said.contact_id, subject, said.comment.strip() or words)
    send_paper(session, "estimate", estimate, letter, actor, clock, estimate.public_id)


def _right(record: Entity) -> Permission:
    return (
        Permission.MONEY_WRITE if isinstance(record, CreditNote | Refund) else rights_of(type(record)).write
    )


def _refuse_too_early(session: Session, record: Entity, contact: Contact) -> None:
    if isinstance(record, Invoice) and record.state is not InvoiceState.ISSUED:
        raise Unmet(f"This invoice is {record.state.value}; only an issued one is sent")
    if not isinstance(record, Estimate):
        return
    if record.sent_at is None:
        raise Unmet("This estimate is a draft; the step Send estimate gives it its number first")
    if not has_access(session, record.project_id, contact.id):
        raise Unmet(
            f"The project is not open to {contact} yet; grant access before sending what asks for an answer"
        )


def _brand(session: Session, record: Any) -> Brand:
    if isinstance(record, Payment | Refund):
        return brand_for(session, record.group.brand_id)
    brand_id = getattr(record, "brand_id", None)
    project = getattr(record, "project", None)
    return brand_for(session, brand_id or (project.brand_id if project else None) or record.group.brand_id)
