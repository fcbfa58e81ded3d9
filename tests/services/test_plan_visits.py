"""Recurring visits of service plans: sixty days ahead, once, on their day, taken back when plans rest [96, 139]."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from admin_app.jobs.plan_visits import plan_recurring_visits
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Invalid
from admin_app.models import Company, Event, EventState, Subscription
from admin_app.models.engine import open_engine
from admin_app.services.bill_plans import bill_subscription
from admin_app.services.plan_appointment import move_event
from admin_app.services.plan_visits import foreseen_days, plan_visits
from admin_app.services.save_record import create, update
from admin_app.services.subscribe import Enrolment, cancel, enrol, pause, resume
from seeds.builders import a_company, a_group, an_address
from seeds.work_builders import a_service_plan, a_subscription
from tests.services.desk import Desk
from tests.services.test_payments_at_once import at_once, engine, set_up

__all__ = ["engine"]


def on(day: date) -> FixedClock:
    return FixedClock(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def visits(desk: Desk) -> list[Event]:
    return list(desk.session.scalars(select(Event).order_by(Event.visit_on)))


def monthly(desk: Desk, **but: Any) -> Subscription:
    """A plan with a visit every month, since 31 January."""
    plan = a_service_plan(desk.session, visit_months=1, visit_minutes=90)
    return a_subscription(desk.session, desk.group, plan, **but)


def test_visits_stand_in_the_calendar_sixty_days_ahead(desk: Desk):
    """Today is 17 March: the last of March and of April, May comes later."""
    desk.session.scalars(select(Company)).one().zone = "Europe/London"
    site = an_address(desk.session, desk.group)
    subscription = monthly(desk, address_id=site.id)

    done = plan_visits(desk.session, subscription, desk.actor, desk.clock)

    assert (done.made, done.taken_back) == (2, 0)
    first, second = visits(desk)
    assert (first.visit_on, second.visit_on) == (date(2026, 3, 31), date(2026, 4, 30))
    assert (first.title, first.kind.value, first.assignee_id) == ("Yearly tree check", "visit", None)
    assert (first.address_id, first.group_id) == (site.id, desk.group.id)
    assert first.starts_at == datetime(2026, 3, 31, 6, tzinfo=UTC)
    assert first.ends_at == first.starts_at + timedelta(minutes=90)


def test_the_anchor_day_is_kept_through_short_months(desk: Desk):
    subscription = monthly(desk)

    days = list(foreseen_days(subscription, date(2026, 6, 1)))

    assert [day.day for day in days] == [31, 28, 31, 30, 31]


def test_a_second_run_makes_nothing_and_a_moved_visit_stays_the_same_visit(desk: Desk):
    subscription = monthly(desk)
    plan_visits(desk.session, subscription, desk.actor, desk.clock)
    first = visits(desk)[0]
    later = datetime(2026, 4, 2, 9, tzinfo=UTC)
    move_event(desk.session, first, later, later + timedelta(hours=1), None, False, desk.actor, desk.clock)

    done = plan_visits(desk.session, subscription, desk.actor, desk.clock)

    assert (done.made, done.taken_back) == (0, 0)
    assert visits(desk)[0].starts_at == later


def test_a_visit_that_was_called_off_by_hand_does_not_come_back(desk: Desk):
    subscription = monthly(desk)
    plan_visits(desk.session, subscription, desk.actor, desk.clock)
    visits(desk)[0].state = EventState.CANCELLED
    desk.session.flush()

    assert plan_visits(desk.session, subscription, desk.actor, desk.clock).made == 0


def test_a_paused_plan_takes_what_lies_ahead_back_and_resumes_with_it(desk: Desk):
    subscription = monthly(desk)
    plan_visits(desk.session, subscription, desk.actor, desk.clock)

    pause(desk.session, subscription, desk.actor, desk.clock)
    assert visits(desk) == []

    resume(desk.session, subscription, desk.actor, desk.clock)
    assert [event.visit_on for event in visits(desk)] == [date(2026, 3, 31), date(2026, 4, 30)]


def test_what_was_done_stays_when_a_plan_ends(desk: Desk):
    subscription = monthly(desk)
    plan_visits(desk.session, subscription, desk.actor, on(date(2026, 2, 1)))
    done = visits(desk)[0]
    done.state = EventState.DONE
    desk.session.flush()

    cancel(desk.session, subscription, "Sold the house", desk.actor, desk.clock, at_once=True)

    assert visits(desk) == [done]


def test_a_plan_that_ends_with_what_is_billed_keeps_its_visits_until_then(desk: Desk):
    """The year is paid for: what lies before its end is still done, later visits are not."""
    subscription = monthly(desk)
    subscription.plan.months = 3
    bill_subscription(desk.session, subscription, desk.actor, desk.clock)
    plan_visits(desk.session, subscription, desk.actor, on(date(2026, 3, 20)))

    cancel(desk.session, subscription, "Sold the house", desk.actor, on(date(2026, 3, 20)))

    assert subscription.ended_on == date(2026, 4, 30)
    assert [event.visit_on for event in visits(desk)] == [date(2026, 3, 31)]


def test_fewer_visits_take_the_others_back(desk: Desk):
    subscription = monthly(desk)
    plan_visits(desk.session, subscription, desk.actor, desk.clock)

    update(desk.session, type(subscription.plan), subscription.plan_id, {"visit_months": 3}, desk.actor)
    plan_visits(desk.session, subscription, desk.actor, desk.clock)

    assert [event.visit_on for event in visits(desk)] == [date(2026, 4, 30)]


def test_a_new_customer_of_a_plan_has_visits_at_once(desk: Desk):
    plan = a_service_plan(desk.session, visit_months=1)

    enrol(desk.session, Enrolment(desk.group.id, plan.id, date(2026, 4, 1)), desk.actor, desk.clock)

    assert [event.visit_on for event in visits(desk)] == [date(2026, 4, 1), date(2026, 5, 1)]


def test_plans_without_visits_have_none(desk: Desk):
    subscription = a_subscription(desk.session, desk.group, a_service_plan(desk.session))

    assert plan_visits(desk.session, subscription, desk.actor, desk.clock).made == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"visit_months": 0}, "visit_months"),
        ({"visit_months": 61}, "visit_months"),
        ({"visit_minutes": 0}, "visit_minutes"),
        ({"visit_minutes": 1441}, "visit_minutes"),
    ],
)
def test_visits_that_make_no_sense_are_refused_at_their_field(desk: Desk, typed: dict[str, int], field: str):
    from admin_app.models import ServicePlan

    values = {"name": "Odd", "months": 12, "price": "10"} | typed

    with pytest.raises(Invalid) as refused:
        create(desk.session, ServicePlan, values, desk.actor)

    assert field in refused.value.fields


def test_the_nightly_round_plans_the_visits_of_all(settings, session, clock):
    a_company(session)
    plan = a_service_plan(session, visit_months=1)
    for number in range(3):
        a_subscription(session, a_group(session, name=f"Group {number}"), plan)
    session.commit()
    engine = open_engine(settings.database_url)

    for _ in range(2):
        plan_recurring_visits(Shift(settings, engine, clock))

    assert session.scalar(select(func.count()).select_from(Event)) == 6
    assert HANDLERS["plan visits"].next_due is not None
    engine.dispose()


def test_twenty_workers_at_once_plan_each_visit_once(engine, ann, clock):
    (subscription_id,) = set_up(engine, ann, clock, lambda desk: (monthly(desk).id,))

    def work(session, number):
        return plan_visits(session, session.get_one(Subscription, subscription_id), ann, clock).made

    answers = at_once(engine, ann, clock, work)

    assert sum(answer for answer in answers if isinstance(answer, int)) == 2
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Event)) == 2
