"""Appointments in the portal: to come and past, confirmed, asked to move, taken into a calendar [95, 119]."""

import re
from typing import Any

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.models import (
    ClientAnswer,
    CustomerGroup,
    Event,
    EventState,
    Message,
    PortalReceipt,
    SeenHow,
    Thread,
)
from seeds.portal_builders import a_document_link
from tests.portal.counting import costs_the_same, statements_of
from tests.portal.household import (
    EARLIER,
    HOSTILE,
    Household,
    another_appointment,
    hostile_words_stand_as_text,
)
from tests.portal.sending import send_from, write_much
from tests.portal.signing import link_path


def the_event(session: Any, house: Household) -> Event:
    found: Event = session.scalars(select(Event).where(Event.public_id == house.event)).one()
    return found


def test_to_come_and_past_are_two_lists(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        another_appointment(session, house, "First look", starts_at=EARLIER)

    to_come = clara.get("/portal/appointments/").get_data(as_text=True)
    past = clara.get("/portal/appointments/?show=past").get_data(as_text=True)

    assert "Survey of Fell the ash" in to_come
    assert "First look" not in to_come
    assert "First look" in past
    assert "Survey of Fell the ash" not in past


def test_the_page_says_when_and_where_and_nothing_of_our_own_notes(clara: FlaskClient, house: Household):
    words = clara.get(f"/portal/appointments/{house.event}").get_data(as_text=True)

    assert "20 Mar, 09:00" in words
    assert "Clara Mill Street 1" in words
    assert "long ladder" not in words


def test_whoever_confirms_is_seen_to_have_confirmed(clara: FlaskClient, house: Household, rows: Any):
    page = f"/portal/appointments/{house.event}"

    answer = send_from(clara, page, f"{page}/confirm")

    assert answer.status_code == 302
    with rows() as session:
        assert the_event(session, house).client_answer is ClientAnswer.CONFIRMED
        assert the_event(session, house).client_answered_at is not None
    assert "You confirmed this time" in clara.get(page).get_data(as_text=True)


def test_a_wish_to_move_waits_for_the_office_in_the_thread_of_the_appointment(
    clara: FlaskClient, house: Household, rows: Any
):
    page = f"/portal/appointments/{house.event}"

    send_from(clara, page, f"{page}/move", words="Could it be Monday?", key="k1")
    send_from(clara, page, f"{page}/move", words="Could it be Monday?", key="k1")  # a second press

    with rows() as session:
        event = the_event(session, house)
        thread = session.scalars(select(Thread).where(Thread.about == "event")).one()
        said = session.scalars(select(Message).where(Message.thread_id == thread.id)).one()
        assert event.client_answer is ClientAnswer.MOVE
        assert thread.waits
        assert (said.body, said.in_portal, said.contact_id) == ("Could it be Monday?", True, house.contact)
    assert "Could it be Monday?" in clara.get(page).get_data(as_text=True)


def test_a_wish_to_move_and_a_message_from_the_same_page_are_both_kept(
    clara: FlaskClient, house: Household, rows: Any
):
    """Whoever goes back in the browser sends the second form of a page that was drawn once."""
    page = f"/portal/appointments/{house.event}"
    drawn = clara.get(page).get_data(as_text=True)
    move, talk = re.findall(r'name="key" value="([^"]+)"', drawn)

    send_from(clara, page, f"{page}/move", words="Could it be Monday?", key=move)
    send_from(clara, page, f"{page}/messages", words="And the dog is in.", key=talk)

    with rows() as session:
        said = session.scalars(select(Message.body).where(Message.thread.has(about="event"))).all()
        assert sorted(said) == ["And the dog is in.", "Could it be Monday?"]
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))  # a label leads to the field of its own form


def test_a_wish_without_words_keeps_nothing_and_says_what_is_missing(
    clara: FlaskClient, house: Household, rows: Any
):
    page = f"/portal/appointments/{house.event}"

    answer = send_from(clara, page, f"{page}/move", words="  ", key="k1")

    assert answer.status_code == 422
    assert "Say which days would suit you" in answer.get_data(as_text=True)
    with rows() as session:
        assert the_event(session, house).client_answer is None


