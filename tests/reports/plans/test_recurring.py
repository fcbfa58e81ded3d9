"""Recurring revenue: as of any day, from days and history; movements sum exactly to the change [139, 140, M40]."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from admin_app.kernel.clock import FixedClock
from admin_app.models import Company, SubscriptionState
from admin_app.services import subscribe
from reports.engine import Desk, Query
from seeds.builders import a_brand, a_company, a_group
from seeds.work_builders import a_service_plan, a_subscription
from tests.reports.oracle.office import clock_of

START, TODAY = date(2025, 11, 1), date(2026, 3, 17)


class Plans:
    """A company whose days can be walked through, so that its history has the right days."""

    def __init__(self, session, ann):
        self.session, self.ann = session, ann
        self.today = FixedClock(datetime(2026, 3, 17, 9, 30, tzinfo=UTC), "Europe/London")

    def on(self, day):
        """Acts of a day: the clock of the session and of services."""
        clock = clock_of(day)
        self.session.info["clock"] = clock
        return clock

    def enrol(self, group, plan, day, **but):
        self.on(day)
        return a_subscription(
            self.session,
            group,
            plan,
            **{"started_on": day, "anchor_day": day.day, "next_on": date(2027, 1, 1)} | but,
        )

    def pause(self, subscription, day):
        subscribe.pause(self.session, subscription, self.ann, self.on(day))

    def resume(self, subscription, day):
        subscribe.resume(self.session, subscription, self.ann, self.on(day))

    def cancel(self, subscription, day):
        subscribe.cancel(self.session, subscription, "Moved", self.ann, self.on(day), at_once=True)

    def reprice(self, record, price, day):
        self.on(day)
        record.price = price
        self.session.flush()

    def ask(self, name, **but):
        return Desk(self.session, self.ann, self.today).ask(Query(name, **but))

    def mrr(self, day):
        return self.ask("mrr", as_of=day).value

    def movements(self, **but):
        return {mark.keys[0]: mark.value for mark in self.ask("mrr_movement", by=("movement",), **but).marks}


@pytest.fixture
def plans(session, ann):
    a_company(session)
    a_brand(session)
    return Plans(session, ann)


@pytest.fixture
def yearly(plans):
    """240.00 a year: 20.00 a month."""
    return a_service_plan(plans.session)


def test_a_price_is_divided_by_its_months_and_rounded_once(plans):
    """100.00 a quarter is 33.33 a month, and twelve times that a year; half a cent goes up."""
    group = a_group(plans.session)
    quarterly = a_service_plan(plans.session, name="Quarterly", months=3, price=Decimal("100"))
    odd = a_service_plan(plans.session, name="Odd", months=2, price=Decimal("0.01"))
    plans.enrol(group, quarterly, START)
    plans.enrol(group, odd, START)

    assert plans.mrr(TODAY) == 3_333 + 1
    assert plans.ask("arr").value == 12 * (3_333 + 1)


def test_a_currency_without_cents_has_whole_units(plans, session):
    session.get_one(Company, 1).currency = "JPY"
    plans.enrol(a_group(session), a_service_plan(session, price=Decimal("30000")), START)

    answer = plans.ask("mrr")

    assert (answer.value, answer.currency) == (2_500, "JPY")


def test_a_plan_counts_from_its_first_day_to_the_day_before_it_ends(plans, yearly):
    running = plans.enrol(a_group(plans.session), yearly, START)
    plans.cancel(running, date(2026, 2, 10))

    assert [plans.mrr(day) for day in (date(2025, 10, 31), START, date(2026, 2, 9), date(2026, 2, 10))] == [
        0,
        2_000,
        2_000,
        0,
    ]
    assert plans.movements() == {"new": 2_000, "churn": -2_000}


def test_one_that_is_cancelled_runs_on_until_what_is_paid_is_over(plans, yearly):
    running = plans.enrol(a_group(plans.session), yearly, START)
    running.state, running.ended_on, running.next_on = SubscriptionState.CANCELLED, date(2026, 11, 1), None
    plans.session.flush()

    assert plans.mrr(TODAY) == 2_000
    assert plans.mrr(date(2026, 11, 1)) == 0


def test_a_pause_is_out_and_comes_back_also_when_it_is_long_over(plans, yearly):
    """What a resumed plan no longer says of its pause, the history does."""
    running = plans.enrol(a_group(plans.session), yearly, START)
    plans.pause(running, date(2025, 12, 1))
    plans.resume(running, date(2026, 1, 15))
    plans.pause(running, date(2026, 3, 1))

    days = (
        date(2025, 11, 30),
        date(2025, 12, 1),
        date(2026, 1, 14),
        date(2026, 1, 15),
        date(2026, 2, 28),
        date(2026, 3, 1),
    )
    assert [plans.mrr(day) for day in days] == [2_000, 0, 0, 2_000, 2_000, 0]
    assert plans.movements() == {"new": 2_000, "reactivation": 2_000, "churn": -4_000}


def test_one_cancelled_in_its_pause_does_not_come_back_in_between(plans, yearly):
    running = plans.enrol(a_group(plans.session), yearly, START)
    plans.pause(running, date(2025, 12, 1))
    plans.cancel(running, date(2026, 2, 1))

    assert [plans.mrr(date(2026, 1, 1)), plans.mrr(TODAY)] == [0, 0]
    assert plans.movements() == {"new": 2_000, "churn": -2_000}


def test_a_changed_price_counts_from_its_day_on_and_not_before(plans, yearly):
    """The plan's price for those without their own; an own price hides it, taken away it shows again."""
    without = plans.enrol(a_group(plans.session, name="One"), yearly, START)
    own = plans.enrol(a_group(plans.session, name="Two"), yearly, START, price=Decimal("120"))
    plans.reprice(yearly, Decimal("360"), date(2026, 1, 10))
    plans.reprice(own, Decimal("60"), date(2026, 2, 1))
    plans.reprice(own, None, date(2026, 3, 1))
    assert without.price is None

    days = (date(2026, 1, 9), date(2026, 1, 10), date(2026, 2, 1), date(2026, 3, 1))
    assert [plans.mrr(day) for day in days] == [3_000, 4_000, 3_500, 6_000]
    assert plans.movements() == {"new": 3_000, "expansion": 1_000 + 2_500, "contraction": -500}


