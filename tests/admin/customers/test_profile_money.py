"""The Payments tab: recorded, spread, corrected, refunded, used; billing details [A20, A27, A28, A95, A96, 83-88]."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Invoice, InvoiceLine, Payment, PaymentMethod, PaymentState, Refund
from admin_app.money.proof import prove
from admin_app.services.issue_invoice import issue_invoice
from seeds.builders import a_brand, a_group
from tests.admin.customers.counter import typed_on


@pytest.fixture
def till(counter):
    """The counter with two open invoices: 100 due first, 50 later."""
    session = counter.look()
    a_brand(session, is_default=True)
    for price in ("100.00", "50.00"):
        _issue(counter, session, counter.group_id, price)
    session.commit()
    return counter


def _issue(counter, session, group_id, price):
    invoice = Invoice(group_id=group_id, currency="EUR")
    invoice.lines.append(
        InvoiceLine(
            position=1,
            description="Work",
            quantity=Decimal(1),
            unit_price=Decimal(price),
            net=0,
            tax_names=[],
        )
    )
    session.add(invoice)
    session.flush()
    return issue_invoice(session, invoice, counter.actor, counter.clock)


def invoices(till):
    found = (
        till.look()
        .scalars(select(Invoice).where(Invoice.group_id == till.group_id).order_by(Invoice.id))
        .all()
    )
    return [invoice.balance for invoice in found]


def payments(till):
    return till.look().scalars(select(Payment).order_by(Payment.id)).all()


def paid(till, **typed):
    """Record a payment of 17 March as the form of the page would send it."""
    return till.fill("payments/new", paid_on="17 Mar 2026", **typed)


def books_hold(till):
    return all(finding.holds for finding in prove(till.look()))


def test_a_payment_pays_the_invoices_due_first(till):
    """[A27]: full and partial in one."""
    answer = paid(till, amount="120", spread="oldest", method="card", reference="Bank 77")

    assert answer.headers["Location"] == f"{till.home}/payments"
    assert invoices(till) == [0, 30_00]
    page = till.page("payments")
    assert "€120.00" in page and "Bank 77" in page and "Payment of €120.00 recorded" in page
    assert "€30.00</span> owes" in page


def test_the_person_says_which_invoice_gets_how_much(till):
    """[A28, 84]"""
    second = till.look().scalars(select(Invoice.id).order_by(Invoice.id.desc())).first()

    paid(till, amount="1,000.00", spread="chosen", **{f"use-{second}": "20.50"})

    assert invoices(till) == [100_00, 29_50]
    assert payments(till)[0].unallocated == 979_50


def test_too_much_stays_as_credit_and_a_tip_is_no_revenue(till):
    """[M27, M30]"""
    answer = till.fill("payments/new", paid_on="17 Mar 2026", amount="200", tip="10", spread="oldest")

    assert "is credit that no invoice uses yet" in till.get(answer.headers["Location"]).text
    assert invoices(till) == [0, 0]
    assert (payments(till)[0].unallocated, payments(till)[0].tip) == (40_00, 10_00)
    assert "€40.00</span> credit" in till.page()
    assert books_hold(till)


def test_money_without_an_invoice_is_used_later(till):
    """[87, M26]"""
    paid(till, amount="60", spread="credit")
    payment = payments(till)[0]
    first = till.look().scalars(select(Invoice.id).order_by(Invoice.id)).first()

    over = till.fill(f"payments/{payment.id}/allocate", invoice=str(first), amount="61")
    done = till.fill(f"payments/{payment.id}/allocate", invoice=str(first), amount="45")

    assert over.status_code == 409 and "61" in over.text
    assert done.status_code == 302
    assert invoices(till) == [55_00, 50_00]
    assert books_hold(till)


def test_one_press_is_one_payment(till):
    """security.md, promise 3."""
    form = typed_on(till.get("payments/new")) | {"paid_on": "17 Mar 2026", "amount": "10", "spread": "oldest"}

    answers = [till.post("payments/new", form).status_code for _ in range(3)]
    other = till.post("payments/new", form | {"amount": "11"})

    assert answers == [302, 302, 302] and len(payments(till)) == 1
    assert other.status_code == 409 and "already sent with other content" in other.text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "0"}, "above zero"),
        ({"amount": "-5"}, "above zero"),
        ({"amount": ""}, "Amount is missing"),
        ({"amount": "12,345"}, "can be read in two ways"),
        ({"amount": "1e5"}, "is not an amount"),
        ({"amount": "10", "tip": "11"}, "tip between zero and the amount"),
        ({"amount": "10", "paid_on": "1 Jan 2190"}, "has not come yet"),
        ({"amount": "10", "paid_on": "03/04/2026"}, "03/04/2026"),
        ({"amount": "10", "currency": "USD"}, "Choose one of these currencies"),
        ({"amount": "10", "spread": "chosen"}, "Write beside each invoice"),
        ({"amount": "10", "method": "barter"}, "is not one of"),
    ],
)
def test_a_payment_that_is_none_is_told_at_its_field(till, changes, told):
    answer = (
        paid(till, **({"spread": "oldest", "reference": "kept words"} | changes))
        if "paid_on" not in changes
        else (till.fill("payments/new", **({"spread": "oldest", "reference": "kept words"} | changes)))
    )

    assert answer.status_code == 422
    assert told in answer.text and "kept words" in answer.text
    assert payments(till) == []


def test_an_edit_reverses_and_books_anew(till):
    """[A96, D4, M29]"""
    paid(till, amount="100", spread="oldest")
    old = payments(till)[0].id
    assert "reverses the old entry" in till.page(f"payments/{old}/edit")

    answer = till.fill(f"payments/{old}/edit", amount="80")

    assert "The old entry was reversed" in till.get(answer.headers["Location"]).text
    first, second = payments(till)
    assert (first.state, second.amount, second.replaces_id) == (PaymentState.REVERSED, 80_00, first.id)
    assert invoices(till) == [20_00, 50_00]
    page = till.page("payments")
    assert "€80.00" in page and f"/payments/{old}/edit" not in page
    assert "Reversed" in till.page("payments?reversed=1")
    assert books_hold(till)


def test_a_new_reference_books_nothing(till):
    paid(till, amount="100", spread="oldest")

    till.fill(f"payments/{payments(till)[0].id}/edit", reference="Found it")

    assert [(one.reference, one.state) for one in payments(till)] == [("Found it", PaymentState.RECEIVED)]


def test_deleting_says_what_opens_again_and_reverses(till):
    """[A96, M29]"""
    paid(till, amount="120", spread="oldest")
    payment = payments(till)[0].id
    page = till.page(f"payments/{payment}/delete")
    assert "2 invoices open again" in page and "€20.00" in page

    till.post(f"payments/{payment}/delete")

    assert invoices(till) == [100_00, 50_00]
    assert payments(till)[0].state is PaymentState.REVERSED
    assert books_hold(till)


def test_a_refund_of_used_money_asks_first(till):
    """[M28, 88]"""
    paid(till, amount="100", spread="oldest")
    payment = payments(till)[0].id

    refused = till.fill(f"payments/{payment}/refund", amount="30", refunded_on="17 Mar 2026")
    assert refused.status_code == 409 and "is to be open again" in refused.text
    till.fill(
        f"payments/{payment}/refund",
        amount="30",
        refunded_on="17 Mar 2026",
        follows="reopen",
        reason="Broken gate",
    )

    refund = till.look().scalars(select(Refund)).one()
    assert (refund.amount, refund.reason) == (30_00, "Broken gate")
    assert invoices(till) == [30_00, 50_00]
    assert "Broken gate" in till.page("payments")
    assert f"/payments/{payment}/edit" not in till.page("payments")
    assert books_hold(till)


def test_money_of_others_is_not_touched(till):
    paid(till, amount="10", spread="credit")
    stranger = till.look()
    other = a_group(stranger, name="Other").id
    stranger.commit()
    payment = payments(till)[0].id

    for act in ("edit", "delete", "refund", "allocate"):
        assert till.get(f"/admin/customers/{other}/payments/{payment}/{act}").status_code == 404
        assert till.post(f"/admin/customers/{other}/payments/{payment}/{act}").status_code == 404


def test_readers_book_nothing_and_estimators_refund_nothing(till):
    paid(till, amount="10", spread="credit")
    payment = payments(till)[0].id
    till.sits_down(Role.ANALYST)
    assert till.get("payments").status_code == 200
    assert [
        till.post(f"payments/{path}").status_code for path in ("new", f"{payment}/delete", f"{payment}/edit")
    ] == [403] * 3
    till.sits_down(Role.ESTIMATOR)
    assert till.post(f"payments/{payment}/refund").status_code == 403


def test_billing_details_keep_a_token_and_four_digits(counter):
    """[A20]"""
    counter.fill("billing/new", token="pm_1abcDEF", brand="Visa", last4="4242", expires="04/28")

    method = counter.look().scalars(select(PaymentMethod)).one()
    assert (method.token, method.last4, method.expires_month, method.expires_year) == (
        "pm_1abcDEF",
        "4242",
        4,
        2028,
    )
    page = counter.page("billing")
    assert "•••• 4242" in page and "pm_1abcDEF" not in page
    assert "pm_1abcDEF" not in counter.page("timeline")
    counter.post(f"billing/{method.id}/delete")
    assert counter.look().scalars(select(PaymentMethod)).all() == []


@pytest.mark.parametrize("field", ["token", "brand", "last4", "provider", "expires"])
def test_a_card_number_is_refused_wherever_it_is_typed_and_not_shown_back(counter, field):
    """security.md, promise 9."""
    answer = counter.fill("billing/new", **({"token": "pm_1abcDEF"} | {field: "4242 4242 4242 4242"}))

    assert answer.status_code == 422
    assert "card number" in answer.text and "4242 4242" not in answer.text
    assert counter.look().scalars(select(PaymentMethod)).all() == []
