"""What of sales and work is not deleted by a general way, and what to do instead [M13, M33, M39, 45]."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Unmet
from admin_app.models import (
    CustomerGroup,
    Estimate,
    EstimateLine,
    Lead,
    LeadState,
    LeadStatus,
    PriceItem,
    Project,
    Signature,
    WorkOrder,
)
from admin_app.services.answer_estimate import Signed, confirm_estimate
from admin_app.services.delete_record import delete, delete_many, what_goes
from admin_app.services.must_stay import must_be_kept
from seeds.builders import a_group
from seeds.work_builders import (
    a_lead,
    a_lead_status,
    a_package,
    a_price_item,
    a_project,
    a_service_plan,
    a_subscription,
)
from tests.services.desk import Desk
from tests.services.offers import confirmed, line, offer, open_project, sent


@pytest.fixture
def project(desk: Desk):
    return open_project(desk)


def refused(desk: Desk, record, sentence: str) -> None:
    with pytest.raises(Unmet, match=sentence):
        delete(desk.session, type(record), record.id, desk.actor)
    assert desk.session.get(type(record), record.id) is not None


def test_estimates_their_lines_and_signatures_stay(desk, project):
    draft, went_out = offer(desk, project), sent(desk, project)
    agreed = sent(desk, project, line("A", "5"))
    confirm_estimate(desk.session, agreed, desk.actor, desk.clock, signature=Signed("Clara"))

    refused(desk, draft, "discarded on its own page")
    refused(desk, went_out, "is sent and cannot be deleted; decline it instead")
    refused(desk, agreed, "is confirmed and cannot be deleted; revise it, or cancel its workorder")
    refused(desk, draft.lines[0], "change in its editor")
    refused(desk, desk.session.scalars(select(Signature)).one(), "kept with what was signed")


def test_a_workorder_is_cancelled_not_deleted(desk, project):
    confirmed(desk, project)

    refused(desk, desk.session.scalars(select(WorkOrder)).one(), "is kept; cancel it instead")


def test_a_lead_with_an_estimate_stays_and_one_without_goes(desk, project):
    """[M39]"""
    lead = a_lead(desk.session, project)
    offer(desk, project)
    alone = a_lead(desk.session, a_project(desk.session, desk.group))

    refused(desk, lead, "has an estimate; decline that estimate, or discard it while it is a draft")
    delete(desk.session, Lead, alone.id, desk.actor)

    assert desk.session.scalars(select(Lead.id)).all() == [lead.id]


def test_a_project_goes_only_while_nothing_stands_on_it(desk, project):
    with_lead, empty = a_project(desk.session, desk.group), a_project(desk.session, desk.group)
    a_lead(desk.session, with_lead)
    offer(desk, project)

    refused(desk, project, "has an estimate and is kept with it")
    refused(desk, with_lead, "has a lead; decline the lead, or delete it first")
    delete(desk.session, Project, empty.id, desk.actor)

    assert desk.session.scalar(select(func.count()).select_from(Project)) == 2


def test_the_system_s_lead_statuses_and_those_in_use_stay(desk, project):
    """[45]"""
    ours, unused = a_lead_status(desk.session), a_lead_status(desk.session, "Unused")
    a_lead(desk.session, project, state=LeadState.CUSTOM, custom_status_id=ours.id)
    system = desk.session.scalars(select(LeadStatus).where(LeadStatus.state == LeadState.NEW)).one_or_none()
    system = system or a_lead_status(desk.session, "New", state=LeadState.NEW)

    refused(desk, system, "one of the system's statuses; it can be renamed, not deleted")
    refused(desk, ours, "switch it off instead")
    delete(desk.session, LeadStatus, unused.id, desk.actor)


def test_an_item_in_a_package_stays_and_one_that_was_only_offered_goes(desk, project):
    held, offered = a_price_item(desk.session), a_price_item(desk.session, "Stump")
    a_package(desk.session, held)
    draft = offer(desk, project, line("Stump", "5", price_item_id=offered.id))

    refused(desk, held, "is part of the package “Winter care”; take it out there, or archive it")
    delete(desk.session, PriceItem, offered.id, desk.actor)

    assert draft.lines[0].price_item_id is None


def test_a_customer_with_an_estimate_that_went_out_is_kept(desk, project):
    """[M33]"""
    sent(desk, project)
    plain = a_group(desk.session, name="Plain")

    assert must_be_kept(desk.session, [desk.group.id, plain.id]) == [desk.group.id]
    refused(desk, desk.group, "has 1 sent estimate, which must be kept; archive this customer instead")
    with pytest.raises(Unmet, match="1 of these 2 customers have documents or payments"):
        delete_many(desk.session, CustomerGroup, [desk.group.id, plain.id], desk.actor)


def test_a_customer_with_work_or_a_service_plan_is_kept(desk, project):
    confirmed(desk, project)
    subscriber = a_group(desk.session, name="Subscriber")
    a_subscription(desk.session, subscriber, a_service_plan(desk.session))

    refused(desk, desk.group, "has 1 sent estimate and 1 workorder, which must be kept")
    refused(desk, subscriber, "has 1 service plan, which must be kept")


def test_a_customer_for_whom_everything_was_only_begun_goes_with_it(desk, project):
    a_lead(desk.session, project)
    offer(desk, project)
    desk.draft("10", project_id=project.id)
    goes = dict(what_goes(desk.session, CustomerGroup, [desk.group.id]))

    delete(desk.session, CustomerGroup, desk.group.id, desk.actor)

    assert {goes[word] for word in ("estimate", "lead", "project", "draft invoice")} == {1}
    for kind in (Estimate, EstimateLine, Lead, Project):
        assert desk.session.scalars(select(kind.id)).all() == []
