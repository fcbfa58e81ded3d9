"""Figures worked out in bulk, and balances as of a day [I4, I5, I12, M37]."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from admin_app.models import CreditNote, CustomerBalance, CustomerGroup, Invoice, Payment
from admin_app.money import accounts
from admin_app.money.balances import balance_on, refresh_balances
from admin_app.records.guard import allow_bulk
from tests.money.books import broken, busy_books
from tests.services.desk import euros


def spoil_caches(session, condition=""):
    """Set every kept figure to something else."""
    connection = session.connection()
    for statement in (
        "UPDATE invoice SET balance = 0, credited = 0, written_off = 0",
        "UPDATE credit_note SET open = 0",
        "UPDATE payment SET unallocated = 0, refunded = 0",
        "UPDATE customer_group SET balance = 77",
        "DELETE FROM customer_balance",
    ):
        connection.exec_driver_sql(statement)


def figures(session):
    session.expire_all()
    return (
        session.execute(
            select(Invoice.id, Invoice.balance, Invoice.credited, Invoice.written_off).order_by(Invoice.id)
        ).all(),
        session.execute(select(Payment.id, Payment.unallocated, Payment.refunded).order_by(Payment.id)).all(),
        session.execute(select(CustomerGroup.id, CustomerGroup.balance).order_by(CustomerGroup.id)).all(),
        session.execute(
            select(
                CustomerBalance.group_id,
                CustomerBalance.currency,
                CustomerBalance.receivable,
                CustomerBalance.unallocated,
                CustomerBalance.credits,
                CustomerBalance.retained,
            ).order_by(CustomerBalance.group_id, CustomerBalance.currency)
        ).all(),
        session.execute(select(CreditNote.id, CreditNote.open).order_by(CreditNote.id)).all(),
    )


def test_a_refresh_finds_what_the_ledger_kept_act_by_act(session, ann, clock):
    """[I12]: incremental = worked out again."""
    busy_books(session, ann, clock)
    kept = figures(session)
    spoil_caches(session)

    with allow_bulk("kept figures"):
        refresh_balances(session.connection())

    assert figures(session) == kept
    assert broken(session) == set()


def test_a_refresh_of_one_customer_leaves_the_others_alone(session, ann, clock):
    desk = busy_books(session, ann, clock)
    kept = figures(session)
    spoil_caches(session)

    with allow_bulk("kept figures"):
        refresh_balances(session.connection(), [desk.group.id])

    now = figures(session)
    assert now != kept
    assert [row for row in now[2] if row.id == desk.group.id] == [
        row for row in kept[2] if row.id == desk.group.id
    ]
    assert {row.balance for row in now[2] if row.id != desk.group.id} == {77}
    assert {row.group_id for row in now[3]} == {desk.group.id}


def test_receivables_as_of_a_day_hold_what_was_paid_later(desk):
    """[V21, M37]: invoice of 30 January, paid on 10 March."""
    invoice = desk.invoice("100", issued_on=date(2026, 1, 30))
    desk.pay("100", invoice, paid_on=date(2026, 3, 10))

    def owed(day, **but):
        return balance_on(desk.session, accounts.RECEIVABLE, day, currency="EUR", **but)

    assert owed(date(2026, 1, 29)) == 0
    assert owed(date(2026, 1, 30)) == owed(date(2026, 3, 9)) == euros("100").minor
    assert owed(date(2026, 3, 10)) == 0
    assert owed(date(2026, 1, 30), group_id=desk.group.id + 1) == 0
    assert owed(date(2026, 1, 30), recorded_by=desk.clock.now()) == 10000
    assert owed(date(2026, 1, 30), recorded_by=desk.clock.now().replace(year=2025)) == 0
