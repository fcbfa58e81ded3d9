"""Jobs in the portal: state, days, services; nothing of crews, notes and costs [W6, 119]."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.models import CustomerGroup, Service, ServiceState, WorkOrder, WorkOrderState
from seeds.builders import a_user
from seeds.portal_builders import a_document_link
from seeds.work_builders import a_work_order, an_estimate
from tests.portal.counting import costs_the_same
from tests.portal.household import HOSTILE, SOON, Household
from tests.portal.signing import link_path


@pytest.fixture
def database(sqlite_database: str) -> str:
    """What the policy lets through is asked on both databases elsewhere."""
    return sqlite_database


def the_job(session: Any, house: Household) -> WorkOrder:
    found: WorkOrder = session.scalars(select(WorkOrder).where(WorkOrder.public_id == house.job)).one()
    return found


def test_a_job_says_when_it_is_and_how_far_each_service_is(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        work = the_job(session, house)
        work.ends_at = SOON + timedelta(days=1)
        work.services[0].state = ServiceState.IN_PROGRESS

    words = clara.get(f"/portal/jobs/{house.job}").get_data(as_text=True)

    assert "20 Mar, 09:00" in words
    assert "21 Mar, 09:00" in words
    assert "Work 1" in words
    assert "In progress" in words
    assert "Scheduled" in words


def test_nothing_of_the_crew_our_notes_or_costs_is_shown(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        work = the_job(session, house)
        work.crew.append(a_user(session, "cem"))
        work.services[0].net = 12_345

    words = clara.get(f"/portal/jobs/{house.job}").get_data(as_text=True)

    for ours in ("Cem", "Mind the dog", "123.45"):
        assert ours not in words


def test_the_list_tells_what_is_to_be_done_from_what_is_done(clara: FlaskClient, house: Household, rows: Any):
    assert "W-Clara" in clara.get("/portal/jobs/?show=open").get_data(as_text=True)
    assert "There is no such job" in clara.get("/portal/jobs/?show=done").get_data(as_text=True)
    with rows() as session:
        the_job(session, house).state = WorkOrderState.COMPLETED

    assert "W-Clara" in clara.get("/portal/jobs/?show=done").get_data(as_text=True)
    assert "Completed" in clara.get("/portal/jobs/").get_data(as_text=True)


def test_another_household_s_job_is_not_there(clara: FlaskClient, foreign: Household):
    assert clara.get(f"/portal/jobs/{foreign.job}").status_code == 404
    assert "Otto" not in clara.get("/portal/jobs/").get_data(as_text=True)


def test_its_link_opens_the_job_and_no_list(app: Flask, client: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        base = link_path(app, a_document_link(session, the_job(session, house)))

    assert client.get(f"{base}/jobs/{house.job}").status_code == 200
    assert client.get(f"{base}/").location == f"{base}/jobs/{house.job}"
    assert client.get(f"{base}/jobs/").status_code == 404


def test_hostile_words_stand_there_as_text(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        work = the_job(session, house)
        work.title = work.services[0].description = HOSTILE

    words = clara.get(f"/portal/jobs/{house.job}").get_data(as_text=True)

    assert "<img src=x" not in words
    assert words.count("&lt;img src=x") >= 2


def test_no_job_yet_is_said_in_words(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.delete(the_job(session, house))

    assert "There is no job yet" in clara.get("/portal/jobs/").get_data(as_text=True)


def test_with_the_module_off_the_address_is_not_there(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.get_one(CustomerGroup, house.group).portal_hides = ["jobs"]

    assert clara.get("/portal/jobs/").status_code == 404
    assert clara.get(f"/portal/jobs/{house.job}").status_code == 404


def test_a_job_of_many_services_costs_what_a_small_one_costs(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    with costs_the_same(app, clara, f"/portal/jobs/{house.job}"), rows() as session:
        number = the_job(session, house).id
        for place in range(2, 40):
            session.add(
                Service(
                    work_order_id=number, line_key=f"k{place}", position=place, description=f"Work {place}"
                )
            )


def test_a_long_list_of_jobs_costs_what_a_short_one_costs(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    with costs_the_same(app, clara, "/portal/jobs/"), rows() as session:
        project = the_job(session, house).project
        for number in range(25):
            agreed = an_estimate(session, project, number=f"E-more-{number}")
            a_work_order(session, agreed, number=f"W-more-{number}", starts_at=SOON)

    assert "Older" in clara.get("/portal/jobs/").get_data(as_text=True)
