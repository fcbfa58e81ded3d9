"""Refunds of card payments go back through the provider: once, retried, in sight [M28, M29]."""

from __future__ import annotations

import pytest

from admin_app.gateways.stripe import StripeProvider
from admin_app.jobs import card_payments
from admin_app.jobs.shift import Shift
from admin_app.kernel.money import Money
from admin_app.models import Invoice, Job, Payment, PaymentWay, Refund, Task
from admin_app.models.engine import open_engine
from admin_app.services.checkout.pay_back import PAY_BACK, Sending, how_they_go
from admin_app.services.checkout.told import ProviderRefuses, ProviderSilent
from admin_app.services.refund_payment import RefundForm, refund_payment
from tests.gateways.stripe_provider import KEY
from tests.services.checkout.doing import paid, work


def refund(till, ann, text: str = "30", method: PaymentWay | None = None) -> None:
    with till.rows() as session:
        form = RefundForm(
            1, Money.of(text, "EUR"), till.clock.today(), method, "Too much", reopen_invoices=True
        )
        refund_payment(session, form, ann, till.clock)


def standing(till) -> Sending | None:
    with till.rows() as session:
        found = how_they_go(session, [session.get_one(Refund, 1)])
        return found[1].state if found else None


def do(till, job: Job) -> None:
    engine = open_engine(till.settings.database_url)
    try:
        card_payments.pay_back_at_provider(Shift(till.settings, engine, till.clock, payload=job.payload))
    finally:
        engine.dispose()


def test_a_refund_is_sent_once_and_its_message_finds_it_in_the_books(till, ann):
    paid(till)
    refund(till, ann)
    assert standing(till) is Sending.WAITING
    (job,) = [one for one in till.all_of(Job) if one.name == PAY_BACK]

    do(till, job)
    work(till)
    do(till, job)
    answers = till.provider.deliver(till.app.test_client())

    assert [one["amount"] for one in till.provider.refunds.values()] == [3000]
    assert [answer.json["effect"] for answer in answers] == ["In the books already"]
    assert till.all_of(Task) == []
    assert standing(till) is Sending.SENT
    assert till.the(Invoice, till.invoices[0]).balance == 3000
    till.proven()


def test_a_refund_paid_by_hand_does_not_ask_the_provider(till, ann):
    paid(till)
    refund(till, ann, method=PaymentWay.TRANSFER)

    assert standing(till) is None
    assert [one for one in till.all_of(Job) if one.name == PAY_BACK] == []


def test_money_that_came_otherwise_is_not_asked_of_the_provider(till, ann):
    till.pay_by_bank("100", till.invoices[0])
    refund(till, ann, method=PaymentWay.CARD)

    assert [one for one in till.all_of(Job) if one.name == PAY_BACK] == []


def test_a_silent_provider_is_asked_again_under_the_same_key(till, ann):
    paid(till)
    refund(till, ann)
    (job,) = [one for one in till.all_of(Job) if one.name == PAY_BACK]
    till.provider.silent = 3

    with pytest.raises(ProviderSilent):
        do(till, job)
    till.provider.silent = 0
    do(till, job)

    assert [one["amount"] for one in till.provider.refunds.values()] == [3000]


def test_what_the_provider_refuses_is_a_task_and_stays_in_sight(till, ann, signed_in):
    intent = paid(till)
    StripeProvider(KEY, till.provider.url).pay_back(intent, 9000, "by-hand")
    refund(till, ann)
    (job,) = [one for one in till.all_of(Job) if one.name == PAY_BACK]

    with pytest.raises(ProviderRefuses):
        do(till, job)
    with till.rows() as session:
        session.get_one(Job, job.id).last_error = "The card provider refused"

    (task,) = till.all_of(Task)
    assert task.title == "Refund NORTH-R-00001 did not go back by card"
    assert standing(till) is Sending.TRIED
    shown = signed_in.get(f"/admin/customers/{till.group}/payments").text
    assert "Tried, and tried again later" in shown


def test_a_refund_that_did_not_arrive_is_a_task(till, ann):
    paid(till)
    refund(till, ann)
    work(till)
    sent = next(iter(till.provider.refunds.values())) | {"status": "failed", "failure_reason": "lost_card"}
    till.provider._tell("refund.failed", sent)
    till.provider.deliver(till.app.test_client())

    (task,) = till.all_of(Task)
    assert "did not arrive" in task.title
    assert "lost card" in task.description
    assert till.all_of(Payment)[0].refunded == 3000
