"""A confirmed estimate makes one workorder, and later agreements bring it in step [A69, 61, M17, M19, D8]."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Unmet
from admin_app.models import EstimateState, Invoice, ServiceState, WorkOrder, WorkOrderState
from admin_app.services.bill_contract import bill_services
from admin_app.services.complete_services import ALL, complete_services, step_services
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.facts import Said
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.plan_work import plan_work
from admin_app.services.sync_services import sync_services
from admin_app.services.take import take
from seeds.builders import an_asset
from tests.services.agreed import ON_THE_PHONE, agree, change, offer, revision, without
from tests.services.desk import Desk


def nets(work) -> list[int]:
    return [service.net for service in work.services]


def done(desk: Desk, work) -> None:
    """Do and complete everything, without forms."""
    work.needs_safety_form = work.needs_finish_form = False
    if work.state is WorkOrderState.NEW:
        take(desk.session, work, "start", desk.actor, desk.clock)
    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    take(desk.session, work, "complete", desk.actor, desk.clock)


def bill(desk: Desk, work, *services):
    keys = [service.line_key for service in services]
    invoice = bill_services(desk.session, work.estimate_id, keys, desk.actor, desk.clock)
    return issue_invoice(desk.session, invoice, desk.actor, desk.clock)


def test_confirming_an_estimate_makes_its_workorder(desk):
    """[A69] with its number, the services and what the client said."""
    estimate = offer(desk, "100", "250.50")
    oak = an_asset(desk.session, desk.group)
    estimate.lines[0].asset_id = oak.id

    work = agree(desk, estimate, Said(how="phone", comment="Mind the dog"))

    assert (work.number, work.state, work.title) == ("NORTH-W-00001", WorkOrderState.NEW, estimate.title)
    assert (work.project_id, work.group_id) == (estimate.project_id, estimate.group_id)
    assert (work.estimate_id, work.client_comment, work.forced_reason) == (estimate.id, "Mind the dog", None)
    assert [service.description for service in work.services] == ["Work 1", "Work 2"]
    assert [service.line_key for service in work.services] == [line.key for line in estimate.lines]
    assert work.services[0].asset_id == oak.id
    assert nets(work) == [10000, 25050]


def test_the_discount_of_the_estimate_is_shared_over_the_services(desk):
    """[M17, V12]: 10.00 off three lines of 19.99."""
    work = agree(desk, offer(desk, "19.99", "19.99", "19.99", discount_amount=1000))

    assert nets(work) == [1665, 1666, 1666]


def test_what_nobody_chose_is_no_work(desk):
    """[57]"""
    estimate = offer(desk, "100", "50")
    estimate.lines[1].optional, estimate.lines[1].chosen = True, False
    keep_sums(desk.session, estimate)

    work = agree(desk, estimate)

    assert nets(work) == [10000]


def test_a_second_confirmation_finds_the_first(desk):
    """[A69] double click: the step is refused, and the reaction by itself makes no second one."""
    estimate = offer(desk)
    work = agree(desk, estimate)

    with pytest.raises(Unmet, match="confirmed"):
        agree(desk, estimate)
    again = plan_work(desk.session, estimate, desk.actor, desk.clock, ON_THE_PHONE)

    assert again is work
    assert desk.session.scalar(select(func.count()).select_from(WorkOrder)) == 1


def test_a_forced_workorder_says_why_the_steps_before_were_passed_over(desk):
    """[D8]"""
    work = agree(desk, offer(desk), Said(how="Storm damage, the road was blocked", forced=True))

    assert work.forced_reason == "Storm damage, the road was blocked"


def test_a_new_revision_changes_adds_and_cancels_what_is_not_invoiced(desk):
    """[M19] the same workorder, service by service."""
    estimate = offer(desk, "100", "200", "300")
    work = agree(desk, estimate)
    first, second, third = work.services
    later = revision(desk, estimate)
    later.lines[0].unit_price = Decimal(150)
    later.lines[0].description = "Fell the ash and the thorn"
    without(desk, later, 1)

    assert agree(desk, later) is work

    assert {service.id for service in work.services} == {first.id, second.id, third.id}
    assert (first.description, first.net) == ("Fell the ash and the thorn", 15000)
    assert (second.state, second.net) == (ServiceState.CANCELLED, 0)
    assert (third.state, third.net) == (ServiceState.OPEN, 30000)


def test_a_line_that_comes_back_is_work_again(desk):
    estimate = offer(desk, "100", "200")
    work = agree(desk, estimate)
    second = work.services[1]
    agree(desk, without(desk, revision(desk, estimate), 1))
    assert second.state is ServiceState.CANCELLED

    back = revision(desk, estimate, revision=3)
    agree(desk, back)

    assert (second.state, second.net) == (ServiceState.OPEN, 20000)


def test_a_service_that_the_office_cancelled_stays_so(desk):
    estimate = offer(desk, "100", "200")
    work = agree(desk, estimate)
    step_services(desk.session, work, [work.services[0].id], "cancel", desk.actor, desk.clock)

    agree(desk, change(desk, estimate, "40"))

    assert [service.state for service in work.services] == [
        ServiceState.CANCELLED,
        ServiceState.OPEN,
        ServiceState.OPEN,
    ]


def test_a_line_that_is_invoiced_cannot_leave(desk):
    """[M19] and nothing of the new revision is taken over."""
    estimate = offer(desk, "100", "200")
    work = agree(desk, estimate)
    work.needs_safety_form = False
    take(desk.session, work, "start", desk.actor, desk.clock)
    complete_services(desk.session, work, [work.services[0].id], desk.actor, desk.clock)
    bill(desk, work, work.services[0])
    later = revision(desk, estimate, confirmed_on=desk.clock.today(), state=EstimateState.CONFIRMED)
    without(desk, later, 0)

    with pytest.raises(Unmet, match="“Work 1” is invoiced, so it cannot leave the estimate"):
        sync_services(desk.session, work, desk.actor, desk.clock)


def test_what_is_invoiced_keeps_its_words(desk):
    """[M19] editing the estimate after a partial invoice touches only uninvoiced services."""
    estimate = offer(desk, "100", "200")
    work = agree(desk, estimate)
    complete_services(desk.session, work, [work.services[0].id], desk.actor, desk.clock)
    bill(desk, work, work.services[0])
    later = revision(desk, estimate)
    for line in later.lines:
        line.description = "Said otherwise"
    keep_sums(desk.session, later)

    agree(desk, later)

    assert [service.description for service in work.services] == ["Work 1", "Said otherwise"]
    assert [service.state for service in work.services] == [ServiceState.COMPLETED, ServiceState.OPEN]


def test_a_change_order_adds_to_the_work_and_opens_what_was_completed(desk):
    """[M15] one workorder for the estimate and its change orders."""
    estimate = offer(desk, "100")
    work = agree(desk, estimate)
    done(desk, work)
    assert work.completed_on is not None

    assert agree(desk, change(desk, estimate, "40", "60"), Said(how="ok", comment="And the hedge")) is work

    assert (work.state, work.completed_on) == (WorkOrderState.IN_PROGRESS, None)
    assert nets(work) == [10000, 4000, 6000]
    assert [service.position for service in work.services] == [1, 2, 3]
    assert work.client_comment == "And the hedge"


def test_finished_work_without_more_to_do_stays_finished(desk):
    estimate = offer(desk, "100", "200")
    work = agree(desk, estimate)
    work.needs_safety_form = False
    take(desk.session, work, "start", desk.actor, desk.clock)
    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    take(desk.session, work, "finish", desk.actor, desk.clock)
    cheaper = revision(desk, estimate, discount_percent=Decimal(10))

    agree(desk, cheaper)

    assert work.state is WorkOrderState.FINISHED
    assert nets(work) == [9000, 18000]


def test_new_work_after_the_final_invoice_asks_for_a_credit_note_first(desk):
    """[M19]"""
    estimate = offer(desk, "100")
    work = agree(desk, estimate)
    done(desk, work)
    invoice = desk.session.scalars(select(Invoice).where(Invoice.work_order_id == work.id)).one()
    issued = issue_invoice(desk.session, invoice, desk.actor, desk.clock)

    with pytest.raises(Unmet, match=f"Invoice {issued.number} closed this work"):
        agree(desk, change(desk, estimate, "40"))


def test_cancelled_work_takes_no_change_orders(desk):
    estimate = offer(desk, "100")
    work = agree(desk, estimate)
    take(desk.session, work, "cancel", desk.actor, desk.clock, Said(reason="Sold the house"))

    with pytest.raises(Unmet, match=f"Workorder {work.number} was cancelled"):
        agree(desk, change(desk, estimate, "40"))
