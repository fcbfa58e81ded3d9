"""Twenty desks press "accept all exact" at once, or book one line: each line is booked once [92, security.md]."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Unmet
from admin_app.models import Allocation, BankLine, BankLineState, Invoice, OfficeSession, Payment
from admin_app.models.engine import open_engine
from admin_app.services.accept_exact_lines import accept_exact
from admin_app.services.match_bank_line import BookForm, book_line
from seeds.builders import a_group
from tests.money.books import broken
from tests.services.bank import a_line
from tests.services.desk import Desk
from tests.services.test_payments_at_once import DESKS, at_once, set_up


@pytest.fixture
def engine(database):
    engine = open_engine(database, pool_size=DESKS)
    yield engine
    engine.dispose()


def test_every_line_is_booked_once_by_twenty_desks(engine, ann, clock, tmp_path):
    def prepare(desk: Desk) -> tuple[int, ...]:
        for number in range(6):
            group = a_group(desk.session, name=f"Customer {number}")
            invoice = desk.invoice(f"{10 + number}", group_id=group.id)
            a_line(desk.session, desk, tmp_path, f"{10 + number}.00", f"inv {invoice.number}")
        return ()

    set_up(engine, ann, clock, prepare)

    answers = at_once(engine, ann, clock, lambda session, _: accept_exact(session, ann, clock))

    assert all(isinstance(answer, list) for answer in answers), answers
    with OfficeSession(engine) as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 6
        assert session.scalar(select(func.sum(Allocation.amount))) == sum(1000 + 100 * n for n in range(6))
        assert session.scalar(select(func.sum(Invoice.balance))) == 0
        assert set(session.scalars(select(BankLine.state))) == {BankLineState.BOOKED}
        assert broken(session) <= {"I11"}


def test_one_line_booked_by_twenty_people_is_one_payment(engine, ann, clock, tmp_path):
    def prepare(desk: Desk) -> tuple[int, ...]:
        return a_line(desk.session, desk, tmp_path, "30.00").id, desk.group.id

    line_id, group_id = set_up(engine, ann, clock, prepare)

    def book(session: OfficeSession, number: int) -> int:
        return book_line(session, line_id, BookForm(group_id), ann, clock, f"desk {number}").id

    answers = at_once(engine, ann, clock, book)

    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert all(isinstance(answer, int | Unmet) for answer in answers), answers
    with OfficeSession(engine) as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
