"""Statements: lifetime, since the last zero, from a day; each ties to what the books keep of the customer [90, M35]."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import NotAllowed
from admin_app.kernel.money import Money
from admin_app.models import CustomerBalance, CustomerGroup
from admin_app.records.statement_of_account import Since, currencies_of, read_account
from tests.money.books import busy_books
from tests.services.desk import Desk, a_desk

END = date(2026, 3, 17)


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    return a_desk(session, ann, clock)


def account(desk, since=Since.LIFETIME, **but):
    facts = {"ends_on": END} | but
    return read_account(desk.session, desk.actor, desk.group, "EUR", since, **facts)


def test_every_customer_ties_to_the_books(session, ann, clock):
    busy_books(session, ann, clock)

    for group in session.scalars(select(CustomerGroup)):
        for currency in currencies_of(session, group):
            kept = session.scalars(
                select(CustomerBalance).where(
                    CustomerBalance.group_id == group.id, CustomerBalance.currency == currency
                )
            ).one()
            for since in (Since.LIFETIME, Since.LAST_ZERO):
                shown = read_account(session, ann, group, currency, since, ends_on=clock.today())
                assert shown.closing == kept.receivable - kept.unallocated - kept.credits
                assert shown.opening + shown.billed - shown.settled == shown.closing


def test_entries_run_with_their_balance_and_uses_change_nothing(desk):
    invoice = desk.invoice("100", issued_on=date(2026, 1, 5), title="Fell the ash")
    payment = desk.pay("130", invoice, paid_on=date(2026, 1, 20))

    shown = account(desk)

    assert [(row.on, row.amount, row.balance) for row in shown.rows] == [
        (date(2026, 1, 5), 10000, 10000),
        (date(2026, 1, 20), -13000, -3000),
    ]
    assert shown.rows[0].document == f"Invoice {invoice.number}" and shown.rows[0].text == "Fell the ash"
    assert payment.unallocated == 3000


def test_since_the_last_zero_leaves_out_what_was_settled(desk):
    old = desk.invoice("100", issued_on=date(2026, 1, 5))
    desk.pay("100", old, paid_on=date(2026, 1, 20))
    new = desk.invoice("40", issued_on=date(2026, 2, 1))

    shown = account(desk, Since.LAST_ZERO)

    assert [row.document_id for row in shown.rows] == [new.id]
    assert (shown.opening, shown.closing, shown.starts_on) == (0, 4000, date(2026, 1, 21))
    desk.pay("40", new, paid_on=date(2026, 2, 2))
    settled = account(desk, Since.LAST_ZERO)
    assert [row.amount for row in settled.rows] == [4000, -4000] and settled.closing == 0


def test_from_a_day_the_balance_before_is_carried(desk):
    """[M35] The first day counts in, whatever its month has."""
    desk.invoice("10", issued_on=date(2026, 1, 31))
    desk.invoice("20", issued_on=date(2026, 2, 1))

    shown = account(desk, Since.DAY, starts_on=date(2026, 2, 1))

    assert (shown.opening, [row.amount for row in shown.rows], shown.closing) == (1000, [2000], 3000)
    january = account(desk, ends_on=date(2026, 1, 31))
    assert [row.amount for row in january.rows] == [1000]


def test_unlike_currencies_have_accounts_of_their_own(desk):
    """[M9]"""
    desk.invoice("10", issued_on=date(2026, 1, 31))
    dollars = desk.invoice("20", currency="USD", issued_on=date(2026, 2, 1))
    desk.pay("5", dollars, amount=Money.of("5", "USD"))

    assert currencies_of(desk.session, desk.group) == ["EUR", "USD"]
    assert account(desk).closing == 1000
    assert read_account(desk.session, desk.actor, desk.group, "USD", ends_on=END).closing == 1500


def test_crews_read_no_statement(desk):
    with pytest.raises(NotAllowed):
        read_account(
            desk.session, Actor(ActorKind.STAFF, "Cem", 1, Role.CREW), desk.group, "EUR", ends_on=END
        )
