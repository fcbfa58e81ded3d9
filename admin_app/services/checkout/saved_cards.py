"""Cards that a client lets us keep: the provider's token, four digits, and the permission to charge [A20].

A card is charged only under a permission that nobody took back (`living_mandate`); removing a card takes it back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import Checkout, Mandate, PaymentMethod, Subscription, SubscriptionState
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand_for, visible
from admin_app.services.checkout.told import CardTold
from admin_app.services.queue_job import queue_job

FORGET = "forget a card at the provider"
"""The job that tells the provider to keep a card no longer."""


def keep_card(session: Session, checkout: Checkout, card: CardTold) -> PaymentMethod:
    """Keep the card of an attempt beside the permission that was given with it; the customer is locked.

    A token that is kept already is not kept twice.
    """
    known = session.scalar(
        select(PaymentMethod).where(
            PaymentMethod.group_id == checkout.group_id,
            PaymentMethod.provider == checkout.provider,
            PaymentMethod.token == card.token,
        )
    )
    if known is None:
        others = session.scalar(
            select(PaymentMethod.id).where(PaymentMethod.group_id == checkout.group_id).limit(1)
        )
        known = PaymentMethod(
            group_id=checkout.group_id,
            provider=checkout.provider,
            token=card.token,
            brand=card.brand.capitalize() if card.brand else None,
            last4=card.last4,
            expires_month=card.expires_month,
            expires_year=card.expires_year,
            provider_customer=card.customer,
            brand_id=checkout.brand_id,
            is_default=others is None,
        )
        session.add(known)
        session.flush()  # the permission names the card by its id
    word = session.scalar(
        select(Mandate)
        .where(
            Mandate.group_id == checkout.group_id,
            Mandate.given_at == checkout.started_at,
            Mandate.contact_id == checkout.contact_id,
            Mandate.payment_method_id.is_(None),
            Mandate.revoked_at.is_(None),
        )
        .limit(1)
    )
    if word is not None:
        word.payment_method_id = known.id
    session.flush()
    return known


def living_mandate(session: Session, card: PaymentMethod) -> Mandate | None:
    """The permission under which a card may be charged; None: it may not."""
    return session.scalar(
        select(Mandate)
        .where(
            Mandate.payment_method_id == card.id,
            Mandate.group_id == card.group_id,
            Mandate.revoked_at.is_(None),
        )
        .order_by(Mandate.id.desc())
        .limit(1)
    )


def chargeable(session: Session, actor: Actor, group_id: int) -> list[tuple[PaymentMethod, Mandate]]:
    """The saved cards of a customer that may be charged, each with the latest permission.  One statement."""
    both: Any = select(PaymentMethod, Mandate)
    query = (
        visible(actor, both)
        .join(Mandate, Mandate.payment_method_id == PaymentMethod.id)
        .where(PaymentMethod.group_id == group_id, Mandate.group_id == group_id, Mandate.revoked_at.is_(None))
        .order_by(PaymentMethod.id, Mandate.id)
    )
    found = {card.id: (card, word) for card, word in session.execute(query)}
    return list(found.values())


def remove_card(session: Session, public_id: str, actor: Actor, clock: Clock) -> str:
    """The client takes a card back: the permission ends, plans are paid by hand again, the provider forgets it.

    Gives what the card was called.  Raises NotFound for a card that the actor does not see.
    """
    lock_customer(session, _card(session, public_id, actor).group_id)
    card = _card(session, public_id, actor)  # of two who remove it at once the second finds nothing
    for word in session.scalars(
        select(Mandate).where(Mandate.payment_method_id == card.id, Mandate.revoked_at.is_(None))
    ):
        word.revoked_at = clock.now()
    for plan in session.scalars(select(Subscription).where(Subscription.pays_with_id == card.id)):
        plan.pays_with_id = None
    queue_job(
        session,
        FORGET,
        f"forget-card-{card.public_id}",
        {"token": card.token, "brand": card.brand_id, "provider": card.provider},
        clock.now(),
    )
    named = name_of(card)
    session.flush()  # the plans let go of the card before it goes
    session.delete(card)
    session.flush()
    return named


def choose_for_plan(
    session: Session, subscription_public_id: str, card_public_id: str, actor: Actor, clock: Clock
) -> Subscription:
    """The client lets a plan be paid by a saved card, or by hand again where no card is named.

    Raises NotFound for a plan or card that the actor does not see, Unmet without a permission to charge it.
    """
    plan: Subscription | None = session.scalar(
        visible(actor, select(Subscription).where(Subscription.public_id == subscription_public_id))
    )
    if plan is None:
        raise NotFound("There is nothing here")
    demand_for(actor, Permission.PAY_ONLINE, plan)
    lock_customer(session, plan.group_id)
    if not card_public_id:
        plan.pays_with_id = None
    else:
        card = _card(session, card_public_id, actor)
        if living_mandate(session, card) is None:
            raise Unmet(
                "Nobody gave the permission to charge this card; add it again and tick the permission"
            )
        if plan.state is SubscriptionState.CANCELLED:
            raise Unmet("This plan has ended; nothing is charged for it any more")
        plan.pays_with_id = card.id
    session.flush()
    return plan


def name_of(card: PaymentMethod) -> str:
    """ "Visa ending in 4242"."""
    return f"{card.brand or 'Card'} ending in {card.last4}" if card.last4 else card.brand or "Card"


def _card(session: Session, public_id: str, actor: Actor) -> PaymentMethod:
    query = select(PaymentMethod).where(PaymentMethod.public_id == public_id)
    card: PaymentMethod | None = session.scalar(visible(actor, query))
    if card is None:
        raise NotFound("There is nothing here")
    demand_for(actor, Permission.PAY_ONLINE, card)
    return card
