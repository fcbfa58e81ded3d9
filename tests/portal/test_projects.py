"""Projects in the portal: those that were opened, each with what of it the client sees [R32-R37, W5-W7]."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.models import (
    AccessState,
    Contact,
    CustomerGroup,
    Estimate,
    EstimateState,
    Invoice,
    Project,
    ProjectAccess,
    WorkOrder,
    WorkOrderState,
)
from seeds.portal_builders import access_to
from seeds.work_builders import a_project, an_estimate
from tests.portal.counting import costs_the_same
from tests.portal.household import EARLIER, HOSTILE, Household, an_invoice, hostile_words_stand_as_text


@pytest.fixture
def database(sqlite_database: str) -> str:
    """What the policy lets through is asked on both databases elsewhere."""
    return sqlite_database


def test_a_project_shows_everything_of_it_that_the_client_sees(clara: FlaskClient, house: Household):
    words = clara.get(f"/portal/projects/{house.project}").get_data(as_text=True)

    for part in (
        f"/portal/proposals/{house.estimate}",
        f"/portal/jobs/{house.job}",
        f"/portal/invoices/{house.invoice}",
        f"/portal/appointments/{house.event}",
        f"/portal/files/{house.file}",
        "We come to Fell the ash",
        "Clara Mill Street 1",
    ):
        assert part in words


def test_a_hidden_part_is_not_drawn(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.get_one(CustomerGroup, house.group).portal_hides = ["invoices", "jobs"]

    words = clara.get(f"/portal/projects/{house.project}").get_data(as_text=True)

    assert f"/portal/proposals/{house.estimate}" in words
    assert house.invoice not in words
    assert house.job not in words
    assert "€60.00" not in words


def test_a_project_that_was_assigned_but_not_opened_is_not_there(
    clara: FlaskClient, house: Household, rows: Any
):
    with rows() as session:
        silent = a_project(session, session.get_one(CustomerGroup, house.group), title="Silent survey")
        silent.contact_id = house.contact
        public_id = silent.public_id

    assert clara.get(f"/portal/projects/{public_id}").status_code == 404
    assert "Silent survey" not in clara.get("/portal/projects/").get_data(as_text=True)


def test_a_project_that_is_closed_again_is_gone_at_once(clara: FlaskClient, house: Household, rows: Any):
    assert clara.get(f"/portal/projects/{house.project}").status_code == 200
    with rows() as session:
        access = session.scalars(
            select(ProjectAccess).where(ProjectAccess.project_id == house.project_id)
        ).one()
        access.state = AccessState.REVOKED

    assert clara.get(f"/portal/projects/{house.project}").status_code == 404
    assert "No project was opened to you yet" in clara.get("/portal/projects/").get_data(as_text=True)


def test_how_far_a_project_is_follows_from_what_the_client_sees(
    clara: FlaskClient, house: Household, rows: Any
):
    def told() -> str:
        page = clara.get("/portal/projects/").get_data(as_text=True)
        return page[page.index("<main") : page.index("</main")]

    assert "Waits for your answer" in told()
    with rows() as session:
        session.scalars(
            select(Estimate).where(Estimate.public_id == house.estimate)
        ).one().state = EstimateState.CONFIRMED
    assert "Scheduled" in told()
    with rows() as session:
        session.scalars(
            select(WorkOrder).where(WorkOrder.public_id == house.job)
        ).one().state = WorkOrderState.COMPLETED
    assert "To pay" in told()
    with rows() as session:
        session.scalars(select(Invoice).where(Invoice.public_id == house.invoice)).one().balance = 0
    assert "Completed" in told()


def test_another_household_s_project_is_not_there(clara: FlaskClient, foreign: Household):
    assert clara.get(f"/portal/projects/{foreign.project}").status_code == 404
    assert "gutter" not in clara.get("/portal/projects/").get_data(as_text=True)


def test_hostile_and_long_titles_stand_there_as_text(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.get_one(Project, house.project_id).title = HOSTILE + "W" * 100

    hostile_words_stand_as_text(clara, "/portal/projects/", f"/portal/projects/{house.project}")


def test_many_projects_and_documents_cost_what_few_cost(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    with (
        costs_the_same(app, clara, "/portal/projects/", f"/portal/projects/{house.project}"),
        rows() as session,
    ):
        group, contact = session.get_one(CustomerGroup, house.group), session.get_one(Contact, house.contact)
        first = session.get_one(Project, house.project_id)
        for number in range(12):
            more = a_project(session, group, title=f"Project {number}", address_id=first.address_id)
            access_to(session, more, contact)
            an_estimate(session, more, number=f"E-m{number}", state=EstimateState.SENT, sent_at=EARLIER)
            an_estimate(session, first, number=f"E-f{number}", state=EstimateState.SENT, sent_at=EARLIER)
            an_invoice(session, first, f"N-f{number}")
