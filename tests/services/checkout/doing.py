"""Shortcuts of these tests: a card that was saved, a plan that it pays, the worker's round at the provider."""

from __future__ import annotations

from admin_app.jobs import card_payments
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.models import Checkout, CheckoutState, Job, PaymentMethod
from admin_app.models.engine import open_engine
from tests.portal.paying import Till, begin


def work(till: Till) -> None:
    """One round of the worker: what was queued for the provider, then charges and unsettled attempts."""
    engine = open_engine(till.settings.database_url)
    try:
        for job in till.all_of(Job):
            if job.done_at is None and job.due_at <= till.clock.now() and job.key != job.name:
                HANDLERS[job.name].do(Shift(till.settings, engine, till.clock, payload=job.payload))
                with till.rows() as session:
                    session.get_one(Job, job.id).done_at = till.clock.now()
        card_payments.settle_card_payments(Shift(till.settings, engine, till.clock))
    finally:
        engine.dispose()


def paid(till: Till, **but: str) -> str:
    """The first invoice is paid at the provider and booked; the name of the payment there."""
    checkout = begin(till.come_in(), till, **but)
    till.provider.pay(str(checkout.provider_session))
    till.provider.deliver(till.app.test_client())
    return str(till.newest().provider_intent)


def a_saved_card(till: Till) -> PaymentMethod:
    """Clara paid the first invoice and let us keep the card."""
    paid(till, save_card="1")
    work(till)
    card: PaymentMethod = till.all_of(PaymentMethod)[-1]
    return card


def the_page_was_never_kept(till: Till, checkout: Checkout) -> str:
    """The request died after the provider opened its page and before we wrote that down; the page's name there."""
    name = str(checkout.provider_session)
    with till.rows() as session:
        lost = session.get_one(Checkout, checkout.id)
        lost.provider_session, lost.url, lost.state = None, None, CheckoutState.STARTED
    return name
