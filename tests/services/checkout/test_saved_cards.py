"""Saved cards: kept by the client's word, charged under it once, tried again when declined, taken back [A20]."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import (
    CheckoutState,
    CustomerGroup,
    Invoice,
    Job,
    Mandate,
    Payment,
    PaymentMethod,
    Subscription,
    Task,
)
from admin_app.services.bill_plans import bill_plans
from admin_app.services.checkout import charge_saved
from admin_app.services.issue_invoice import issue_invoice
from seeds.builders import a_group
from seeds.work_builders import a_service_plan, a_subscription
from tests.portal.paying import begin, payments, press
from tests.services.checkout.doing import a_saved_card, paid, the_page_was_never_kept, work

DECLINED = "Your card has insufficient funds."


def charge(till, invoice: int, card: int, ann, key: str = "press-1") -> int:
    with till.rows() as session:
        checkout = charge_saved.charge_for_invoice(
            session, session.get_one(Invoice, invoice), card, ann, till.clock, key
        )
        return int(checkout.id)


def a_plan(till, card: PaymentMethod | None) -> int:
    """A plan of 30.00 a month that begins today and is paid by the card."""
    with till.rows() as session:
        plan = a_service_plan(session, name="Hedge care", months=1, price=30)
        group = session.get_one(CustomerGroup, till.group)
        day = date(2026, 3, 17)
        made = a_subscription(session, group, plan, started_on=day, next_on=day, anchor_day=day.day)
        made.pays_with_id = card.id if card is not None else None
        return int(made.id)


def bill(till) -> int:
    """The plan's invoice is made and issued."""
    with till.rows() as session:
        actor = session.info["actor"]
        (made,) = bill_plans(session, actor, till.clock).invoices
        issue_invoice(session, session.get_one(Invoice, made), actor, till.clock)
        return made


def test_a_ticked_permission_keeps_the_card_with_its_words(till):
    """[A20]"""
    card = a_saved_card(till)

    assert (card.brand, card.last4, card.expires_month, card.expires_year) == ("Visa", "4242", 8, 2031)
    assert card.token in till.provider.methods
    assert str(card.provider_customer).startswith("cus_")
    (word,) = till.all_of(Mandate)
    assert (word.payment_method_id, word.given_by, word.address) == (card.id, "Clara Client", "127.0.0.1")
    assert "until this permission is taken back" in word.words
    shown = till.come_in().get("/portal/cards/").text
    assert "Visa ending in 4242" in shown
    assert word.words in shown.replace("&#39;", "'")
    assert card.token not in shown


def test_without_the_tick_nothing_is_kept(till):
    paid(till)
    work(till)

    assert till.all_of(PaymentMethod) == []
    assert till.all_of(Mandate) == []


def test_a_card_is_saved_without_paying_and_only_with_the_permission(till):
    clara = till.come_in()
    refused = press(clara, "/portal/cards/", "/portal/pay", {"paying": "card"})
    assert refused.status_code == 422

    press(clara, "/portal/cards/", "/portal/pay", {"paying": "card", "agree": "1"})
    checkout = till.newest()
    till.provider.pay(checkout.provider_session)
    path = f"/portal/pay/{checkout.public_id}"
    answer = press(clara, path, f"{path}/check")

    assert "Your card is saved" in clara.get(answer.location).text
    assert [card.last4 for card in till.all_of(PaymentMethod)] == ["4242"]
    assert payments(till) == []
    assert [answer.status_code for answer in till.provider.deliver(till.app.test_client())] == [200]
    work(till)
    assert len(till.all_of(PaymentMethod)) == 1


def test_a_card_that_a_message_tells_of_is_asked_for_by_a_job(till):
    clara = till.come_in()
    press(clara, "/portal/cards/", "/portal/pay", {"paying": "card", "agree": "1"})
    till.provider.pay(till.newest().provider_session)
    till.provider.deliver(till.app.test_client())
    assert till.all_of(PaymentMethod) == []

    work(till)

    assert till.newest().state is CheckoutState.SAVED
    assert [word.payment_method_id for word in till.all_of(Mandate)] == [1]


