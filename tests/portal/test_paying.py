"""A client pays online: to the provider's page and back, with and without a script, once [120, M31, W8]."""

from __future__ import annotations

import pytest

from admin_app.models import (
    Brand,
    Checkout,
    CheckoutState,
    Invoice,
    OutboxMessage,
    Payment,
    PaymentWay,
)
from tests.forms import token_of
from tests.gateways.stripe_provider import KEY
from tests.portal.paying import begin, payments, press


def test_an_invoice_is_paid_at_the_provider_and_booked_when_its_message_comes(till):
    """[120, M31] The whole way: page, provider, message, thank you, receipt."""
    clara = till.come_in()
    checkout = begin(clara, till)
    session = till.provider.sessions[checkout.provider_session]
    assert (session["amount_total"], session["currency"]) == (10000, "eur")
    assert session["success_url"] == f"https://office.example.com/portal/pay/{checkout.public_id}"
    assert session["customer_email"] == "clara@example.com"
    way = clara.get(f"/portal/pay/{checkout.public_id}/go")
    assert f'href="{session["url"]}"' in way.text

    till.provider.pay(checkout.provider_session)
    answers = till.provider.deliver(till.app.test_client())

    assert [answer.status_code for answer in answers] == [200, 200]
    assert payments(till) == [(10000, 0)]
    payment = till.all_of(Payment)[0]
    assert (payment.provider, payment.method) == ("stripe", PaymentWay.CARD)
    assert payment.provider_reference == till.newest().provider_intent
    assert till.the(Invoice, till.invoices[0]).balance == 0
    thanks = clara.get(f"/portal/pay/{checkout.public_id}")
    assert "Thank you" in thanks.text
    assert f"/portal/receipts/{payment.public_id}" in thanks.text
    bill = clara.get(f"/portal/invoices/{till.public_id(Invoice, till.invoices[0])}")
    assert "This invoice is paid" in bill.text
    assert 'name="paying"' not in bill.text
    receipt = [mail for mail in till.all_of(OutboxMessage) if mail.purpose == "receipt"]
    assert [mail.recipient for mail in receipt] == ["clara@example.com"]
    till.proven()


def test_the_page_of_the_return_asks_the_provider_and_books_without_any_message(till):
    """The browser's word counts for nothing; a POST asks the provider [S3]."""
    clara = till.come_in()
    checkout = begin(clara, till)
    path = f"/portal/pay/{checkout.public_id}"
    before = clara.get(f"{path}?payment_status=paid&session_id={checkout.provider_session}")
    assert "We are asking our provider" in before.text
    assert "data-ask" in before.text
    press(clara, path, f"{path}/check")
    assert payments(till) == []
    assert "has not arrived yet" in clara.get(f"{path}?asked=1").text

    till.provider.pay(checkout.provider_session)
    answer = press(clara, path, f"{path}/check")

    assert payments(till) == [(10000, 0)]
    assert "Thank you" in clara.get(answer.location).text
    assert [one.status_code for one in till.provider.deliver(till.app.test_client())] == [200, 200]
    assert payments(till) == [(10000, 0)]
    till.proven()


def test_looking_books_nothing(till):
    clara = till.come_in()
    checkout = begin(clara, till)
    till.provider.pay(checkout.provider_session)

    clara.get(f"/portal/pay/{checkout.public_id}")
    clara.get(f"/portal/pay/{checkout.public_id}?asked=1")

    assert payments(till) == []


def test_the_same_form_sent_twice_is_one_attempt(till):
    clara = till.come_in()
    page = f"/portal/invoices/{till.public_id(Invoice, till.invoices[0])}"
    token = token_of(clara.get(page))
    form = {"csrf_token": token, "key": "one-key", "ids": [till.public_id(Invoice, till.invoices[0])]}

    first, again = clara.post("/portal/pay", data=form), clara.post("/portal/pay", data=form)

    assert first.location == again.location
    assert len(till.all_of(Checkout)) == 1
    assert len(till.provider.sessions) == 1


