"""Twenty desks at once: no cent is given out twice, no form is carried out twice [M31, M32, security.md]."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from admin_app.kernel.errors import Refusal, Unmet
from admin_app.models import (
    Allocation,
    CreditNote,
    CustomerGroup,
    Invoice,
    JournalEntry,
    OfficeSession,
    Payment,
    Refund,
)
from admin_app.models.engine import open_engine, writing
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.record_payment import record_payment
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.use_credit import use_credit
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from seeds.builders import a_group
from tests.money.books import broken
from tests.services.desk import Desk, a_desk, euros

DESKS = 20


@pytest.fixture
def engine(database):
    engine = open_engine(database, pool_size=DESKS)
    yield engine
    engine.dispose()


def at_once(engine: Engine, ann, clock, act: Callable[[OfficeSession, int], object]) -> list[object]:
    """Let twenty desks do `act` in transactions of their own; what each got, or the refusal it met."""
    start = Barrier(DESKS)

    def one(number: int) -> object:
        start.wait()
        with writing(), OfficeSession(engine, info={"actor": ann, "clock": clock, "door": "test"}) as session:
            try:
                got = act(session, number)
                session.commit()
            except Refusal as refusal:
                session.rollback()
                return refusal
            return got

    with ThreadPoolExecutor(DESKS) as desks:
        return list(desks.map(one, range(DESKS)))


def set_up(engine: Engine, ann, clock, prepare: Callable[[Desk], tuple[int, ...]]) -> tuple[int, ...]:
    """Prepare the office in one transaction; the ids that the desks work on."""
    with OfficeSession(engine, info={"actor": ann, "clock": clock, "door": "test"}) as session:
        ids = prepare(a_desk(session, ann, clock))
        session.commit()
        return ids


def test_one_payment_is_not_used_for_more_than_it_holds(engine, ann, clock):
    """[M32]: 20 × 10.00 are wanted, 55.00 are there."""
    payment_id, invoice_id = set_up(
        engine, ann, clock, lambda desk: (desk.pay("55").id, desk.invoice("1000").id)
    )

    def use(session: OfficeSession, number: int) -> int:
        payment, invoice = session.get_one(Payment, payment_id), session.get_one(Invoice, invoice_id)
        return allocate_payment(session, payment, invoice, euros("10"), ann, clock).id

    answers = at_once(engine, ann, clock, use)

    assert sum(isinstance(answer, int) for answer in answers) == 5
    assert all(isinstance(answer, int | Unmet) for answer in answers)
    with OfficeSession(engine) as session:
        assert session.get_one(Payment, payment_id).unallocated == 500
        assert session.get_one(Invoice, invoice_id).balance == 95000
        assert broken(session) == set()


def test_two_payments_never_pay_an_invoice_twice(engine, ann, clock):
    """[M32, M27]: 20 people pay the same bill of 100.00; the rest of what they pay stays with the customer."""
    (invoice_id,) = set_up(engine, ann, clock, lambda desk: (desk.invoice("100").id,))

    def pay(session: OfficeSession, number: int) -> int:
        invoice = session.get_one(Invoice, invoice_id)
        form = Desk(session, ann, clock, invoice.group).form("15", invoice)
        return record_payment(session, form, ann, clock).id

    answers = at_once(engine, ann, clock, pay)

    assert all(isinstance(answer, int) for answer in answers), answers
    with OfficeSession(engine) as session:
        assert session.get_one(Invoice, invoice_id).balance == 0
        assert session.scalar(select(func.sum(Payment.unallocated))) == 20 * 1500 - 10000
        assert session.scalar(select(func.sum(Allocation.amount))) == 10000
        assert broken(session) == set()


def test_a_payment_is_not_paid_back_twice(engine, ann, clock):
    """[M28]: 20 × 30.00 are wanted back of 100.00."""
    (payment_id,) = set_up(engine, ann, clock, lambda desk: (desk.pay("100").id,))

    def back(session: OfficeSession, number: int) -> int:
        form = RefundForm(payment_id, euros("30"), clock.today())
        return refund_payment(session, form, ann, clock).id

    answers = at_once(engine, ann, clock, back)

    assert sum(isinstance(answer, int) for answer in answers) == 3
    with OfficeSession(engine) as session:
        assert session.get_one(Payment, payment_id).refunded == 9000
        numbers = session.scalars(select(Refund.number).order_by(Refund.number)).all()
        assert numbers == [f"NORTH-R-0000{n}" for n in (1, 2, 3)]
        assert broken(session) == set()


def test_a_button_pressed_twenty_times_is_one_payment(engine, ann, clock):
    """security.md: the key drawn with the form."""
    (group_id,) = set_up(engine, ann, clock, lambda desk: (desk.group.id,))

    def press(session: OfficeSession, number: int) -> int:
        form = Desk(session, ann, clock, session.get_one(CustomerGroup, group_id)).form("15")
        return record_payment(session, form, ann, clock, form_key="the same").id

    answers = at_once(engine, ann, clock, press)

    assert len(set(answers)) == 1, answers
    with OfficeSession(engine) as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1


def test_a_draft_issued_by_twenty_is_one_invoice(engine, ann, clock):
    """[M10]: one number is taken, one entry written."""
    (invoice_id,) = set_up(engine, ann, clock, lambda desk: (desk.draft("10").id,))

    def issue(session: OfficeSession, number: int) -> str | None:
        return issue_invoice(session, session.get_one(Invoice, invoice_id), ann, clock).number

    answers = at_once(engine, ann, clock, issue)

    assert [answer for answer in answers if not isinstance(answer, Unmet)] == ["NORTH-00001"]
    with OfficeSession(engine) as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1
        assert broken(session) == set()


def test_numbers_given_at_once_have_no_gap(engine, ann, clock):
    """[M10, I9]"""
    set_up(engine, ann, clock, lambda desk: (desk.group.id,))

    def issue(session: OfficeSession, number: int) -> str | None:
        desk = Desk(session, ann, clock, a_group(session, name=f"Customer {number}"))
        return desk.invoice("10").number

    answers = at_once(engine, ann, clock, issue)

    assert sorted(map(str, answers)) == [f"NORTH-{n:05d}" for n in range(1, DESKS + 1)]
    with OfficeSession(engine) as session:
        assert broken(session) == set()


def test_an_invoice_is_not_credited_twice(engine, ann, clock):
    """[I8, M25]: 20 × 30.00 are to be credited of 100.00; three fit, each with its number."""
    (invoice_id,) = set_up(engine, ann, clock, lambda desk: (desk.invoice("100").id,))

    def credit(session: OfficeSession, number: int) -> str:
        form = CreditForm(invoice_id, "Wrong tree", euros("30"))
        return write_credit_note(session, form, ann, clock).number

    answers = at_once(engine, ann, clock, credit)

    written = sorted(answer for answer in answers if isinstance(answer, str))
    assert written == [f"NORTH-C-0000{n}" for n in (1, 2, 3)], answers
    with OfficeSession(engine) as session:
        assert session.get_one(Invoice, invoice_id).balance == 1000
        assert broken(session) == set()


def test_a_credit_is_not_used_and_paid_back_at_once(engine, ann, clock):
    """[M25, M32]: half the desks use 15.00 for another invoice, half pay it back; 60.00 are there."""

    def prepare(desk: Desk) -> tuple[int, ...]:
        paid, other = desk.invoice("60"), desk.invoice("1000")
        desk.pay("60", paid)
        return (write_credit_note(desk.session, CreditForm(paid.id, "All"), ann, clock).id, other.id)

    note_id, other_id = set_up(engine, ann, clock, prepare)

    def take(session: OfficeSession, number: int) -> int:
        if number % 2:
            form = CreditRefundForm(note_id, euros("15"), clock.today())
            return refund_credit(session, form, ann, clock).id
        note, other = session.get_one(CreditNote, note_id), session.get_one(Invoice, other_id)
        return use_credit(session, note, other, euros("15"), ann, clock).id

    answers = at_once(engine, ann, clock, take)

    assert sum(isinstance(answer, int) for answer in answers) == 4, answers
    with OfficeSession(engine) as session:
        assert session.get_one(CreditNote, note_id).open == 0
        assert broken(session) == set()
