"""A run that stops keeps what it finished and goes on there; it never runs twice at once."""

import time

import pytest
from sqlalchemy import func, select, text

from admin_app.jobs.move_in import alone
from admin_app.kernel.errors import Unmet
from admin_app.models import CustomerGroup, ImportRun, Invoice, InvoiceLine, Payment, RunState
from admin_app.money import proof

FILES = {
    "groups": "external_id,name\nG1,Ash",
    "contacts": "external_id,last_name,groups\nC1,Ash,G1",
    "invoices": "number,group,issued_on,total\nI1,G1,2025-01-10,120.00\nI2,G1,2025-01-11,5.00",
    "invoice_lines": "number,position,amount\nI1,1,100.00\nI1,2,20.00",
    "payments": "external_id,group,invoice,paid_on,amount\nP1,G1,I1,2025-02-01,50.00",
}


FREE = {True: "DROP TRIGGER full_disk", False: "DROP TRIGGER full_disk ON payment"}


def fill_the_disk(session, database):
    """From now on no payment can be written."""
    if database.startswith("sqlite"):
        session.execute(
            text(
                "CREATE TRIGGER full_disk BEFORE INSERT ON payment BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
        return
    session.execute(
        text("CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$")
    )
    session.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON payment EXECUTE FUNCTION full()"))


def test_a_run_that_stopped_goes_on_at_its_file(move, rows, database):
    with rows() as session:
        fill_the_disk(session, database)
    with pytest.raises(Unmet, match=r"stopped at payments\.csv"):
        move(**FILES)

    with rows() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.state, run.at_file) == (RunState.STOPPED, "payments.csv")
        assert session.scalar(select(func.count(Invoice.id))) == 2
        assert session.scalar(select(func.count(Payment.id))) == 0
        session.execute(text(FREE[database.startswith("sqlite")]))
    outcome = move(*(move.folder / "in1" / f"{name}.csv" for name in FILES))

    with rows() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.state, run.at_file) == (RunState.DONE, None)
        assert session.scalar(select(func.count(Payment.id))) == 1
        assert session.scalar(select(func.count(CustomerGroup.id))) == 1
        lines = session.execute(
            select(InvoiceLine.invoice_id, func.count()).group_by(InvoiceLine.invoice_id)
        ).all()
        assert sorted(count for _, count in lines) == [1, 2]
        assert all(found.holds for found in proof.prove(session))
    assert outcome.tallies["groups.csv"].created == 1
    assert outcome.tallies["payments.csv"].created == 1


def test_a_run_is_worked_on_by_one_at_a_time(tmp_path):
    with alone(tmp_path / "run"), pytest.raises(Unmet, match="under way already"), alone(tmp_path / "run"):
        pass


def test_nothing_is_left_of_the_staging(move, rows, database):
    move(**FILES)

    assert not list(move.folder.rglob("stage.db"))
    with rows() as session:
        names = (
            "SELECT name FROM sqlite_master WHERE name LIKE 'stage%'"
            if database.startswith("sqlite")
            else "SELECT relname FROM pg_class WHERE relname LIKE 'stage%'"
        )
        left = session.execute(text(names)).all()
        # The server clears its temporary tables away when it has noticed that the connection was closed.
        for _ in range(200):
            if not left:
                break
            time.sleep(0.05)
            session.rollback()
            left = session.execute(text(names)).all()
        assert left == []
