"""Figures of sales, work, plans and customers on next to nothing: a figure, or the reason why there is none [L10, L12].

Every one of them by every dimension that it names, on both databases: no traceback, no figure out of nothing.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from admin_app.models import EstimateState, LeadState, ServiceState, TimeEntry
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from reports.engine import Desk, Query
from reports.metrics import METRICS, Ratio, Special, customers, plans, sales, work
from seeds.builders import a_company, a_group, a_user
from seeds.work_builders import (
    a_lead,
    a_project,
    a_service_plan,
    a_subscription,
    a_work_order,
    an_estimate,
)
from tests.services.desk import a_desk

OURS = [one.name for one in (*sales.METRICS, *work.METRICS, *plans.METRICS, *customers.METRICS)]


def in_pairs(names):
    """Each dimension once, two at a time; of those of time only the month, for they are made alike."""
    alike = ("day", "week", "quarter", "year")
    told = [name for name in names if name not in alike]
    return [tuple(told[at : at + 2]) for at in range(0, len(told), 2)]


@pytest.mark.parametrize("name", OURS)
def test_an_empty_company_has_no_figure_or_none_of_anything(session, ann, clock, name):
    a_company(session)
    desk = Desk(session, ann, clock)

    answer = desk.ask(Query(name))

    if METRICS[name].additive:
        assert (answer.value, answer.rows) == (0, 0)
    else:
        assert answer.value is None
        assert answer.note
    for by in in_pairs(METRICS[name].dimensions):
        assert desk.ask(Query(name, by=by)).marks == ()


@pytest.fixture
def one_customer(session, ann, clock):
    """One of everything for one customer, in an odd order: the offer was accepted before anybody asked."""
    office = a_desk(session, ann, clock)
    cem = a_user(session, "cem", hour_cost=3000)
    project = a_project(session, office.group)
    sent_at = datetime(2026, 2, 2, 9, tzinfo=UTC)
    estimate = an_estimate(
        session,
        project,
        "100",
        number="E-1",
        state=EstimateState.CONFIRMED,
        sent_at=sent_at,
        confirmed_on=date(2026, 2, 1),
        won_by_id=cem.id,
    )
    estimate.subtotal = estimate.total = 10_000
    estimate.lines[0].hours = Decimal("1.5")
    a_lead(session, project, state=LeadState.ESTIMATED, asked_on=date(2026, 2, 20))
    job = a_work_order(session, estimate, starts_at=datetime(2026, 2, 10, 8, tzinfo=UTC))
    job.crew.append(cem)
    job.services[0].state = ServiceState.COMPLETED
    job.services[0].completed_at = sent_at
    session.add(
        TimeEntry(
            group_id=project.group_id,
            work_order_id=job.id,
            user_id=cem.id,
            worked_on=date(2026, 2, 10),
            minutes=50,
            hour_cost=3000,
        )
    )
    a_subscription(session, office.group, a_service_plan(session))
    office.invoice("100", issued_on=date(2026, 1, 5))
    session.flush()
    return Desk(session, ann, clock)


@pytest.mark.parametrize("name", OURS)
def test_one_customer_has_figures_whose_rows_add_up(one_customer, name):
    metric = METRICS[name]

    answer = one_customer.ask(Query(name))

    assert answer.value is not None or answer.note
    for by in in_pairs(metric.dimensions):
        split = one_customer.ask(Query(name, by=by))
        if metric.additive:
            assert sum(mark.value for mark in split.marks if "tag" not in by) == (
                0 if "tag" in by else answer.value
            )
        if not split.marks or isinstance(metric, Special):
            continue
        mark = split.marks[0]
        sides = ("over", "under") if isinstance(metric, Ratio) else ("over",)
        pages = [
            one_customer.rows(split.query, dict(zip(by, mark.keys, strict=True)), side=side) for side in sides
        ]
        assert sum(page.count for page in pages) == mark.rows
        if metric.additive:
            assert sum(pages[0].sums.values()) == mark.value


def test_a_win_before_anybody_asked_is_left_out_and_named(one_customer):
    conversion = one_customer.ask(Query("lead_conversion"))
    rate = one_customer.ask(Query("win_rate"))

    assert conversion.value is rate.value is None
    assert "1 left out, won or lost before the day of entry" in conversion.note
    assert "1 left out, won or lost before the day of entry" in rate.note


def test_a_customer_whose_bills_were_all_credited_never_bought(session, ann, clock):
    office = a_desk(session, ann, clock)
    invoice = office.invoice("100")
    write_credit_note(session, CreditForm(invoice.id, "Wrong tree"), ann, clock)
    desk = Desk(session, ann, clock)

    assert desk.ask(Query("new_customers")).value == 0
    assert desk.ask(Query("repeat_rate")).value is None
    assert desk.ask(Query("retention")).note
    assert desk.ask(Query("margin")).value == 0


def test_somebody_without_customers_has_no_scores(session, ann, clock):
    a_company(session)
    a_group(session)

    assert Desk(session, ann, clock).ask(Query("rfm", by=("recency", "frequency"))).marks == ()
