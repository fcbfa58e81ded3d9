"""The card provider is spoken to by its own SDK over HTTP, and every trouble is a sentence [M31, A20, S1-S4]."""

import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from admin_app.gateways.stripe import StripeEvents, StripeProvider
from admin_app.kernel.errors import Invalid
from admin_app.services.checkout.told import ChargeOrder, Outcome, PageOrder, ProviderRefuses, ProviderSilent
from tests.gateways.stripe_provider import HOOK_KEY, KEY


@pytest.fixture
def provider(card_provider):
    return card_provider


@pytest.fixture
def account(provider):
    return StripeProvider(KEY, provider.url, patience=3)


def an_order(**but):
    facts: dict[str, Any] = {"key": "page-1", "checkout": "abc", "amount": 12000, "currency": "EUR"}
    return PageOrder(**facts | {"words": "Invoice N-1", "back": "https://office.example/back"} | but)


def a_charge(token, key="abc-1"):
    return ChargeOrder(key, "abc", 12000, "EUR", "Invoice N-1", token, None)


def test_a_page_is_opened_with_our_amount_and_our_name(provider, account):
    page = account.open_page(an_order())

    opened = provider.sessions[page.session]
    assert (opened["amount_total"], opened["currency"], opened["mode"]) == (12000, "eur", "payment")
    assert opened["metadata"] == {"checkout": "abc"}
    assert page.url == f"{provider.url}/c/pay/{page.session}"


def test_the_same_key_opens_the_same_page(provider, account):
    assert account.open_page(an_order()) == account.open_page(an_order())
    assert len(provider.sessions) == 1


def test_a_page_that_was_paid_tells_what_was_collected_and_the_card(provider, account):
    page = account.open_page(an_order(save_card=True))
    assert account.ask(page.session).outcome is Outcome.WAITING

    provider.pay(page.session)
    told = account.ask(page.session)

    assert (told.outcome, told.amount, told.currency) == (Outcome.PAID, 12000, "EUR")
    assert told.intent in provider.intents
    assert told.card is not None
    assert (told.card.brand, told.card.last4, told.card.expires_month) == ("visa", "4242", 8)
    assert told.card.customer is not None


def test_a_card_is_saved_without_paying(provider, account):
    page = account.open_page(an_order(amount=0, save_card=True))

    provider.pay(page.session)
    told = account.ask(page.session)

    assert told.outcome is Outcome.SAVED
    assert told.card is not None


def test_a_page_is_closed_unless_somebody_just_paid(provider, account):
    first, second = account.open_page(an_order()), account.open_page(an_order(key="page-2"))
    provider.pay(second.session)

    assert account.close_page(first.session).outcome is Outcome.EXPIRED
    assert account.close_page(second.session).outcome is Outcome.PAID


def test_a_saved_card_is_charged_once_a_key(provider, account):
    token = provider._method("cus_1")["id"]

    first, again = account.charge(a_charge(token)), account.charge(a_charge(token))

    assert (first.outcome, first.amount) == (Outcome.PAID, 12000)
    assert again == first
    assert len(provider.intents) == 1


def test_a_decline_is_an_answer_in_words(provider, account):
    token = provider._method("cus_1")["id"]
    provider.declines = ["Your card has\ninsufficient funds."]

    told = account.charge(a_charge(token))

    assert (told.outcome, told.problem) == (Outcome.FAILED, "Your card has insufficient funds.")


def test_a_provider_that_breaks_off_is_silent_and_asked_again_under_the_same_key(provider, account):
    token = provider._method("cus_1")["id"]
    provider.silent = 10

    with pytest.raises(ProviderSilent):
        account.charge(a_charge(token))
    provider.silent = 0

    assert account.charge(a_charge(token)).outcome is Outcome.PAID
    assert len(provider.intents) == 1


def test_nobody_listening_is_silence(provider, account):
    provider.stop()

    with pytest.raises(ProviderSilent, match="nothing is lost"):
        account.ask("cs_1")


def test_a_wrong_key_is_a_refusal_that_names_no_key(provider):
    with pytest.raises(ProviderRefuses) as refusal:
        StripeProvider("sk_test_wrong", provider.url).ask("cs_1")

    assert "does not take our key" in refusal.value.sentence
    assert "sk_test_wrong" not in refusal.value.sentence


def test_money_goes_back_once_a_key_and_never_more_than_came(provider, account):
    intent = account.charge(a_charge(provider._method("cus_1")["id"])).intent

    account.pay_back(intent, 5000, "refund-1")
    account.pay_back(intent, 5000, "refund-1")

    assert [refund["amount"] for refund in provider.refunds.values()] == [5000]
    with pytest.raises(ProviderRefuses, match="greater than"):
        account.pay_back(intent, 9000, "refund-2")


def test_a_card_is_forgotten_and_may_be_forgotten_again(provider, account):
    token = provider._method("cus_1")["id"]

    account.forget_card(token)
    account.forget_card(token)

    assert token not in provider.methods


def test_a_key_never_travels_in_the_open():
    with pytest.raises(Invalid, match="https"):
        StripeProvider(KEY, "http://proxy.example")


def an_event(provider, account):
    page = account.open_page(an_order())
    provider.pay(page.session)
    return provider.events[-1]


def test_a_signed_message_is_read(provider, account):
    event = an_event(provider, account)
    body, headers = provider.message(event)

    read = StripeEvents().read_event(body, headers["Stripe-Signature"], HOOK_KEY)

    assert read is not None
    assert (read.id, read.kind, read.checkout) == (event["id"], "checkout.session.completed", "abc")
    assert read.at == datetime.fromtimestamp(provider.now, UTC)
    assert read.told is not None
    assert (read.told.outcome, read.told.amount, read.told.currency) == (Outcome.PAID, 12000, "EUR")


@pytest.mark.parametrize("how", ["other key", "too old", "changed", "no signature", "no JSON"])
def test_what_is_forged_old_or_changed_is_nothing(provider, account, how):
    event = an_event(provider, account)
    body, headers = provider.message(
        event, key="whsec_other" if how == "other key" else None, age=4000 if how == "too old" else 0
    )
    signature = headers["Stripe-Signature"]
    if how == "changed":
        body = body.replace(b"12000", b"10")
    if how == "no signature":
        signature = ""
    if how == "no JSON":
        body = b"\xff\xfe"

    assert StripeEvents().read_event(body, signature, HOOK_KEY) is None


def test_the_sdk_is_loaded_only_when_it_is_needed():
    import subprocess

    code = "import sys; import admin_app.app; print('stripe' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
