"""Nobody waits for the totals: days that are behind are read live; with too many of them the figure says as of when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from admin_app.jobs.keep_totals import keep_totals, tie_totals_out
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.kernel.clock import FixedClock
from admin_app.models import ImportRun, Invoice, InvoiceState, Payment, RollupDay, RollupDirty, RollupState
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.money.dirty import MOST_NAMED, mark_run
from admin_app.records.guard import allow_bulk
from reports.engine.desk import Desk as FiguresDesk
from reports.engine.keep_totals import flush, rebuild
from reports.engine.kept import MOST_LIVE_DAYS
from reports.engine.query import Query
from tests.reports.kept.walking import FiguresWalk, as_kept, asked, told
from tests.services.desk import Desk, a_desk


def collected(desk: Desk) -> tuple[str, datetime | None]:
    """The figure as a page prints it, and as of when, where it is behind."""
    answer = FiguresDesk(desk.session, desk.actor, desk.clock).ask(Query("collected"))
    return answer.text, answer.behind


def marked(session: Session) -> set[tuple[date | None, int | None]]:
    """What is marked as behind."""
    return {(day, group) for day, group in session.execute(select(RollupDirty.day, RollupDirty.group_id))}


def mark_days(session: Session, number: int) -> None:
    """So many days are behind."""
    rows = [
        {
            "day": date(2010, 1, 1) + timedelta(place),
            "group_id": None,
            "at": datetime(2026, 3, 17, tzinfo=UTC),
        }
        for place in range(number)
    ]
    session.execute(insert(RollupDirty), rows)


def test_a_payment_marks_its_day_and_its_customer_alone(desk):
    """What a payment costs does not grow with the history: an invoice that it pays keeps its totals."""
    invoice = desk.invoice("100", issued_on=date(2026, 1, 5))
    rebuild(desk.session, desk.clock)

    desk.pay("40", invoice, paid_on=date(2026, 2, 3))

    assert marked(desk.session) == {(date(2026, 2, 3), desk.group.id)}


def test_a_void_marks_the_day_of_the_bill_not_of_the_act(desk, ann, clock):
    """[M13]"""
    from admin_app.services.void_invoice import void_invoice

    invoice = desk.invoice("100", issued_on=date(2026, 1, 5))
    nothing = desk.invoice("0", issued_on=date(2026, 1, 6))
    rebuild(desk.session, clock)

    void_invoice(desk.session, invoice, ann, clock)
    void_invoice(desk.session, nothing, ann, clock)

    assert marked(desk.session) == {(date(2026, 1, 5), desk.group.id), (date(2026, 1, 6), desk.group.id)}


def test_what_was_never_built_is_read_from_the_rows(desk):
    desk.pay("40")

    assert collected(desk) == ("€40.00", None)


def test_a_thousand_days_are_read_live_and_one_more_is_not(desk):
    rebuild(desk.session, desk.clock)
    mark_days(desk.session, MOST_LIVE_DAYS - 1)

    desk.pay("40", paid_on=date(2026, 2, 3))
    assert collected(desk) == ("€40.00", None)

    desk.pay("2", paid_on=date(2026, 2, 4))
    assert collected(desk) == ("€0.00", desk.clock.now()), "the kept totals alone, as of when they were kept"

    flush(desk.session, desk.clock)
    assert collected(desk) == ("€42.00", None)


def test_a_flush_that_is_lost_leaves_totals_and_marks_as_they_were(desk):
    """A crash in the middle: the same marks are there for the next flush, and the answer was right all the time."""
    walk = FiguresWalk(desk, 5)
    rebuild(desk.session, desk.clock)
    for _ in range(12):
        walk.step()
    desk.pay("5", paid_on=date(2026, 1, 2))
    before, marks = as_kept(desk.session), marked(desk.session)

    lost = desk.session.begin_nested()
    flush(desk.session, desk.clock)
    assert as_kept(desk.session) != before
    lost.rollback()

    assert as_kept(desk.session) == before
    assert marked(desk.session) == marks
    assert told(desk.session, asked(("day",)), kept=True) == told(desk.session, asked(("day",)), kept=False)
    flush(desk.session, desk.clock)
    little_by_little = as_kept(desk.session)
    rebuild(desk.session, desk.clock)
    assert as_kept(desk.session) == little_by_little


def test_an_act_that_is_taken_back_marks_nothing_and_its_repetition_does(desk):
    rebuild(desk.session, desk.clock)
    tried = desk.session.begin_nested()
    desk.pay("40", paid_on=date(2026, 2, 3))
    tried.rollback()
    assert marked(desk.session) == set()

    desk.pay("40", paid_on=date(2026, 2, 3))

    assert marked(desk.session) == {(date(2026, 2, 3), desk.group.id)}


def test_what_is_written_while_totals_are_kept_has_marks_of_its_own(postgres_database, ann, clock):
    """Two transactions at once: the payment that the flush could not see is not taken for done."""
    engine = open_engine(postgres_database)
    info = {"actor": ann, "clock": clock, "door": "test"}
    with OfficeSession(engine, info=info) as session:
        a_desk(session, ann, clock).pay("1", paid_on=date(2026, 2, 3))
        session.commit()
    with OfficeSession(engine, info=dict(info)) as till, OfficeSession(engine, info=dict(info)) as worker:
        group = till.scalars(select(Payment)).one().group
        desk = Desk(till, ann, clock, group)
        rebuild(worker, clock)
        worker.commit()
        desk.pay("40", paid_on=date(2026, 2, 3))

        flush(worker, clock)
        worker.commit()
        till.commit()

        assert marked(till) == {(date(2026, 2, 3), group.id)}
        assert collected(desk) == ("€41.00", None)
    engine.dispose()


@pytest.mark.parametrize("size", [3, MOST_NAMED + 1])
def test_an_import_marks_its_days_and_a_large_one_everything(desk, size):
    rebuild(desk.session, desk.clock)
    run = ImportRun(at=desk.clock.now())
    desk.session.add(run)
    desk.session.flush()
    rows = [
        {
            "group_id": desk.group.id,
            "number": f"OLD-{place}",
            "public_id": f"old{place}",
            "state": InvoiceState.ISSUED,
            "issued_on": date(2020, 1, 1) + timedelta(place % 3),
            "currency": "EUR",
            "total": 500,
            "balance": 500,
            "import_run_id": run.id,
        }
        for place in range(size)
    ]
    with allow_bulk("a test"):
        desk.session.execute(insert(Invoice), rows)

    mark_run(desk.session.connection(), run.id, desk.clock.now())

    if size == 3:
        assert marked(desk.session) == {(date(2020, 1, day), desk.group.id) for day in (1, 2, 3)}
    else:
        assert marked(desk.session) == {(None, None)}
    flush(desk.session, desk.clock)
    assert marked(desk.session) == set()
    invoiced = select(func.sum(RollupDay.amount)).where(RollupDay.measure == "invoiced")
    assert desk.session.scalar(invoiced) == 500 * size


def test_the_worker_keeps_totals_each_minute_and_compares_each_night(settings, database, rows, ann, clock):
    engine = open_engine(database)
    with rows() as session:
        a_desk(session, ann, clock).pay("40", paid_on=date(2026, 2, 3))
    later = FixedClock(clock.now() + timedelta(minutes=1))

    keep_totals(Shift(settings, engine, later))
    with rows() as session:
        state = session.scalars(select(RollupState)).one()
        assert (state.flushed_at, state.rebuilt_at, state.tied_at) == (later.now(), later.now(), None)
        assert (
            session.scalar(select(func.sum(RollupDay.amount)).where(RollupDay.measure == "collected")) == 4000
        )
        session.execute(insert(RollupDay), [
            {"measure": "collected", "day": date(2026, 2, 4), "brand_id": 0, "currency": "EUR", "split": "cash",
             "amount": 5, "rows": 1}
        ])  # fmt: skip
    tie_totals_out(Shift(settings, engine, later))
    with rows() as session:
        state = session.scalars(select(RollupState)).one()
        assert state.tied_at == later.now()
        assert state.differences == [
            "Collected on 04 February 2026: what is kept is off the documents by 0.05 EUR, 1 rows"
        ]
    tie_totals_out(Shift(settings, engine, later))
    with rows() as session:
        assert session.scalars(select(RollupState.differences)).one() == []
    engine.dispose()

    assert HANDLERS["keep totals"].do is keep_totals
    assert HANDLERS["tie totals out"].do is tie_totals_out
