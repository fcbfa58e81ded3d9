"""Messages of the provider: once, late, out of order, wrong and forged; the books hold whatever comes [M31]."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Brand,
    CheckoutState,
    Company,
    Invoice,
    Payment,
    PaymentState,
    ProviderEvent,
    Refund,
    Task,
)
from admin_app.services.reverse_payment import reverse_payment
from tests.portal.paying import begin, payments
from tests.services.checkout.doing import paid, the_page_was_never_kept, work

AT_ONCE = 20


def test_twenty_identical_messages_at_once_are_one_payment(till):
    """[M31]"""
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)
    event = till.provider.events[-1]
    start = Barrier(AT_ONCE)

    def bring(_: int) -> int:
        start.wait()
        return int(till.provider.bring(till.app.test_client(), event).status_code)

    with ThreadPoolExecutor(AT_ONCE) as wires:
        answers = list(wires.map(bring, range(AT_ONCE)))

    assert answers == [200] * AT_ONCE
    assert payments(till) == [(10000, 0)]
    assert len(till.all_of(ProviderEvent)) == 1
    till.proven()


def test_both_messages_of_one_payment_in_any_order_book_it_once(till):
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)
    till.provider.events.reverse()

    effects = [answer.json["effect"] for answer in till.provider.deliver(till.app.test_client())]

    assert effects == ["Booked as payment 1", "Booked before"]
    assert payments(till) == [(10000, 0)]


def test_a_message_before_the_provider_s_page_was_kept_finds_its_attempt(till):
    """The request died after the provider opened the page; our own id travels with the message."""
    checkout = begin(till.come_in(), till)
    name = the_page_was_never_kept(till, checkout)

    till.provider.pay(name)
    till.provider.deliver(till.app.test_client())

    assert payments(till) == [(10000, 0)]
    assert till.newest().provider_session == name
    till.proven()


@pytest.mark.parametrize(
    ("amount", "currency"), [(9999, None), (None, "usd"), (10_000_000, None), (1, "jpy")]
)
def test_other_money_than_agreed_is_put_aside_for_a_person(till, amount, currency):
    """[M31]"""
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session, amount, currency)

    answers = till.provider.deliver(till.app.test_client())

    assert [answer.status_code for answer in answers] == [200, 200]
    assert payments(till) == []
    assert till.newest().state is CheckoutState.QUARANTINED
    (task,) = till.all_of(Task)
    assert "nothing is booked" in task.description
    assert till.the(Invoice, till.invoices[0]).balance == 10000
    assert "need not pay again" in till.come_in().get(f"/portal/pay/{checkout.public_id}").text
    till.proven()


@pytest.mark.parametrize("how", [{"key": "whsec_thief"}, {"age": 4000}])
def test_a_forged_or_old_message_changes_nothing(till, how):
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)

    answer = till.provider.bring(till.app.test_client(), till.provider.events[-1], **how)

    assert answer.status_code == 403
    assert payments(till) == []
    assert till.all_of(ProviderEvent) == []


def test_without_a_key_there_is_no_such_address(till):
    with till.rows() as session:
        session.get_one(Brand, till.brand).stripe_hook_key = None

    assert till.app.test_client().post("/hooks/stripe", data=b"{}").status_code == 404


def test_one_brand_s_account_cannot_speak_for_another_brand(till):
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)
    with till.rows() as session:
        session.add(Brand(name="Harbour", key="harbour", stripe_hook_key="whsec_harbour"))

    answer = till.provider.bring(till.app.test_client(), till.provider.events[-1], key="whsec_harbour")

    assert answer.json["effect"] == "Not about a payment of ours"
    assert payments(till) == []


def test_a_message_about_something_else_is_answered_and_kept(till):
    event = {
        "id": "evt_x",
        "object": "event",
        "type": "customer.created",
        "created": 1,
        "data": {"object": {}},
    }

    first, again = (till.provider.bring(till.app.test_client(), event) for _ in range(2))

    assert (first.json["effect"], again.json["effect"]) == ("Not about a payment of ours", "Known before")
    assert [one.kind for one in till.all_of(ProviderEvent)] == ["customer.created"]


def test_an_expiry_that_comes_after_the_payment_changes_nothing(till):
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)
    paid_events, till.provider.events = till.provider.events, []
    till.provider.let_expire(checkout.provider_session)
    till.provider.events = paid_events + till.provider.events

    till.provider.deliver(till.app.test_client())

    assert till.newest().state is CheckoutState.PAID
    assert payments(till) == [(10000, 0)]


def test_a_payment_that_comes_after_the_expiry_is_booked(till):
    """Out of order: the money is here, whatever was told before."""
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)
    paid_events, till.provider.events = till.provider.events, []
    till.provider.let_expire(checkout.provider_session)
    till.provider.deliver(till.app.test_client())
    till.provider.events = paid_events

    till.provider.deliver(till.app.test_client())

    assert till.newest().state is CheckoutState.PAID
    assert payments(till) == [(10000, 0)]
    till.proven()


def test_money_is_booked_on_the_provider_s_day_and_never_in_locked_books(till):
    """[M34] Told three days late: the provider's day counts; where that is locked, today does."""
    paid_at = till.clock.now() - timedelta(days=3)
    till.provider.now = int(paid_at.timestamp())
    paid(till)
    assert till.all_of(Payment)[0].paid_on == date(2026, 3, 14)

    second = till.invoice("40")
    with till.rows() as session:
        session.get_one(Company, 1).locked_until = date(2026, 3, 15)
    checkout = begin(till.come_in(), till, second)
    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())

    assert till.all_of(Payment)[1].paid_on == date(2026, 3, 17)
    till.proven()


