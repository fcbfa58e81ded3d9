"""A month's statements go out once to everybody with a balance, each with its paper [90]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from admin_app.jobs.send_statements import send_statements
from admin_app.jobs.shift import Shift
from admin_app.jobs.sweep import sweep_files
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import FixedClock, SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.models import Company, Job, OutboxMessage
from admin_app.models.engine import open_engine
from admin_app.outbox.papers import draw_papers
from admin_app.services.month_statements import is_sending, start_sending, statements_due
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_contact, a_group
from tests.services.desk import a_desk

FEBRUARY = date(2026, 2, 28)


@pytest.fixture
def shift(settings, database, clock):
    engine = open_engine(database)
    yield Shift(settings, engine, clock, {"ends_on": FEBRUARY.isoformat()})
    engine.dispose()


@pytest.fixture
def office(rows, clock):
    """Clara owes 100, Otto has 20 with us, Nobody owes 5 and has no address; Paul owes nothing."""
    with rows() as session:
        desk = a_desk(session, SYSTEM, clock)
        session.get_one(Company, 1).email = "office@north.example"
        a_contact(session, desk.group, primary=True, email="clara@example.org")
        desk.invoice("100", issued_on=date(2026, 2, 1))
        otto = a_group(session, name="Otto")
        a_contact(session, otto, first_name="Otto", primary=True, email="otto@example.org")
        desk.pay("20", group_id=otto.id, paid_on=date(2026, 2, 10))
        nobody = a_group(session, name="Nobody")
        desk.invoice("5", issued_on=date(2026, 2, 2), group_id=nobody.id)
        paul = a_group(session, name="Paul")
        a_contact(session, paul, first_name="Paul", primary=True, email="paul@example.org")
        desk.pay("9", desk.invoice("9", issued_on=date(2026, 2, 3), group_id=paul.id), group_id=paul.id,
                 paid_on=date(2026, 2, 3))  # fmt: skip
        desk.invoice("7", issued_on=date(2026, 3, 1))


def test_everybody_with_a_balance_gets_one_and_only_one(office, rows, shift, settings):
    with rows() as session:
        start_sending(session, FEBRUARY, SYSTEM, shift.clock)

    for _ in range(2):
        send_statements(shift)

    with rows() as session:
        mails = session.scalars(select(OutboxMessage).order_by(OutboxMessage.recipient)).all()
        assert [mail.recipient for mail in mails] == ["clara@example.org", "otto@example.org"]
        assert "100.00" in mails[0].body and "107" not in mails[0].body
        [paper] = draw_papers(FolderStorage(settings.files), session, mails[0].papers)
        assert paper.name.endswith(".pdf") and paper.content.startswith(b"%PDF")
        due = statements_due(session, SYSTEM, FEBRUARY)
        assert [(one.customer, one.balance.minor, one.message is not None) for one in due] == [
            ("Clara Client household", 10000, True),
            ("Nobody", 500, False),
            ("Otto", -2000, True),
        ]
        assert due[1].result == "Nobody of this customer has an email address"


def test_pressed_again_it_sends_what_came_since(office, rows, shift):
    with rows() as session:
        start_sending(session, FEBRUARY, SYSTEM, shift.clock)
        start_sending(session, FEBRUARY, SYSTEM, shift.clock)
        assert len(session.scalars(select(Job)).all()) == 1 and is_sending(session, FEBRUARY)
    send_statements(shift)
    with rows() as session:
        session.scalars(select(Job)).one().done_at = shift.clock.now()
        assert not is_sending(session, FEBRUARY)
    with rows() as session, pytest.raises(Unmet, match="Every customer"):
        start_sending(session, FEBRUARY, SYSTEM, shift.clock)


def test_a_month_that_is_not_over_sends_nothing(office, rows, shift):
    with rows() as session, pytest.raises(Unmet, match="over"):
        start_sending(session, date(2026, 3, 31), SYSTEM, shift.clock)


def test_papers_of_mails_are_not_swept(office, rows, shift, settings):
    send_statements(shift)
    storage = FolderStorage(settings.files)
    kept = set(storage.stored_keys())
    lost = storage.store(BytesIO(b"nobody names this"), limit=100)

    later = FixedClock(SystemClock().now() + timedelta(days=3))
    sweep_files(replace(shift, clock=later))

    assert kept and set(storage.stored_keys()) == kept and lost.key not in kept
