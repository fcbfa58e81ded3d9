"""The nightly comparison: silent on any books that the office wrote, red at one cent changed behind its back [L1]."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from admin_app.models import (
    CustomerStat,
    Posting,
    RollupDay,
    RollupDirty,
    RollupState,
)
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.void_invoice import void_invoice
from reports.engine.keep_totals import flush, rebuild
from reports.engine.tie_out import tie_out
from tests.money.books import busy_books
from tests.reports.kept.walking import FiguresWalk


def by_raw_sql(session: Session, statement: str) -> None:
    """What a database administrator may do, past every rule of the office."""
    session.flush()
    connection = session.connection().connection.driver_connection
    assert connection is not None
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()
    session.expire_all()


@pytest.mark.parametrize("seed", range(20, 23))
def test_books_that_the_office_wrote_tie_out(desk, seed):
    walk = FiguresWalk(desk, seed)
    for _ in range(40):
        walk.step()
    flush(desk.session, desk.clock)

    assert tie_out(desk.session, desk.clock) == []
    assert desk.session.scalar(select(func.count()).select_from(Posting))


def test_books_of_every_kind_tie_out(session, ann, clock):
    busy_books(session, ann, clock)
    rebuild(session, clock)

    assert tie_out(session, clock) == []
    assert session.scalars(select(RollupState.tied_at)).one() == clock.now()


def test_a_cent_more_on_an_invoice_names_its_day_and_its_customer(desk):
    invoice = desk.invoice("100", issued_on=date(2026, 1, 5))
    rebuild(desk.session, desk.clock)

    by_raw_sql(
        desk.session, f"UPDATE invoice SET total = total + 1, balance = balance + 1 WHERE id = {invoice.id}"
    )
    found = tie_out(desk.session, desk.clock)

    assert "Invoiced on 05 January 2026: what is kept is off the documents by 0.01 EUR, 0 rows" in found
    assert "Invoiced on 05 January 2026: the documents are off the journal by 0.01 EUR" in found
    assert f"Purchases of {desk.group}: the kept ones are not those of the documents" in found
    assert f"Receivables of {desk.group}: the documents are off the journal by 0.01 EUR" in found
    assert desk.session.scalars(select(RollupState.differences)).one() == found


def test_a_payment_that_vanished_names_its_day(desk):
    payment = desk.pay("40", paid_on=date(2026, 2, 3))
    rebuild(desk.session, desk.clock)

    by_raw_sql(desk.session, f"DELETE FROM payment WHERE id = {payment.id}")
    found = tie_out(desk.session, desk.clock)

    assert "Collected on 03 February 2026: what is kept is off the documents by 40.00 EUR, 1 rows" in found
    assert "Collected on 03 February 2026: the documents are off the journal by -40.00 EUR" in found


def test_a_posting_that_was_changed_is_found_though_documents_and_totals_agree(desk):
    desk.pay("40", paid_on=date(2026, 2, 3))
    rebuild(desk.session, desk.clock)

    by_raw_sql(desk.session, "UPDATE posting SET amount = amount + 100 WHERE account = 'cash:transfer'")

    assert tie_out(desk.session, desk.clock) == [
        "Collected on 03 February 2026: the documents are off the journal by -1.00 EUR"
    ]


def test_totals_that_were_changed_are_put_right_by_the_next_flush(desk):
    desk.invoice("100", issued_on=date(2026, 1, 5))
    rebuild(desk.session, desk.clock)
    desk.session.execute(update(RollupDay).values(amount=RollupDay.amount + 1))
    desk.session.execute(update(CustomerStat).values(purchase_days=7))

    assert len(tie_out(desk.session, desk.clock)) > 1
    flush(desk.session, desk.clock)

    assert tie_out(desk.session, desk.clock) == []
    assert desk.session.scalars(select(RollupState.differences)).one() == []


def test_what_is_marked_as_behind_is_no_difference(desk):
    rebuild(desk.session, desk.clock)
    desk.invoice("100", issued_on=date(2026, 1, 5))

    assert desk.session.scalar(select(func.count()).select_from(RollupDirty))
    assert tie_out(desk.session, desk.clock) == []


def test_many_differences_are_counted_not_listed(desk):
    for day in range(1, 26):
        desk.pay("1", paid_on=date(2026, 1, day))
    rebuild(desk.session, desk.clock)
    desk.session.execute(update(RollupDay).where(RollupDay.measure == "collected").values(amount=0))

    found = tie_out(desk.session, desk.clock)

    assert len(found) == 21
    assert found[-1] == "5 more differences of this kind"


def test_a_void_and_a_reversal_take_their_day_away_again(desk, ann, clock):
    """[M13, M29]: a mistake is taken back on its own date, in totals, documents and journal alike."""
    invoice, payment = (
        desk.invoice("100", issued_on=date(2026, 1, 5)),
        desk.pay("40", paid_on=date(2026, 2, 3)),
    )
    rebuild(desk.session, clock)

    void_invoice(desk.session, invoice, ann, clock)
    reverse_payment(desk.session, payment, ann, clock)
    flush(desk.session, clock)

    assert tie_out(desk.session, clock) == []
    assert desk.session.scalars(select(RollupDay)).all() == []
