"""Booked, won, backlog, done and not invoiced: by hand, with a revision and a change order [M14-M17, 124]."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from admin_app.models import EstimateState, ServiceState, WorkOrderState
from admin_app.services import bill_contract
from admin_app.services.bill_deposit import bill_deposit
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from reports.engine import Desk, Query
from seeds.builders import a_user
from seeds.work_builders import a_project, a_work_order
from tests.services.agreed import change, offer, revision
from tests.services.desk import a_desk, euros

FEBRUARY, MARCH, TENTH, TWELFTH = date(2026, 2, 3), date(2026, 3, 5), date(2026, 3, 10), date(2026, 3, 12)


@pytest.fixture
def office(session, ann, clock):
    return a_desk(session, ann, clock)


@pytest.fixture
def figures(session, ann, clock):
    """The value of a metric, as of a day if one is said."""
    desk = Desk(session, ann, clock)

    def figure(name, **but):
        return desk.ask(Query(name, **but)).value

    return figure


@pytest.fixture
def contract(office):
    """1,000 net agreed in February by pete; 1,200 by a revision in March; 300 added by a change order on the 10th."""
    pete = a_user(office.session, "pete")
    project = a_project(office.session, office.group, estimator_id=pete.id)
    first = offer(office, "600", "400", project=project, number="E-1", taxes=["VAT"])
    confirm(first, FEBRUARY, pete.id)
    later = revision(office, first)
    later.lines[0].unit_price = Decimal(800)
    keep_sums(office.session, later)
    first.state = EstimateState.SUPERSEDED
    confirm(later, MARCH, pete.id)
    added = change(office, first, "300", number="E-2", taxes=["VAT"])
    confirm(added, TENTH, None)
    office.session.flush()
    return first


def confirm(estimate, day, winner):
    estimate.state, estimate.confirmed_on, estimate.won_by_id = EstimateState.CONFIRMED, day, winner


@pytest.mark.parametrize(
    ("as_of", "booked", "won", "ticket"),
    [
        (date(2026, 2, 2), 0, 0, None),
        (FEBRUARY, 100_000, 1, 100_000),
        (MARCH, 120_000, 1, 120_000),
        (TENTH, 150_000, 1, 150_000),
    ],
)
def test_a_revision_books_the_difference_and_a_change_order_adds(
    contract, figures, as_of, booked, won, ticket
):
    """[M14, M15]"""
    assert figures("booked", as_of=as_of) == figures("backlog", as_of=as_of) == booked
    assert figures("won", as_of=as_of) == won
    assert figures("average_ticket", as_of=as_of) == ticket


def test_each_acceptance_stands_on_its_own_day(contract, session, ann, clock):
    answer = Desk(session, ann, clock).ask(Query("booked", by=("day",)))

    assert [(mark.keys[0], mark.value) for mark in answer.marks] == [
        ("2026-02-03", 100_000),
        ("2026-03-05", 20_000),
        ("2026-03-10", 30_000),
    ]


def test_a_win_is_of_who_was_assigned_then(contract, session, ann, clock):
    """Whoever gets the project later did not win it [R41]."""
    bea = a_user(session, "bea")
    contract.project.estimator_id = bea.id
    session.flush()

    answer = Desk(session, ann, clock).ask(Query("booked", by=("estimator",)))

    assert {mark.labels[0]: mark.value for mark in answer.marks} == {"Pete Novák": 120_000, "None": 30_000}


def test_what_is_invoiced_leaves_the_backlog_and_a_credit_brings_it_back(contract, office, figures):
    """Net of tax on the day of the bill; a void is as if it had never been [M16, M25]."""
    draft = bill_contract.bill_percent(office.session, contract.id, Decimal(30), office.actor, office.clock)
    bill = issue_invoice(office.session, draft, office.actor, office.clock, TWELFTH)
    assert bill.total - bill.tax == 45_000

    assert figures("backlog", as_of=date(2026, 3, 11)) == 150_000
    assert figures("backlog", as_of=TWELFTH) == 150_000 - 45_000

    write_credit_note(
        office.session, CreditForm(bill.id, "Too early", euros("54.00")), office.actor, office.clock
    )
    assert figures("backlog") == 150_000 - 45_000 + 4_500
    assert figures("backlog", as_of=TWELFTH) == 150_000 - 45_000


def test_a_deposit_counts_once_as_in_what_is_invoiced(contract, office, figures):
    """[M21]"""
    deposit = bill_deposit(office.session, contract.id, euros("120.00"), office.actor, office.clock)
    issue_invoice(office.session, deposit, office.actor, office.clock, TWELFTH)
    assert figures("backlog") == 150_000 - figures("invoiced") == 150_000 - 10_000

    rest = bill_contract.bill_rest(office.session, contract.id, office.actor, office.clock)
    issue_invoice(office.session, rest, office.actor, office.clock)
    assert figures("backlog") == 0
    assert figures("invoiced") == 150_000


def test_work_that_is_called_off_is_no_backlog_from_that_day_on(contract, office, figures):
    work = a_work_order(office.session, contract)
    work.state = WorkOrderState.CANCELLED
    work.state_since = datetime(2026, 3, 15, 12, tzinfo=UTC)
    office.session.flush()

    assert figures("backlog", as_of=date(2026, 3, 14)) == 150_000
    assert figures("backlog", as_of=date(2026, 3, 15)) == 0
    assert figures("booked") == 150_000


def test_done_and_not_invoiced_is_what_was_completed_less_its_bills(office, figures):
    """[M17]"""
    estimate = offer(office, "600", "400", number="E-5")
    confirm(estimate, FEBRUARY, None)
    work = a_work_order(office.session, estimate)
    done = work.services[0]
    done.state, done.completed_at = ServiceState.COMPLETED, datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    office.session.flush()

    assert figures("work_not_invoiced", as_of=date(2026, 3, 9)) == 0
    assert figures("work_not_invoiced", as_of=TENTH) == 60_000

    draft = bill_contract.bill_percent(office.session, estimate.id, Decimal(50), office.actor, office.clock)
    issue_invoice(office.session, draft, office.actor, office.clock, TWELFTH)
    assert figures("work_not_invoiced", as_of=TENTH) == 60_000
    assert figures("work_not_invoiced") == 30_000


def test_done_and_not_invoiced_is_net_where_prices_include_tax(office, figures):
    estimate = offer(office, "120", "60", number="E-6", taxes=["VAT"], prices_include_tax=True)
    confirm(estimate, FEBRUARY, None)
    work = a_work_order(office.session, estimate)
    for service in work.services:
        service.state, service.completed_at = ServiceState.COMPLETED, datetime(2026, 3, 10, tzinfo=UTC)
    office.session.flush()

    assert figures("work_not_invoiced") == figures("backlog") == 15_000


def test_discounts_are_told_of_the_price_before_them(office, figures):
    """On a line and on the whole: 10 + 9 of 100."""
    estimate = offer(office, "100", number="E-7")
    estimate.lines[0].discount_amount = 1_000
    estimate.discount_percent = Decimal(10)
    keep_sums(office.session, estimate)
    confirm(estimate, FEBRUARY, None)
    office.session.flush()

    assert figures("discount_share") == Decimal("0.19")
    assert figures("discount_share", as_of=date(2026, 2, 2)) is None
