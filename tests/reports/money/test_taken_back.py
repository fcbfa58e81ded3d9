"""Mistakes that were used before they were found out: the days in between tie to the journal too [M13, M29, M37]."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock, FixedClock
from admin_app.models import Allocation
from admin_app.records.aged_as_of import journal_balances, open_items
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.use_credit import take_back_use
from admin_app.services.void_invoice import void_invoice
from reports.engine import Desk, Query
from tests.services.desk import a_desk

BETWEEN, AFTER = date(2026, 1, 20), date(2026, 2, 3)


def test_a_reversed_payment_and_a_void_bill_were_used_until_the_use_was_taken_back(
    session: Session, ann: Actor, clock: Clock
) -> None:
    """Paid on 10 January, taken back on 2 February, both found to be mistakes: nothing is owed on any day."""
    books = a_desk(session, ann, clock)
    invoice = books.invoice("100", issued_on=date(2026, 1, 5))
    later = replace(books, clock=FixedClock(datetime(2026, 2, 2, 9, tzinfo=UTC)))
    payment = books.pay("100", invoice, paid_on=date(2026, 1, 10))
    take_back_use(session, session.scalars(select(Allocation)).one(), ann, later.clock)
    desk = Desk(session, ann, clock)

    def on(metric: str, day: date) -> int:
        return int(desk.ask(Query(metric, as_of=day)).value or 0)

    assert (on("receivable", BETWEEN), on("unallocated", BETWEEN)) == (0, 0)
    assert (on("receivable", AFTER), on("unallocated", AFTER), on("ageing", AFTER)) == (10000, 10000, 0)

    reverse_payment(session, payment, ann, later.clock)
    assert (on("receivable", BETWEEN), on("unallocated", BETWEEN)) == (0, -10000)
    assert on("ageing", BETWEEN) == journal_balances(session, BETWEEN)[books.group.id, "EUR"] == 10000
    assert sum(one.balance.minor for one in open_items(session, ann, BETWEEN)) == 10000

    void_invoice(session, invoice, ann, later.clock)
    assert (on("receivable", BETWEEN), on("unallocated", BETWEEN)) == (-10000, -10000)
    assert on("ageing", BETWEEN) == 0
    assert journal_balances(session, BETWEEN) == {}
    assert (on("receivable", AFTER), on("unallocated", AFTER), on("invoices", AFTER)) == (0, 0, 0)
