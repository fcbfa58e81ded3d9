"""Requests: a client asks for a quote or a job with photos, and reads what became of it [W3, W4]."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.models import (
    Attachment,
    CustomerGroup,
    Direction,
    Lead,
    LeadState,
    Message,
    Project,
    ProjectAccess,
    Thread,
)
from seeds.builders import a_contact
from seeds.work_builders import a_message
from tests.portal.counting import costs_the_same
from tests.portal.household import HOSTILE, Household, a_picture, come_in, hostile_words_stand_as_text
from tests.portal.sending import send_from, write_much

FORM = "/portal/requests/new"
ASKED = {"title": "Gutter leaks", "words": "Water runs down the wall.", "asked": "quote", "key": "k1"}


def the_lead(session: Any) -> Lead:
    found: Lead = session.scalars(select(Lead).where(Lead.title == "Gutter leaks")).one()
    return found


def test_a_request_becomes_a_lead_for_approval_with_a_project_that_is_open_to_nobody(
    clara: FlaskClient, house: Household, rows: Any
):
    answer = send_from(clara, FORM, FORM, site=house.address, **ASKED)

    page = clara.get(answer.location).get_data(as_text=True)
    assert "Requested" in page
    assert "Water runs down the wall." in page
    with rows() as session:
        lead = the_lead(session)
        assert (lead.state, lead.asked_by_id, lead.group_id) == (
            LeadState.FOR_APPROVAL,
            house.contact,
            house.group,
        )
        assert (lead.project.title, lead.project.contact_id) == ("Gutter leaks", house.contact)
        assert lead.project.address is not None
        assert lead.project.address.public_id == house.address
        opened = select(func.count(ProjectAccess.id)).where(ProjectAccess.project_id == lead.project_id)
        assert session.scalar(opened) == 0
        hidden = lead.project.public_id
    assert clara.get(f"/portal/projects/{hidden}").status_code == 404


def test_the_office_finds_words_and_photos_waiting(clara: FlaskClient, house: Household, rows: Any):
    send_from(clara, FORM, FORM, [("wall.png", a_picture("red"))], **ASKED | {"asked": "job"})

    with rows() as session:
        lead = the_lead(session)
        thread = session.scalars(
            select(Thread).where(Thread.about == "lead", Thread.about_id == lead.id)
        ).one()
        said = session.scalars(select(Message).where(Message.thread_id == thread.id)).one()
        photo = session.scalars(select(Attachment).where(Attachment.message_id == said.id)).one()
        assert thread.waits
        assert "Asks for a job, without a quote first." in said.body
        assert (photo.name, photo.project_id) == ("wall.png", lead.project_id)
        shown = photo.public_id
        page = f"/portal/requests/{lead.public_id}"
    assert shown in clara.get(page).get_data(as_text=True)
    with clara.get(f"/portal/files/{shown}/preview") as answer:
        assert answer.status_code == 200


def test_what_the_office_answers_is_read_beside_the_request(clara: FlaskClient, house: Household, rows: Any):
    send_from(clara, FORM, FORM, **ASKED)
    with rows() as session:
        thread = session.scalars(select(Thread).where(Thread.about == "lead")).one()
        a_message(session, thread, direction=Direction.OUT, author="Ann Ashworth", body="We come on Monday.")
        the_lead(session).state = LeadState.NEW
        page = f"/portal/requests/{the_lead(session).public_id}"

    words = clara.get(page).get_data(as_text=True)

    assert "We come on Monday." in words
    assert "We are looking at it" in words


def test_a_second_press_asks_once(clara: FlaskClient, house: Household, rows: Any):
    first = send_from(clara, FORM, FORM, **ASKED)
    second = send_from(clara, FORM, FORM, **ASKED)

    assert first.location == second.location
    with rows() as session:
        assert the_lead(session)
        assert session.scalar(select(func.count(Project.id)).where(Project.title == "Gutter leaks")) == 1


def test_what_is_missing_is_said_at_its_field_and_nothing_is_kept(
    clara: FlaskClient, house: Household, rows: Any
):
    answer = send_from(clara, FORM, FORM, title="", words=" ", place="Behind the barn", key="k")

    words = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Say in a few words what it is about" in words
    assert "Tell us what you need" in words
    assert "Behind the barn" in words
    with rows() as session:
        assert session.scalar(select(func.count(Lead.id)).where(Lead.state == LeadState.FOR_APPROVAL)) == 0


def test_another_household_s_place_cannot_be_named(
    clara: FlaskClient, house: Household, foreign: Household, rows: Any
):
    answer = send_from(clara, FORM, FORM, site=foreign.address, **ASKED)

    assert answer.status_code == 422
    assert "Otto Mill Street" not in answer.get_data(as_text=True)


def test_another_household_s_request_is_not_there(clara: FlaskClient, foreign: Household):
    assert clara.get(f"/portal/requests/{foreign.lead}").status_code == 404
    assert "gutter" not in clara.get("/portal/requests/").get_data(as_text=True)


def test_a_colleague_in_the_same_household_does_not_read_it(
    app: Flask, clara: FlaskClient, house: Household, rows: Any, clock: Any
):
    """Asking opens the project to nobody, so it opens the request to nobody else either."""
    send_from(clara, FORM, FORM, **ASKED)
    with rows() as session:
        colleague = a_contact(session, session.get_one(CustomerGroup, house.group), first_name="Tim")
        number, page = colleague.id, f"/portal/requests/{the_lead(session).public_id}"
    tim = come_in(app, replace(house, contact=number), clock)

    assert tim.get(page).status_code == 404
    assert "Gutter leaks" not in tim.get("/portal/requests/").get_data(as_text=True)


def test_with_requests_switched_off_nobody_asks(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.get_one(CustomerGroup, house.group).portal_hides = ["requests"]

    assert clara.get(FORM).status_code == 404
    assert send_from(clara, "/portal/details", FORM, **ASKED).status_code == 404
    assert "Ask for work" not in clara.get("/portal/").get_data(as_text=True)


def test_why_a_request_was_declined_stays_in_the_office(clara: FlaskClient, house: Household, rows: Any):
    send_from(clara, FORM, FORM, **ASKED)
    with rows() as session:
        lead = the_lead(session)
        lead.state, lead.declined_reason = LeadState.DECLINED, "Never pays"
        page = f"/portal/requests/{lead.public_id}"

    words = clara.get(page).get_data(as_text=True)

    assert "Declined" in words
    assert "Never pays" not in words


@pytest.mark.parametrize("show", ["", "?show=open", "?show=done"])
def test_the_list_is_filtered_by_what_became_of_it(
    clara: FlaskClient, house: Household, rows: Any, show: str
):
    send_from(clara, FORM, FORM, **ASKED)

    words = clara.get(f"/portal/requests/{show}").get_data(as_text=True)

    assert ("Gutter leaks" in words) is (show != "?show=done")


def test_hostile_words_stand_there_as_text(clara: FlaskClient, house: Household):
    answer = send_from(clara, FORM, FORM, title=HOSTILE, words=HOSTILE, key="k2")

    hostile_words_stand_as_text(clara, answer.location, "/portal/requests/")


def test_a_long_list_costs_what_a_short_one_costs(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    with costs_the_same(app, clara, "/portal/requests/"):
        for number in range(6):
            send_from(clara, FORM, FORM, title=f"Matter {number}", words="…", key=f"m{number}")


def test_a_request_with_much_said_costs_what_one_with_little_costs(
    app: Flask, clara: FlaskClient, house: Household
):
    page = send_from(clara, FORM, FORM, [("wall.png", a_picture("red"))], **ASKED).location

    with costs_the_same(app, clara, page):
        write_much(clara, page, times=8)

    assert "Word 7" in clara.get(page).get_data(as_text=True)
