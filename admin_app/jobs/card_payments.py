"""What the program asks of the card provider by itself: charges, attempts left open, refunds [A20, M31].

Each question is asked with no transaction open, under a key that is the same when a worker died and another takes over.
"""

from __future__ import annotations

import logging

from sqlalchemy import select

from admin_app.gateways.card_provider import CardProvider, account
from admin_app.jobs.shift import Shift
from admin_app.kernel.errors import Unmet
from admin_app.models import Brand, Checkout
from admin_app.services.checkout import charge_saved, pay_back, start, unsettled
from admin_app.services.checkout.settle import settle
from admin_app.services.checkout.told import ProviderRefuses, ProviderSilent

LOG = logging.getLogger("sawhorse.cards")
NO_KEY = "The brand's key to the card provider is gone"


def settle_card_payments(shift: Shift) -> None:
    """Charge the saved cards that are due, and ask after the attempts that nobody told us the end of."""
    with shift.transaction() as session:
        charges = charge_saved.due_charges(session, shift.clock)
        pages = unsettled.unsettled(session, shift.clock)
    for checkout_id in charges:
        _charge(shift, checkout_id)
    for checkout_id in pages:
        _ask_after(shift, checkout_id)


def ask_card_provider(shift: Shift) -> None:
    """Ask what became of the attempt that the payload names, and keep the card that was saved with it."""
    with shift.transaction() as session:
        checkout = session.get_one(Checkout, int(shift.payload["checkout"]))
        name, brand_id = checkout.provider_session, checkout.brand_id
    provider = _account(shift, brand_id)
    if provider is None or name is None:
        return
    told = provider.ask(name)
    with shift.transaction() as session:
        settle(session, session.get_one(Checkout, int(shift.payload["checkout"])), told, shift.clock)


def pay_back_at_provider(shift: Shift) -> None:
    """Send one refund; a silent provider is asked again by the worker, a refusal becomes a task for the office."""
    refund_id = int(shift.payload["refund"])
    with shift.transaction() as session:
        order = pay_back.refund_order(session, refund_id)
    if order is None:
        return
    provider = _account(shift, order.brand_id)
    try:
        if provider is None:
            raise ProviderRefuses(NO_KEY)
        provider.pay_back(order.intent, order.amount, order.key)
    except ProviderRefuses as refusal:
        with shift.transaction() as session:
            pay_back.refund_was_refused(session, refund_id, refusal.sentence, shift.clock)
        raise  # the row of the job keeps the sentence, in sight of the office


def forget_card_at_provider(shift: Shift) -> None:
    """The provider keeps a card no longer that its client took back."""
    brand_id = shift.payload.get("brand")
    provider = _account(shift, int(brand_id)) if brand_id is not None else None
    if provider is not None:
        provider.forget_card(str(shift.payload["token"]))


def _charge(shift: Shift, checkout_id: int) -> None:
    with shift.transaction() as session:
        order = charge_saved.take_charge(session, checkout_id, shift.clock)
        brand_id = session.scalar(select(Checkout.brand_id).where(Checkout.id == checkout_id))
    if order is None:
        return
    try:
        provider = _account(shift, brand_id)
        if provider is None:
            raise ProviderRefuses(NO_KEY)
        told = provider.charge(order)
    except ProviderSilent as silence:
        LOG.warning("charge %s: %s", checkout_id, silence.sentence)
        return  # the lease runs out, and the same question is asked under the same key
    except ProviderRefuses as refusal:
        with shift.transaction() as session:
            charge_saved.give_up(session, checkout_id, refusal.sentence, shift.clock)
        return
    with shift.transaction() as session:
        LOG.info(
            "charge %s: %s", checkout_id, charge_saved.keep_answer(session, checkout_id, told, shift.clock)
        )


def _ask_after(shift: Shift, checkout_id: int) -> None:
    with shift.transaction() as session:
        asked = unsettled.take_to_ask(session, checkout_id, shift.clock)
    if asked is None:
        return
    provider = account(asked.stripe_key, shift.settings.stripe_url)
    try:
        name = asked.session or _open_again(shift, checkout_id, provider)
        if name is None:
            return
        told = provider.ask(name)
    except Unmet as trouble:
        LOG.warning("online payment %s: %s", checkout_id, trouble.sentence)
        return
    with shift.transaction() as session:
        checkout = session.get_one(Checkout, checkout_id)
        LOG.info("online payment %s: %s", checkout_id, settle(session, checkout, told, shift.clock))


def _open_again(shift: Shift, checkout_id: int, provider: CardProvider) -> str | None:
    """A request died before it kept the provider's page: the same key finds the same page."""
    if shift.settings.public_url is None:
        return None
    with shift.transaction() as session:
        order = start.page_order(session, session.get_one(Checkout, checkout_id), shift.settings.public_url)
    try:
        page = provider.open_page(order)
    except ProviderRefuses as refusal:
        with shift.transaction() as session:
            checkout = session.get_one(Checkout, checkout_id)
            unsettled.page_is_refused(session, checkout, refusal.sentence, shift.clock)
        return None
    with shift.transaction() as session:
        start.keep_page(session, session.get_one(Checkout, checkout_id), page)
    return page.session


def _account(shift: Shift, brand_id: int | None) -> CardProvider | None:
    """The account of a brand, by the key that it has now."""
    with shift.transaction() as session:
        key = session.scalar(select(Brand.stripe_key).where(Brand.id == brand_id))
    return account(key, shift.settings.stripe_url) if key else None
