"""The demo's running week: what somebody who opens it on a Monday finds [95-97, 100]."""

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.models import Event, EventKind, Thread, WorkOrder, WorkOrderState
from admin_app.services.passwords import Passwords
from admin_app.services.schedule_work import clashes_of
from seeds.builders import a_contact, a_group, an_address
from seeds.demo.tell import found_the_company
from seeds.demo.this_week import NUMBERS, coming_days, run_the_week


@pytest.fixture
def week(session, clock):
    """The demo company with twelve customers and its running week."""
    _, ann = found_the_company(session, clock, Passwords(1, 8))
    ids = {}
    for number in NUMBERS:
        group = a_group(session, name=f"Customer {number}")
        a_contact(session, group, first_name=f"Clara {number}", email=f"c{number}@client.test")
        an_address(session, group)
        ids[number] = group.id
    session.info.update(actor=ann, clock=clock)
    run_the_week(session, ann, clock, ids)
    return session


def test_crews_have_jobs_today_and_nobody_is_in_two_places(week, clock):
    planned = week.scalars(select(WorkOrder).where(WorkOrder.state == WorkOrderState.SCHEDULED)).all()

    assert sum(work.starts_at.date() == clock.today() for work in planned) == 3
    assert [clashes_of(week, work) for work in planned] == [[]] * len(planned)


def test_work_waits_for_a_day_a_call_is_due_and_mails_came_in(week):
    undated = week.scalar(
        select(func.count(WorkOrder.id)).where(WorkOrder.starts_at.is_(None))
    )
    calls = week.scalar(select(func.count(Event.id)).where(Event.kind == EventKind.CALL))
    waiting = week.scalars(select(Thread).where(Thread.waits).order_by(Thread.id)).all()

    assert (undated, calls) == (2, 1)
    assert [thread.group_id is None for thread in waiting] == [False, True], "the second sender is unknown"


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 3, 17), date(2026, 3, 17), date(2026, 3, 23)),
        (date(2026, 3, 21), date(2026, 3, 23), date(2026, 3, 27)),
    ],
)
def test_the_week_has_five_working_days_from_today_on(today, first, last):
    days = coming_days(today)

    assert (days[0], days[-1], len(days)) == (first, last, 5)
