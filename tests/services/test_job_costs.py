"""Time and money spent on a workorder, and what they leave of its price [67]."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from admin_app.kernel.money import Money
from admin_app.models import AuditEntry, CostKind, JobCost, TimeEntry
from admin_app.services.book_cost import CostForm, book_cost, change_cost, remove_cost
from admin_app.services.job_result import job_result
from admin_app.services.track_time import TimeForm, change_time, remove_time, the_time, track_time
from tests.services.agreed import agree, change, offer
from tests.services.desk import Desk, euros
from tests.signing import a_user

DAY = date(2026, 3, 16)


@pytest.fixture
def cem(desk: Desk):
    return a_user(desk.session, Role.CREW, hour_cost=3000)


@pytest.fixture
def work(desk: Desk, cem):
    """Agreed work at 1000.00 less ten percent, on which cem is; planned with 2 × 150.25 of cost and 6.5 hours."""
    estimate = offer(desk, "1000", "500", discount_percent=Decimal(10))
    first = estimate.lines[0]
    first.quantity, first.unit_price = Decimal(2), Decimal(500)
    first.cost, first.hours = Decimal("150.25"), Decimal("6.5")
    work = agree(desk, estimate)
    work.crew = [cem]
    desk.session.flush()
    return work


def track(desk, work, who, minutes=60, by=None, **but):
    form = TimeForm(**{"user_id": who.id, "worked_on": DAY, "minutes": minutes} | but)
    return track_time(desk.session, work, form, by or desk.actor, desk.clock)


def spend(desk, work, price, /, key=None, **but):
    facts: dict[str, Any] = {"description": "Skip", "amount": euros(price), "spent_on": DAY}
    form = CostForm(**facts | but)
    return book_cost(desk.session, work, form, desk.actor, desk.clock, key)


def test_time_keeps_what_an_hour_cost_then(desk, work, cem):
    entry = track(desk, work, cem, 90, note=" Stump too ")
    cem.hour_cost = 9900

    assert (entry.hour_cost, entry.minutes, entry.note) == (3000, 90, "Stump too")
    assert (entry.group_id, entry.work_order_id) == (work.group_id, work.id)


def test_a_crew_writes_and_mends_its_own_time_only(desk, work, cem):
    me, other = cem.as_actor(), a_user(desk.session, Role.SUBCONTRACTOR)
    entry = track(desk, work, cem, by=me)
    change_time(desk.session, entry, TimeForm(cem.id, DAY, 45), me, desk.clock)
    theirs = track(desk, work, other)

    assert entry.minutes == 45
    with pytest.raises(NotAllowed, match="your own time"):
        track(desk, work, other, by=me)
    with pytest.raises(NotAllowed, match="your own time"):
        change_time(desk.session, theirs, TimeForm(cem.id, DAY, 45), me, desk.clock)
    with pytest.raises(NotFound):
        the_time(desk.session, work, theirs.id, me)
    with pytest.raises(NotAllowed):
        remove_time(desk.session, entry, me)


def test_a_crew_writes_no_time_on_work_of_others(desk, cem):
    elsewhere = agree(desk, offer(desk))

    with pytest.raises(NotFound):
        track(desk, elsewhere, cem, by=cem.as_actor())


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"worked_on": DAY + timedelta(days=2)}, "worked_on"),
    ],
)
def test_time_that_cannot_be_is_refused(desk, work, cem, but, field):
    with pytest.raises(Invalid) as refused:
        track(desk, work, cem, **but)

    assert set(refused.value.fields) == {field}


def test_nobody_works_more_than_a_day_in_a_day(desk, work, cem):
    """On all workorders together; putting the same entry right counts it once."""
    entry = track(desk, work, cem, 20 * 60)

    with pytest.raises(Invalid, match="more than 24 hours"):
        track(desk, agree(desk, offer(desk)), cem, 5 * 60)
    change_time(desk.session, entry, TimeForm(cem.id, DAY, 23 * 60), desk.actor, desk.clock)


def test_time_for_somebody_else_costs_what_they_cost(desk, work, cem):
    entry = track(desk, work, cem)
    sid = a_user(desk.session, Role.SUBCONTRACTOR, hour_cost=4500)

    change_time(desk.session, entry, TimeForm(sid.id, DAY, 60), desk.actor, desk.clock)

    assert entry.hour_cost == 4500


def test_a_form_sent_twice_is_one_entry(desk, work, cem):
    form = TimeForm(cem.id, DAY, 60)
    first, second = (
        track_time(desk.session, work, form, desk.actor, desk.clock, key="the same form") for _ in "12"
    )

    assert first is second
    assert desk.session.scalar(select(func.count()).select_from(TimeEntry)) == 1
    spend(desk, work, "10", key="a cost")
    spend(desk, work, "10", key="a cost")
    with pytest.raises(Conflict):
        spend(desk, work, "11", key="a cost")
    assert desk.session.scalar(select(func.count()).select_from(JobCost)) == 1


def test_costs_are_put_right_and_taken_away_with_a_trace(desk, work):
    cost = spend(desk, work, "10")
    form = CostForm("Bigger skip", euros("25"), DAY, CostKind.DISPOSAL, "Tip & Co")
    change_cost(desk.session, cost, form, desk.actor, desk.clock)
    assert (cost.amount, cost.kind, cost.supplier) == (2500, CostKind.DISPOSAL, "Tip & Co")

    remove_cost(desk.session, cost, desk.actor)

    kept = select(func.count()).select_from(AuditEntry).where(AuditEntry.entity == "JobCost")
    assert desk.session.scalar(kept) == 3


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"description": " "}, "description"),
        ({"amount": euros("0")}, "amount"),
        ({"amount": Money(100, "USD")}, "amount"),
        ({"spent_on": DAY + timedelta(days=9)}, "spent_on"),
    ],
)
def test_a_cost_that_cannot_be_is_refused(desk, work, but, field):
    with pytest.raises(Invalid) as refused:
        spend(desk, work, "10", **but)

    assert set(refused.value.fields) == {field}


def test_estimate_against_actual_adds_up_by_hand(desk, work, cem):
    """[67] 1000 + 500 less 10 % = 1350; 95 minutes at 30.00 = 47.50; costs 200.10 − 20.10."""
    agree(desk, change(desk, work.estimate, "150"))
    for minutes in (50, 25, 20):
        track(desk, work, cem, minutes)
    spend(desk, work, "200.10")
    spend(desk, work, "-20.10", description="Returned", kind=CostKind.MATERIAL)
    spend(desk, work, "80", kind=CostKind.SUBCONTRACTOR)

    result = job_result(desk.session, work, desk.actor)

    assert result.price == euros("1500")
    assert (result.planned_minutes, result.planned_cost) == (390, euros("300.50"))
    assert (result.minutes, result.time_cost) == (95, euros("47.50"))
    assert result.spent == {CostKind.MATERIAL: euros("180"), CostKind.SUBCONTRACTOR: euros("80")}
    assert (result.cost, result.margin) == (euros("307.50"), euros("1192.50"))
    assert (result.margin_percent, result.planned_margin_percent) == (Decimal("79.5"), Decimal("80.0"))
    assert result.unplanned == 2


def test_many_short_entries_lose_no_cent(desk, work, cem):
    """One minute at 30.00 an hour is 0.50; seven at 10.00 are 1.17, not 7 × 0.17."""
    cem.hour_cost = 1000
    for _ in range(7):
        track(desk, work, cem, 1)

    assert job_result(desk.session, work, desk.actor).time_cost == euros("1.17")


def test_tax_is_no_part_of_what_is_left(desk):
    """Where prices include it, the price is counted without."""
    work = agree(desk, offer(desk, "120", taxes=["VAT"], prices_include_tax=True))

    assert job_result(desk.session, work, desk.actor).price == euros("100")


def test_work_for_nothing_has_no_percentage(desk):
    work = agree(desk, offer(desk, "0"))

    assert job_result(desk.session, work, desk.actor).margin_percent is None


def test_what_work_costs_us_is_not_for_crews(desk, work, cem):
    me = cem.as_actor()
    with pytest.raises(NotAllowed):
        job_result(desk.session, work, me)
    with pytest.raises(NotAllowed):
        book_cost(desk.session, work, CostForm("Skip", euros("1"), DAY), me, desk.clock)
    with pytest.raises(NotAllowed):
        book_cost(
            desk.session,
            work,
            CostForm("Skip", euros("1"), DAY),
            Actor(ActorKind.STAFF, "Ada", 9, Role.ANALYST),
            desk.clock,
        )
