"""The Projects tab of the profile and the list of all projects [A26, A35-A45, P16, P17, R19, R20, 50]."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Estimate, EstimateState, Project
from admin_app.services.move_lead import decline
from admin_app.services.new_lead import NewLead, new_lead
from seeds.builders import a_brand
from seeds.work_builders import a_work_order, an_estimate
from tests.admin.customers.counter import Statements
from tests.signing import a_user, on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def home(lead) -> str:
    return f"/admin/projects/{lead.project_id}"


def add_lead(counter, title: str):
    return new_lead(counter.look(), NewLead(counter.group_id, title), counter.actor, counter.clock)


def test_the_profile_opens_with_the_projects_in_progress(counter, home):
    """[A35, A39, A40, R19, R20]"""
    decline(counter.session, add_lead(counter, "Too far"), "Too far away", counter.actor, counter.clock)
    counter.session.commit()

    page = counter.page()

    assert "Fell the ash" in page and "Too far</a>" not in page
    assert f'href="{home}/customer"' in page and f'href="{home}/"' in page
    for words in ("Open lead", "Create task", "Create estimate", "Delete lead"):
        assert words in page, words
    declined = counter.page("projects?tab=declined")
    assert "Too far</a>" in declined and "Fell the ash</a>" not in declined
    assert "Too far</a>" in counter.page("projects?tab=all")
    assert "No project under this tab" in counter.page("projects?tab=completed")


def test_the_drop_downs_of_a_row_come_back_to_the_profile(counter, home):
    """[A41-A43, A45]"""
    pete = a_user(counter.look(), Role.ESTIMATOR)
    number = str(pete.id)
    counter.session.commit()
    page = counter.page()
    assert f'action="{home}/lead/status"' in page and f'action="{home}/choose"' in page

    answer = counter.post(f"{home}/choose", {"estimator": number, "back": counter.home})

    assert answer.headers["Location"] == counter.home
    assert counter.look().get(Project, 1).estimator_id == int(number)


def test_the_profile_costs_as_many_statements_with_one_project_as_with_ten(counter, home):
    counter.page()
    with Statements(counter.client) as one:
        counter.page()
    for number in range(9):
        lead = add_lead(counter, f"Question {number}")
        estimate = an_estimate(counter.session, lead.project, state=EstimateState.CONFIRMED)
        a_work_order(counter.session, estimate)
        counter.session.commit()
    with Statements(counter.client) as ten:
        counter.page()

    assert ten.count == one.count


def test_a_project_is_begun_from_the_side_bar_without_a_lead(counter):
    """[A26]"""
    answer = counter.fill("projects/new", title="Yearly check")

    project = counter.look().scalars(select(Project)).one()
    assert answer.headers["Location"] == f"/admin/projects/{project.id}/customer"
    assert project.contact.first_name == "Clara"
    assert "This project began without a lead" in counter.page(f"/admin/projects/{project.id}/lead")
    assert counter.post("projects/new", {"title": ""}).status_code == 422


def test_a_project_changes_its_brand_after_saying_what_follows(counter, home):
    """[A36, A37]"""
    south = str(a_brand(counter.look(), name="South", key="south").id)
    counter.session.commit()
    assert "New documents and mails come from South" in counter.page(f"{home}/brand?brand={south}")
    assert counter.look().get(Project, 1).brand_id is None

    counter.post(f"{home}/brand", {"step": "switch", "brand": south})
    assert counter.look().get(Project, 1).brand_id == int(south)
    refused = counter.post(f"{home}/brand", {"step": "switch", "brand": "4711"}, follow_redirects=True)
    assert "Choose one of the brands" in refused.text


def test_every_project_stands_in_one_list_with_its_customer(counter, home):
    page = counter.page("/admin/projects/")

    assert "Fell the ash" in page and "Finch household" in page
    assert "Fell the ash" not in counter.page("/admin/projects/?mine=1")
    assert "Fell the ash" in counter.page("/admin/project-list/")
    assert counter.get("/admin/projects/?after=x&before=-1&tab=nonsense").status_code == 200
    assert counter.get("/admin/project-list/new/").headers["Location"] == "/admin/leads/new/"


def test_a_crew_sees_its_own_project_without_money_and_without_the_tabs_of_the_office(counter, home):
    """[5]"""
    session = counter.look()
    cem = a_user(session, Role.CREW)
    project = session.get_one(Project, 1)
    estimate = an_estimate(session, project, "777.00", total=777_00, state=EstimateState.CONFIRMED)
    a_work_order(session, estimate, crew=[cem])
    session.commit()
    add_lead(counter, "Not theirs")
    counter.session.commit()
    counter.sits_down(Role.CREW)

    page = counter.page("/admin/projects/")

    assert "Fell the ash" in page and "Not theirs" not in page and "777" not in page
    assert counter.get(f"{home}/customer").status_code == 403
    assert counter.get("/admin/projects/2/").status_code == 404
    assert counter.get(f"{home}/").headers["Location"] == f"{home}/workorder"


def test_the_status_of_every_step_is_changed_from_the_list(counter, home):
    """[A40]: the menu of the row holds the steps that lead on from where the documents stand."""
    session = counter.look()
    estimate = an_estimate(session, session.get_one(Project, 1), state=EstimateState.SENT)
    number = estimate.id
    session.commit()
    page = counter.page()
    assert f"{home}/estimates/{number}/step/confirm?back=" in page and "step/send?" not in page

    estimate = counter.look().get_one(Estimate, number)
    estimate.state = EstimateState.CONFIRMED
    work = a_work_order(counter.session, estimate).id
    counter.session.commit()
    page = counter.page()
    start = f"/admin/pipeline/move/workorder/{work}/work-in-progress?back=/admin/customers/{counter.group_id}"
    assert start in page and f"{home}/workorder/schedule?" in page
    assert counter.get(start).status_code == 200
    counter.sits_down(Role.ANALYST)
    assert "/pipeline/move/" not in counter.page()


def test_the_live_search_finds_projects_and_documents_and_leads_to_them(counter, home):
    """[7, A1]"""
    session = counter.look()
    estimate = an_estimate(session, session.get_one(Project, 1), number="E-00077", title="Ash offer")
    number = estimate.id
    session.commit()

    found = {hit["kind"]: hit for hit in counter.get("/admin/customers/search?q=ash").json}

    assert found["project"]["detail"] == "Finch household"
    assert counter.get(found["project"]["url"]).headers["Location"] == "/admin/projects/at/1"
    assert found["estimate"]["label"] == "E-00077"
    assert counter.get(found["estimate"]["url"]).headers["Location"].endswith(str(number))
    assert counter.get("/admin/customers/of/project/4711").headers["Location"].endswith("/at/4711")
