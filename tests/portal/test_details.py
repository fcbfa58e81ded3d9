"""Own details: the client asks for a change, the office decides [121]."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.models import ChangeState, Contact, ContactChange
from seeds.portal_builders import a_contact_change
from tests.portal.counting import costs_the_same
from tests.portal.household import HOSTILE, Household, hostile_words_stand_as_text
from tests.portal.sending import send_from

PAGE = "/portal/details"
AS_IT_IS = {
    "first_name": "Clara",
    "last_name": "Client",
    "email": "clara@example.com",
    "phone": "+44 20 7946 0001",
    "mobile": "",
}


def changes(rows: Any) -> list[ContactChange]:
    with rows() as session:
        return list(session.scalars(select(ContactChange).order_by(ContactChange.id)))


def test_a_wish_waits_and_changes_nothing_until_it_is_accepted(
    clara: FlaskClient, house: Household, rows: Any
):
    answer = send_from(clara, PAGE, PAGE, **AS_IT_IS | {"phone": "020 7946 0999", "last_name": "Finch"})

    assert answer.status_code == 302
    (wish,) = changes(rows)
    assert wish.state is ChangeState.WAITING
    assert wish.before == {"last_name": "Client", "phone": "+44 20 7946 0001"}
    assert wish.after == {"last_name": "Finch", "phone": "+44 20 7946 0999"}
    with rows() as session:
        assert session.get_one(Contact, house.contact).last_name == "Client"
    words = clara.get(PAGE).get_data(as_text=True)
    assert "Waits for us since" in words
    assert "Finch" in words


def test_a_later_wish_takes_the_place_of_the_one_that_waits(clara: FlaskClient, house: Household, rows: Any):
    send_from(clara, PAGE, PAGE, **AS_IT_IS | {"phone": "020 7946 0999"})
    send_from(clara, PAGE, PAGE, **AS_IT_IS | {"mobile": "07700 900123"})

    first, second = changes(rows)
    assert (first.state, second.state) == (ChangeState.WITHDRAWN, ChangeState.WAITING)
    assert list(second.after) == ["mobile"]


def test_a_wish_can_be_taken_back(clara: FlaskClient, house: Household, rows: Any):
    send_from(clara, PAGE, PAGE, **AS_IT_IS | {"phone": "020 7946 0999"})
    send_from(clara, PAGE, f"{PAGE}/withdraw")

    assert [one.state for one in changes(rows)] == [ChangeState.WITHDRAWN]
    assert "Waits for us since" not in clara.get(PAGE).get_data(as_text=True)


def test_nothing_that_differs_is_no_wish(clara: FlaskClient, house: Household, rows: Any):
    answer = send_from(clara, PAGE, PAGE, **AS_IT_IS)

    assert answer.status_code == 409
    assert "Nothing differs" in answer.get_data(as_text=True)
    assert changes(rows) == []


def test_what_is_no_email_address_is_said_at_its_field(clara: FlaskClient, house: Household, rows: Any):
    answer = send_from(clara, PAGE, PAGE, **AS_IT_IS | {"email": "clara at home"})

    words = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "is not an email address" in words
    assert 'aria-invalid="true"' in words
    assert changes(rows) == []


def test_a_name_cannot_be_emptied(clara: FlaskClient, house: Household, rows: Any):
    answer = send_from(clara, PAGE, PAGE, **AS_IT_IS | {"first_name": "", "last_name": " "})

    assert answer.status_code == 422
    assert changes(rows) == []


def test_an_address_of_another_client_is_no_news_to_who_tries_it(
    clara: FlaskClient, house: Household, foreign: Household, rows: Any
):
    """Whether it may be taken is asked on acceptance: the answer here is the same for every address [R14-R16]."""
    answer = send_from(clara, PAGE, PAGE, **AS_IT_IS | {"email": "otto@example.com"})

    assert answer.status_code == 302
    assert changes(rows)[0].after == {"email": "otto@example.com"}


def test_no_form_reaches_another_contact_s_details(
    clara: FlaskClient, house: Household, foreign: Household, rows: Any
):
    with rows() as session:
        otto = session.get_one(Contact, foreign.contact)
        a_contact_change(session, otto, otto.memberships[0].group, after={"phone": "+44 20 7946 7777"})

    words = clara.get(PAGE).get_data(as_text=True)
    send_from(clara, PAGE, f"{PAGE}/withdraw", contact_id=str(foreign.contact))

    assert "7777" not in words
    assert [one.state for one in changes(rows)] == [ChangeState.WAITING]


def test_what_became_of_a_wish_is_told(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        clara_herself = session.get_one(Contact, house.contact)
        a_contact_change(
            session,
            clara_herself,
            clara_herself.memberships[0].group,
            state=ChangeState.REFUSED,
            answer="This number does not answer",
        )

    assert "was refused: This number does not answer" in clara.get(PAGE).get_data(as_text=True)


def test_hostile_details_stand_there_as_text(clara: FlaskClient, house: Household):
    send_from(clara, PAGE, PAGE, **AS_IT_IS | {"first_name": HOSTILE})

    hostile_words_stand_as_text(clara, PAGE)


def test_the_page_costs_the_same_whatever_was_asked_before(
    app: Flask, clara: FlaskClient, house: Household, rows: Any
):
    with costs_the_same(app, clara, PAGE):
        for number in range(5):
            send_from(clara, PAGE, PAGE, **AS_IT_IS | {"phone": f"020 7946 090{number}"})
