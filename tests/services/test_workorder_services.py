"""Services of a workorder are ticked off and back, and the things that were worked on remember it [A73-A75, A31]."""

from __future__ import annotations

import pytest

from admin_app.kernel.actor import SYSTEM, Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import EstimateState, Invoice, InvoiceKind, InvoiceLine, ServiceState, WorkOrderState
from admin_app.services.complete_services import ALL, complete_services, step_services
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.take import Said, take
from seeds.builders import a_group, an_asset
from seeds.work_builders import MORNING, a_project, a_work_order, an_estimate
from tests.services.desk import Desk
from tests.signing import a_user


@pytest.fixture
def work(desk: Desk):
    """A workorder of three services at 100.00 each, in progress."""
    project = a_project(desk.session, desk.group)
    agreed = {"state": EstimateState.CONFIRMED, "confirmed_on": MORNING.date()}
    estimate = keep_sums(desk.session, an_estimate(desk.session, project, "100", "100", "100", **agreed))
    work = a_work_order(desk.session, estimate)
    take(desk.session, work, "start", desk.actor, desk.clock)
    return work


def states(work) -> list[ServiceState]:
    return [service.state for service in work.services]


def bill(desk: Desk, work, *services) -> Invoice:
    """An issued invoice of these services."""
    invoice = desk.draft(project_id=work.project_id, estimate_id=work.estimate_id, kind=InvoiceKind.PARTIAL)
    for place, service in enumerate(services, start=1):
        invoice.lines.append(
            InvoiceLine(
                position=place,
                description=service.description,
                quantity=1,
                unit_price=100,
                net=10000,
                line_key=service.line_key,
            )
        )
    desk.session.flush()
    return issue_invoice(desk.session, invoice, desk.actor, desk.clock)


def test_complete_selected_sets_all_ticked_ones_to_completed(desk, work):
    """[A74] and who did it when."""
    first, second, _ = work.services

    results = complete_services(desk.session, work, [first.id, second.id], desk.actor, desk.clock)

    assert [result.done for result in results] == [True, True]
    assert states(work) == [ServiceState.COMPLETED, ServiceState.COMPLETED, ServiceState.OPEN]
    assert (first.completed_by, first.completed_at) == (desk.actor.name, desk.clock.now())


def test_one_that_is_done_already_says_so_and_the_others_are_completed(desk, work):
    """A result a row [A74]."""
    first, second, _ = work.services
    complete_services(desk.session, work, [first.id], desk.actor, desk.clock)

    results = complete_services(desk.session, work, [first.id, second.id], desk.actor, desk.clock)

    assert [result.done for result in results] == [False, True]
    assert results[0].sentence == "This service is completed; to complete it must be open or in progress"


def test_all_means_all_that_are_left(desk, work):
    """[A74]"""
    first, *_ = work.services
    step_services(desk.session, work, [first.id], "cancel", desk.actor, desk.clock)

    complete_services(desk.session, work, ALL, desk.actor, desk.clock)

    assert states(work) == [ServiceState.CANCELLED, ServiceState.COMPLETED, ServiceState.COMPLETED]


def test_nothing_ticked_is_said(desk, work):
    with pytest.raises(Invalid, match="Tick the services first"):
        complete_services(desk.session, work, [], desk.actor, desk.clock)


def test_a_service_of_another_workorder_is_not_found(desk, work):
    project = a_project(desk.session, a_group(desk.session, name="Birch"))
    other = a_work_order(desk.session, an_estimate(desk.session, project), number="W-other")

    with pytest.raises(NotFound):
        complete_services(desk.session, work, [other.services[0].id], desk.actor, desk.clock)


def test_a_completed_service_is_opened_again_until_it_is_invoiced(desk, work):
    """[4.2] cannot reopen after invoicing; [M17] crediting would release it."""
    first, second, _ = work.services
    complete_services(desk.session, work, [first.id, second.id], desk.actor, desk.clock)
    bill(desk, work, first)

    results = step_services(desk.session, work, [first.id, second.id], "reopen", desk.actor, desk.clock)

    assert [result.done for result in results] == [False, True]
    assert results[0].sentence == "This service is invoiced; credit the invoice before it is opened again"
    assert (second.state, second.completed_at, second.completed_by) == (ServiceState.OPEN, None, None)