def test_a_dispute_is_a_task_and_a_note_and_money_that_goes_opens_the_invoice(till):
    intent = paid(till)

    till.provider.dispute(intent, "created")
    till.provider.deliver(till.app.test_client())
    assert till.the(Invoice, till.invoices[0]).balance == 0
    assert "product not received" in till.all_of(Payment)[0].note
    assert [task.title for task in till.all_of(Task)] == [
        f"Answer the dispute {till.provider._newest_dispute}"
    ]
    till.provider.dispute(intent, "funds_withdrawn", dispute_id=till.provider._newest_dispute)
    till.provider.dispute(intent, "closed", dispute_id=till.provider._newest_dispute, status="lost")
    till.provider.deliver(till.app.test_client())

    assert [(one.amount, one.payment_id) for one in till.all_of(Refund)] == [(10000, 1)]
    assert till.the(Invoice, till.invoices[0]).balance == 10000
    work(till)
    assert till.provider.refunds == {}, "what the bank took is not paid back a second time"
    till.proven()


def test_a_dispute_that_was_won_gives_the_money_back_once(till):
    intent = paid(till)
    dispute = till.provider.dispute(intent, "created", "funds_withdrawn")
    till.provider.deliver(till.app.test_client())

    till.provider.dispute(intent, "closed", "funds_reinstated", dispute_id=dispute, status="won")
    till.provider.dispute(intent, "funds_reinstated", dispute_id=dispute, status="won")
    till.provider.deliver(till.app.test_client())

    assert [one.amount for one in till.all_of(Payment)] == [10000, 10000]
    assert till.the(Invoice, till.invoices[0]).balance == 0
    till.proven()


def test_a_dispute_that_was_won_before_money_went_changes_nothing(till):
    intent = paid(till)
    till.provider.dispute(intent, "closed", status="won")
    till.provider.deliver(till.app.test_client())

    assert till.all_of(Refund) == []
    assert len(till.all_of(Payment)) == 1


def test_a_dispute_that_overtakes_its_payment_follows_when_that_is_booked(till):
    """Out of order: the loss is told first, the payment after it."""
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)
    told, till.provider.events = till.provider.events, []
    intent = till.provider.sessions[checkout.provider_session]["payment_intent"]
    till.provider.dispute(intent, "funds_withdrawn")
    effects = [answer.json["effect"] for answer in till.provider.deliver(till.app.test_client())]
    assert effects == ["Waits for its payment"]

    till.provider.events = told
    till.provider.deliver(till.app.test_client())

    assert [one.amount for one in till.all_of(Refund)] == [10000]
    assert till.the(Invoice, till.invoices[0]).balance == 10000
    till.proven()


def test_money_paid_back_on_the_provider_s_pages_is_a_task(till):
    intent = paid(till)
    till.provider.pay_back_by_hand(intent, 2500)
    till.provider.deliver(till.app.test_client())

    (task,) = till.all_of(Task)
    assert "25.00 EUR were paid back at the provider" in task.title
    assert till.all_of(Payment)[0].refunded == 0


def test_a_provider_s_payment_is_neither_edited_nor_deleted(till):
    """[M29]"""
    paid(till)
    with till.rows() as session, pytest.raises(Unmet, match="cannot be deleted, only refunded"):
        reverse_payment(session, session.get_one(Payment, 1), session.info["actor"], till.clock)
    assert till.all_of(Payment)[0].state is PaymentState.RECEIVED
