"""Free pieces of the working day, offered while the client is on the phone [95, A52]."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import Company, EventState, WorkOrderState
from admin_app.services.free_slots import free_slots
from seeds.builders import an_event
from seeds.work_builders import a_project, a_work_order, an_estimate
from tests.services.desk import Desk
from tests.signing import a_user

WEDNESDAY = date(2026, 3, 18)


@pytest.fixture
def pete(desk: Desk):
    return a_user(desk.session, Role.ESTIMATOR)


def at(hour: int, minute: int = 0, day: int = 18) -> datetime:
    """An instant of March 2026 in London, where it is winter until the 29th."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def free(desk: Desk, who, first_day=WEDNESDAY, minutes=60, count=50, clock=None, **more):
    company = desk.session.get_one(Company, 1)
    more = {"a_day": 50} | more
    return free_slots(
        desk.session, who and who.id, first_day, minutes, company, count, clock or desk.clock, **more
    )


def starts(slots, day=WEDNESDAY):
    return [start.strftime("%H:%M") for start, _ in slots if start.date() == day]


def test_an_empty_day_is_offered_from_its_start_to_its_end(desk, pete):
    assert starts(free(desk, pete, minutes=120)) == ["07:00", "09:00", "11:00", "13:00", "15:00"]


def test_what_is_planned_is_left_out_and_the_next_slot_begins_behind_it(desk, pete):
    an_event(
        desk.session, desk.group, assignee_id=pete.id, starts_at=at(8, 30), ends_at=at(12, 10)
    )

    assert starts(free(desk, pete, minutes=120)) == ["12:15", "14:15"]
    assert starts(free(desk, pete, minutes=90)) == ["07:00", "12:15", "13:45", "15:15"]


def test_an_event_without_an_end_takes_as_long_as_an_appointment(desk, pete):
    desk.session.get_one(Company, 1).appointment_minutes = 45
    an_event(desk.session, desk.group, assignee_id=pete.id, starts_at=at(7))

    assert starts(free(desk, pete))[0] == "07:45"


def test_what_somebody_else_does_or_was_called_off_takes_no_time(desk, pete):
    an_event(desk.session, desk.group, assignee_id=None, starts_at=at(7), ends_at=at(17))
    an_event(
        desk.session,
        desk.group,
        assignee_id=pete.id,
        starts_at=at(7),
        ends_at=at(17),
        state=EventState.CANCELLED,
    )

    assert starts(free(desk, pete))[0] == "07:00"


def test_work_that_he_is_on_the_crew_of_takes_his_days_until_it_ends(desk, pete):
    work = a_work_order(
        desk.session,
        an_estimate(desk.session, a_project(desk.session, desk.group)),
        state=WorkOrderState.SCHEDULED,
        starts_at=at(8, day=17),
        ends_at=at(12, day=19),
    )
    work.crew = [pete]
    desk.session.flush()

    slots = free(desk, pete)

    assert starts(slots) == []
    assert starts(slots, date(2026, 3, 19))[0] == "12:00"


def test_weekends_are_left_out(desk, pete):
    friday = date(2026, 3, 20)

    slots = free(desk, pete, friday, minutes=600, count=3)

    assert [start.date() for start, _ in slots] == [friday, date(2026, 3, 23), date(2026, 3, 24)]


def test_nothing_is_offered_that_is_over(desk, pete):
    """It is half past nine on Tuesday the 17th."""
    slots = free(desk, pete, date(2026, 3, 1))

    assert starts(slots, date(2026, 3, 17))[0] == "09:30"
    assert slots[0][0] == at(9, 30, day=17)


def test_each_day_offers_a_few_from_morning_to_evening(desk, pete):
    slots = free(desk, pete, count=6, a_day=3)

    assert starts(slots) == ["07:00", "11:00", "16:00"]
    assert starts(slots, date(2026, 3, 19)) == ["07:00", "11:00", "16:00"]


def test_after_the_clocks_went_forward_the_day_still_starts_at_seven_on_the_wall(desk, pete):
    """[95] On Sunday, 29 March 2026, London goes from winter to summer time."""
    slots = free(desk, pete, date(2026, 3, 27), minutes=600, count=2)

    assert slots[0][0] == datetime(2026, 3, 27, 7, tzinfo=UTC)
    assert slots[1][0] == datetime(2026, 3, 30, 6, tzinfo=UTC)
    assert all(end - start == timedelta(hours=10) for start, end in slots)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 4, 24), 3, id="the clocks go forward at midnight"),
        pytest.param(date(2026, 4, 27), 4, id="an ordinary Monday"),
    ],
)
def test_a_night_shift_on_a_working_day_of_the_clock_change_has_the_hours_that_pass(desk, pete, day, hours):
    """[95] Cairo changes its clocks on Fridays at midnight: 00:30 does not exist on 24 April 2026."""
    company = desk.session.get_one(Company, 1)
    company.zone, company.day_starts, company.day_ends = "Africa/Cairo", "00:00", "04:00"
    clock = FixedClock(datetime(2026, 4, 20, 6, tzinfo=UTC), "Africa/Cairo")

    slots = [one for one in free(desk, pete, day, count=10, clock=clock) if _there(one[0]).date() == day]

    assert len(slots) == hours
    assert all(end - start == timedelta(hours=1) for start, end in slots)
    assert _there(slots[-1][1]).hour == 4


def _there(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("Africa/Cairo"))


def test_nobody_yet_has_the_whole_day(desk):
    assert starts(free(desk, None))[0] == "07:00"


@pytest.mark.parametrize(("minutes", "count"), [(0, 5), (60, 0), (-30, 5), (1440, 5)])
def test_what_fits_into_no_day_finds_nothing(desk, pete, minutes, count):
    assert free(desk, pete, minutes=minutes, count=count) == []
