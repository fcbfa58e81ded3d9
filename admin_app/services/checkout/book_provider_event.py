"""A message of the card provider is taken in once, in the transaction that books what it tells [M31].

Its id is unique, so of twenty that arrive at once one is booked and the others are answered like it.  What cannot be
booked yet (a dispute that overtook its payment) waits in its row and follows when the payment is booked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Checkout, Payment, ProviderEvent
from admin_app.money.ledger import lock_customer
from admin_app.services.checkout.disputes import follow_dispute
from admin_app.services.checkout.office import ask_the_office
from admin_app.services.checkout.settle import settle
from admin_app.services.checkout.told import DisputeTold, EventTold

PROVIDER = "stripe"
WAITS = "Waits for its payment"
KNOWN_BEFORE = "Known before"
NOT_OURS = "Not about a payment of ours"


def book_provider_event(
    session: Session, event: EventTold, brand_ids: Collection[int], clock: Clock, provider: str = PROVIDER
) -> str:
    """Take in one message; `brand_ids` are the brands whose key signed it.  Gives what followed, as a sentence.

    A message that was taken in before changes nothing, and neither does one about another brand's attempt.
    """
    row = _claim(session, event, clock, provider)
    if row is None:
        return KNOWN_BEFORE
    checkout = _attempt(session, event, provider)
    if checkout is not None and checkout.brand_id not in brand_ids:
        checkout = None  # one account must not speak for another
        row.effect = NOT_OURS
    else:
        row.checkout_id = checkout.id if checkout is not None else None
        row.effect = _follow(session, event, checkout, clock)[:400]
        if checkout is not None and checkout.payment_id is not None:
            _follow_what_waited(session, checkout, clock, provider)
    session.flush()
    return row.effect


def _claim(session: Session, event: EventTold, clock: Clock, provider: str) -> ProviderEvent | None:
    """The row of this message, or None where it is known; of two at once the second waits for the first here."""
    known = select(ProviderEvent.id).where(
        ProviderEvent.provider == provider, ProviderEvent.event_id == event.id
    )
    if session.scalar(known) is not None:
        return None
    row = ProviderEvent(
        provider=provider,
        event_id=event.id,
        kind=event.kind,
        created_at=event.at,
        received_at=clock.now(),
        facts=_facts(event),
        effect="",
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


def _attempt(session: Session, event: EventTold, provider: str) -> Checkout | None:
    """The attempt that the message is about: by our own id, by the page, by the payment."""
    named: list[Any] = []
    if event.checkout:
        named.append(Checkout.public_id == event.checkout)
    if event.told is not None and event.told.session:
        named.append(Checkout.provider_session == event.told.session)
    if event.intent:
        named.append(Checkout.provider_intent == event.intent)
    for one in named:
        found = session.scalar(select(Checkout).where(one, Checkout.provider == provider))
        if found is not None:
            return found
    return None


def _follow(session: Session, event: EventTold, checkout: Checkout | None, clock: Clock) -> str:
    about_payment = event.dispute is not None or event.paid_back is not None or bool(event.refund_problem)
    if checkout is None:
        return WAITS if about_payment and event.intent else NOT_OURS
    if event.told is not None:
        return settle(session, checkout, event.told, clock)
    if not about_payment:
        return NOT_OURS
    lock_customer(session, checkout.group_id)
    if checkout.payment_id is None:
        return WAITS
    payment = session.get_one(Payment, checkout.payment_id)
    if event.dispute is not None:
        return follow_dispute(session, payment, event.dispute, event.at, clock)
    return _compare_refund(session, payment, event, clock)


def _compare_refund(session: Session, payment: Payment, event: EventTold, clock: Clock) -> str:
    """What the provider paid back is in the books already, or a person must look."""
    if event.refund_problem:
        sentence = f"A refund of card payment {payment.provider_reference} did not arrive"
        why = f"The provider says: {event.refund_problem}. Pay it back another way."
    elif (event.paid_back or 0) > payment.refunded:
        more = Money((event.paid_back or 0) - payment.refunded, payment.currency)
        sentence = f"{more} {payment.currency} were paid back at the provider and are not in the books"
        why = f"It is about payment {payment.provider_reference}; book the refund here if it was meant."
    else:
        return "In the books already"
    ask_the_office(session, payment.group_id, payment.project_id, sentence, why, clock)
    return sentence


def _follow_what_waited(session: Session, checkout: Checkout, clock: Clock, provider: str) -> None:
    """The payment is booked: what was told of it too early follows now, in the order in which it happened."""
    waiting = session.scalars(
        select(ProviderEvent)
        .where(
            ProviderEvent.provider == provider,
            ProviderEvent.effect == WAITS,
            cast(ProviderEvent.facts, String).contains(checkout.provider_intent or "", autoescape=True),
        )
        .order_by(ProviderEvent.created_at, ProviderEvent.id)
    ).all()
    for row in waiting:
        if checkout.provider_intent is None or row.facts.get("intent") != checkout.provider_intent:
            continue
        row.checkout_id = checkout.id
        row.effect = _follow(session, _event_of(row), checkout, clock)[:400]
        session.flush()


def _facts(event: EventTold) -> dict[str, Any]:
    """What is kept of a message: names, amounts and words; nothing of a card."""
    facts: dict[str, Any] = {"intent": event.intent, "checkout": event.checkout}
    if event.told is not None:
        facts |= {
            "outcome": event.told.outcome.value,
            "session": event.told.session,
            "amount": event.told.amount,
            "currency": event.told.currency,
        }
    if event.dispute is not None:
        facts |= {"dispute": event.dispute.id, "told_of_dispute": asdict(event.dispute)}
    facts |= {"paid_back": event.paid_back, "refund_problem": event.refund_problem or None}
    return {key: value for key, value in facts.items() if value is not None}


def _event_of(row: ProviderEvent) -> EventTold:
    """The message again, of what was kept of it."""
    kept = row.facts.get("told_of_dispute")
    at: datetime = row.created_at
    return EventTold(
        row.event_id,
        row.kind,
        at,
        intent=row.facts.get("intent"),
        dispute=DisputeTold(**kept) if kept else None,
        paid_back=row.facts.get("paid_back"),
        refund_problem=row.facts.get("refund_problem") or "",
    )
