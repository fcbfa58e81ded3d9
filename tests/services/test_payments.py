"""Money comes in, is used, goes back and is corrected [A27, A62, A82, A96, M22-M34, D4]."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    Company,
    CustomerBalance,
    Invoice,
    Payment,
    PaymentState,
    PaymentWay,
    Posting,
    Standing,
)
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.edit_payment import edit_payment
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.use_credit import take_back_use
from admin_app.services.void_invoice import void_invoice
from seeds.builders import a_group
from tests.services.desk import Desk, euros

TODAY = date(2026, 3, 17)


def account(desk: Desk, name: str) -> int:
    found = desk.session.scalar(select(func.sum(Posting.amount)).where(Posting.account == name))
    return int(found or 0)


def owed(desk: Desk) -> tuple[int, int, int]:
    kept = desk.session.scalars(
        select(CustomerBalance).where(CustomerBalance.group_id == desk.group.id)
    ).one()
    return kept.receivable, kept.unallocated, desk.group.balance


def test_an_issued_invoice_is_owed_whole_with_its_tax_on_its_own_account(desk):
    """[M6, M10, I1]"""
    invoice = desk.invoice("100.00", "50.00", tax_names=("VAT",))

    assert (invoice.number, invoice.total, invoice.balance) == ("NORTH-00001", 18000, 18000)
    assert invoice.due_on == date(2026, 4, 16)
    assert account(desk, "receivable") == 18000
    assert account(desk, "revenue") == -15000
    assert account(desk, "tax:VAT") == -3000
    assert owed(desk) == (18000, 0, 18000)
    assert invoice.derivation is not None
    assert invoice.derivation["amount"] == "180.00"


def test_a_cheque_over_two_invoices_pays_the_first_and_a_part_of_the_second(desk):
    """[V18]: nothing is voided, 500.00 stays due."""
    first, second = desk.invoice("1000"), desk.invoice("2500")

    payment = desk.pay("3000", first, second, method=PaymentWay.CHEQUE)

    assert (first.balance, second.balance, payment.unallocated) == (0, 50000, 0)
    assert first.standing(TODAY) is Standing.PAID
    assert second.standing(TODAY) is Standing.PARTLY_PAID
    assert account(desk, "cash:cheque") == 300000
    assert owed(desk) == (50000, 0, 50000)


def test_what_is_too_much_stays_with_the_customer(desk):
    """[M27]: no negative invoice, the rest is unallocated."""
    invoice = desk.invoice("80")

    payment = desk.pay("100", invoice)

    assert (invoice.balance, payment.unallocated) == (0, 2000)
    assert owed(desk) == (0, 2000, -2000)


def test_money_for_no_invoice_is_used_later_from_the_day_of_the_act(desk):
    """[M26]"""
    payment = desk.pay("100", paid_on=date(2026, 1, 5))
    invoice = desk.invoice("60", issued_on=date(2026, 2, 1))

    used = allocate_payment(desk.session, payment, invoice, euros("60"), desk.actor, desk.clock)

    assert used.effective_on == TODAY
    assert (invoice.balance, payment.unallocated) == (0, 4000)


def test_an_allocation_made_with_the_payment_counts_from_the_later_of_both_days(desk):
    invoice = desk.invoice("60", issued_on=date(2026, 2, 1))

    desk.pay("60", invoice, paid_on=date(2026, 1, 5))

    assert desk.session.scalars(select(Allocation.effective_on)).one() == date(2026, 2, 1)


def test_a_tip_is_no_revenue_of_the_invoice(desk):
    """[M30]"""
    invoice = desk.invoice("100")

    payment = desk.pay("110", invoice, tip=euros("15"))

    assert (invoice.balance, payment.unallocated) == (500, 0)
    assert account(desk, "tips") == -1500
    with pytest.raises(Unmet, match=r"has 0\.00 EUR left"):
        allocate_payment(desk.session, payment, invoice, euros("5"), desk.actor, desk.clock)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": euros("0")}, "amount"),
        ({"amount": euros("-5")}, "amount"),
        ({"tip": euros("10.01")}, "tip"),
        ({"tip": euros("-1")}, "tip"),
        ({"paid_on": date(2026, 3, 18)}, "paid_on"),
    ],
)
def test_what_is_no_payment_is_refused_at_its_field(desk, change, field):
    with pytest.raises(Invalid) as refusal:
        desk.pay("10", **change)

    assert list(refusal.value.fields) == [field]


def test_nothing_is_used_twice_or_for_another_customer_or_currency(desk):
    """[M32, I14]"""
    payment, invoice = desk.pay("100"), desk.invoice("60")
    desk.group = a_group(desk.session, name="Otto")
    others, dollars = desk.invoice("500"), desk.invoice("500", currency="USD", group_id=payment.group_id)
    draft = desk.draft("5", group_id=payment.group_id)

    for thing, amount, sentence in (
        (invoice, euros("60.01"), "60.00 EUR left to pay"),
        (others, euros("1"), "another customer"),
        (dollars, Money.of("1", "USD"), "in USD"),
        (dollars, euros("1"), "in USD"),
        (draft, euros("1"), "is draft"),
        (invoice, euros("0"), "above zero"),
    ):
        with pytest.raises(Unmet, match=sentence):
            allocate_payment(desk.session, payment, thing, amount, desk.actor, desk.clock)
    with pytest.raises(NotFound):
        desk.pay("1", uses=(Use(999),), group_id=payment.group_id)
    with pytest.raises(NotFound):
        desk.pay("1", group_id=999)


def test_money_is_taken_back_from_an_invoice_once(desk):
    invoice = desk.invoice("60")
    payment = desk.pay("60", invoice)
    allocation = desk.session.scalars(select(Allocation)).one()

    back = take_back_use(desk.session, allocation, desk.actor, desk.clock)

    assert (invoice.balance, payment.unallocated) == (6000, 6000)
    for again in (allocation, back):
        with pytest.raises(Unmet, match="before"):
            take_back_use(desk.session, again, desk.actor, desk.clock)


def refund(desk: Desk, payment: Payment, text: str, /, **but):
    facts: dict[str, Any] = {"payment_id": payment.id, "amount": euros(text), "refunded_on": TODAY}
    return refund_payment(desk.session, RefundForm(**facts | but), desk.actor, desk.clock)


def test_unallocated_money_goes_back_without_any_invoice(desk):
    """[M28]"""
    payment = desk.pay("100")

    paid_back = refund(desk, payment, "30")

    assert (payment.unallocated, payment.refunded) == (7000, 3000)
    assert paid_back.number == "NORTH-R-00001"
    assert account(desk, "cash:transfer") == 7000
    assert owed(desk) == (0, 7000, -7000)


def test_a_refund_of_money_in_use_asks_and_then_opens_the_invoice_again(desk):
    """[M28]"""
    invoice = desk.invoice("100")
    payment = desk.pay("120", invoice)

    with pytest.raises(Unmet, match="open again"):
        refund(desk, payment, "50")
    refund(desk, payment, "50", reopen_invoices=True)

    assert (invoice.balance, payment.unallocated, payment.refunded) == (3000, 0, 5000)
    assert owed(desk) == (3000, 0, 3000)


def test_the_tip_goes_back_last(desk):
    """[M28, M30]"""
    payment = desk.pay("100", tip=euros("10"))

    refund(desk, payment, "90")
    assert (payment.unallocated, account(desk, "tips")) == (0, -1000)
    refund(desk, payment, "10")
    assert (payment.refunded, payment.unallocated, account(desk, "tips")) == (10000, 0, 0)


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"amount": euros("100.01")}, Unmet, "At most 100.00"),
        ({"amount": euros("0")}, Invalid, "more than nothing"),
        ({"amount": Money.of("1", "USD")}, Invalid, "was in EUR"),
        ({"refunded_on": date(2026, 3, 18)}, Invalid, "when it went"),
        ({"refunded_on": date(2026, 3, 1)}, Invalid, "after it came"),
    ],
)
def test_what_is_no_refund_is_refused(desk, change, kind, sentence):
    payment = desk.pay("100", paid_on=date(2026, 3, 2))

    with pytest.raises(kind, match=sentence):
        refund(desk, payment, "1", **change)


def test_deleting_a_payment_takes_it_out_of_the_books_on_its_own_days(desk):
    """[A96, M29, D4]: the rows stay, a deleted payment is not counted anywhere."""
    invoice = desk.invoice("100", issued_on=date(2026, 2, 1))
    payment = desk.pay("120", invoice, paid_on=date(2026, 2, 3))

    reverse_payment(desk.session, payment, desk.actor, desk.clock)

    assert payment.state is PaymentState.REVERSED
    assert (invoice.balance, payment.unallocated) == (10000, 0)
    assert account(desk, "cash:transfer") == account(desk, "advances") == 0
    assert set(desk.session.scalars(select(Allocation.effective_on))) == {date(2026, 2, 3)}
    assert owed(desk) == (10000, 0, 10000)
    with pytest.raises(Unmet, match="taken back before"):
        reverse_payment(desk.session, payment, desk.actor, desk.clock)


def test_editing_a_payment_reverses_it_and_books_another_one_in_its_place(desk):
    """[A96, M29, D4]"""
    first, second = desk.invoice("100"), desk.invoice("50")
    payment = desk.pay("150", first, second)
    payment.external_id = "P1"

    corrected = edit_payment(desk.session, payment, desk.form("120"), desk.actor, desk.clock)

    assert corrected.replaces_id == payment.id
    assert (payment.external_id, corrected.external_id) == (None, "P1")
    assert payment.state is PaymentState.REVERSED
    assert (first.balance, second.balance, corrected.unallocated) == (0, 3000, 0)
    assert account(desk, "cash:transfer") == 12000


def test_a_new_reference_is_no_new_payment(desk):
    payment = desk.pay("150")

    same = edit_payment(desk.session, payment, desk.form("150", reference="X"), desk.actor, desk.clock)

    assert same is payment
    assert payment.reference == "X"
    assert desk.session.scalar(select(func.count()).select_from(Payment)) == 1


def test_money_from_a_provider_and_refunded_money_are_facts(desk):
    """[M29]: only a refund undoes them."""
    by_card = desk.pay("10", provider="stripe", provider_reference="pi_1")
    refunded = desk.pay("10")
    refund(desk, refunded, "1")

    for payment in (by_card, refunded):
        with pytest.raises(Unmet, match="refunded"):
            reverse_payment(desk.session, payment, desk.actor, desk.clock)
        with pytest.raises(Unmet, match="refunded"):
            edit_payment(desk.session, payment, desk.form("9"), desk.actor, desk.clock)


def test_a_locked_period_takes_no_booking_of_any_kind(desk):
    """[M34]"""
    early, late = date(2026, 2, 3), date(2026, 3, 2)
    invoice, unpaid = desk.invoice("100", issued_on=early), desk.invoice("10", issued_on=early)
    payment = desk.pay("40", invoice, paid_on=early)
    desk.session.get_one(Company, 1).locked_until = date(2026, 2, 28)

    for act in (
        lambda: desk.pay("1", paid_on=date(2026, 2, 28)),
        lambda: desk.invoice("1", issued_on=date(2026, 2, 28)),
        lambda: reverse_payment(desk.session, payment, desk.actor, desk.clock),
        lambda: edit_payment(desk.session, payment, desk.form("41"), desk.actor, desk.clock),
        lambda: refund(desk, desk.pay("5", paid_on=late), "5", refunded_on=date(2026, 2, 28)),
        lambda: void_invoice(desk.session, unpaid, desk.actor, desk.clock),
    ):
        with pytest.raises((Unmet, Invalid)), desk.session.begin_nested():
            act()
    assert desk.pay("1", invoice, paid_on=late).unallocated == 0


def test_the_same_form_twice_is_one_payment_and_another_content_is_a_conflict(desk):
    """security.md: the key drawn with the form."""

    def send(form: PaymentForm) -> Payment:
        return record_payment(desk.session, form, desk.actor, desk.clock, form_key="k1")

    first = send(desk.form("10"))

    assert send(desk.form("10")) is first
    assert desk.session.scalar(select(func.count()).select_from(Payment)) == 1
    with pytest.raises(Conflict):
        send(desk.form("11"))
    for key in ("", "x" * 65, "a\x00"):
        with pytest.raises(Invalid):
            record_payment(desk.session, desk.form("1"), desk.actor, desk.clock, form_key=key)


def test_only_the_office_moves_money(desk):
    """The estimator books payments, but pays nothing back; a crew does neither."""
    pete = Actor(ActorKind.STAFF, "Pete", role=Role.ESTIMATOR)
    carl = Actor(ActorKind.STAFF, "Carl", role=Role.CREW)

    payment = record_payment(desk.session, desk.form("10"), pete, desk.clock)

    with pytest.raises(NotAllowed):
        refund_payment(desk.session, RefundForm(payment.id, euros("1"), TODAY), pete, desk.clock)
    with pytest.raises(NotAllowed):
        record_payment(desk.session, desk.form("10"), carl, desk.clock)


def test_numbers_follow_each_other_and_the_days_too(desk):
    """[M10, I9]"""
    assert [desk.invoice("1").number for _ in range(3)] == ["NORTH-00001", "NORTH-00002", "NORTH-00003"]

    with pytest.raises(Unmet, match="earlier day"), desk.session.begin_nested():
        desk.invoice("1", issued_on=date(2026, 3, 16))
    assert desk.invoice("1").number == "NORTH-00004"


def test_a_number_that_moved_in_from_elsewhere_is_never_given_again(desk):
    desk.session.add(
        Invoice(group_id=desk.group.id, number="NORTH-00001", state="issued", issued_on=TODAY, imported=True)
    )

    with pytest.raises(Unmet, match="imported"):
        desk.invoice("1")


def test_an_invoice_is_issued_once_and_not_for_less_than_nothing(desk):
    invoice = desk.invoice("1")

    with pytest.raises(Unmet, match="is issued; to issue it must be draft"):
        issue_invoice(desk.session, invoice, desk.actor, desk.clock)
    with pytest.raises(Unmet, match="credit note"):
        desk.invoice("-1")
    with pytest.raises(Unmet, match="at least one line"):
        desk.invoice()


def test_an_invoice_of_nothing_posts_nothing_and_is_paid(desk):
    invoice = desk.invoice("0")

    assert invoice.standing(TODAY) is Standing.PAID
    assert account(desk, "receivable") == 0
    assert void_invoice(desk.session, invoice, desk.actor, desk.clock).standing(TODAY) is Standing.VOID


def test_a_void_invoice_keeps_its_number_and_is_owed_no_more(desk):
    """[M10, M13]"""
    invoice, paid = desk.invoice("100", tax_names=("VAT",)), desk.invoice("50")
    desk.pay("20", paid)

    void_invoice(desk.session, invoice, desk.actor, desk.clock)

    assert (invoice.number, invoice.balance) == ("NORTH-00001", 0)
    assert account(desk, "tax:VAT") == 0
    with pytest.raises(Unmet, match=r"20\.00 EUR is paid"):
        void_invoice(desk.session, paid, desk.actor, desk.clock)
    with pytest.raises(Unmet, match="is void"):
        void_invoice(desk.session, invoice, desk.actor, desk.clock)
    with pytest.raises(Unmet, match="is void"):
        desk.pay("1", uses=(Use(invoice.id, euros("1")),))


def test_the_books_are_never_changed(desk):
    """Design section 4: append-only; a session refuses to change or delete what is written."""
    desk.pay("10", desk.invoice("10"))
    posting = desk.session.scalars(select(Posting).limit(1)).one()

    def change() -> None:
        posting.amount += 1
        desk.session.flush()

    def remove() -> None:
        desk.session.delete(posting)
        desk.session.flush()

    for spoil in (
        change,
        remove,
        lambda: desk.session.execute(delete(Posting)),
        lambda: desk.session.execute(update(Allocation).values(amount=1)),
    ):
        with pytest.raises(NotAllowed, match="reverse it"), desk.session.begin_nested():
            spoil()
