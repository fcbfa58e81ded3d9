"""Lines of the bank become payments, are attached to what was recorded by hand, set aside, opened again [92, L8]."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.models import Allocation, BankLineState, Company, Payment, PaymentState, Payout
from admin_app.money.balances import balance_on
from admin_app.services.accept_exact_lines import accept_exact, exact_lines
from admin_app.services.book_payout import PayoutForm
from admin_app.services.edit_payment import edit_payment
from admin_app.services.match_bank_line import (
    BookForm,
    attach_payment,
    attach_refund,
    book_line,
    book_line_as_payout,
    open_again,
    payment_of,
    set_aside,
)
from admin_app.services.propose_for_lines import LineProposer
from admin_app.services.propose_uses import uses_in
from admin_app.services.record_payment import Use
from admin_app.services.refund_payment import RefundForm, refund_payment
from seeds.builders import a_contact, a_group
from tests.money.books import broken
from tests.services.bank import a_line
from tests.services.desk import euros


@pytest.fixture
def line(desk, session, tmp_path):
    """A function that puts one line on the statement."""
    return lambda amount, text="", **but: a_line(session, desk, tmp_path, amount, text, **but)


def best(session, desk, line):
    return LineProposer(session, desk.actor, [line]).of(line)


def test_a_line_that_names_its_invoice_is_exact(desk, session, line):
    invoice = desk.invoice("100", issued_on=date(2026, 2, 1))
    desk.invoice("100", issued_on=date(2026, 2, 2))

    found = best(session, desk, line("100.00", f"payment {invoice.number}"))

    assert found[0].exact and found[0].group_id == desk.group.id
    assert [use.document.key for use in found[0].use.uses] == [str(invoice.id)]
    assert str(invoice.number) in found[0].explanation


def test_the_amount_alone_is_never_enough(desk, session, line):
    desk.invoice("77.10")

    found = best(session, desk, line("77.10", "thank you"))

    assert found and not found[0].exact
    assert "Only the amount" in found[0].why


def test_the_name_of_the_payer_finds_the_customer(desk, session, line):
    a_contact(session, desk.group, primary=True)
    desk.invoice("77.10")
    otto = a_group(session, name="Otto Other")
    desk.invoice("77.10", group_id=otto.id)

    found = best(session, desk, line("77.10", "thank you", payer="MRS CLIENT CLARA"))

    assert found[0].exact and found[0].group_id == desk.group.id


def test_the_account_that_paid_before_finds_the_customer(desk, session, line, clock):
    desk.invoice("10")
    first = line("10.00", "x", iban="GB29NWBK60161331926819")
    book_line(session, first.id, BookForm(desk.group.id), desk.actor, clock)
    desk.invoice("33.33")

    found = best(session, desk, line("33.33", "y", iban="GB29NWBK60161331926819"))

    assert found[0].exact and "account" in found[0].why


def test_two_customers_that_fit_are_for_a_person(desk, session, line):
    one = desk.invoice("50")
    otto = a_group(session, name="Otto Other")
    two = desk.invoice("50", group_id=otto.id)

    found = best(session, desk, line("50.00", f"{one.number} or {two.number}"))

    assert len({proposal.group_id for proposal in found}) == 2
    assert not any(proposal.exact for proposal in found)


def test_a_booked_line_is_a_payment_with_its_uses(desk, session, line, clock):
    """[V18] 1000 + 2500 are open, 3000 come."""
    one, two = (
        desk.invoice("1000", issued_on=date(2026, 2, 1)),
        desk.invoice("2500", issued_on=date(2026, 2, 2)),
    )
    money = line("3000.00", "no number", payer="x")
    form = BookForm(desk.group.id, (Use(one.id, euros("1000")), Use(two.id, euros("2000"))))

    payment = book_line(session, money.id, form, desk.actor, clock, "key")

    assert (one.balance, two.balance, payment.unallocated) == (0, 50000, 0)
    assert money.state is BankLineState.BOOKED and money.payment_id == payment.id
    assert payment.paid_on == date(2026, 3, 10)
    assert broken(session) == set()


def test_pressed_twice_it_is_booked_once(desk, session, line, clock):
    money, form = line("30.00"), BookForm(desk.group.id)
    payment = book_line(session, money.id, form, desk.actor, clock, "key")

    assert book_line(session, money.id, form, desk.actor, clock, "key") is payment
    with pytest.raises(Unmet, match="booked already"):
        book_line(session, money.id, form, desk.actor, clock, "another key")
    with pytest.raises(Conflict):
        book_line(session, line("31.00").id, form, desk.actor, clock, "key")


def test_money_recorded_by_hand_becomes_the_line_and_is_not_doubled(desk, session, line):
    invoice = desk.invoice("120", issued_on=date(2026, 2, 1))
    by_hand = desk.pay("120", invoice, paid_on=date(2026, 3, 7))
    desk.invoice("120", issued_on=date(2026, 2, 3))
    a_contact(session, desk.group, primary=True)
    money = line("120.00", "again", payer="CLARA CLIENT")

    found = best(session, desk, money)

    assert found[0].payment is by_hand and found[0].exact
    assert [one.exact for one in found] == [True] + [False] * (len(found) - 1)
    attach_payment(session, money.id, by_hand, desk.actor)
    assert session.scalar(select(func.count()).select_from(Payment)) == 1
    with pytest.raises(Unmet, match="already"):
        attach_payment(session, line("120.00", "third").id, by_hand, desk.actor)


def test_money_of_another_day_is_another_payment(desk, session, line):
    desk.pay("120", paid_on=date(2026, 3, 4))

    assert best(session, desk, line("120.00")) == ()


def test_money_that_went_out_is_attached_to_its_refund(desk, session, line, clock):
    payment = desk.pay("90", paid_on=date(2026, 3, 2))
    refund = refund_payment(session, RefundForm(payment.id, euros("40"), date(2026, 3, 9)), desk.actor, clock)
    money = line("-40.00", f"refund {refund.number}")

    found = best(session, desk, money)
    attach_refund(session, money.id, refund, desk.actor)

    assert found[0].refund is refund and found[0].exact
    assert money.refund_id == refund.id and broken(session) == set()


def test_money_that_went_out_is_no_payment(desk, session, line, clock):
    with pytest.raises(Unmet, match="went out"):
        book_line(session, line("-40.00").id, BookForm(desk.group.id), desk.actor, clock)


def test_a_line_is_set_aside_with_a_reason(desk, session, line):
    money = line("-800.00", "rent")

    with pytest.raises(Invalid):
        set_aside(session, money.id, "  ", desk.actor)
    set_aside(session, money.id, "Rent of the yard", desk.actor)

    assert money.state is BankLineState.SET_ASIDE and money.set_aside_why == "Rent of the yard"


def test_undo_takes_the_payment_back_and_opens_the_line(desk, session, line, clock):
    invoice = desk.invoice("10", issued_on=date(2026, 2, 1))
    money = line("10.00")
    payment = book_line(session, money.id, BookForm(desk.group.id, (Use(invoice.id),)), desk.actor, clock)

    open_again(session, money.id, desk.actor, clock)

    assert (money.state, money.payment_id) == (BankLineState.OPEN, None)
    assert payment.state is PaymentState.REVERSED and invoice.balance == 1000
    book_line(session, money.id, BookForm(desk.group.id, (Use(invoice.id),)), desk.actor, clock)
    assert invoice.balance == 0 and broken(session) == set()


def test_undo_of_an_attached_line_leaves_what_was_recorded_by_hand(desk, session, line, clock):
    by_hand = desk.pay("120", paid_on=date(2026, 3, 7))
    money = line("120.00")
    attach_payment(session, money.id, by_hand, desk.actor)

    open_again(session, money.id, desk.actor, clock)

    assert by_hand.state is PaymentState.RECEIVED and money.state is BankLineState.OPEN


def test_a_corrected_payment_still_stands_for_its_line(desk, session, line, clock):
    money = line("10.00")
    payment = book_line(session, money.id, BookForm(desk.group.id), desk.actor, clock)
    corrected = edit_payment(session, payment, desk.form("10", paid_on=date(2026, 3, 9)), desk.actor, clock)

    assert payment_of(session, money) is corrected
    open_again(session, money.id, desk.actor, clock)
    assert corrected.state is PaymentState.REVERSED


def test_a_payout_goes_through_the_clearing_account(desk, session, line, clock):
    """[M31]: 200 were taken by card, 5.80 kept by the provider."""
    from admin_app.models import PaymentWay

    desk.pay("200", method=PaymentWay.CARD, paid_on=date(2026, 3, 5))
    money = line("194.20", "STRIPE PAYOUT")

    with pytest.raises(Invalid, match="less fee is"):
        form = PayoutForm(euros("200"), euros("5.70"), clock.today())
        book_line_as_payout(session, money.id, form, desk.actor, clock)
    form = PayoutForm(euros("200"), euros("5.80"), clock.today())
    book_line_as_payout(session, money.id, form, desk.actor, clock, "k")
    book_line_as_payout(session, money.id, form, desk.actor, clock, "k")

    def held(account):
        return balance_on(session, account, clock.today(), currency="EUR")

    assert (held("cash:card"), held("fees"), held("cash:transfer")) == (0, 580, 19420)
    assert money.state is BankLineState.BOOKED and broken(session) == set()
    open_again(session, money.id, desk.actor, clock)
    book_line_as_payout(session, money.id, PayoutForm(euros("200"), euros("5.80"), clock.today()), desk.actor, clock)
    open_again(session, money.id, desk.actor, clock)
    assert (held("cash:card"), held("fees"), held("cash:transfer")) == (20000, 0, 0)
    assert session.scalar(select(func.count(Payout.bank_line_id))) == 0 and broken(session) == set()


def test_nothing_is_booked_into_a_locked_month(desk, session, line, clock):
    """[M34]"""
    session.get_one(Company, 1).locked_until = date(2026, 3, 10)

    with pytest.raises(Unmet, match="locked"):
        book_line(session, line("10.00").id, BookForm(desk.group.id), desk.actor, clock)


def test_every_certain_line_is_booked_in_one_step(desk, session, line, clock):
    named, other = (
        desk.invoice("100", issued_on=date(2026, 2, 1)),
        desk.invoice("60", issued_on=date(2026, 2, 2)),
    )
    certain = [line("100.00", f"inv {named.number}"), line("60.00", f"inv {other.number}")]
    doubtful = line("60.00", "a second time?")

    assert [found.id for found, _ in exact_lines(session, desk.actor)] == [one.id for one in certain]
    results = accept_exact(session, desk.actor, clock)

    assert [result.line.id for result in results] == [one.id for one in certain]
    assert not any(result.refusal for result in results)
    assert (named.balance, other.balance) == (0, 0)
    assert doubtful.state is BankLineState.OPEN
    assert accept_exact(session, desk.actor, clock) == []
    assert broken(session) == set()


def test_two_lines_for_one_invoice_book_it_once(desk, session, line, clock):
    invoice = desk.invoice("100", issued_on=date(2026, 2, 1))
    first, second = line("100.00", f"inv {invoice.number}"), line("100.00", f"again inv {invoice.number}")

    accept_exact(session, desk.actor, clock)

    assert {first.state, second.state} == {BankLineState.BOOKED, BankLineState.OPEN}
    assert session.scalar(select(func.sum(Allocation.amount))) == 10000


def test_a_refused_line_leaves_the_others_booked(desk, session, line, clock):
    one, two = desk.invoice("100", issued_on=date(2026, 2, 1)), desk.invoice("60", issued_on=date(2026, 2, 2))
    early = line("100.00", f"inv {one.number}", on="2026-02-10")
    late = line("60.00", f"inv {two.number}")
    session.get_one(Company, 1).locked_until = date(2026, 2, 28)
    session.flush()

    results = {result.line.id: result.refusal for result in accept_exact(session, desk.actor, clock)}

    assert "locked" in results[early.id] and results[late.id] == ""
    assert (early.state, late.state) == (BankLineState.OPEN, BankLineState.BOOKED)


def test_the_proposed_uses_can_be_booked_as_they_are(desk, session, line, clock):
    desk.invoice("40", issued_on=date(2026, 2, 1)), desk.invoice("60", issued_on=date(2026, 2, 2))
    a_contact(session, desk.group, primary=True)
    money = line("100.00", "both", payer="CLARA CLIENT")
    found = best(session, desk, money)[0]

    payment = book_line(session, money.id, BookForm(found.group_id, uses_in(found.use)), desk.actor, clock)

    assert payment.unallocated == 0 and len(found.use.uses) == 2
