"""The lead's page: everything that is possible from it [A41-A57, 44-51, L15, M39]."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Event, Lead, LeadState, LeadStatus, Priority, Project, Task
from admin_app.services.lead_statuses import ensure
from admin_app.services.new_lead import NewLead, new_lead
from seeds.builders import a_user
from seeds.work_builders import a_lead_status, an_estimate
from tests.admin.customers.counter import Counter
from tests.signing import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def home(lead) -> str:
    return f"/admin/projects/{lead.project_id}"


def lead_now(counter: Counter, number: int = 1) -> Lead:
    return counter.look().get_one(Lead, number)


def row_of(counter: Counter, state: LeadState) -> LeadStatus:
    return counter.look().scalars(select(LeadStatus).where(LeadStatus.state == state)).one()


def test_the_page_shows_the_strip_and_what_can_be_done(counter, home):
    page = counter.page(f"{home}/lead")

    for words in ("Fell the ash", "Postpone lead", "Decline lead", "Schedule appointment", "call back"):
        assert words in page, words
    assert 'aria-current="step"' in page
    # A54: the way back to the customer.
    assert f'href="/admin/customers/{counter.group_id}"' in page


def test_the_project_opens_at_its_furthest_step(counter, home, lead):
    assert counter.get(f"{home}/").headers["Location"] == f"{home}/lead"
    assert counter.get(f"/admin/projects/at-lead/{lead.id}").headers["Location"].startswith(f"{home}/lead")
    assert counter.get("/admin/projects/4711/").status_code == 404

    an_estimate(counter.look(), lead_now(counter).project)
    counter.session.commit()
    # A55: once estimated, the estimate's page.
    assert counter.get(f"{home}/").headers["Location"] == f"{home}/estimate"


def test_the_drop_down_sets_the_status_and_says_what_is_in_the_way(counter, home):
    """[A41, A46]"""
    own = a_lead_status(counter.look(), "Site visit planned")
    off = a_lead_status(counter.session, "Old one", enabled=False)
    own_id, off_id = own.id, off.id
    counter.session.commit()
    page = counter.page(f"{home}/lead")
    assert "Site visit planned" in page and "Old one" not in page

    counter.post(f"{home}/lead/status", {"status": str(own_id)})
    assert lead_now(counter).custom_status_id == own_id
    refused = counter.post(f"{home}/lead/status", {"status": str(off_id)}, follow_redirects=True)
    assert "This status is switched off; choose another one" in refused.text
    refused = counter.post(f"{home}/lead/status", {"status": ""}, follow_redirects=True)
    assert "Choose a status" in refused.text
    assert counter.post(f"{home}/lead/status", {"status": "4711"}).status_code == 404
    assert lead_now(counter).custom_status_id == own_id


def test_postponed_and_declined_ask_for_the_day_and_the_reason(counter, home):
    """[A49, 50]"""
    asked = counter.post(f"{home}/lead/status", {"status": str(row_of(counter, LeadState.POSTPONED).id)})
    assert "/lead/postpone?lead=" in asked.headers["Location"]
    assert lead_now(counter).state is LeadState.NEW

    wrong = counter.post(f"{home}/lead/postpone", {"until": "2026-03-17"})
    assert wrong.status_code == 409
    assert "Choose a day after today" in wrong.text and 'value="2026-03-17"' in wrong.text
    counter.post(f"{home}/lead/postpone", {"until": "20 March 2026"})
    assert lead_now(counter).postponed_until == date(2026, 3, 20)

    wrong = counter.post(f"{home}/lead/decline", {"reason": "  "})
    assert wrong.status_code == 409 and "Say why" in wrong.text
    counter.post(f"{home}/lead/decline", {"reason": "Too far away"})
    assert lead_now(counter).declined_reason == "Too far away"
    assert "Declined: Too far away" in counter.page(f"{home}/lead")

    counter.post(f"{home}/lead/step/reopen")
    assert lead_now(counter).state is LeadState.NEW
    assert counter.post(f"{home}/lead/step/estimate").status_code == 404


def test_a_closed_step_says_its_reason_and_the_way_to_mend_it(counter, home):
    """[L15]"""
    an_estimate(counter.look(), lead_now(counter).project)
    counter.session.commit()

    page = counter.page(f"{home}/lead")

    assert "This lead has an estimate; decline that estimate" in page
    assert f'<a href="{home}/estimate">Open the estimate</a>' in page
    assert "This lead has an estimate" in counter.page(f"{home}/lead/decline")


def test_priority_and_reference_change_in_place(counter, home):
    """[A47, A48]"""
    from admin_app.models import LeadSource

    source = counter.look().scalars(select(LeadSource)).first()
    counter.post(f"{home}/lead/set", {"priority": "urgent"})
    counter.post(f"{home}/lead/set", {"source": str(source.id)})

    lead = lead_now(counter)
    assert lead.source is not None
    assert (lead.priority, lead.source.name) == (Priority.URGENT, source.name)
    refused = counter.post(f"{home}/lead/set", {"priority": "whenever"}, follow_redirects=True)
    assert refused.status_code == 200 and "Priority" in refused.text
    assert lead_now(counter).priority is Priority.URGENT


def test_contact_and_estimator_change_in_place_and_the_site_by_the_pencil(counter, home):
    """[A42, A43, A50, A51, A57]"""
    otto = counter.membership("Otto").contact_id
    pete = a_user(counter.look(), "pete").id
    counter.session.commit()
    back = f"{home}/lead"

    answer = counter.post(f"{home}/choose", {"estimator": str(pete), "back": back})
    counter.post(f"{home}/choose", {"contact": str(otto)})
    assert answer.headers["Location"] == back
    project = lead_now(counter).project
    assert project.estimator is not None and project.contact is not None
    assert (project.estimator.name, project.contact.first_name) == ("Pete Novák", "Otto")

    refused = counter.post(f"{home}/choose", {"estimator": "4711"}, follow_redirects=True)
    assert "among those who work here" in refused.text
    counter.fill(f"{home}/edit", title="Fell two ashes", address="")
    assert (lead_now(counter).project.title, lead_now(counter).project.address) == ("Fell two ashes", None)


def test_a_foreign_back_leads_nowhere_else(counter, home):
    answer = counter.post(f"{home}/choose", {"estimator": "", "back": "//elsewhere.example"})

    assert answer.headers["Location"].startswith("/admin/projects/")


def test_an_appointment_is_an_event_of_the_project(counter, home):
    """[A52]"""
    counter.fill(f"{home}/appointment", starts_at="2026-03-20T10:00")

    event = counter.look().scalars(select(Event)).one()
    assert (event.title, event.project_id) == ("Visit: Fell the ash", 1)
    assert event.starts_at == datetime(2026, 3, 20, 10, tzinfo=UTC)


def test_a_call_back_needs_an_estimator_and_is_taken_off_the_list(counter, home):
    """[A53]"""
    assert "Choose an estimator first" in counter.page(f"{home}/lead/call")
    pete = a_user(counter.look(), "pete").id
    counter.session.commit()
    counter.post(f"{home}/choose", {"estimator": str(pete)})

    counter.post(f"{home}/lead/call", {"note": "After five"})
    assert "Wants to be called" in counter.page(f"{home}/lead")
    assert counter.look().scalars(select(Task)).one().assignee_id == pete
    counter.post(f"{home}/lead/called")
    assert "Wants to be called" not in counter.page(f"{home}/lead")


def test_a_lead_joins_another_project_of_its_customer(counter, home):
    """[51]"""
    second = new_lead(counter.look(), NewLead(counter.group_id, "Hedge"), counter.actor, counter.clock)
    left, number = second.project_id, second.id
    counter.session.commit()
    assert "Hedge" in counter.page(f"{home}/lead")

    counter.post(f"{home}/lead/join", {"other": str(number)})

    assert lead_now(counter, number).project_id == 1
    assert counter.session.get(Project, left) is None
    assert "Hedge" in counter.page(f"{home}/lead?lead=1")


def test_the_bin_of_a_lead_takes_its_empty_project_and_spares_an_estimated_one(counter, home):
    """[A44, M39]"""
    an_estimate(counter.look(), lead_now(counter).project)
    counter.session.commit()
    asked = counter.page(f"{home}/lead/delete")
    assert "decline" in asked and "Delete lead</button>" not in asked
    refused = counter.post(f"{home}/lead/delete", follow_redirects=True)
    assert "decline" in refused.text and lead_now(counter) is not None

    bare = new_lead(counter.look(), NewLead(counter.group_id, "A mistake"), counter.actor, counter.clock)
    project, number = bare.project_id, bare.id
    counter.session.commit()
    answer = counter.post(f"/admin/projects/{project}/lead/delete")

    assert answer.headers["Location"] == counter.home
    assert counter.look().get(Lead, number) is None and counter.session.get(Project, project) is None


def test_a_lead_is_entered_on_one_page_and_comes_back_filled_when_refused(counter):
    """[A38, A39, 44]"""
    address = f"/admin/leads/new/?group={counter.group_id}"
    blank = counter.post(
        "/admin/leads/new/", {"group": str(counter.group_id), "title": "", "request": "Words"}
    )
    assert blank.status_code == 422
    assert "Title is missing" in blank.text and "Words</textarea>" in blank.text

    answer = counter.fill(address, title="Fell the ash", priority="high")

    lead = lead_now(counter)
    assert answer.headers["Location"] == f"/admin/projects/{lead.project_id}/lead"
    contact, address_of_work = lead.project.contact, lead.project.address
    assert contact is not None and address_of_work is not None
    assert (lead.priority, contact.first_name) == (Priority.HIGH, "Clara")
    assert address_of_work.line1 == "1 Mill Street"
    assert "Choose the customer who asked" in counter.post("/admin/leads/new/", {"title": "X"}).text


def test_names_of_statuses_are_settings(counter):
    """[45]"""
    ensure(counter.look())
    counter.session.commit()
    new = row_of(counter, LeadState.NEW)

    page = counter.page("/admin/lead-statuses/")

    assert "Postponed" in page and "For approval" in page
    assert counter.get(f"/admin/lead-statuses/edit/?id={new.id}").status_code == 200
    counter.sits_down(Role.ESTIMATOR)
    assert counter.get(f"/admin/lead-statuses/edit/?id={new.id}").status_code == 403


def test_an_analyst_reads_a_lead_and_changes_nothing(counter, home):
    counter.sits_down(Role.ANALYST)

    page = counter.page(f"{home}/lead")

    assert "Fell the ash" in page and "Decline lead" not in page and "<select" not in page
    assert counter.post(f"{home}/lead/step/reopen").status_code == 403


def test_tasks_events_and_files_of_the_project_have_tabs_of_their_own(counter, home):
    """[A44, A52, A90, A97]"""
    counter.fill(f"{home}/task", title="Ask the neighbour")
    counter.fill(f"{home}/appointment", starts_at="2026-03-20T10:00")
    page = counter.page(f"{home}/tasks")
    assert "Ask the neighbour" in page and "Visit: Fell the ash" in page

    done = counter.post(f"{counter.home}/tasks/1/state", {"state": "done", "back": f"{home}/tasks"})
    assert done.headers["Location"] == f"{home}/tasks"
    data = {"file": (io.BytesIO(b"Fell it with care\n"), "plan.txt"), "project": "1", "back": f"{home}/files"}
    counter.post(f"{counter.home}/files", data, content_type="multipart/form-data")
    assert "plan.txt" in counter.page(f"{home}/files")
    data = {"file": (io.BytesIO(b"x\n"), "y.txt"), "project": "4711"}
    assert counter.post(f"{counter.home}/files", data, content_type="multipart/form-data").status_code == 404


def test_an_estimator_plans_with_colleagues_whose_records_stay_closed(counter, home):
    """[A25, A52]"""
    bea = a_user(counter.look(), "bea").id
    counter.session.commit()
    counter.sits_down(Role.ESTIMATOR)

    counter.fill(f"{home}/task", title="Ask the neighbour", assignee=str(bea))

    assert counter.look().scalars(select(Task)).one().assignee_id == bea
    assert counter.get("/admin/users/").status_code == 403
