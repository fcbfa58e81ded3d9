"""How far a project is follows from its documents: stage, steps, tab, value, billed, paid [A35, A40, 4.2, 5]."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.models import (
    Company,
    CompletedWhen,
    CreditNote,
    EstimateState,
    Invoice,
    InvoiceKind,
    InvoiceState,
    LeadState,
    Project,
    ServiceState,
    WorkOrderState,
)
from admin_app.records.project_tabs import Tab, Wanted, count_tabs, project_page
from admin_app.records.projects import ProjectCard, Stage, read_project, read_projects
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.use_credit import use_credit
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from seeds.builders import a_contact, a_user
from seeds.work_builders import a_lead, a_lead_status, a_project, a_work_order, an_estimate
from tests.services.desk import Desk, a_desk, euros

DONE = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def desk(session, ann, clock):
    return a_desk(session, ann, clock)


@pytest.fixture
def project(desk) -> Project:
    """A project with a lead that was asked for on 2 March."""
    made = a_project(desk.session, desk.group)
    a_lead(desk.session, made)
    return made


def card_of(desk: Desk, project: Project, actor: Actor | None = None) -> ProjectCard:
    desk.session.flush()
    desk.session.expire_all()
    return read_project(desk.session, actor or desk.actor, project, desk.clock.today())


def credit(desk: Desk, invoice: Invoice, amount: str | None = None) -> CreditNote:
    form = CreditForm(invoice.id, "Wrong tree", euros(amount) if amount else None)
    return write_credit_note(desk.session, form, desk.actor, desk.clock)


def tab_of(desk: Desk, project: Project) -> Tab:
    return card_of(desk, project).tab


def test_a_lead_alone_is_the_first_step_and_worth_nothing_yet(desk, project):
    card = card_of(desk, project)

    assert (card.stage, card.tab) == (Stage.LEAD, Tab.IN_PROGRESS)
    assert [step.exists for step in card.steps] == [True, False, False, False]
    assert (card.since, card.age) == (date(2026, 3, 2), 15)
    assert (str(card.value), str(card.billed), str(card.paid)) == ("0.00", "0.00", "0.00")


def test_a_status_of_our_own_is_said_by_its_name(desk, project):
    own = a_lead_status(desk.session, "Site visit planned")
    a_lead(desk.session, project, state=LeadState.CUSTOM, custom_status_id=own.id)

    step = card_of(desk, project).step("lead")

    assert (step.word, step.detail) == ("Site visit planned", "2 leads")


def test_the_value_is_the_contract_with_its_change_orders_and_before_that_the_offer(desk, project):
    offer = an_estimate(desk.session, project, total=100_00, state=EstimateState.SENT, sent_at=DONE)
    assert str(card_of(desk, project).value) == "100.00"

    offer.state, offer.confirmed_on = EstimateState.SUPERSEDED, date(2026, 3, 3)
    revised = an_estimate(desk.session, project, total=130_00, revision=2, base_id=offer.id)
    an_estimate(
        desk.session,
        project,
        total=20_00,
        change_of_id=offer.id,
        state=EstimateState.CONFIRMED,
        confirmed_on=date(2026, 3, 4),
    )
    desk.session.flush()
    card = card_of(desk, project)
    # The revision is only a draft: what was confirmed is still the contract [M14].
    assert str(card.value) == "120.00"
    assert (card.step("estimate").state, card.step("estimate").detail) == ("draft", "1 change order")

    revised.state, revised.confirmed_on = EstimateState.CONFIRMED, date(2026, 3, 5)
    desk.session.flush()
    assert str(card_of(desk, project).value) == "150.00"


def test_billed_and_paid_are_what_the_books_say(desk, project):
    bill = desk.invoice("100.00", project_id=project.id, kind=InvoiceKind.PARTIAL)
    desk.invoice("50.00", project_id=project.id)
    desk.pay("60.00", bill)
    advance = desk.pay("5.00")
    advance.project_id = project.id
    card = card_of(desk, project)

    assert (card.stage, card.step("invoice").detail) == (Stage.INVOICE, "2 invoices")
    assert (str(card.billed), str(card.paid)) == ("150.00", "65.00")


def test_credit_notes_lower_what_is_billed_also_where_their_amount_was_paid_back(desk, project):
    """[78]: an open bill credited in part, and a paid one credited whole whose money went back to the customer."""
    open_bill = desk.invoice("100.00", project_id=project.id)
    paid_bill = desk.invoice("50.00", project_id=project.id)
    desk.pay("50.00", paid_bill)
    credit(desk, open_bill, "30.00")
    assert str(card_of(desk, project).billed) == "120.00"

    surplus = credit(desk, paid_bill)
    card = card_of(desk, project)
    assert surplus.open == 50_00
    assert (str(card.billed), str(card.paid)) == ("70.00", "50.00")

    refund_credit(
        desk.session, CreditRefundForm(surplus.id, euros("50.00"), desk.clock.today()), desk.actor, desk.clock
    )
    card = card_of(desk, project)
    assert surplus.open == 0
    assert (str(card.billed), str(card.step("invoice").amount)) == ("70.00", "70.00")
    assert str(card.paid) == "0.00", "nothing that was received is still here"


def test_a_credit_that_went_into_another_bill_is_paid_there_and_not_here_any_more(desk, project):
    bill, elsewhere = desk.invoice("50.00", project_id=project.id), desk.invoice("80.00")
    desk.pay("50.00", bill)
    note = credit(desk, bill, "20.00")

    use_credit(desk.session, note, elsewhere, euros("15.00"), desk.actor, desk.clock)

    card = card_of(desk, project)
    assert (str(card.billed), str(card.paid), elsewhere.balance) == ("30.00", "35.00", 65_00)


def test_a_project_is_completed_when_all_is_billed_and_paid_and_nothing_is_left_to_do(desk, project):
    estimate = an_estimate(
        desk.session, project, state=EstimateState.CONFIRMED, confirmed_on=date(2026, 3, 3)
    )
    work = a_work_order(desk.session, estimate, state=WorkOrderState.IN_PROGRESS)
    deposit = desk.invoice("20.00", project_id=project.id, kind=InvoiceKind.DEPOSIT)
    desk.pay("20.00", deposit)
    assert tab_of(desk, project) is Tab.IN_PROGRESS
    work.state = WorkOrderState.COMPLETED
    desk.session.flush()
    assert tab_of(desk, project) is Tab.IN_PROGRESS  # only a deposit was billed

    bill = desk.invoice("100.00", project_id=project.id)
    assert tab_of(desk, project) is Tab.IN_PROGRESS
    desk.pay("100.00", bill)
    assert tab_of(desk, project) is Tab.COMPLETED

    draft = desk.draft("5.00", project_id=project.id)
    assert tab_of(desk, project) is Tab.IN_PROGRESS
    draft.state = InvoiceState.VOID
    draft.number, draft.issued_on = "V-1", date(2026, 3, 3)
    work.state = WorkOrderState.SCHEDULED
    desk.session.flush()
    assert tab_of(desk, project) is Tab.IN_PROGRESS  # a paid part of work that goes on


def test_a_company_may_call_a_project_completed_when_the_work_is_done(desk, project):
    estimate = an_estimate(
        desk.session, project, state=EstimateState.CONFIRMED, confirmed_on=date(2026, 3, 3)
    )
    a_work_order(desk.session, estimate, state=WorkOrderState.COMPLETED)
    assert tab_of(desk, project) is Tab.IN_PROGRESS

    desk.session.get(Company, 1).completed_when = CompletedWhen.WORK_DONE
    desk.session.flush()

    assert tab_of(desk, project) is Tab.COMPLETED


def test_a_project_is_declined_when_its_lead_or_its_estimates_are_and_nothing_else_is_open(desk, project):
    lead = card_of(desk, project).lead
    assert lead is not None
    lead.state, lead.declined_reason = LeadState.DECLINED, "Too far"
    desk.session.flush()
    assert tab_of(desk, project) is Tab.DECLINED

    lead.state, lead.declined_reason = LeadState.ESTIMATED, None
    estimate = an_estimate(desk.session, project, state=EstimateState.DECLINED)
    assert tab_of(desk, project) is Tab.DECLINED

    estimate.state = EstimateState.EXPIRED
    desk.session.flush()
    assert tab_of(desk, project) is Tab.IN_PROGRESS
    estimate.state = EstimateState.DECLINED
    a_lead(desk.session, project, title="And the hedge")
    assert tab_of(desk, project) is Tab.IN_PROGRESS


def test_several_invoices_stand_as_the_one_that_needs_somebody(desk, project):
    desk.invoice("20.00", project_id=project.id, issued_on=date(2026, 1, 2), due_on=date(2026, 2, 1))
    paid = desk.invoice("10.00", project_id=project.id)
    desk.pay("10.00", paid)

    step = card_of(desk, project).step("invoice")

    assert (step.state, step.on, str(step.amount)) == ("overdue", date(2026, 2, 1), "30.00")


def test_a_crew_sees_its_own_work_without_money_and_no_other_projects(desk, project):
    cem = a_user(desk.session, "cem")
    crew = Actor(ActorKind.STAFF, cem.name, cem.id, Role.CREW)
    estimate = an_estimate(desk.session, project, "10.00", "20.00", state=EstimateState.CONFIRMED)
    a_lead(desk.session, a_project(desk.session, desk.group, title="Not theirs"))
    assert project_page(desk.session, crew, Wanted()).projects == []

    work = a_work_order(desk.session, estimate, crew=[cem])
    work.services[0].state = ServiceState.COMPLETED
    desk.invoice("30.00", project_id=project.id)
    desk.session.flush()
    card = card_of(desk, project, crew)

    assert project_page(desk.session, crew, Wanted()).projects == [project]
    assert count_tabs(desk.session, crew, Wanted())[Tab.ALL] == 1
    assert [step.exists for step in card.steps] == [False, False, True, False]
    assert card.step("workorder").detail == "1 of 2 done"
    assert {step.amount for step in card.steps} | {card.value, card.billed, card.paid} == {None}
    assert card.lead is None


def test_tabs_are_counted_and_a_page_holds_only_its_tab(desk, project):
    said_no = a_project(desk.session, desk.group, title="Said no")
    a_lead(desk.session, said_no, state=LeadState.DECLINED, declined_reason="Too far")
    bare = a_project(desk.session, desk.group, title="A record alone")
    mine = Wanted(group_id=desk.group.id)

    counts = count_tabs(desk.session, desk.actor, mine)

    assert counts == {Tab.IN_PROGRESS: 2, Tab.COMPLETED: 0, Tab.DECLINED: 1, Tab.ALL: 3}
    for tab, expected in ((Tab.DECLINED, [said_no]), (Tab.IN_PROGRESS, [bare, project])):
        wanted = Wanted(group_id=desk.group.id, tab=tab)
        assert project_page(desk.session, desk.actor, wanted).projects == expected


def test_pages_follow_each_other_without_a_gap_in_both_directions(desk):
    made = [a_project(desk.session, desk.group, title=f"Project {n}").id for n in range(7)][::-1]

    first = project_page(desk.session, desk.actor, Wanted(), size=3)
    second = project_page(desk.session, desk.actor, Wanted(after=first.after), size=3)
    third = project_page(desk.session, desk.actor, Wanted(after=second.after), size=3)
    back = project_page(desk.session, desk.actor, Wanted(before=third.before), size=3)
    start = project_page(desk.session, desk.actor, Wanted(before=back.before), size=3)

    seen = [[one.id for one in page.projects] for page in (first, second, third)]
    assert seen == [made[:3], made[3:6], made[6:]]
    assert (first.before, third.after) == (None, None)
    assert [one.id for one in back.projects] == made[3:6]
    assert [one.id for one in start.projects] == made[:3] and start.before is None


def test_many_projects_cost_as_many_statements_as_one(desk):
    def cost(projects) -> int:
        count = 0

        def one_more(*_):
            nonlocal count
            count += 1

        bind = desk.session.get_bind()
        event.listen(bind, "before_cursor_execute", one_more)
        try:
            read_projects(desk.session, desk.actor, projects, desk.clock.today())
        finally:
            event.remove(bind, "before_cursor_execute", one_more)
        return count

    made = []
    for number in range(6):
        group_contact = a_contact(
            desk.session, desk.group, first_name=f"P{number}", email=f"p{number}@x.test"
        )
        project = a_project(desk.session, desk.group, contact_id=group_contact.id)
        a_lead(desk.session, project)
        estimate = an_estimate(desk.session, project, state=EstimateState.CONFIRMED)
        a_work_order(desk.session, estimate)
        desk.invoice("10.00", project_id=project.id)
        made.append(project)
    desk.session.expire_all()
    projects = project_page(desk.session, desk.actor, Wanted()).projects

    assert cost(projects) == cost(projects[:1])
    assert len(projects) == 6
