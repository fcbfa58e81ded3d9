"""What the first page of the portal tells: what is new since the last visit, and the one thing that waits [L19, 122].

Everything passes the policy, so that what is hidden is not news either.  A fixed number of statements, however much
there is: one a kind of news, one a kind of thing that can wait.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only, selectinload

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import (
    Attachment,
    Contact,
    Direction,
    DocumentSnapshot,
    Estimate,
    EstimateState,
    Event,
    EventState,
    FrozenKind,
    Invoice,
    InvoiceState,
    Message,
    Thread,
)
from admin_app.policy import visible

MOST_OF_A_KIND = 8
MOST_NEWS = 10
FIRST_LOOK_BACK = timedelta(days=30)
"""How far back somebody sees who is here for the first time."""
MOST_OPEN = 200


@dataclass(frozen=True, slots=True)
class News:
    """One thing that is new: in words, and what it is about, by the word of its kind; without `public_id` several."""

    about: str
    words: str
    detail: str
    at: datetime
    public_id: str | None = None


class Deed(enum.StrEnum):
    """What the client is waited for."""

    PAY = "pay"
    SIGN = "sign"
    DEPOSIT = "deposit"
    """Of what is signed, and firm once the money is here."""
    CONFIRM = "confirm"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Waits:
    """The one thing that waits for the client; without `public_id` the list of its kind is meant."""

    deed: Deed
    title: str
    detail: str
    public_id: str | None = None
    amount: Money | None = None
    late: bool = False
    more: int = 0
    """How many others of its kind wait beside it."""
    at: datetime | None = None


def news_since(session: Session, actor: Actor, since: datetime | None, clock: Clock) -> list[News]:
    """What came since the last visit ended (None: since a month ago), the latest first.  Five statements."""
    after = since or clock.now() - FIRST_LOOK_BACK
    news = [
        *_messages(session, actor, after),
        *_estimates(session, actor, after),
        *_invoices(session, actor, after),
        *_appointments(session, actor, after, clock),
        *_files(session, actor, after),
    ]
    return sorted(news, key=lambda one: one.at, reverse=True)[:MOST_NEWS]


def what_waits(session: Session, actor: Actor, contact: Contact | None, clock: Clock) -> Waits | None:
    """The one thing that waits for the client: overdue first, then to sign, to pay, a deposit, to answer.

    Four statements at most.
    """
    bills = _open_bills(session, actor)
    late = [bill for bill in bills if bill.due_on is not None and bill.due_on < clock.today()]
    if late:
        return _to_pay(late, late=True)
    offers = _open_offers(session, actor, clock)
    to_sign = [offer for offer in offers if not offer.signatures]
    if to_sign:
        return _to_answer(Deed.SIGN, to_sign)
    if bills:
        return _to_pay(bills, late=False)
    if offers:
        return _to_answer(Deed.DEPOSIT, offers)
    asked = [event for event in upcoming(session, actor, clock) if event.client_answer is None]
    if asked:
        return Waits(Deed.CONFIRM, asked[0].title, "", asked[0].public_id, at=asked[0].starts_at)
    if contact is not None and not (contact.email and (contact.phone or contact.mobile)):
        missing = "email address" if not contact.email else "phone number"
        return Waits(Deed.DETAILS, f"We have no {missing} of you", "So that we can reach you about your work")
    return None


def upcoming(session: Session, actor: Actor, clock: Clock, most: int = 5) -> list[Event]:
    """The next appointments that stand, the soonest first."""
    query = (
        select(Event)
        .where(
            Event.state == EventState.PLANNED,
            func.coalesce(Event.ends_at, Event.starts_at) > clock.now(),
        )
        .order_by(Event.starts_at, Event.id)
        .limit(most)
    )
    return list(session.scalars(visible(actor, query)))


def latest_photos(session: Session, actor: Actor, most: int = 4) -> list[Attachment]:
    """The latest pictures that the client sees."""
    query = (
        select(Attachment)
        .where(Attachment.preview_key.is_not(None))
        .order_by(Attachment.id.desc())
        .limit(most)
    )
    return list(session.scalars(visible(actor, query)))


def _to_answer(deed: Deed, offers: list[Estimate]) -> Waits:
    """The offer that runs out first, and how many wait beside it; what is left of a deposit its own page works out."""
    first = offers[0]
    total = Money(first.total, first.currency) if deed is Deed.SIGN else None
    return Waits(deed, first.title, str(first), first.public_id, total, more=len(offers) - 1)


def _to_pay(bills: list[Invoice], *, late: bool) -> Waits:
    """One bill by its number, several by their sum, in the currency of the first."""
    first = bills[0]
    same = [bill for bill in bills if bill.currency == first.currency]
    if len(bills) == 1:
        words = f"Invoice {first.number}"
        return Waits(
            Deed.PAY, words, first.title or "", first.public_id, Money(first.balance, first.currency), late
        )
    amount = Money(sum(bill.balance for bill in same), first.currency) if len(same) == len(bills) else None
    how_many = f"{len(bills)} invoices" if len(bills) < MOST_OPEN else f"More than {MOST_OPEN} invoices"
    return Waits(Deed.PAY, how_many, "", None, amount if len(bills) < MOST_OPEN else None, late)


def _open_bills(session: Session, actor: Actor) -> list[Invoice]:
    query = (
        select(Invoice)
        .where(Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0)
        .order_by(Invoice.due_on, Invoice.id)
        .limit(MOST_OPEN)
        .options(
            load_only(
                Invoice.number,
                Invoice.title,
                Invoice.public_id,
                Invoice.balance,
                Invoice.currency,
                Invoice.due_on,
            )
        )
    )
    return list(session.scalars(visible(actor, query)))


def _open_offers(session: Session, actor: Actor, clock: Clock) -> list[Estimate]:
    query = (
        select(Estimate)
        .where(
            Estimate.state == EstimateState.SENT,
            func.coalesce(Estimate.expires_on, clock.today()) >= clock.today(),
        )
        .order_by(Estimate.expires_on.is_(None), Estimate.expires_on, Estimate.id)
        .limit(MOST_OPEN)
        .options(selectinload(Estimate.signatures))
    )
    return list(session.scalars(visible(actor, query)))


def _messages(session: Session, actor: Actor, after: datetime) -> Iterable[News]:
    """What the office wrote, once a thread."""
    query: Any = (
        select(Message, Thread)
        .join(Thread, Thread.id == Message.thread_id)
        .where(Message.at > after, Message.direction == Direction.OUT)
        .order_by(Message.id.desc())
        .limit(MOST_OF_A_KIND)
    )
    told: set[int] = set()
    for message, thread in session.execute(visible(actor, query)):
        if thread.id in told:
            continue  # of a thread the last word is news
        told.add(thread.id)
        who = message.author or "We"
        yield News("thread", f"{who} wrote to you", thread.subject, message.at, thread.public_id)


def _estimates(session: Session, actor: Actor, after: datetime) -> Iterable[News]:
    query = (
        select(Estimate)
        .where(Estimate.sent_at > after, Estimate.state != EstimateState.SUPERSEDED)
        .order_by(Estimate.sent_at.desc(), Estimate.id.desc())
        .limit(MOST_OF_A_KIND)
    )
    for estimate in session.scalars(visible(actor, query)):
        assert estimate.sent_at is not None
        yield News("estimate", f"Proposal {estimate}", estimate.title, estimate.sent_at, estimate.public_id)


def _invoices(session: Session, actor: Actor, after: datetime) -> Iterable[News]:
    """By the moment at which they were issued, which their frozen paper tells; the day alone would tell twice."""
    issued_at: Any = (
        select(func.min(DocumentSnapshot.created_at))
        .where(DocumentSnapshot.kind == FrozenKind.INVOICE, DocumentSnapshot.document_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    query = (
        select(Invoice, issued_at).where(issued_at > after).order_by(Invoice.id.desc()).limit(MOST_OF_A_KIND)
    )
    for invoice, at in session.execute(visible(actor, query)):
        yield News("invoice", f"Invoice {invoice.number}", invoice.title or "", at, invoice.public_id)


def _appointments(session: Session, actor: Actor, after: datetime, clock: Clock) -> Iterable[News]:
    query = (
        select(Event)
        .where(Event.created_at > after, Event.state == EventState.PLANNED, Event.starts_at > clock.now())
        .order_by(Event.id.desc())
        .limit(MOST_OF_A_KIND)
    )
    for event in session.scalars(visible(actor, query)):
        yield News("event", "New appointment", event.title, event.created_at, event.public_id)


def _files(session: Session, actor: Actor, after: datetime) -> Iterable[News]:
    """Files that we shared, as one piece of news; what the client sent themselves is none."""
    by_them = select(Message.id).where(Message.direction == Direction.IN)
    query = (
        select(Attachment)
        .where(
            Attachment.created_at > after,
            Attachment.message_id.is_(None) | Attachment.message_id.not_in(by_them),
        )
        .order_by(Attachment.id.desc())
        .limit(MOST_OF_A_KIND + 1)
    )
    found = list(session.scalars(visible(actor, query)))
    if found:
        count = len(found)
        many = str(count) if count <= MOST_OF_A_KIND else f"More than {MOST_OF_A_KIND}"
        words = "A new file" if count == 1 else f"{many} new files"
        yield News("file", words, found[0].name, found[0].created_at)
