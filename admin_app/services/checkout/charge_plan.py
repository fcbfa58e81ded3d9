"""An invoice of a plan is issued: the card that the client chose for the plan is charged once [A20, 139]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Brand,
    Checkout,
    CheckoutKind,
    Invoice,
    PaymentMethod,
    Subscription,
    SubscriptionPeriod,
)
from admin_app.services.checkout.saved_cards import living_mandate
from admin_app.services.checkout.what_to_pay import card_brand
from admin_app.services.facts import Said


def charge_plan_card(session: Session, invoice: Invoice, _actor: Actor, clock: Clock, _said: Said) -> None:
    """The reaction to an invoice of a plan that was issued: the card that the client chose for it is charged once."""
    card = session.scalar(
        select(PaymentMethod)
        .join(Subscription, Subscription.pays_with_id == PaymentMethod.id)
        .join(SubscriptionPeriod, SubscriptionPeriod.subscription_id == Subscription.id)
        .where(SubscriptionPeriod.invoice_id == invoice.id, PaymentMethod.group_id == invoice.group_id)
    )
    if card is None or _account(session, invoice, card) is None:
        return
    if invoice.balance == 0 or living_mandate(session, card) is None:
        return
    write_attempt(session, invoice, card, f"plan-{invoice.public_id}", clock)


def write_attempt(
    session: Session, invoice: Invoice, card: PaymentMethod, key: str, clock: Clock
) -> Checkout:
    """An attempt to charge a card with what is open on an invoice; the job takes it from here.

    Raises Unmet where no account at a provider takes it.
    """
    brand = _account(session, invoice, card)
    if brand is None:
        raise Unmet("No account at a card provider is set up for this brand")
    word = living_mandate(session, card)
    checkout = Checkout(
        key=key,
        contact_id=word.contact_id if word is not None else None,
        group_id=invoice.group_id,
        brand_id=brand.id,
        kind=CheckoutKind.INVOICES,
        amount=invoice.balance,
        currency=invoice.currency,
        targets=[{"invoice": invoice.id, "amount": invoice.balance}],
        project_id=invoice.project_id,
        saved_card_id=card.id,
        provider=card.provider,
        started_at=clock.now(),
        next_try_at=clock.now(),
    )
    session.add(checkout)
    session.flush()  # a second attempt under the same key is refused here
    return checkout


def _account(session: Session, invoice: Invoice, card: PaymentMethod) -> Brand | None:
    """The brand in whose account the card was saved, else the invoice's; None where neither has a key."""
    brand = session.get(Brand, card.brand_id) if card.brand_id is not None else None
    return brand if brand is not None and brand.stripe_key else card_brand(session, invoice.brand_id)