@pytest.mark.parametrize("but", [{"state": EventState.CANCELLED}, {"starts_at": EARLIER}])
def test_what_is_over_or_called_off_is_not_answered(
    clara: FlaskClient, house: Household, rows: Any, but: dict[str, Any]
):
    with rows() as session:
        for key, value in but.items():
            setattr(the_event(session, house), key, value)
    page = f"/portal/appointments/{house.event}"

    assert "Confirm appointment" not in clara.get(page).get_data(as_text=True)
    assert send_from(clara, "/portal/details", f"{page}/confirm").status_code == 409


def test_the_calendar_takes_the_appointment_without_our_notes(
    clara: FlaskClient, house: Household, rows: Any
):
    answer = clara.get(f"/portal/appointments/{house.event}/calendar.ics")

    entry: Any = icalendar.Calendar.from_ical(answer.get_data()).walk("VEVENT")[0]
    assert answer.mimetype == "text/calendar"
    assert entry["summary"] == "Survey of Fell the ash"
    assert str(entry["dtstart"].dt) == "2026-03-20 09:00:00+00:00"
    assert "long ladder" not in answer.get_data(as_text=True)
    with rows() as session:
        receipt = session.scalars(select(PortalReceipt)).one()
        assert (receipt.about, receipt.how) == ("event", SeenHow.DOWNLOADED)


def test_another_household_s_appointment_is_not_there(clara: FlaskClient, foreign: Household):
    assert clara.get(f"/portal/appointments/{foreign.event}").status_code == 404
    assert clara.get(f"/portal/appointments/{foreign.event}/calendar.ics").status_code == 404
    assert (
        send_from(clara, "/portal/details", f"/portal/appointments/{foreign.event}/confirm").status_code
        == 404
    )


def test_by_its_link_the_appointment_is_answered_without_signing_in(
    app: Flask, client: FlaskClient, house: Household, rows: Any
):
    with rows() as session:
        base = link_path(app, a_document_link(session, the_event(session, house)))
    page = f"{base}/appointments/{house.event}"

    words = client.get(page).get_data(as_text=True)
    answer = send_from(client, page, f"{page}/confirm")

    assert "Clara Mill Street 1" in words
    assert 'aria-label="Portal"' not in words  # one document, no menu
    assert answer.location == page
    assert client.get(f"{base}/appointments/").status_code == 404
    with rows() as session:
        assert the_event(session, house).client_answer is ClientAnswer.CONFIRMED


def test_opening_it_twice_is_one_receipt(clara: FlaskClient, house: Household, rows: Any):
    clara.get(f"/portal/appointments/{house.event}")
    clara.get(f"/portal/appointments/{house.event}")

    with rows() as session:
        receipt = session.scalars(select(PortalReceipt)).one()
        assert (receipt.about, receipt.how, receipt.by_link) == ("event", SeenHow.OPENED, False)
        assert receipt.contact_id == house.contact


def test_a_hostile_title_stands_there_as_text(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        the_event(session, house).title = HOSTILE

    hostile_words_stand_as_text(clara, "/portal/appointments/", f"/portal/appointments/{house.event}")


def test_nothing_planned_is_said_in_words(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.delete(the_event(session, house))

    assert "No appointment is planned" in clara.get("/portal/appointments/").get_data(as_text=True)


def test_a_long_list_costs_what_a_short_one_costs(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    few = statements_of(app, lambda: clara.get("/portal/appointments/"))
    with rows() as session:
        for number in range(30):
            another_appointment(session, house, f"Visit {number}")
    many = statements_of(app, lambda: clara.get("/portal/appointments/"))

    assert many == few
    assert "Older" in clara.get("/portal/appointments/").get_data(as_text=True)
    assert "Newer" in clara.get("/portal/appointments/?page=2").get_data(as_text=True)


def test_an_appointment_with_much_said_costs_what_one_with_little_costs(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    page = f"/portal/appointments/{house.event}"

    write_much(clara, page, times=1)
    with costs_the_same(app, clara, page):
        write_much(clara, page, times=8)

    assert "Word 7" in clara.get(page).get_data(as_text=True)


def test_with_the_module_off_the_address_is_not_there(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.get_one(CustomerGroup, house.group).portal_hides = ["appointments"]

    assert clara.get("/portal/appointments/").status_code == 404
    assert "/portal/appointments/" not in clara.get("/portal/").get_data(as_text=True)
