"""Saved cards: which we may charge, by which words, for which plans; add one, take one back [A20]."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_app.models import (
    Checkout,
    CheckoutState,
    Mandate,
    PaymentMethod,
    PortalModule,
    Subscription,
    SubscriptionState,
)
from admin_app.portal.forms import form_key, typed
from admin_app.portal.pages import pages
from admin_app.portal.payments import own_account
from admin_app.portal.things import things
from admin_app.services.checkout.saved_cards import choose_for_plan, name_of, remove_card
from admin_app.services.checkout.start import mandate_words
from admin_app.services.checkout.what_to_pay import card_brand
from admin_app.web.clients import for_clients
from admin_app.web.company import actor, clock, office_session


@pages.get("/cards/")
@for_clients(PortalModule.INVOICES)
def cards() -> ResponseReturnValue:
    """The saved cards with what may be charged to them, and the plans that they pay."""
    group = own_account()
    saved = things(select(PaymentMethod).order_by(PaymentMethod.id))
    words = things(select(Mandate).where(Mandate.revoked_at.is_(None)).order_by(Mandate.id))
    brand = card_brand(office_session(), group.brand_id)
    return render_template(
        "portal/invoices/cards.html",
        cards=[(card, name_of(card)) for card in saved],
        mandates={word.payment_method_id: word for word in words},
        plans=things(
            select(Subscription)
            .where(Subscription.state != SubscriptionState.CANCELLED)
            .options(joinedload(Subscription.plan))
            .order_by(Subscription.id)
        ),
        declined=things(
            select(Checkout)
            .where(
                Checkout.state == CheckoutState.FAILED,
                Checkout.saved_card_id.is_not(None),
                Checkout.next_try_at.is_not(None),
            )
            .order_by(Checkout.id.desc())
            .limit(5)
        ),
        brand_name=brand.name if brand is not None else None,
        words=mandate_words(brand.name) if brand is not None else "",
        key=form_key(),
    )


@pages.post("/cards/<public_id>/remove")
@for_clients(PortalModule.INVOICES)
def remove_own_card(public_id: str) -> ResponseReturnValue:
    """Take a card back, and with it the permission to charge it."""
    named = remove_card(office_session(), public_id, actor(), clock())
    flash(f"{named} is removed, and nothing is charged to it any more.", "success")
    return redirect(url_for(".cards"))


@pages.post("/cards/plan")
@for_clients(PortalModule.INVOICES)
def card_for_plan() -> ResponseReturnValue:
    """Let a plan be paid by a saved card from its next invoice on, or by hand again."""
    plan = choose_for_plan(office_session(), typed("plan"), typed("card"), actor(), clock())
    chosen = "is paid by card from its next invoice on" if plan.pays_with_id else "is paid by hand again"
    flash(f"{plan.plan.name} {chosen}.", "success")
    return redirect(url_for(".cards"))