def test_movements_are_told_of_the_customer_and_not_of_the_contract(plans, yearly):
    """A second plan is more of a customer; one for another on the same day is neither lost nor won."""
    group = a_group(plans.session)
    monthly = a_service_plan(plans.session, name="Monthly", months=1, price=Decimal("50"))
    first = plans.enrol(group, yearly, START)
    plans.enrol(group, monthly, date(2025, 12, 1))
    plans.cancel(first, date(2026, 1, 5))

    assert plans.movements() == {"new": 2_000, "expansion": 5_000, "contraction": -2_000}


@pytest.mark.parametrize("first", [date(2025, 11, 15), date(2026, 1, 1), date(2026, 2, 15)])
@pytest.mark.parametrize("last", [date(2026, 2, 20), TODAY])
def test_movements_of_any_period_sum_to_the_change(plans, yearly, first, last):
    """Odd cents: 100.00 by 3 and 70.00 by 12 months."""
    odd = a_service_plan(plans.session, name="Odd", months=3, price=Decimal("100"))
    groups = [a_group(plans.session, name=f"Customer {number}") for number in range(4)]
    running = [plans.enrol(group, odd, date(2025, 11, 5 + at)) for at, group in enumerate(groups)]
    plans.enrol(groups[0], yearly, date(2026, 1, 20), price=Decimal("70"))
    plans.pause(running[1], date(2025, 12, 24))
    plans.resume(running[1], date(2026, 2, 16))
    plans.cancel(running[2], date(2026, 1, 1))
    plans.reprice(odd, Decimal("133.33"), date(2026, 2, 10))

    moved = sum(plans.movements(start=first, end=last).values())

    assert moved == plans.mrr(_before(last)) - plans.mrr(_before(first))
    assert sum(plans.movements().values()) == plans.mrr(TODAY) == 4_444 + 4_444 + 583 + 4_444


def _before(day):
    return date.fromordinal(day.toordinal() - 1)


def test_churn_is_who_left_of_those_who_were_there(plans, yearly):
    """Of three in February one left; one that came in February counts from March on."""
    groups = [a_group(plans.session, name=f"Customer {number}") for number in range(4)]
    running = [plans.enrol(group, yearly, START) for group in groups[:3]]
    plans.enrol(groups[3], yearly, date(2026, 2, 5))
    plans.cancel(running[0], date(2026, 2, 10))

    february = plans.ask("plan_churn", start=date(2026, 2, 1), end=date(2026, 3, 1))
    by_month = plans.ask("plan_churn", by=("month",), start=date(2026, 1, 1), end=date(2026, 4, 1))
    by_plan = plans.ask("plan_churn", by=("plan",), start=date(2026, 2, 1), end=date(2026, 3, 1))

    assert (february.value, february.rows) == (Decimal(1) / 3, 3)
    assert {mark.keys[0]: mark.value for mark in by_month.marks} == {
        "2026-01": 0,
        "2026-02": Decimal(1) / 3,
        "2026-03": 0,
    }
    assert [(mark.labels[0], mark.rows) for mark in by_plan.marks] == [("Yearly tree check", 3)]


def test_nobody_to_lose_is_said(plans, yearly):
    answer = plans.ask("plan_churn")

    assert (answer.value, answer.text) == (None, "–")
    assert answer.note == "No customer had a running plan when the period began"


def test_renewals_are_the_next_bills_of_running_plans(plans, yearly):
    running = plans.enrol(a_group(plans.session, name="One"), yearly, START, next_on=date(2026, 11, 1))
    paused = plans.enrol(a_group(plans.session, name="Two"), yearly, START, next_on=date(2026, 11, 1))
    plans.pause(paused, date(2026, 3, 1))

    answer = plans.ask("renewals", by=("month",))

    assert [(mark.keys[0], mark.value) for mark in answer.marks] == [("2026-11", 24_000)]
    assert running.next_on == date(2026, 11, 1)
