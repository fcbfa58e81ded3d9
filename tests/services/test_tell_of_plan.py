"""Clients hear of a planned or moved day: by which door, in which words, once, and what stops it [E5, L14]."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Company, OutboxMessage, OutboxState, WorkOrder
from admin_app.services.move_job import move_thing
from admin_app.services.plan_appointment import move_event
from admin_app.services.planned_as import Planned, planned_as
from admin_app.services.tell_of_plan import GRACE, NOTHING, tell_of_plan, tells_by_itself, untell
from admin_app.services.walk_step import Words, walk_step
from tests.services.desk import Desk
from tests.services.weeks import TUESDAY, a_client, a_job, a_visit, at, planned
from tests.signing import a_user

THURSDAY = TUESDAY + timedelta(days=2)


@pytest.fixture
def told(desk: Desk) -> Desk:
    """A desk whose company tells of start dates."""
    company = desk.session.scalars(select(Company)).one()
    company.email, company.tell_start_dates = "office@ashworth.test", True
    desk.session.flush()
    return desk


def purposes(desk: Desk) -> list[str]:
    return list(desk.session.scalars(select(OutboxMessage.purpose).order_by(OutboxMessage.id)))


def moved(desk: Desk, work: WorkOrder, hour: int) -> Planned:
    """To Thursday at this hour; how it was."""
    now = planned_as(work)
    asked = Planned(at(THURSDAY, hour), None, now.people, now.equipment)
    return move_thing(desk.session, work, now, asked, desk.actor, desk.clock).was


def test_the_step_tells_whichever_door_takes_it(told: Desk):
    """The API has no form with a tick box."""
    work = a_job(told.session, a_client(told.session))

    walk_step(told.session, work, "schedule", Words(starts_at=at(THURSDAY, 8)), told.actor, told.clock)

    assert purposes(told) == ["start date"]


def test_a_company_that_tells_nothing_by_itself_tells_nothing(told: Desk):
    told.session.scalars(select(Company)).one().tell_start_dates = False
    work = a_job(told.session, a_client(told.session))

    walk_step(told.session, work, "schedule", Words(starts_at=at(THURSDAY, 8)), told.actor, told.clock)

    assert purposes(told) == [] and not tells_by_itself(told.session, work)


def test_the_same_version_is_told_once(told: Desk):
    work = planned(told.session, a_job(told.session, a_client(told.session)), at(TUESDAY, 13), told.clock)
    was = moved(told, work, 8)

    for _ in range(2):
        tell_of_plan(told.session, work, was, told.actor, told.clock)

    assert purposes(told) == ["start date moved"]


def test_a_better_day_takes_the_place_of_a_mail_that_waits(told: Desk):
    work = planned(told.session, a_job(told.session, a_client(told.session)), at(TUESDAY, 13), told.clock)

    for hour in (8, 10):
        tell_of_plan(told.session, work, moved(told, work, hour), told.actor, told.clock, grace=GRACE)

    first, second = told.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    assert (first.state, second.state) == (OutboxState.WITHDRAWN, OutboxState.WAITING)
    assert second.due_at == told.clock.now() + GRACE


def test_the_same_hour_tells_nothing_and_a_day_that_is_over_says_so(told: Desk):
    work = planned(told.session, a_job(told.session, a_client(told.session)), at(TUESDAY, 13), told.clock)

    assert tell_of_plan(told.session, work, planned_as(work), told.actor, told.clock) == NOTHING
    work.starts_at = at(TUESDAY, 8)
    told.session.flush()
    answer = tell_of_plan(told.session, work, Planned(at(TUESDAY, 13), None), told.actor, told.clock)
    assert answer.in_words == "Nobody is told: the day is over."


def test_a_company_without_a_sender_says_why_nobody_is_told(told: Desk):
    told.session.scalars(select(Company)).one().email = None
    work = planned(told.session, a_job(told.session, a_client(told.session)), at(TUESDAY, 13), told.clock)

    answer = tell_of_plan(told.session, work, moved(told, work, 8), told.actor, told.clock)

    assert answer.nobody_because and purposes(told) == []


def test_a_visit_that_somebody_takes_on_is_told_as_an_appointment(told: Desk):
    """One that nobody makes yet is only foreseen; its client hears of it when it has a face, not before."""
    visit = a_visit(told.session, a_client(told.session), at(THURSDAY, 9))
    pete = a_user(told.session, Role.ESTIMATOR)
    was = planned_as(visit)
    move_event(told.session, visit, visit.starts_at, visit.ends_at, pete.id, False, told.actor, told.clock)

    tell_of_plan(told.session, visit, was, told.actor, told.clock)

    assert purposes(told) == ["appointment"]


def test_an_undo_is_told_only_to_those_who_know(told: Desk):
    work = planned(told.session, a_job(told.session, a_client(told.session)), at(TUESDAY, 13), told.clock)
    was = moved(told, work, 8)
    tell_of_plan(told.session, work, was, told.actor, told.clock)
    now = planned_as(work)
    move_thing(told.session, work, now, was, told.actor, told.clock, backwards=True)

    assert untell(told.session, work, now, told.actor, told.clock) == NOTHING
    told.session.scalars(select(OutboxMessage)).one().state = OutboxState.SENT
    told.session.flush()
    assert untell(told.session, work, now, told.actor, told.clock).names == ("Clara Finch",)
    assert purposes(told) == ["start date moved"] * 2
