"""Projects: people, access, contact and estimator, brand, joined leads, calls [A36-A45, A53, R29-R40, 51]."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import (
    AccessState,
    Event,
    EventKind,
    EventState,
    Lead,
    OutboxMessage,
    Project,
    ProjectAccess,
    ProjectContact,
    Task,
    TaskState,
)
from admin_app.services.change_project import change_project
from admin_app.services.facts import has_access
from admin_app.services.grant_access import grant_access
from admin_app.services.join_leads import delete_lead, join_leads
from admin_app.services.new_lead import NewLead, new_lead
from admin_app.services.project_contacts import attach_contact, attach_group, detach_contact
from admin_app.services.request_call import call_made, request_call
from admin_app.services.revoke_access import access_of, revoke_access
from admin_app.services.switch_brand import switch_brand, what_a_brand_switch_does
from seeds.builders import a_brand, a_contact, a_group, a_task, a_user
from seeds.work_builders import a_lead, a_project, a_work_order, an_estimate

CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)


@pytest.fixture
def clara(desk):
    """The primary contact, with an email address."""
    return a_contact(desk.session, desk.group, primary=True, email="clara@client.example")


@pytest.fixture
def lead(desk, clara) -> Lead:
    return new_lead(desk.session, NewLead(desk.group.id, "Fell the ash"), desk.actor, desk.clock)


@pytest.fixture
def project(lead: Lead) -> Project:
    return lead.project


def mails(desk) -> list[OutboxMessage]:
    return list(desk.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


# ------------------------------------------------------------------ who takes part, and to whom it is open


def test_taking_part_opens_nothing(desk, project, clara):
    """[R32, D2]"""
    attach_contact(desk.session, project, clara.id, desk.actor)

    assert not has_access(desk.session, project.id, clara.id)
    assert desk.session.scalar(select(func.count()).select_from(ProjectAccess)) == 0


def test_a_contact_of_another_customer_and_a_whole_customer_can_take_part(desk, project, clara):
    """[R30]"""
    office = a_group(desk.session, name="Arch & Sons")
    people = [a_contact(desk.session, office, first_name=name) for name in ("Ida", "Max")]

    attach_contact(desk.session, project, people[0].id, desk.actor)
    attached = attach_group(desk.session, project, office.id, desk.actor)

    assert {one.contact for one in attached} == set(people)
    ids = desk.session.scalars(select(ProjectContact.contact_id).order_by(ProjectContact.contact_id)).all()
    assert sorted(ids) == sorted({clara.id, *(one.id for one in people)})
    with pytest.raises(Unmet, match="no contacts"):
        attach_group(desk.session, project, a_group(desk.session, name="Nobody").id, desk.actor)


def test_an_invitation_without_a_mail_opens_the_project_and_says_nothing(desk, project, clara):
    """[R36]"""
    access = grant_access(desk.session, project, clara.id, desk.actor, desk.clock)

    assert (access.state, access.granted_by) == (AccessState.INVITED, "Ann Ashworth")
    assert has_access(desk.session, project.id, clara.id)
    assert mails(desk) == []


def test_invite_and_notify_sends_one_mail_without_a_dead_link(desk, project, clara):
    """[R35]"""
    a_brand(desk.session, name="South", key="south")
    north = a_brand(
        desk.session, name="Northern", key="nn", email="north@trees.example", phone="+44 20 7946 0000"
    )
    switch_brand(desk.session, project, north, desk.actor)

    grant_access(desk.session, project, clara.id, desk.actor, desk.clock)
    told = grant_access(desk.session, project, clara.id, desk.actor, desk.clock, notify=True)
    grant_access(desk.session, project, clara.id, desk.actor, desk.clock, notify=True)

    [mail] = mails(desk)
    assert told.state is AccessState.NOTIFIED
    assert (mail.recipient, mail.sender) == ("clara@client.example", "north@trees.example")
    assert "Fell the ash" in mail.subject and "+44 20 7946 0000" in mail.body
    assert "http" not in mail.body


def test_a_mail_to_somebody_without_an_address_is_refused_and_grants_nothing(desk, project):
    otto = a_contact(desk.session, desk.group, first_name="Otto", email=None)
    point = desk.session.begin_nested()

    with pytest.raises(Unmet, match="no email address"):
        grant_access(desk.session, project, otto.id, desk.actor, desk.clock, notify=True)

    point.rollback()
    assert not has_access(desk.session, project.id, otto.id)


def test_the_red_x_closes_the_project_and_the_contact_stays_assigned(desk, project, clara):
    """[R37]"""
    grant_access(desk.session, project, clara.id, desk.actor, desk.clock)

    access = revoke_access(desk.session, project, clara.id, desk.actor, desk.clock)

    assert (access.state, access.revoked_at) == (AccessState.REVOKED, desk.clock.now())
    assert not has_access(desk.session, project.id, clara.id)
    assert desk.session.scalars(select(ProjectContact.contact_id)).all() == [clara.id]
    with pytest.raises(NotFound):
        revoke_access(desk.session, project, clara.id, desk.actor, desk.clock)

    again = grant_access(desk.session, project, clara.id, desk.actor, desk.clock)
    assert (again.id, again.revoked_at) == (access.id, None)


def test_who_leaves_the_project_loses_the_access_and_its_own_contact_stays(desk, project, clara):
    otto = a_contact(desk.session, desk.group, first_name="Otto")
    grant_access(desk.session, project, otto.id, desk.actor, desk.clock)

    detach_contact(desk.session, project, otto.id, desk.actor, desk.clock)

    access = access_of(desk.session, project, otto.id)
    assert access is not None and access.state is AccessState.REVOKED
    with pytest.raises(Unmet, match="choose another contact first"):
        detach_contact(desk.session, project, clara.id, desk.actor, desk.clock)
    with pytest.raises(NotFound):
        detach_contact(desk.session, project, otto.id, desk.actor, desk.clock)


def test_a_crew_opens_no_project(desk, project, clara):
    with pytest.raises(NotAllowed):
        grant_access(desk.session, project, clara.id, CEM, desk.clock)


# ------------------------------------------------------------------ contact and estimator at any stage


def test_contact_and_estimator_change_at_any_stage_and_the_contact_takes_part(desk, project):
    """[A42, A43, A45]"""
    pete = a_user(desk.session, "pete")
    otto = a_contact(desk.session, desk.group, first_name="Otto")
    estimate = an_estimate(desk.session, project)
    a_work_order(desk.session, estimate)
    desk.invoice("10.00", project_id=project.id)

    change_project(desk.session, project, {"contact": otto.id, "estimator": str(pete.id)}, desk.actor)

    assert (project.contact, project.estimator) == (otto, pete)
    assert otto.id in desk.session.scalars(select(ProjectContact.contact_id)).all()
    change_project(desk.session, project, {"estimator": ""}, desk.actor)
    assert project.estimator is None


def test_an_estimator_can_choose_a_colleague_whose_record_they_may_not_open(desk, project):
    pete, bea = a_user(desk.session, "pete"), a_user(desk.session, "bea")
    as_pete = Actor(ActorKind.STAFF, pete.name, pete.id, Role.ESTIMATOR)

    change_project(desk.session, project, {"estimator": bea.id}, as_pete)

    assert project.estimator is bea


def test_strangers_crews_and_former_colleagues_are_not_chosen(desk, project):
    cem = a_user(desk.session, "cem")
    gone = a_user(desk.session, "pete", active=False)
    stranger = a_contact(desk.session, a_group(desk.session, name="Other"), first_name="Otto")
    for wrong in (cem.id, gone.id, 424242, "x"):
        with pytest.raises(Invalid, match="among those who work here"):
            change_project(desk.session, project, {"estimator": wrong}, desk.actor)
    with pytest.raises(Invalid, match="neither to this customer"):
        change_project(desk.session, project, {"contact": stranger.id}, desk.actor)

    project.estimator_id = gone.id
    desk.session.flush()
    change_project(desk.session, project, {"estimator": gone.id, "title": "Fell two ashes"}, desk.actor)
    assert project.title == "Fell two ashes"


def test_a_project_stays_with_its_customer(desk, project):
    other = a_group(desk.session, name="Other")

    with pytest.raises(Unmet, match="stays with its customer"):
        change_project(desk.session, project, {"group": other.id}, desk.actor)


# ------------------------------------------------------------------ brand


def test_a_brand_switch_is_counted_first_and_moves_drafts_alone(desk, project):
    """[A36, A37, D5]"""
    south = a_brand(desk.session, name="South", key="south")
    an_estimate(desk.session, project)
    issued = desk.invoice("10.00", project_id=project.id)
    draft = desk.draft("20.00", project_id=project.id)
    was = issued.brand_id

    told = what_a_brand_switch_does(desk.session, project, south)
    switch_brand(desk.session, project, south.id, desk.actor)

    assert (told.draft_invoices, told.draft_estimates, told.issued_invoices, told.projects) == (1, 1, 1, 0)
    assert "1 draft invoice and 1 draft estimate will carry South." in told.sentences
    assert "1 issued invoice keeps the brand it went out with." in told.sentences
    assert (draft.brand, issued.brand_id, project.brand) == (south, was, south)


def test_a_customers_switch_takes_projects_without_a_brand_along_and_leaves_the_others(desk, project):
    south, west = (a_brand(desk.session, name=name, key=name.lower()) for name in ("South", "West"))
    own = a_project(desk.session, desk.group, title="Roof", brand_id=west.id)
    kept = desk.draft("20.00", project_id=own.id, brand_id=west.id)
    moved, bare = desk.draft("20.00", project_id=project.id), desk.draft("1.00")

    told = what_a_brand_switch_does(desk.session, desk.group, south)
    switch_brand(desk.session, desk.group, str(south.id), desk.actor)

    assert (told.projects, told.draft_invoices) == (1, 2)
    assert [one.brand for one in (moved, bare, kept)] == [south, south, west]


def test_an_archived_brand_and_one_that_is_none_are_refused(desk, project):
    old = a_brand(desk.session, name="Old", key="old", archived_at=desk.clock.now())

    for wrong in (old.id, "424242", "nonsense"):
        with pytest.raises(Invalid):
            switch_brand(desk.session, project, wrong, desk.actor)
    with pytest.raises(Unmet, match="its own page"):
        change_project(desk.session, project, {"brand": old.id}, desk.actor)


# ------------------------------------------------------------------ several leads, one project [51]


def test_joined_leads_leave_no_empty_project_and_take_their_things_along(desk, project, lead):
    second = a_lead(desk.session, a_project(desk.session, desk.group, title="Hedge"), title="Hedge")
    left, people = second.project, a_contact(desk.session, desk.group, first_name="Otto")
    attach_contact(desk.session, left, people.id, desk.actor)
    task = a_task(desk.session, desk.group, project_id=left.id)

    gone = join_leads(desk.session, [second, lead], project, desk.actor)

    assert gone == [left] and second.project is project
    assert task.project_id == project.id
    assert desk.session.get(Project, left.id) is None
    assert (
        people.id
        in desk.session.scalars(
            select(ProjectContact.contact_id).where(ProjectContact.project_id == project.id)
        ).all()
    )


def test_an_estimated_lead_stays_and_a_strangers_lead_never_joins(desk, project):
    estimated = a_lead(desk.session, a_project(desk.session, desk.group))
    an_estimate(desk.session, estimated.project)
    elsewhere = a_group(desk.session, name="Other")
    strange = a_lead(desk.session, a_project(desk.session, elsewhere))

    with pytest.raises(Unmet, match="it stays there"):
        join_leads(desk.session, [estimated], project, desk.actor)
    with pytest.raises(Unmet, match="another customer"):
        join_leads(desk.session, [strange], project, desk.actor)


def test_a_project_with_another_lead_in_it_stays(desk, project):
    left = a_project(desk.session, desk.group, title="Two questions")
    one, other = a_lead(desk.session, left), a_lead(desk.session, left)

    assert join_leads(desk.session, [one], project, desk.actor) == []
    assert other.project is left


def test_a_deleted_lead_takes_its_bare_project_with_it_and_one_with_an_estimate_stays(desk, lead, project):
    """[A44, M39]"""
    estimated = a_lead(desk.session, a_project(desk.session, desk.group, title="Estimated"))
    an_estimate(desk.session, estimated.project)

    with pytest.raises(Unmet):
        delete_lead(desk.session, estimated, desk.actor)
    assert delete_lead(desk.session, lead, desk.actor) is None
    assert desk.session.scalars(select(Project.title)).all() == ["Estimated"]


# ------------------------------------------------------------------ call me back [A53]


def test_a_call_back_is_a_task_and_an_event_of_the_estimator_until_it_was_made(desk, project, lead):
    with pytest.raises(Unmet, match="Choose an estimator first"):
        request_call(desk.session, lead, desk.actor, desk.clock)
    pete = a_user(desk.session, "pete")
    change_project(desk.session, project, {"estimator": pete.id}, desk.actor)

    task = request_call(desk.session, lead, desk.actor, desk.clock, "After five")
    call = desk.session.scalars(select(Event)).one()

    assert (task.assignee, task.due_on, task.description) == (pete, date(2026, 3, 17), "After five")
    assert (call.kind, call.assignee, call.project) == (EventKind.CALL, pete, project)
    with pytest.raises(Unmet, match="on the list already"):
        request_call(desk.session, lead, desk.actor, desk.clock)

    call_made(desk.session, lead, desk.actor, desk.clock)
    assert (task.state, call.state, lead.call_requested_at) == (TaskState.DONE, EventState.DONE, None)
    with pytest.raises(Unmet, match="No call"):
        call_made(desk.session, lead, desk.actor, desk.clock)
    assert desk.session.scalar(select(func.count()).select_from(Task)) == 1