def test_no_amount_in_the_form_changes_what_is_paid(till):
    clara = till.come_in()

    checkout = begin(clara, till, amount="1", total="1", currency="JPY")

    assert (checkout.amount, checkout.currency) == (10000, "EUR")


def test_several_invoices_are_paid_at_once(till):
    """[120]"""
    till.invoice("50")
    clara = till.come_in()

    checkout = begin(clara, till, *till.invoices)
    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())

    assert payments(till) == [(15000, 0)]
    assert [till.the(Invoice, one).balance for one in till.invoices] == [0, 0]
    till.proven()


def test_the_statement_is_paid_less_what_is_with_us(till):
    """[90, 120] 100 and 50 are open, 30 are with us: 120 are to pay, the oldest invoice first."""
    till.invoice("50")
    till.pay_by_bank("30")
    clara = till.come_in()
    assert "120.00" in clara.get("/portal/statement").text

    answer = press(clara, "/portal/statement", "/portal/pay", {"paying": "statement", "currency": "EUR"})
    checkout = till.newest()
    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())

    assert answer.status_code == 302
    assert checkout.amount == 12000
    assert [till.the(Invoice, one).balance for one in till.invoices] == [0, 3000]
    till.proven()


def test_what_was_paid_meanwhile_leaves_the_money_with_the_customer(till):
    """[M27] The client sits at the page while a transfer arrives."""
    clara = till.come_in()
    checkout = begin(clara, till)
    till.pay_by_bank("70", till.invoices[0])

    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())

    assert payments(till) == [(7000, 0), (10000, 7000)]
    assert till.the(Invoice, till.invoices[0]).balance == 0
    till.proven()


def test_without_a_key_there_is_no_button_and_no_way(till):
    """[W8]"""
    with till.rows() as session:
        session.get_one(Brand, till.brand).stripe_key = None
    clara = till.come_in()
    public_id = till.public_id(Invoice, till.invoices[0])

    for page in (f"/portal/invoices/{public_id}", "/portal/invoices/", "/portal/statement", "/portal/cards/"):
        shown = clara.get(page)
        assert shown.status_code == 200
        assert "/portal/pay" not in shown.text.replace("/portal/payments", ""), page
    assert "DE02120300000000202051" in clara.get(f"/portal/invoices/{public_id}").text
    refused = press(clara, f"/portal/invoices/{public_id}", "/portal/pay", {"ids": public_id})
    assert refused.status_code == 409
    assert "Cards are not taken here" in refused.text


def test_a_paid_invoice_is_not_paid_again(till):
    till.pay_by_bank("100", till.invoices[0])
    clara = till.come_in()
    public_id = till.public_id(Invoice, till.invoices[0])

    refused = press(clara, f"/portal/invoices/{public_id}", "/portal/pay", {"ids": public_id})

    assert refused.status_code == 409
    assert till.all_of(Checkout) == []


def test_a_newer_attempt_closes_the_older_page(till):
    """Two tabs: whoever pays at one of them cannot pay at the other."""
    clara = till.come_in()
    first = begin(clara, till)
    second = begin(clara, till)

    assert till.provider.sessions[first.provider_session]["status"] == "expired"
    assert till.the(Checkout, first.id).state is CheckoutState.EXPIRED
    assert till.provider.sessions[second.provider_session]["status"] == "open"


def test_an_older_page_that_was_just_paid_ends_the_newer_attempt(till):
    clara = till.come_in()
    first = begin(clara, till)
    public_id = till.public_id(Invoice, till.invoices[0])
    till.provider.pay(first.provider_session)

    answer = press(clara, f"/portal/invoices/{public_id}", "/portal/pay", {"ids": public_id})

    assert "paid a moment ago" in clara.get(answer.location).text
    assert till.newest().state is CheckoutState.EXPIRED
    assert payments(till) == [(10000, 0)]
    assert len(till.provider.sessions) == 1
    till.proven()


