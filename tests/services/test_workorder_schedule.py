"""A workorder gets its day and crew, and each of them finds it in the calendar with the notes [A70, 61, 95]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import Event, EventKind, EventState, WorkOrderState
from admin_app.policy import visible
from admin_app.services.complete_services import ALL, complete_services
from admin_app.services.keep_calendar import keep_calendar
from admin_app.services.save_record import update
from admin_app.services.schedule_work import Plan, can_be_sent, clashes_of, schedule_work
from admin_app.services.take import Said, take
from admin_app.services.walk_step import Words, walk_step
from seeds.builders import an_address, an_event
from seeds.work_builders import a_project, a_work_order, an_estimate
from tests.services.desk import Desk
from tests.signing import a_user

EIGHT = datetime(2026, 3, 19, 8, tzinfo=UTC)
NOON = datetime(2026, 3, 19, 12, tzinfo=UTC)


@pytest.fixture
def work(desk: Desk):
    """New work at a site, with a word for the crew."""
    site = an_address(desk.session, desk.group, line1="Mill Lane 4")
    project = a_project(desk.session, desk.group, address_id=site.id)
    return a_work_order(desk.session, an_estimate(desk.session, project), notes="Mind the pond")


@pytest.fixture
def cem(desk: Desk):
    return a_user(desk.session, Role.CREW)


@pytest.fixture
def sid(desk: Desk):
    return a_user(desk.session, Role.SUBCONTRACTOR)


def days(desk: Desk, work) -> list[Event]:
    query = select(Event).where(Event.work_order_id == work.id).order_by(Event.id)
    return list(desk.session.scalars(query))


def plan(desk: Desk, work, *crew, starts_at=EIGHT, ends_at=NOON):
    ids = tuple(one.id for one in crew)
    return schedule_work(desk.session, work, Plan(starts_at, ends_at, ids), desk.actor, desk.clock)


def test_each_of_the_crew_finds_the_work_and_its_notes_in_the_calendar(desk, work, cem, sid):
    """[A70] and each sees the event that is theirs."""
    plan(desk, work, cem, sid)

    assert work.state is WorkOrderState.SCHEDULED
    assert {event.assignee_id for event in days(desk, work)} == {cem.id, sid.id}
    (mine,) = desk.session.scalars(visible(cem.as_actor(), select(Event)))
    assert (mine.kind, mine.title, mine.notes) == (EventKind.WORK, work.title, "Mind the pond")
    assert (mine.starts_at, mine.ends_at, mine.project_id) == (EIGHT, NOON, work.project_id)
    assert mine.address_id == work.project.address_id


def test_the_step_alone_puts_the_work_into_the_calendar(desk, work, cem):
    """Whichever door takes it: the API has no form of its own."""
    work.starts_at, work.crew = EIGHT, [cem]

    walk_step(desk.session, work, "schedule", Words(), desk.actor, desk.clock)

    assert [event.assignee_id for event in days(desk, work)] == [cem.id]


def test_a_new_plan_moves_the_days_and_hands_them_on(desk, work, cem, sid):
    plan(desk, work, cem)
    (before,) = days(desk, work)

    plan(desk, work, sid, starts_at=EIGHT + timedelta(days=1), ends_at=None)

    (after,) = days(desk, work)
    assert (after.id, after.assignee_id) == (before.id, sid.id)
    assert (after.starts_at, after.ends_at) == (EIGHT + timedelta(days=1), None)


def test_who_is_taken_off_has_the_work_no_more(desk, work, cem, sid):
    plan(desk, work, cem, sid)

    plan(desk, work, sid)

    assert [event.assignee_id for event in days(desk, work)] == [sid.id]


def test_work_without_a_crew_has_a_day_for_nobody_yet(desk, work, cem):
    plan(desk, work)
    assert [event.assignee_id for event in days(desk, work)] == [None]

    plan(desk, work, cem)

    assert [event.assignee_id for event in days(desk, work)] == [cem.id]


def test_new_notes_are_on_the_schedule_at_once(desk, work, cem):
    """[A70]"""
    plan(desk, work, cem)

    update(desk.session, type(work), work.id, {"notes": "The gate is locked"}, desk.actor)
    keep_calendar(desk.session, work)

    assert days(desk, work)[0].notes == "The gate is locked"


def test_somebody_in_two_places_is_told_and_not_refused(desk, work, cem):
    an_event(
        desk.session,
        desk.group,
        title="Visit at the mill",
        assignee_id=cem.id,
        starts_at=NOON - timedelta(hours=1),
        ends_at=NOON + timedelta(hours=1),
    )

    (clash,) = plan(desk, work, cem)

    assert (clash.who, clash.what) == (cem.name, "Visit at the mill")
    assert clashes_of(desk.session, work) == [clash]
    assert work.state is WorkOrderState.SCHEDULED


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "clashes"),
    [
        (NOON, NOON + timedelta(hours=1), 0),  # one after the other
        (EIGHT - timedelta(hours=1), EIGHT, 0),
        (EIGHT, None, 1),  # a call at the hour
        (NOON, None, 0),
        (EIGHT - timedelta(hours=1), EIGHT + timedelta(minutes=1), 1),
    ],
)
def test_times_touch_without_clashing(desk, work, cem, starts_at, ends_at, clashes):
    """Half-open ranges [M35]."""
    an_event(desk.session, desk.group, assignee_id=cem.id, starts_at=starts_at, ends_at=ends_at)

    assert len(plan(desk, work, cem)) == clashes


def test_an_event_that_was_called_off_is_no_clash(desk, work, cem):
    an_event(desk.session, desk.group, assignee_id=cem.id, starts_at=EIGHT, state=EventState.CANCELLED)

    assert plan(desk, work, cem) == []


def test_a_plan_needs_a_day_and_an_order(desk, work):
    with pytest.raises(Invalid, match="Choose the day"):
        plan(desk, work, starts_at=None)
    with pytest.raises(Invalid, match="ends before it starts"):
        plan(desk, work, starts_at=NOON, ends_at=EIGHT)


def test_who_left_is_not_put_on_a_crew_but_may_stay_on_one(desk, work, cem):
    plan(desk, work, cem)
    cem.active = False
    desk.session.flush()
    plan(desk, work, cem, ends_at=None)

    other = a_work_order(
        desk.session, an_estimate(desk.session, a_project(desk.session, desk.group)), number="W-other"
    )

    with pytest.raises(Invalid, match="does not work here any more"):
        plan(desk, other, cem)
    assert (cem.id, cem.name) not in can_be_sent(desk.session)


def test_a_crew_at_work_may_come_again_tomorrow(desk, work, cem):
    take(desk.session, work, "start", desk.actor, desk.clock)

    plan(desk, work, cem)

    assert work.state is WorkOrderState.IN_PROGRESS
    assert len(days(desk, work)) == 1


def test_finished_work_has_its_day_behind_it_and_gets_no_other(desk, work, cem):
    plan(desk, work, cem)
    take(desk.session, work, "start", desk.actor, desk.clock)
    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    take(desk.session, work, "finish", desk.actor, desk.clock)

    assert [event.state for event in days(desk, work)] == [EventState.DONE]
    with pytest.raises(Unmet, match="finished"):
        plan(desk, work, cem)


def test_cancelled_work_sends_nobody_there(desk, work, cem):
    plan(desk, work, cem)

    take(desk.session, work, "cancel", desk.actor, desk.clock, Said(reason="Sold the house"))

    assert [event.state for event in days(desk, work)] == [EventState.CANCELLED]


def test_a_crew_plans_nothing(desk, work, cem):
    with pytest.raises(NotAllowed):
        schedule_work(desk.session, work, Plan(EIGHT), cem.as_actor(), desk.clock)
