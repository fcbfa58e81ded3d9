"""Leads: written down with their project, moved, put off, declined, taken up again [44-46, 50, A38-A49]."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.flow.machine import StepClosed
from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import (
    EstimateState,
    LeadSource,
    LeadState,
    LeadStatus,
    Priority,
    ProjectContact,
)
from admin_app.services import lead_statuses
from admin_app.services.facts import Said
from admin_app.services.leads_come_back import leads_come_back
from admin_app.services.move_lead import decline, postpone, reopen, resume
from admin_app.services.new_lead import NewLead, new_lead
from admin_app.services.save_record import update
from admin_app.services.set_lead_status import set_lead_status, way_to
from admin_app.services.start_company import keep_company
from seeds.builders import a_contact, a_group, a_user, an_address
from seeds.work_builders import a_lead, a_lead_status, a_project, an_estimate

CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)


@pytest.fixture
def group(desk):
    """A customer with a primary contact and one site."""
    a_contact(desk.session, desk.group, primary=True)
    an_address(desk.session, desk.group, is_billing=True)
    desk.session.flush()
    return desk.group


@pytest.fixture
def lead(desk, group):
    """A new lead of that customer."""
    return new_lead(desk.session, NewLead(group.id, "Fell the ash"), desk.actor, desk.clock)


def row_of(session: Session, state: LeadState) -> LeadStatus:
    return session.scalars(select(LeadStatus).where(LeadStatus.state == state)).one()


def test_a_new_lead_makes_its_project_silently_with_the_primary_contact_and_the_only_site(desk, group):
    pete = a_user(desk.session, "pete")

    lead = new_lead(
        desk.session,
        NewLead(
            group.id,
            "Fell the ash",
            request="It leans over the road.",
            estimator=pete.id,
            priority="urgent",
        ),
        desk.actor,
        desk.clock,
    )

    project = lead.project
    assert (lead.state, lead.priority, lead.asked_on) == (LeadState.NEW, Priority.URGENT, date(2026, 3, 17))
    assert (project.title, project.group_id, project.estimator) == ("Fell the ash", group.id, pete)
    assert project.contact is not None and project.contact.first_name == "Clara"
    assert project.address is not None
    # The contact takes part, which opens nothing [R32].
    assert desk.session.scalars(select(ProjectContact.contact_id)).all() == [project.contact_id]


def test_a_new_lead_says_everything_that_is_wrong_and_writes_nothing(desk, group):
    elsewhere = a_group(desk.session, name="Otto Other")
    stranger = a_contact(desk.session, elsewhere, first_name="Otto", email="otto@client.example")
    yard = an_address(desk.session, elsewhere, line1="9 Yard Lane")

    with pytest.raises(Invalid) as refused:
        new_lead(
            desk.session,
            NewLead(group.id, "Fell the ash", contact=stranger.id, address=yard.id),
            desk.actor,
            desk.clock,
        )

    assert set(refused.value.fields) == {"contact", "address"}
    with pytest.raises(Invalid, match="future"):
        later = desk.clock.today() + timedelta(days=1)
        new_lead(desk.session, NewLead(group.id, "X", asked_on=later), desk.actor, desk.clock)
    with pytest.raises(Invalid):
        new_lead(desk.session, NewLead(group.id, "  "), desk.actor, desk.clock)


def test_a_lead_can_join_a_project_that_exists_but_only_its_customers(desk, group, lead):
    second = new_lead(
        desk.session, NewLead(group.id, "And the hedge", project_id=lead.project_id), desk.actor, desk.clock
    )
    other = a_project(desk.session, a_group(desk.session, name="Otto Other"))

    assert second.project is lead.project
    with pytest.raises(Unmet, match="another customer"):
        new_lead(desk.session, NewLead(group.id, "X", project_id=other.id), desk.actor, desk.clock)


def test_a_crew_writes_no_leads(desk, group):
    with pytest.raises(NotAllowed):
        new_lead(desk.session, NewLead(group.id, "Fell the ash"), CEM, desk.clock)


def test_an_archived_customer_gets_no_lead(desk, group):
    group.archived_at = desk.clock.now()
    desk.session.flush()

    with pytest.raises(Unmet, match="archived"):
        new_lead(desk.session, NewLead(group.id, "Fell the ash"), desk.actor, desk.clock)


# ------------------------------------------------------------------ statuses [45]


def test_a_company_begins_with_a_row_for_each_state_and_some_sources(session):
    keep_company(
        session, {"name": "Ashworth", "country": "GB", "currency": "EUR", "zone": "UTC", "language": "en"}
    )

    states = session.scalars(select(LeadStatus.state).order_by(LeadStatus.position)).all()
    assert states == list(lead_statuses.SYSTEM_NAMES)
    assert session.scalar(select(func.count()).select_from(LeadSource)) == len(lead_statuses.FIRST_SOURCES)

    lead_statuses.ensure(session)
    assert session.scalar(select(func.count()).select_from(LeadStatus)) == len(states)


@pytest.mark.parametrize("target", [state for state in LeadState if state is not LeadState.CUSTOM])
@pytest.mark.parametrize("state", LeadState)
def test_the_way_to_a_status_consists_of_steps_that_lead_there(state, target):
    from admin_app.flow import LEAD

    status = LeadStatus(name="Wanted", state=target, enabled=True)
    if state is target:
        return
    if target in (LeadState.DRAFT, LeadState.FOR_APPROVAL):
        with pytest.raises(Unmet, match="does not go back"):
            way_to(state, status)
        return

    for step in way_to(state, status):
        row = next(row for row in LEAD.rows(step) if state in row.sources)
        state = row.target

    assert state is target


@pytest.mark.parametrize("start", LeadState)
def test_a_status_of_our_own_is_reached_from_every_state(desk, group, start):
    own, old = a_lead_status(desk.session), a_lead_status(desk.session, "Old one", enabled=False)
    lead = a_lead(desk.session, a_project(desk.session, group), **kept_for(start, old))

    set_lead_status(desk.session, lead, own.id, desk.actor, desk.clock)

    assert (lead.state, lead.custom_status_id) == (LeadState.CUSTOM, own.id)
    assert (lead.postponed_until, lead.declined_reason) == (None, None)


def kept_for(state: LeadState, own: LeadStatus) -> dict[str, object]:
    """What stands beside a state."""
    more: dict[LeadState, dict[str, object]] = {
        LeadState.CUSTOM: {"custom_status_id": own.id},
        LeadState.POSTPONED: {"postponed_until": date(2026, 5, 1)},
        LeadState.DECLINED: {"declined_reason": "Too far"},
    }
    return {"state": state} | more.get(state, {})


def test_a_switched_off_status_stays_on_old_leads_and_is_given_to_no_other(desk, lead):
    own = a_lead_status(desk.session)
    set_lead_status(desk.session, lead, own.id, desk.actor, desk.clock)
    update(desk.session, LeadStatus, own.id, {"enabled": False}, desk.actor)
    second = a_lead(desk.session, lead.project)

    assert lead_statuses.status_name(lead, [own]) == own.name
    assert own in lead_statuses.offered_statuses(desk.session, desk.actor, lead)
    assert own not in lead_statuses.offered_statuses(desk.session, desk.actor, second)
    with pytest.raises(Unmet, match="switched off"):
        set_lead_status(desk.session, second, own.id, desk.actor, desk.clock)


def test_a_system_status_is_renamed_but_never_switched_off(desk, lead):
    new = row_of(desk.session, LeadState.NEW)

    update(desk.session, LeadStatus, new.id, {"name": "Just in", "enabled": True}, desk.actor)
    with pytest.raises(Invalid, match="not switched off"):
        update(desk.session, LeadStatus, new.id, {"enabled": False}, desk.actor)

    statuses = lead_statuses.offered_statuses(desk.session, desk.actor)
    assert lead_statuses.status_name(lead, statuses) == "Just in"
    with pytest.raises(Invalid, match="already a lead status"):
        update(desk.session, LeadStatus, new.id, {"name": "Postponed"}, desk.actor)


# ------------------------------------------------------------------ put off, declined, taken up again


def test_a_postponed_lead_comes_back_on_its_day_and_not_before(desk, lead):
    with pytest.raises(Unmet, match="after today"):
        postpone(desk.session, lead, desk.clock.today(), desk.actor, desk.clock)
    with pytest.raises(Unmet, match="after today"):
        postpone(desk.session, lead, None, desk.actor, desk.clock)
    postpone(desk.session, lead, date(2026, 3, 20), desk.actor, desk.clock)

    before = leads_come_back(desk.session, At(date(2026, 3, 19), desk.clock))
    state_before = lead.state
    on_the_day = leads_come_back(desk.session, At(date(2026, 3, 20), desk.clock))

    assert (before, state_before) == (0, LeadState.POSTPONED)
    assert (on_the_day, lead.state, lead.postponed_until) == (1, LeadState.NEW, None)


class At:
    """A clock on another day."""

    def __init__(self, day, clock):
        self.day, self.clock = day, clock

    def today(self):
        return self.day

    def now(self):
        return self.clock.now()


def test_a_postponed_lead_can_be_put_off_again_and_taken_up_early(desk, lead):
    postpone(desk.session, lead, date(2026, 3, 20), desk.actor, desk.clock)
    postpone(desk.session, lead, date(2026, 4, 1), desk.actor, desk.clock)
    assert lead.postponed_until == date(2026, 4, 1)

    resume(desk.session, lead, desk.actor, desk.clock)

    assert (lead.state, lead.postponed_until) == (LeadState.NEW, None)


def test_a_lead_is_declined_only_with_a_reason_and_can_be_reopened(desk, lead):
    for empty in ("", "   "):
        with pytest.raises(Unmet, match="Say why"):
            decline(desk.session, lead, empty, desk.actor, desk.clock)
    decline(desk.session, lead, " Too far away ", desk.actor, desk.clock)
    assert (lead.state, lead.declined_reason) == (LeadState.DECLINED, "Too far away")

    reopen(desk.session, lead, desk.actor, desk.clock)

    assert (lead.state, lead.declined_reason) == (LeadState.NEW, None)


def test_a_lead_with_an_estimate_is_declined_by_declining_that(desk, lead):
    an_estimate(desk.session, lead.project)
    with pytest.raises(StepClosed, match="has an estimate") as refused:
        decline(desk.session, lead, "Too far", desk.actor, desk.clock)

    assert refused.value.fix == "estimate"


def test_the_drop_down_takes_the_day_and_the_reason_along(desk, lead):
    with pytest.raises(Unmet, match="Write the estimate first"):
        set_lead_status(
            desk.session, lead, row_of(desk.session, LeadState.ESTIMATED).id, desk.actor, desk.clock
        )
    with pytest.raises(Unmet, match="after today"):
        set_lead_status(
            desk.session, lead, row_of(desk.session, LeadState.POSTPONED).id, desk.actor, desk.clock
        )

    set_lead_status(
        desk.session,
        lead,
        row_of(desk.session, LeadState.POSTPONED).id,
        desk.actor,
        desk.clock,
        Said(until=date(2026, 4, 2)),
    )
    assert lead.postponed_until == date(2026, 4, 2)
    set_lead_status(
        desk.session,
        lead,
        row_of(desk.session, LeadState.DECLINED).id,
        desk.actor,
        desk.clock,
        Said(reason="Moved away"),
    )
    assert (lead.state, lead.postponed_until, lead.declined_reason) == (
        LeadState.DECLINED,
        None,
        "Moved away",
    )


def test_a_declined_estimate_leaves_the_way_back_to_new(desk, lead):
    estimate = an_estimate(desk.session, lead.project)
    set_lead_status(desk.session, lead, row_of(desk.session, LeadState.ESTIMATED).id, desk.actor, desk.clock)
    new = row_of(desk.session, LeadState.NEW)
    with pytest.raises(Unmet, match="has an estimate"):
        set_lead_status(desk.session, lead, new.id, desk.actor, desk.clock)
    estimate.state = EstimateState.DECLINED
    desk.session.flush()

    set_lead_status(desk.session, lead, new.id, desk.actor, desk.clock)

    assert lead.state is LeadState.NEW


def test_a_crew_moves_no_lead(desk, lead):
    with pytest.raises(NotAllowed):
        decline(desk.session, lead, "No", CEM, desk.clock)
