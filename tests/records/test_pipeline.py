"""The board of the pipeline: who stands where, what columns come to, and that it stays cheap [68, L15]."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.models import EstimateState, LeadState, WorkOrderState
from admin_app.records.pipeline import MOST_CARDS, BoardFilter, read_board
from seeds.builders import a_brand, a_company, a_group, a_user, an_address
from seeds.work_builders import (
    MORNING,
    a_lead,
    a_lead_status,
    a_project,
    a_work_order,
    an_estimate,
)
from tests.services.desk import Desk

TODAY = date(2026, 3, 17)


@pytest.fixture
def desk(session, ann, clock):
    a_company(session)
    a_brand(session, is_default=True)
    return Desk(session, ann, clock, a_group(session, name="Finch household"))


def board(desk, wanted=None, actor=None):
    columns = read_board(desk.session, actor or desk.actor, TODAY, "UTC", "EUR", wanted)
    return {column.key: column for column in columns}


def test_every_open_document_stands_in_the_column_of_its_state(desk):
    session, project = desk.session, a_project(desk.session, desk.group)
    visit = a_lead_status(session, "Site visit")
    for state in (LeadState.NEW, LeadState.FOR_APPROVAL, LeadState.ESTIMATED, LeadState.DECLINED):
        a_lead(session, project, state=state)
    a_lead(session, project, state=LeadState.CUSTOM, custom_status_id=visit.id)
    a_lead(session, project, state=LeadState.POSTPONED, postponed_until=date(2026, 5, 1))
    for answer in EstimateState:
        an_estimate(session, project, state=answer, total=12_000)
    estimate = an_estimate(session, project, state=EstimateState.CONFIRMED, confirmed_on=TODAY, total=50_000)
    a_work_order(session, estimate, state=WorkOrderState.SCHEDULED)

    found = board(desk)

    assert {key: column.count for key, column in found.items()} == {
        "new": 2,
        f"status-{visit.id}": 1,
        "postponed": 1,
        "estimate-draft": 1,
        "estimate-sent": 1,
        "estimate-changes": 1,
        "work-new": 0,
        "work-scheduled": 1,
        "work-in-progress": 0,
        "work-finished": 0,
        "to-invoice": 0,
        "invoiced": 0,
        "done": 0,
    }
    assert found["estimate-sent"].value == 12_000 and found["new"].value is None


def test_a_card_says_customer_site_amount_age_and_estimator(desk):
    session = desk.session
    pete = a_user(session, "pete")
    site = an_address(session, desk.group, line1="1 Mill Street", city="Aarhus")
    project = a_project(session, desk.group, address_id=site.id, estimator_id=pete.id)
    an_estimate(session, project, state=EstimateState.SENT, number="E-00007", total=12_345)

    (card,) = board(desk)["estimate-sent"].cards

    assert (card.customer, card.site, card.amount, card.currency, card.days) == (
        "Finch household",
        "1 Mill Street, Aarhus",
        12_345,
        "EUR",
        15,
    )
    assert (card.number, card.estimator, card.state, card.project_id) == (
        "E-00007",
        pete.name,
        "sent",
        project.id,
    )


def test_work_is_worth_its_contract_with_its_change_orders(desk):
    """A confirmed revision counts until the next one is confirmed; a change order that was not confirmed does not."""
    session, project = desk.session, a_project(desk.session, desk.group)
    first = an_estimate(
        session, project, state=EstimateState.SUPERSEDED, confirmed_on=TODAY, total=50_000, number="E-1"
    )
    an_estimate(session, project, state=EstimateState.SENT, base_id=first.id, revision=2, total=70_000)
    an_estimate(
        session,
        project,
        state=EstimateState.CONFIRMED,
        confirmed_on=TODAY,
        change_of_id=first.id,
        total=5_000,
    )
    an_estimate(session, project, state=EstimateState.DRAFT, change_of_id=first.id, total=999)
    a_work_order(session, first)

    column = board(desk)["work-new"]

    assert (column.value, column.cards[0].amount) == (55_000, 55_000)


def test_completed_work_waits_for_its_bill_until_there_is_one(desk):
    session, project = desk.session, a_project(desk.session, desk.group)
    estimate = an_estimate(session, project, state=EstimateState.CONFIRMED, confirmed_on=TODAY, total=100)
    a_work_order(session, estimate, state=WorkOrderState.COMPLETED)
    assert board(desk)["to-invoice"].cards[0].kind == "workorder"

    draft = desk.draft("100", project_id=project.id, estimate_id=estimate.id)
    (card,) = board(desk)["to-invoice"].cards
    assert (card.kind, card.id) == ("invoice", draft.id)

    session.delete(draft)
    session.flush()
    assert board(desk)["to-invoice"].cards[0].kind == "workorder"


def test_an_invoice_is_open_then_paid_and_leaves_after_a_month(desk):
    project = a_project(desk.session, desk.group)
    bill = desk.invoice("100", project_id=project.id)
    desk.invoice("70")  # of no project: not in the pipeline
    desk.pay("40", bill)
    assert [(card.id, card.amount) for card in board(desk)["invoiced"].cards] == [(bill.id, 6_000)]

    desk.pay("60", bill)

    assert board(desk)["invoiced"].count == 0
    assert [card.id for card in board(desk)["done"].cards] == [bill.id]
    later = read_board(desk.session, desk.actor, TODAY + timedelta(days=31), "UTC", "EUR")
    assert next(column for column in later if column.key == "done").count == 0


def test_a_full_column_shows_the_longest_waiting_and_counts_the_rest(desk):
    session, project = desk.session, a_project(desk.session, desk.group)
    for days in range(MOST_CARDS + 5):
        a_lead(session, project, title=f"Lead {days}", state_since=MORNING - timedelta(days=days))

    column = board(desk)["new"]

    assert (column.count, len(column.cards), column.more) == (MOST_CARDS + 5, MOST_CARDS, 5)
    assert column.cards[0].title == f"Lead {MOST_CARDS + 4}"
    assert column.age == 15 + 12  # the thirteenth of 25


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(desk):
    session, project = desk.session, a_project(desk.session, desk.group)
    for days in (0, 10, 20, 90):
        a_lead(
            session, project, state_since=datetime(2026, 3, 17, tzinfo=MORNING.tzinfo) - timedelta(days=days)
        )

    assert board(desk)["new"].age == 15


def test_the_board_is_narrowed_by_brand_and_estimator(desk):
    session = desk.session
    south, pete = a_brand(session, name="South", key="south"), a_user(session, "pete")
    of_south = a_project(session, a_group(session, name="Heron", brand_id=south.id))
    by_pete = a_project(session, desk.group, estimator_id=pete.id)
    for project in (of_south, by_pete):
        an_estimate(session, project, title=project.group.name)
        a_lead(session, project)

    assert [card.customer for card in board(desk, BoardFilter(brand_id=south.id))["new"].cards] == ["Heron"]
    narrowed = board(desk, BoardFilter(estimator_id=pete.id))
    assert [card.customer for card in narrowed["estimate-draft"].cards] == ["Finch household"]
    assert board(desk)["new"].count == 2


def test_other_currencies_are_counted_apart(desk):
    project = a_project(desk.session, desk.group)
    an_estimate(desk.session, project, total=100)
    an_estimate(desk.session, project, total=9_900, currency="USD")

    column = board(desk)["estimate-draft"]

    assert (column.count, column.value, column.elsewhere) == (2, 100, 1)


def test_a_status_that_is_off_keeps_its_column_while_a_lead_stands_in_it(desk):
    off = a_lead_status(desk.session, "Old way", enabled=False)
    assert f"status-{off.id}" not in board(desk)

    a_lead(desk.session, a_project(desk.session, desk.group), state=LeadState.CUSTOM, custom_status_id=off.id)

    assert board(desk)[f"status-{off.id}"].count == 1


def test_a_crew_sees_no_leads_and_no_money_on_the_board(desk):
    project = a_project(desk.session, desk.group)
    a_lead(desk.session, project)
    an_estimate(desk.session, project)
    crew = Actor(ActorKind.STAFF, "Carl", id=4711, role=Role.CREW)

    assert sum(column.count for column in board(desk, actor=crew).values()) == 0


def test_the_board_costs_the_same_statements_whatever_is_on_it(desk):
    session, seen = desk.session, []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: seen.append(a[2]))
    project = a_project(session, desk.group)
    board(desk)
    seen.clear()
    board(desk)
    empty = len(seen)
    for _ in range(30):
        a_lead(session, project)
        an_estimate(session, project)
    session.flush()

    seen.clear()
    board(desk)

    assert len(seen) == empty == 4
