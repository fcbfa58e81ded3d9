"""The clock of somebody at work: one a person, booked when it stops, never more than was worked [67]."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import Clocking, TimeEntry, WorkOrderState
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.services.run_clock import GUESSED, running_clock, start_clock, stop_clock
from admin_app.services.when_it_happened import when_it_happened
from admin_app.services.work_on_site import finish_on_site, start_on_site
from tests.services.agreed import agree, offer
from tests.services.test_payments_at_once import DESKS, at_once, set_up
from tests.signing import a_user

MORNING = datetime(2026, 3, 17, 7, 0, tzinfo=UTC)


def at(hours: float) -> FixedClock:
    """So many hours after seven in the morning."""
    return FixedClock(MORNING + timedelta(hours=hours))


@pytest.fixture
def cem(desk):
    return a_user(desk.session, Role.CREW, hour_cost=3000)


@pytest.fixture
def works(desk, cem):
    """Two workorders with cem on both, and no form in the way."""
    found = [agree(desk, offer(desk, "100")) for _ in range(2)]
    for work in found:
        work.crew, work.needs_safety_form, work.needs_finish_form = [cem], False, False
    desk.session.flush()
    return found


def start(desk, work, who, clock):
    return start_clock(desk.session, work, who.as_actor(), clock, clock.now())


def stop(desk, who, clock, **but):
    return stop_clock(desk.session, who.as_actor(), clock, clock.now(), **but)


def entries(desk):
    return list(desk.session.scalars(select(TimeEntry).order_by(TimeEntry.id)))


def test_stopping_the_clock_writes_the_time_with_what_an_hour_costs(desk, cem, works):
    start(desk, works[0], cem, at(0))

    booked = stop(desk, cem, at(1.5))

    assert (booked.minutes, booked.guessed) == (90, False)
    (entry,) = entries(desk)
    assert (entry.minutes, entry.hour_cost, entry.user_id, entry.work_order_id) == (
        90,
        3000,
        cem.id,
        works[0].id,
    )
    assert entry.worked_on == MORNING.date()
    assert running_clock(desk.session, cem.as_actor()) is None


def test_starting_elsewhere_stops_and_books_the_first(desk, cem, works):
    start(desk, works[0], cem, at(0))

    running, booked = start(desk, works[1], cem, at(2))

    assert booked is not None and booked.minutes == 120 and booked.work is works[0]
    assert running.work_order_id == works[1].id
    assert desk.session.scalar(select(func.count()).select_from(Clocking)) == 1


def test_starting_again_where_it_runs_changes_nothing(desk, cem, works):
    first, _ = start(desk, works[0], cem, at(0))

    again, booked = start(desk, works[0], cem, at(1))

    assert again is first and booked is None
    assert first.started_at == MORNING


def test_a_clock_left_overnight_counts_until_the_working_day_ended_and_says_so(desk, cem, works):
    """It is never believed: started at seven, found the next morning, it counts until 17:00."""
    start(desk, works[0], cem, at(0))

    booked = stop(desk, cem, at(24))

    assert (booked.minutes, booked.guessed) == (600, True)
    assert entries(desk)[0].note == f"{GUESSED}; counted until 17:00"


def test_a_clock_left_since_the_evening_ends_at_midnight(desk, cem, works):
    start(desk, works[0], cem, at(13))

    assert stop(desk, cem, at(30)).minutes == 240


@pytest.mark.parametrize(
    ("ended", "minutes"), [(time(15, 30), 510), (time(3, 0), 20 * 60), (time(6, 59), 1439)]
)
def test_whoever_left_it_running_says_when_the_work_ended(desk, cem, works, ended, minutes):
    start(desk, works[0], cem, at(0))

    booked = stop(desk, cem, at(40), ended=ended)

    assert (booked.minutes, booked.guessed) == (minutes, False)
    assert entries(desk)[0].note is None


def test_an_end_that_has_not_come_yet_is_refused(desk, cem, works):
    start(desk, works[0], cem, at(0))

    with pytest.raises(Invalid, match="cannot have ended after now"):
        stop(desk, cem, at(13), ended=time(22, 0))


def test_a_day_never_holds_more_than_twenty_four_hours(desk, cem, works):
    """A week in which nobody stopped: what is booked still fits into the day."""
    start(desk, works[0], cem, at(0))
    stop(desk, cem, at(11))
    start(desk, works[0], cem, at(11))
    stop(desk, cem, at(170))

    assert [one.minutes for one in entries(desk)] == [660, 360]
    start(desk, works[1], cem, at(1))
    assert stop(desk, cem, at(12)).minutes == 420
    assert sum(one.minutes for one in entries(desk)) == 24 * 60
    start(desk, works[1], cem, at(2))
    full = stop(desk, cem, at(3))
    assert (full.minutes, full.entry) == (0, None)


def test_less_than_a_minute_is_not_written_down(desk, cem, works):
    start(desk, works[0], cem, at(0))

    assert stop(desk, cem, at(0.005)).entry is None
    assert entries(desk) == []


def test_a_clock_that_does_not_run_cannot_be_stopped(desk, cem, works):
    with pytest.raises(Unmet, match="not running"):
        stop(desk, cem, at(0))
    start(desk, works[0], cem, at(0))
    with pytest.raises(Unmet, match="runs on"):
        stop(desk, cem, at(1), work=works[1])


def test_a_clock_taken_along_when_the_crew_changed_is_still_booked(desk, cem, works):
    """Somebody is planned elsewhere while his clock runs: the time was worked."""
    start(desk, works[0], cem, at(0))
    works[0].crew = []
    desk.session.flush()

    assert stop(desk, cem, at(1)).minutes == 60
    with pytest.raises(NotFound):
        start(desk, works[0], cem, at(1))


def test_the_work_begins_with_the_first_of_the_crew_and_each_has_a_clock(desk, cem, works):
    sam = a_user(desk.session, Role.SUBCONTRACTOR)
    works[0].crew = [cem, sam]
    desk.session.flush()

    first = start_on_site(desk.session, works[0], cem.as_actor(), at(0), at(0).now())
    second = start_on_site(desk.session, works[0], sam.as_actor(), at(1), at(1).now())

    assert (first.began, second.began) == (True, False)
    assert works[0].state is WorkOrderState.IN_PROGRESS and works[0].started_at == MORNING
    assert desk.session.scalar(select(func.count()).select_from(Clocking)) == 2


def test_the_safety_form_comes_before_the_start(desk, cem, works):
    works[0].needs_safety_form = True

    with pytest.raises(Unmet, match="safety form"):
        start_on_site(desk.session, works[0], cem.as_actor(), at(0), at(0).now())


def test_finishing_stops_the_clock_and_a_second_press_of_a_colleague_is_no_refusal(desk, cem, works):
    work = works[0]
    start_on_site(desk.session, work, cem.as_actor(), at(0), at(0).now())
    with pytest.raises(Unmet, match="1 service is not completed"):
        finish_on_site(desk.session, work, cem.as_actor(), at(3), at(3).now())
    work.services[0].state = type(work.services[0].state).COMPLETED

    first, booked = finish_on_site(desk.session, work, cem.as_actor(), at(3), at(3).now())
    second, nothing = finish_on_site(desk.session, work, cem.as_actor(), at(4), at(4).now())

    assert first and booked is not None and booked.minutes == 180
    assert (second, nothing) == (False, None)
    assert work.finished_at == at(3).now()
    with pytest.raises(Unmet, match="finished"):
        start(desk, work, cem, at(5))


def test_when_it_happened_is_bounded_by_our_clock():
    """A phone that is an hour fast tells both instants, so that only what passed between them counts."""
    clock = at(10)
    fast = timedelta(hours=1)

    assert when_it_happened(clock, None) == clock.now()
    assert when_it_happened(clock, at(8).now() + fast, clock.now() + fast) == at(8).now()
    assert when_it_happened(clock, at(12).now(), at(11).now()) == clock.now()
    assert when_it_happened(clock, at(12).now()) == clock.now()
    with pytest.raises(Invalid, match="more than 14 days"):
        when_it_happened(clock, at(10 - 14 * 24 - 1).now())


def test_twenty_presses_at_once_are_one_clock_and_one_entry(database, ann, clock):
    engine = open_engine(database, pool_size=DESKS)
    people = []

    def prepare(desk):
        cem = a_user(desk.session, Role.CREW)
        work = agree(desk, offer(desk, "100"))
        work.crew = [cem]
        people.append(cem.as_actor())
        return (work.id,)

    (work_id,) = set_up(engine, ann, clock, prepare)

    def press(session: OfficeSession, number: int) -> int:
        from admin_app.models import WorkOrder

        work = session.get_one(WorkOrder, work_id)
        return start_clock(session, work, people[0], clock, clock.now())[0].id

    started = at_once(engine, ann, clock, press)
    later = FixedClock(clock.now() + timedelta(hours=1))
    stopped = at_once(engine, ann, later, lambda session, n: stop_clock(session, people[0], later, later.now()))

    assert len(set(started)) == 1 and isinstance(started[0], int)
    assert sum(not isinstance(one, Unmet) for one in stopped) == 1
    with OfficeSession(engine) as session:
        assert session.scalars(select(TimeEntry.minutes)).all() == [60]
        assert session.scalar(select(func.count()).select_from(Clocking)) == 0
    engine.dispose()
