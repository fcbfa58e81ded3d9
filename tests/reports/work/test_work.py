"""Hours, costs, margin, workload and estimate against actual: by hand [61-67, 124]."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import NotAllowed
from admin_app.models import EstimateState, JobCost, TimeEntry, WorkOrderState
from admin_app.services.job_result import job_result
from reports.engine import Desk, Query
from seeds.builders import a_user
from seeds.work_builders import a_project, a_work_order, an_estimate
from tests.services.desk import a_desk

AGREED = date(2026, 2, 3)


@pytest.fixture
def office(session, ann, clock):
    return a_desk(session, ann, clock)


@pytest.fixture
def ask(session, ann, clock):
    desk = Desk(session, ann, clock)
    return lambda name, **but: desk.ask(Query(name, **but))


@pytest.fixture
def crew(session):
    return [a_user(session, who) for who in ("cem", "sue", "pete")]


def a_job(office, *hours, project=None, **but):
    """A workorder of an agreed estimate whose lines plan so many hours."""
    estimate = an_estimate(
        office.session,
        project or a_project(office.session, office.group),
        *("100" for _ in hours),
        state=EstimateState.CONFIRMED,
        confirmed_on=AGREED,
    )
    for line, planned in zip(estimate.lines, hours, strict=True):
        line.hours = Decimal(planned)
    office.session.flush()
    return a_work_order(office.session, estimate, **but)


def worked(office, job, who, day, minutes, hour_cost=0):
    entry = TimeEntry(
        group_id=job.group_id,
        work_order_id=job.id,
        user_id=who.id,
        worked_on=date.fromisoformat(day),
        minutes=minutes,
        hour_cost=hour_cost,
    )
    office.session.add(entry)
    office.session.flush()
    return entry


def spent(office, job, day, amount):
    office.session.add(
        JobCost(
            group_id=job.group_id,
            work_order_id=job.id,
            description="Chains",
            amount=amount,
            spent_on=date.fromisoformat(day),
        )
    )
    office.session.flush()


def marks(answer):
    return {mark.labels[0]: mark.value for mark in answer.marks}


def test_hours_are_of_who_worked_on_the_day_of_the_work(office, ask, crew):
    job = a_job(office, "1")
    worked(office, job, crew[0], "2026-02-10", 90)
    worked(office, job, crew[0], "2026-03-01", 30)
    worked(office, job, crew[1], "2026-03-01", 45)

    assert marks(ask("hours_worked", by=("crew",))) == {"Cem Yılmaz": 120, "Sue Kowalski": 45}
    assert ask("hours_worked", start=date(2026, 3, 1)).value == 75
    assert ask("hours_worked", as_of=date(2026, 2, 28)).text == "1.5 h"


def test_planned_hours_are_those_of_lines_that_count(office, ask):
    """Rounded to the minute a line; an option that nobody took is not planned."""
    job = a_job(office, "1.01", "2", "5")
    job.estimate.lines[2].optional, job.estimate.lines[2].chosen = True, False
    office.session.flush()

    assert ask("hours_planned").value == 61 + 120
    assert ask("hours_planned", as_of=date(2026, 2, 2)).value == 0


def test_planned_hours_are_shared_among_the_crew_and_none_is_lost(office, ask, crew):
    """A hundred minutes of three people; unscheduled and cancelled work is nobody's."""
    starts = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    job = a_job(office, "1.6667", starts_at=starts)
    job.crew.extend(crew)
    a_job(office, "9")
    a_job(office, "9", starts_at=starts, state=WorkOrderState.CANCELLED)
    office.session.flush()

    assert sorted(marks(ask("workload", by=("crew",))).values()) == [33, 33, 34]
    assert marks(ask("workload", by=("day",))) == {"2026-07-01": 100}


def test_work_without_a_crew_is_still_to_be_done(office, ask):
    a_job(office, "2", starts_at=datetime(2026, 4, 1, 9, tzinfo=UTC))

    assert marks(ask("workload", by=("crew",))) == {"Nobody yet": 120}


def test_the_cost_of_time_is_rounded_once_a_workorder_as_on_its_page(office, ask, crew, ann):
    """Three entries of 10 minutes at 10.01: 5.005 in all is 5.01; each alone would be 1.67."""
    job = a_job(office, "1")
    for day in ("2026-02-10", "2026-02-11", "2026-02-12"):
        worked(office, job, crew[0], day, 10, 1_001)
    spent(office, job, "2026-02-11", 4_000)

    assert ask("cost").value == 501 + 4_000 == job_result(office.session, job, ann).cost.minor
    assert ask("cost", as_of=date(2026, 2, 10)).value == 167
    assert marks(ask("cost", by=("day",))) == {
        "2026-02-10": 167,
        "2026-02-11": 167 + 4_000,
        "2026-02-12": 167,
    }


def test_margin_is_what_was_invoiced_less_what_it_cost(office, ask, crew):
    """Bills on their issue date, costs on the day they arose; by project's estimator."""
    project = a_project(office.session, office.group, estimator_id=crew[2].id)
    job = a_job(office, "1", project=project)
    worked(office, job, crew[0], "2026-02-10", 60, 3_000)
    spent(office, job, "2026-02-20", 2_500)
    office.invoice("100", issued_on=date(2026, 3, 2), project_id=project.id)
    office.invoice("999", issued_on=date(2026, 3, 2))  # nobody knows what that cost: it is no pure gain

    assert ask("margin").value == 10_000 - 3_000 - 2_500
    assert marks(ask("margin", by=("month",))) == {"2026-02": -5_500, "2026-03": 10_000}
    assert marks(ask("margin", by=("estimator",))) == {"Pete Novák": 4_500}
    assert ask("margin_share").value == Decimal("0.45")
    assert ask("margin_share", end=date(2026, 3, 1)).value is None


def test_hours_are_compared_with_the_estimate_once_the_work_is_done(office, ask, crew):
    """Two of two hours planned and three of four worked; open work and work without a plan tell nothing."""
    done = {"state": WorkOrderState.COMPLETED, "completed_on": date(2026, 2, 20)}
    for hours, minutes in (("2", 120), ("4", 420)):
        worked(office, a_job(office, hours, **done), crew[0], "2026-02-10", minutes)
    worked(office, a_job(office, "1"), crew[0], "2026-02-10", 600)
    worked(office, a_job(office, "0", **done), crew[0], "2026-02-10", 600)

    assert ask("estimate_against_actual").value == Decimal(540) / 360
    assert ask("estimate_against_actual", as_of=date(2026, 2, 19)).value is None


@pytest.mark.parametrize("name", ["cost", "margin", "margin_share"])
def test_crews_do_not_see_what_work_costs(office, clock, name):
    """[138]"""
    cem = Actor(ActorKind.STAFF, "Cem Yılmaz", id=None, role=Role.CREW)

    with pytest.raises(NotAllowed):
        Desk(office.session, cem, clock).ask(Query(name))