def test_a_silent_provider_is_said_and_asked_again_under_the_same_key(till):
    clara = till.come_in()
    public_id = till.public_id(Invoice, till.invoices[0])
    till.provider.silent = 3

    answer = press(clara, f"/portal/invoices/{public_id}", "/portal/pay", {"ids": public_id})
    page = clara.get(answer.location)
    assert "does not answer now" in page.text
    again = press(clara, answer.location, f"/portal/pay/{till.newest().public_id}/again")

    assert again.status_code == 302
    assert len(till.provider.sessions) == 1
    assert till.newest().provider_session in till.provider.sessions


def test_a_key_that_the_provider_does_not_know_ends_calmly(till):
    with till.rows() as session:
        session.get_one(Brand, till.brand).stripe_key = "sk_test_old"
    clara = till.come_in()
    public_id = till.public_id(Invoice, till.invoices[0])

    answer = press(clara, f"/portal/invoices/{public_id}", "/portal/pay", {"ids": public_id})
    page = clara.get(answer.location)

    assert page.status_code == 200
    assert "Nothing was paid" in page.text
    assert KEY not in page.text
    assert "sk_test_old" not in page.text


def test_a_page_that_was_left_is_said_calmly_with_a_way_to_try_again(till):
    clara = till.come_in()
    checkout = begin(clara, till)
    till.provider.let_expire(checkout.provider_session)
    till.provider.deliver(till.app.test_client())

    page = clara.get(f"/portal/pay/{checkout.public_id}")

    assert "Nothing was paid" in page.text
    assert "Try again" in page.text


def test_a_decline_at_the_page_leaves_the_page_open(till):
    clara = till.come_in()
    checkout = begin(clara, till)
    till.provider.decline_at_page(checkout.provider_session)
    till.provider.deliver(till.app.test_client())
    assert till.newest().state is CheckoutState.OPEN

    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())

    assert payments(till) == [(10000, 0)]
    till.proven()


@pytest.mark.parametrize("named", [True, False])
def test_a_link_pays_its_invoice_and_leads_to_the_receipt(till, named):
    """[A64] By link: page, provider, thank you, receipt, without a password."""
    path = till.link(Invoice, till.invoices[0], till.contact if named else None)
    stranger = till.app.test_client()

    checkout = begin(stranger, till, path=path)
    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())
    thanks = stranger.get(f"{path}/pay/{checkout.public_id}")

    assert "Thank you" in thanks.text
    receipt = thanks.text.split('class="btn primary" href="')[1].split('"')[0]
    shown = stranger.get(receipt, follow_redirects=True)
    assert shown.status_code == 200
    assert "Receipt" in shown.text
    assert "Keep this card" not in stranger.get(f"{path}/").text


def test_a_link_pays_nothing_but_its_invoice(till):
    other = till.invoice("50")
    path = till.link(Invoice, till.invoices[0])
    stranger = till.app.test_client()
    page = f"{path}/invoices/{till.public_id(Invoice, till.invoices[0])}"

    for form in (
        {"ids": till.public_id(Invoice, other)},
        {"ids": [till.public_id(Invoice, one) for one in till.invoices]},
        {"paying": "statement", "currency": "EUR"},
        {"paying": "card", "agree": "1"},
        {"paying": "gold"},
    ):
        assert press(stranger, page, f"{path}/pay", form).status_code == 404, form
    assert till.all_of(Checkout) == []


def test_somebody_elses_attempt_is_not_there(till):
    checkout = begin(till.come_in(), till)
    tim = till.come_in(till.another_contact())

    for page in ("", "/go"):
        assert tim.get(f"/portal/pay/{checkout.public_id}{page}").status_code == 404
    assert press(tim, "/portal/invoices/", f"/portal/pay/{checkout.public_id}/check").status_code == 404
    assert press(tim, "/portal/invoices/", f"/portal/pay/{checkout.public_id}/again").status_code == 404