def test_what_was_done_is_written_to_the_asset_and_taken_back(desk, work):
    """[A31]: the oak remembers the work on it."""
    service = work.services[0]
    oak = an_asset(desk.session, desk.group, name="Oak by the gate", notes="Honey fungus at the foot")
    service.asset_id = oak.id
    desk.session.flush()

    complete_services(desk.session, work, [service.id], desk.actor, desk.clock)

    assert oak.checked_on == desk.clock.today()
    assert oak.notes == f"Honey fungus at the foot\n17 Mar 2026: Work 1 ({work.number})"

    step_services(desk.session, work, [service.id], "reopen", desk.actor, desk.clock)

    assert oak.notes == "Honey fungus at the foot"


def test_services_of_a_completed_workorder_stay(desk, work):
    """[4.2]"""
    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    take(desk.session, work, "complete", desk.actor, desk.clock)

    results = step_services(desk.session, work, [work.services[0].id], "reopen", desk.actor, desk.clock)

    assert results[0].sentence == "The workorder is completed; reopen it first"
    assert work.state is WorkOrderState.COMPLETED


def test_a_crew_ticks_only_its_own_work_and_cancels_none(desk, work):
    """[A73] field crews see and do what is assigned to them."""
    cem = a_user(desk.session, Role.CREW)
    work.crew = [cem]
    project = a_project(desk.session, desk.group)
    other = a_work_order(desk.session, an_estimate(desk.session, project), number="W-other")
    desk.session.flush()

    results = complete_services(desk.session, work, ALL, cem.as_actor(), desk.clock)

    assert all(result.done for result in results)
    with pytest.raises(NotFound):
        complete_services(desk.session, other, ALL, cem.as_actor(), desk.clock)
    with pytest.raises(NotAllowed):
        step_services(desk.session, work, [work.services[0].id], "cancel", cem.as_actor(), desk.clock)


def test_an_analyst_ticks_nothing(desk, work):
    reader = Actor(ActorKind.STAFF, "Ada", 99, Role.ANALYST)

    with pytest.raises(NotAllowed):
        complete_services(desk.session, work, ALL, reader, desk.clock)


def test_the_steps_of_a_workorder_leave_their_instants(desk, work):
    """[4.2] started, finished, completed; reopened it is none of the last two."""
    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    take(desk.session, work, "finish", desk.actor, desk.clock)
    take(desk.session, work, "complete", desk.actor, desk.clock)

    assert work.started_at == work.finished_at == desk.clock.now()
    assert work.completed_on == desk.clock.today()

    take(desk.session, work, "reopen", desk.actor, desk.clock)

    assert (work.state, work.finished_at, work.completed_on) == (WorkOrderState.IN_PROGRESS, None, None)


def test_work_of_which_a_part_is_invoiced_is_not_cancelled(desk, work):
    """[M17]"""
    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    bill(desk, work, work.services[0])

    with pytest.raises(Unmet, match="A part of this work is invoiced"):
        take(desk.session, work, "cancel", desk.actor, desk.clock, Said(reason="No money left"))


def test_why_work_was_cancelled_is_kept(desk, work):
    take(desk.session, work, "cancel", SYSTEM, desk.clock, Said(reason="  The tree fell by itself "))

    assert (work.state, work.cancelled_reason) == (WorkOrderState.CANCELLED, "The tree fell by itself")


@pytest.mark.parametrize("reason", ["x" * 401, "bell\x07"])
def test_a_reason_that_cannot_be_kept_is_refused(desk, work, reason):
    with pytest.raises(Invalid):
        take(desk.session, work, "cancel", desk.actor, desk.clock, Said(reason=reason))