def test_staff_charge_a_saved_card_once_a_press(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")

    assert charge(till, second, card.id, ann) == charge(till, second, card.id, ann)
    work(till)
    work(till)
    till.provider.deliver(till.app.test_client())

    assert payments(till) == [(10000, 0), (4000, 0)]
    assert till.the(Invoice, second).balance == 0
    till.proven()


def test_nothing_is_charged_without_a_living_permission(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")
    with till.rows() as session:
        session.scalars(select(Mandate)).one().revoked_at = till.clock.now()

    with pytest.raises(Unmet, match="no permission"):
        charge(till, second, card.id, ann)


def test_another_customer_s_card_is_not_there(till, ann):
    a_saved_card(till)
    second = till.invoice("40")
    with till.rows() as session:
        other = a_group(session, name="Otto household")
        card = PaymentMethod(group_id=other.id, token="pm_otto", brand_id=till.brand)
        session.add(card)
        session.flush()
        session.add(
            Mandate(
                group_id=other.id,
                payment_method_id=card.id,
                given_by="Otto",
                words="Yes",
                given_at=till.clock.now(),
            )
        )
        number = card.id

    with pytest.raises(NotFound):
        charge(till, second, number, ann)


def test_a_permission_that_is_taken_back_before_the_charge_stops_it(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")
    charge(till, second, card.id, ann)
    press(till.come_in(), "/portal/cards/", f"/portal/cards/{card.public_id}/remove")

    work(till)

    assert till.newest().state is CheckoutState.FAILED
    assert "taken back" in till.newest().problem
    assert till.the(Invoice, second).balance == 4000
    assert card.token not in till.provider.methods, "the provider forgets it too"


def test_what_was_paid_otherwise_is_not_charged(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")
    charge(till, second, card.id, ann)
    till.pay_by_bank("40", second)

    work(till)

    assert till.newest().state is CheckoutState.EXPIRED
    assert payments(till) == [(10000, 0), (4000, 0)]


def test_what_was_partly_paid_is_charged_with_the_rest(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")
    charge(till, second, card.id, ann)
    till.pay_by_bank("15", second)

    work(till)

    assert till.all_of(Payment)[-1].amount == 2500
    assert till.the(Invoice, second).balance == 0
    till.proven()


def test_a_worker_that_dies_between_charge_and_note_does_not_charge_twice(till, ann):
    """The provider carried it out and its answer was lost: the same try has the same key."""
    card = a_saved_card(till)
    second = till.invoice("40")
    charge(till, second, card.id, ann)
    till.provider.silent = 3
    work(till)
    assert till.newest().state is CheckoutState.OPEN
    assert len(payments(till)) == 1

    till.provider.silent = 0
    till.later(minutes=20)
    work(till)

    assert payments(till) == [(10000, 0), (4000, 0)]
    assert len(till.provider.intents) == 2
    till.proven()


def test_a_declined_card_is_tried_after_one_three_and_seven_days_and_then_given_up(till, ann):
    """[A20]"""
    card = a_saved_card(till)
    second = till.invoice("40")
    till.provider.declines = [DECLINED] * 9
    began = till.clock.now()
    charge(till, second, card.id, ann)
    tried: list[Any] = []
    for _ in range(24 * 10):
        before = len(till.provider.intents)
        if till.newest().next_try_at is None and till.newest().tries:
            break
        till.later(hours=1) if tried else None
        if till.newest().next_try_at and till.newest().next_try_at > till.clock.now():
            till.later(seconds=(till.newest().next_try_at - till.clock.now()).total_seconds())
        work(till)
        if len(till.provider.intents) > before:
            tried.append(round((till.clock.now() - began) / timedelta(days=1)))

    assert tried == [0, 1, 3, 7]
    assert (
        len({one for _, _, one in till.provider.asked if one and one.startswith(till.newest().public_id)})
        == 4
    )
    (task,) = till.all_of(Task)
    assert "could not be charged" in task.title
    assert DECLINED in task.description
    assert len(payments(till)) == 1


def test_a_decline_is_shown_to_the_client_and_to_the_office(till, ann, signed_in):
    card = a_saved_card(till)
    second = till.invoice("40")
    till.provider.declines = [DECLINED]
    charge(till, second, card.id, ann)
    work(till)

    bill_page = till.come_in().get(f"/portal/invoices/{till.public_id(Invoice, second)}").text
    assert "Your saved card was declined" in bill_page
    assert DECLINED in bill_page
    assert "We try it again" in bill_page
    assert DECLINED in till.come_in().get("/portal/cards/").text
    office = signed_in.get(f"/admin/invoices/details/?id={second}").text
    assert DECLINED in office
    assert "Stop charging" in office


def test_a_plan_s_invoice_is_charged_once_when_it_is_issued(till):
    """[A20, 139] Auto-pay: the client chose the card for the plan."""
    card = a_saved_card(till)
    plan = a_plan(till, None)
    public_id = till.public_id(Subscription, plan)
    press(till.come_in(), "/portal/cards/", "/portal/cards/plan", {"plan": public_id, "card": card.public_id})
    assert till.the(Subscription, plan).pays_with_id == card.id

    made = bill(till)
    work(till)
    work(till)

    assert till.the(Invoice, made).balance == 0
    assert till.all_of(Payment)[-1].amount == 3000
    assert len(till.provider.intents) == 2
    till.proven()


def test_a_plan_without_a_card_waits_for_its_client(till):
    a_saved_card(till)
    a_plan(till, None)

    made = bill(till)
    work(till)

    assert till.the(Invoice, made).balance == 3000


def test_a_card_without_permission_pays_no_plan(till):
    card = a_saved_card(till)
    plan = a_plan(till, None)
    with till.rows() as session:
        session.scalars(select(Mandate)).one().revoked_at = till.clock.now()

    refused = press(
        till.come_in(),
        "/portal/cards/",
        "/portal/cards/plan",
        {"plan": till.public_id(Subscription, plan), "card": card.public_id},
    )

    assert refused.status_code == 409
    assert till.the(Subscription, plan).pays_with_id is None


def test_a_removed_card_ends_its_permission_and_its_plans(till):
    card = a_saved_card(till)
    plan = a_plan(till, card)

    press(till.come_in(), "/portal/cards/", f"/portal/cards/{card.public_id}/remove")

    assert till.all_of(PaymentMethod) == []
    assert [word.revoked_at for word in till.all_of(Mandate)] == [till.clock.now()]
    assert till.the(Subscription, plan).pays_with_id is None


def test_who_does_not_look_after_the_account_sees_and_saves_no_card(till):
    card = a_saved_card(till)
    tim = till.come_in(till.another_contact())

    assert tim.get("/portal/cards/").status_code == 404
    assert tim.get("/portal/statement").status_code == 404
    assert press(tim, "/portal/invoices/", f"/portal/cards/{card.public_id}/remove").status_code == 404
    assert press(tim, "/portal/invoices/", "/portal/pay", {"paying": "card", "agree": "1"}).status_code == 404
    second = till.invoice("40")
    begin(tim, till, second, save_card="1")
    assert till.newest().save_card is False
    assert len(till.all_of(Mandate)) == 1


def test_an_attempt_whose_request_died_is_found_again_by_the_job(till):
    """(a) was kept, the provider opened its page, (c) never came: the same key finds the page, the money is booked."""
    checkout = begin(till.come_in(), till)
    name = the_page_was_never_kept(till, checkout)
    till.provider.pay(name)

    till.later(minutes=5)
    work(till)

    assert till.newest().provider_session == name
    assert payments(till) == [(10000, 0)]
    assert len(till.provider.sessions) == 1
    till.proven()


def test_a_lost_message_is_made_up_for_by_asking(till):
    checkout = begin(till.come_in(), till)
    till.provider.pay(checkout.provider_session)
    till.provider.events = []

    work(till)
    assert payments(till) == [], "a client who is still at the page is left in peace"
    till.later(minutes=5)
    work(till)

    assert payments(till) == [(10000, 0)]
    till.proven()


def test_a_job_that_is_done_twice_harms_nothing(till):
    card = a_saved_card(till)
    for job in till.all_of(Job):
        if job.key != job.name:
            with till.rows() as session:
                session.get_one(Job, job.id).done_at = None
    work(till)

    assert [one.id for one in till.all_of(PaymentMethod)] == [card.id]
