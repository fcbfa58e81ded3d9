"""A later step at once: what was skipped is there, marked, and nothing is made twice [A86-A89, D8]."""

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import (
    AuditEntry,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceState,
    Lead,
    LeadState,
    OutboxMessage,
    WorkOrder,
    WorkOrderState,
)
from admin_app.services.bill_contract import bill_rest
from admin_app.services.force_step import force_step
from admin_app.services.write_estimate import Line, write_estimate
from seeds.work_builders import a_lead, a_project

WHY = "Agreed at the garden gate"


@pytest.fixture
def project(desk):
    """A project with an open lead."""
    found = a_project(desk.session, desk.group)
    a_lead(desk.session, found)
    return found


def force(desk, project, target, why=WHY, actor=None):
    return force_step(desk.session, project, target, why, actor or desk.actor, desk.clock)


def written(desk, project):
    estimate = force(desk, project, "estimate").document
    return write_estimate(
        desk.session,
        estimate,
        desk.actor,
        lines=[Line({"description": "Fell it", "unit_price": "480"}, ("VAT",))],
    )


def count(desk, entity):
    return desk.session.scalar(select(func.count()).select_from(entity))


def test_a_forced_estimate_is_a_draft_and_the_lead_is_answered(desk, project):
    forced = force(desk, project, "estimate", "")

    assert forced.document.state is EstimateState.DRAFT and not forced.waits_for_lines
    assert desk.session.scalars(select(Lead)).one().state is LeadState.ESTIMATED
    assert force(desk, project, "estimate").document is forced.document


@pytest.mark.parametrize("target", ["workorder", "invoice"])
def test_without_lines_the_estimate_comes_first(desk, project, target):
    """[A89]"""
    forced = force(desk, project, target)

    assert forced.waits_for_lines and isinstance(forced.document, Estimate)
    assert force(desk, project, target).document is forced.document  # asked again, still the same draft
    assert count(desk, WorkOrder) == count(desk, Invoice) == 0


def test_a_forced_workorder_stands_on_a_confirmed_estimate_that_nobody_sent(desk, project):
    estimate = written(desk, project)

    work = force(desk, project, "workorder").document

    assert (estimate.state, estimate.not_sent, estimate.sent_at) == (EstimateState.CONFIRMED, True, None)
    assert estimate.number is not None and estimate.confirmed_how == WHY
    assert (work.state, work.forced_reason) == (WorkOrderState.NEW, WHY)
    assert count(desk, OutboxMessage) == 0
    told = desk.session.scalars(select(AuditEntry).where(AuditEntry.entity == "Estimate")).all()
    assert any("state" in (entry.after or {}) for entry in told)  # the history knows the steps


def test_a_forced_invoice_bills_the_rest_of_what_was_skipped_to(desk, project):
    written(desk, project)

    bill = force(desk, project, "invoice").document

    assert (bill.state, bill.total, bill.project_id) == (InvoiceState.DRAFT, 57_600, project.id)
    assert bill.work_order_id == desk.session.scalars(select(WorkOrder.id)).one()


def test_asked_twice_it_gives_what_is_there(desk, project):
    written(desk, project)
    for target in ("workorder", "invoice"):
        assert force(desk, project, target).document is force(desk, project, target).document

    assert count(desk, WorkOrder) == count(desk, Invoice) == 1


def test_an_estimate_that_was_really_sent_is_not_marked_as_skipped(desk, project):
    from admin_app.services.send_estimate import send_estimate

    estimate = written(desk, project)
    send_estimate(desk.session, estimate, desk.actor, desk.clock, by_hand=True)

    force(desk, project, "workorder")

    assert not estimate.not_sent and estimate.sent_at is not None
    assert estimate.state is EstimateState.CONFIRMED


def test_a_declined_one_is_revised_and_looked_at_first(desk, project):
    from admin_app.services.answer_estimate import decline_estimate
    from admin_app.services.send_estimate import send_estimate

    estimate = written(desk, project)
    send_estimate(desk.session, estimate, desk.actor, desk.clock, by_hand=True)
    decline_estimate(desk.session, estimate, desk.actor, desk.clock, "Too dear")

    forced = force(desk, project, "workorder")
    assert forced.waits_for_lines and forced.document.revision == 2

    assert isinstance(force(desk, project, "workorder").document, WorkOrder)


def test_what_stands_in_the_way_is_said_and_nothing_is_half_done(desk, project):
    estimate = written(desk, project)
    estimate.expires_on = date(2026, 1, 1)

    with pytest.raises(Unmet, match="expired on 1 January 2026"), desk.session.begin_nested():
        force(desk, project, "workorder")

    desk.session.refresh(estimate)
    assert estimate.state is EstimateState.DRAFT and count(desk, WorkOrder) == 0


def test_cancelled_work_and_billed_contracts_say_so(desk, project):
    written(desk, project)
    work = force(desk, project, "workorder").document
    bill = bill_rest(desk.session, work.estimate_id, desk.actor, desk.clock)
    from admin_app.services.issue_invoice import issue_invoice

    issue_invoice(desk.session, bill, desk.actor, desk.clock)
    with pytest.raises(Unmet):
        force(desk, project, "invoice")

    work.state = WorkOrderState.CANCELLED
    with pytest.raises(Unmet, match="was cancelled"):
        force(desk, project, "workorder")


def test_reasons_words_and_rights_are_demanded(desk, project):
    for why in ("", "   "):
        with pytest.raises(Invalid, match="Say why"):
            force(desk, project, "workorder", why)
    with pytest.raises(Invalid):
        force(desk, project, "workorder", "x" * 401)
    with pytest.raises(NotFound):
        force(desk, project, "payment")
    reader = Actor(ActorKind.STAFF, "Ada", id=4711, role=Role.ANALYST)
    with pytest.raises(NotAllowed):
        force(desk, project, "estimate", actor=reader)
