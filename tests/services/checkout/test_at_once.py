"""A client's page and a charge of the saved card are about the same invoice at the same moment [A20, M31]."""

from __future__ import annotations

from threading import Thread

import pytest

from admin_app.kernel.actor import ClientScope
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import Checkout, CheckoutState, Invoice, PaymentMethod
from admin_app.policy import as_client, client_scope
from admin_app.services.checkout import charge_saved
from admin_app.services.checkout.saved_cards import remove_card
from admin_app.services.checkout.settle import settle
from admin_app.services.checkout.start import keep_page
from admin_app.services.checkout.told import Outcome, Page, Told
from admin_app.services.checkout.unsettled import page_is_refused
from tests.portal.paying import Till, begin, payments, press
from tests.services.checkout.doing import a_saved_card, work

DECLINED = "Your card has insufficient funds."


def charge(till: Till, invoice: int, card: int, ann, key: str = "press-1") -> int:
    """Staff press "Charge saved card"; the worker has not come yet."""
    with till.rows() as session:
        bill = session.get_one(Invoice, invoice)
        return int(charge_saved.charge_for_invoice(session, bill, card, ann, till.clock, key).id)


def try_to_pay(till: Till, client, invoice: int):
    """Press Pay on the page of an invoice, whatever comes of it."""
    public_id = till.public_id(Invoice, invoice)
    return press(
        client, f"/portal/invoices/{public_id}", "/portal/pay", {"paying": "invoices", "ids": public_id}
    )


def test_a_charge_waits_while_the_client_is_at_a_page_and_ends_when_that_is_paid(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")
    page = begin(till.come_in(), till, second)
    charged = charge(till, second, card.id, ann)

    work(till)
    assert len(till.provider.intents) == 1
    assert "waits until that is paid or left" in till.the(Checkout, charged).problem
    till.provider.pay(page.provider_session)
    till.provider.deliver(till.app.test_client())
    till.later(minutes=11)
    work(till)

    assert payments(till) == [(10000, 0), (4000, 0)]
    assert till.the(Checkout, charged).state is CheckoutState.EXPIRED
    till.proven()


def test_a_charge_goes_on_when_the_page_was_left(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")
    page = begin(till.come_in(), till, second)
    charged = charge(till, second, card.id, ann)
    work(till)

    till.provider.let_expire(page.provider_session)
    till.provider.deliver(till.app.test_client())
    till.later(minutes=11)
    work(till)

    found = till.the(Checkout, charged)
    assert (found.state, found.problem) == (CheckoutState.PAID, "")
    assert payments(till) == [(10000, 0), (4000, 0)]


def test_a_page_that_nobody_tells_the_end_of_does_not_hold_a_charge_for_ever(till, ann):
    """The brand's account was replaced meanwhile: nobody can ask what became of the page, which lives for a day."""
    card = a_saved_card(till)
    second = till.invoice("40")
    page = begin(till.come_in(), till, second)
    till.provider.sessions.pop(page.provider_session)
    charged = charge(till, second, card.id, ann)
    work(till)
    assert till.the(Checkout, charged).state is CheckoutState.STARTED

    till.later(days=3)
    work(till)

    assert till.the(Checkout, charged).state is CheckoutState.PAID


def test_a_page_for_another_invoice_holds_no_charge(till, ann):
    card = a_saved_card(till)
    second, third = till.invoice("40"), till.invoice("50")
    begin(till.come_in(), till, third)

    charged = charge(till, second, card.id, ann)
    work(till)

    assert till.the(Checkout, charged).state is CheckoutState.PAID


def test_no_page_is_opened_while_the_card_is_being_charged(till, ann):
    """The provider was asked and did not answer: nobody knows yet whether the card was charged."""
    card = a_saved_card(till)
    second = till.invoice("40")
    charged = charge(till, second, card.id, ann)
    till.provider.silent = 3
    work(till)
    till.provider.silent = 0
    assert till.the(Checkout, charged).state is CheckoutState.OPEN

    answer = try_to_pay(till, till.come_in(), second)

    assert answer.status_code == 409
    assert "saved card is being charged" in answer.text
    assert till.newest().id == charged
    till.later(minutes=20)
    work(till)
    assert payments(till) == [(10000, 0), (4000, 0)]


def test_a_declined_card_leaves_the_way_to_the_page_open(till, ann):
    """A further try waits for its day; meanwhile the client pays by hand, and that try finds nothing to charge."""
    card = a_saved_card(till)
    second = till.invoice("40")
    till.provider.declines = [DECLINED]
    charged = charge(till, second, card.id, ann)
    work(till)
    assert till.the(Checkout, charged).state is CheckoutState.FAILED

    page = begin(till.come_in(), till, second)
    till.later(days=1)
    work(till)
    assert till.the(Checkout, charged).problem == DECLINED
    till.provider.pay(page.provider_session)
    till.provider.deliver(till.app.test_client())
    till.later(minutes=11)
    work(till)

    assert till.the(Checkout, charged).state is CheckoutState.EXPIRED
    assert payments(till) == [(10000, 0), (4000, 0)]


def test_no_second_charge_is_written_while_one_whose_card_was_removed_is_at_work(till, ann):
    card = a_saved_card(till)
    second = till.invoice("40")
    first = charge(till, second, card.id, ann)
    with till.rows() as session:
        session.get_one(Checkout, first).saved_card_id = None

    with pytest.raises(Unmet, match="under way"):
        charge(till, second, card.id, ann, "press-2")


def test_a_card_that_is_removed_twice_at_once_is_removed_once(till):
    card = a_saved_card(till)
    refused = []

    def remove(session) -> None:
        scope = client_scope(session, till.contact, till.group)
        assert isinstance(scope, ClientScope)
        remove_card(session, card.public_id, as_client("Clara Client", scope), till.clock)

    def again() -> None:
        with pytest.raises(NotFound) as refusal, till.rows() as other:
            remove(other)
        refused.append(refusal.value.sentence)

    with till.rows() as session:
        remove(session)
        second = Thread(target=again)
        second.start()
        second.join(0.3)  # it waits for the customer by now
    second.join()

    assert refused == ["There is nothing here"]
    assert till.all_of(PaymentMethod) == []


@pytest.mark.parametrize("how", ["kept", "refused"])
def test_a_page_that_is_noted_late_does_not_undo_its_payment(till, how):
    """The provider's message is being booked while the request that opened the page still writes its note."""
    checkout = begin(till.come_in(), till)
    page = Page(str(checkout.provider_session), str(checkout.url))
    with till.rows() as session:
        lost = session.get_one(Checkout, checkout.id)
        lost.provider_session, lost.url, lost.state = None, None, CheckoutState.STARTED

    def note() -> None:
        with till.rows() as late:
            mine = late.get_one(Checkout, checkout.id)
            if how == "kept":
                keep_page(late, mine, page)
            else:
                page_is_refused(late, mine, "No", till.clock)

    with till.rows() as session:
        told = Told(Outcome.PAID, page.session, "pi_1", checkout.amount, checkout.currency, till.clock.now())
        settle(session, session.get_one(Checkout, checkout.id), told, till.clock)
        request = Thread(target=note)
        request.start()
        request.join(0.3)  # it waits for the customer by now
    request.join()

    assert till.newest().state is CheckoutState.PAID
    assert payments(till) == [(10000, 0)]
