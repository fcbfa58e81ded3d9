"""A kept question beyond its threshold: one mail when it crosses, one when it is back, none in between [125]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.jobs.watch_reports import watch_reports
from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import Company, OutboxMessage, Payment, SavedReport, User
from admin_app.models.engine import open_engine
from seeds.builders import a_user
from seeds.report_builders import a_saved_report
from tests.fixtures.office import ANN
from tests.services.desk import a_desk

CASH = "metric=collected&period=30days"


@pytest.fixture
def day(settings, clock) -> Iterator[Callable[..., Shift]]:
    """A function that gives the shift of a day, counted from 17 March 2026."""
    engine = open_engine(settings.database_url)
    settings = replace(settings, public_url="https://office.example")
    yield lambda number=0: Shift(settings, engine, FixedClock(clock.now() + timedelta(days=number)))
    engine.dispose()


@pytest.fixture
def watched(rows, clock) -> int:
    """Ann wants to hear when more than 500.00 came in within 30 days; 400.00 did on 10 March."""
    with rows() as session:
        desk = a_desk(session, ANN, clock)
        session.get_one(Company, 1).email = "office@north.example"
        desk.pay("400", paid_on=date(2026, 3, 10))
        report = a_saved_report(
            session, a_user(session, "ann"), title="Cash of a month", query=CASH, alert_over=500_00
        )
        return report.id


def pay(rows, amount: int, paid_on: date) -> None:
    with rows() as session:
        first = session.scalars(select(Payment).order_by(Payment.id)).first()
        session.add(
            Payment(group_id=first.group_id, amount=amount, currency="EUR", paid_on=paid_on, method="transfer",
                    state="received")
        )  # fmt: skip


def mails(rows) -> list[OutboxMessage]:
    with rows() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_the_owner_hears_once_when_it_crosses_and_once_when_it_is_back(rows, day, watched):
    watch_reports(day())
    assert mails(rows) == []

    pay(rows, 200_00, date(2026, 3, 17))
    for number in (1, 1, 2, 3):
        watch_reports(day(number))

    [beyond] = mails(rows)
    assert beyond.recipient == "ann@ashworth.test"
    assert beyond.subject == "Cash of a month is beyond its threshold: €600.00"
    assert "Collected is €600.00. You asked to be told when it is above €500.00." in beyond.body
    assert "https://office.example/reports/explore?metric=collected&period=30days" in beyond.body

    for number in (24, 25):  # 10 March lies more than 30 days back: 200.00 are left
        watch_reports(day(number))

    [_, back] = mails(rows)
    assert back.subject == "Cash of a month is back within its threshold: €200.00"

    pay(rows, 900_00, date(2026, 4, 12))
    watch_reports(day(27))
    assert len(mails(rows)) == 3


def test_a_lower_threshold_is_watched_too(rows, day, watched):
    with rows() as session:
        report = session.get_one(SavedReport, watched)
        report.alert_over, report.alert_under = None, 450_00

    watch_reports(day())

    [mail] = mails(rows)
    assert "below €450.00" in mail.body


def test_a_question_that_cannot_be_asked_keeps_no_other_from_its_mail(rows, day, watched):
    with rows() as session:
        ann = session.get_one(SavedReport, watched).owner
        for query in (
            "metric=profit",
            "metric=collected&by=nothing",
            "metric=collected&customer=Nobody+at+all",
        ):
            a_saved_report(session, ann, query=query, alert_over=1)
        second = a_saved_report(session, ann, title="Cash", query="metric=collected", alert_over=1_00)
        number = second.id

    watch_reports(day())

    assert [mail.subject for mail in mails(rows)] == ["Cash is beyond its threshold: €400.00"]
    with rows() as session:
        assert session.get_one(SavedReport, number).looked_at is not None


def test_a_figure_that_is_undefined_is_beyond_nothing(rows, day, watched):
    with rows() as session:
        report = session.get_one(SavedReport, watched)
        report.query, report.alert_over, report.alert_under = "metric=dso&as_of=2020-01-01", 1, -1

    watch_reports(day())

    assert mails(rows) == []


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.CREW}])
def test_who_left_or_may_not_look_any_more_gets_no_mail(rows, day, watched, change):
    with rows() as session:
        ann = session.scalars(select(User)).one()
        for name, value in change.items():
            setattr(ann, name, value)
        session.get_one(SavedReport, watched).alert_over = 1

    watch_reports(day())

    assert mails(rows) == []


def test_without_a_sender_it_is_told_when_there_is_one(rows, day, watched):
    with rows() as session:
        session.get_one(Company, 1).email = None
        session.get_one(SavedReport, watched).alert_over = 1

    watch_reports(day())
    assert mails(rows) == []
    with rows() as session:
        session.get_one(Company, 1).email = "office@north.example"
    watch_reports(day(1))

    assert len(mails(rows)) == 1


def test_the_worker_looks_each_day_and_a_look_is_no_change_of_the_report(rows, day, watched):
    with rows() as session:
        version = session.get_one(SavedReport, watched).version

    watch_reports(day())

    with rows() as session:
        assert session.get_one(SavedReport, watched).version == version
    assert HANDLERS["watch reports"].next_due is not None
