"""New call as a plain form: found without script, refused with everything typed kept, a stranger's message answered."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import Company, Contact, CustomerGroup, Direction, Event, Lead, OutboxMessage, Thread
from seeds.builders import a_brand, a_company, a_contact, a_group, a_user, an_address, an_event
from seeds.work_builders import a_message, a_thread
from tests.forms import read_off, send, token_of
from tests.signing import on_sqlite, sign_in_as

NEW = "/admin/calls/new"
NINE = datetime(2026, 3, 17, 9, tzinfo=UTC)


@pytest.fixture
def desk(rows, app, clock):
    """Bea at the desk; the Finches are known, Pete is free from ten."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session, email="office@ashworth.test")
        a_brand(session, is_default=True)
        pete = a_user(session, "pete")
        finches = a_group(session, name="Finch household")
        a_contact(session, finches, primary=True, last_name="Finch", phone="+442079460991", email="c@finch.example")
        a_contact(session, finches, first_name="Ben", last_name="Finch")
        an_address(session, finches, is_billing=True)
        an_address(session, finches, line1="Plot 4", is_billing=False)
        an_event(session, finches, assignee_id=pete.id, starts_at=NINE, ends_at=NINE.replace(hour=10))
    client = app.test_client()
    sign_in_as(client, Role.OFFICE)
    return client


def value_of(page, name):
    """What a field of the form holds."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    if found is None:
        return unescape(read_off(rf'<textarea[^>]*name="{name}"[^>]*>([^<]*)<', page))
    return unescape(found[1])


def chosen(page, name):
    """Which radio or option of the form is chosen."""
    ticked = re.findall(rf'<input[^>]*name="{name}" value="([^"]*)"[^>]*checked', page)
    select_text = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    return ticked or re.findall(r'<option value="([^"]*)" selected', select_text[0] if select_text else "")


@on_sqlite
def test_a_caller_is_found_and_chosen_by_links_alone(desk):
    page = desk.get(f"{NEW}?q=7946").text
    link = unescape(read_off(r'<li><a href="([^"]+calls/new[^"]+)">Clara Finch', page))

    page = desk.get(link).text

    assert "Finch household" in page and chosen(page, "contact") == ["1"]
    assert chosen(page, "address") == [""]
    assert "Clara Finch, c@finch.example" in page


@on_sqlite
def test_the_free_times_are_asked_for_by_a_button_too(desk):
    typed = {"act": "slots", "group": "1", "estimator": "1", "title": "Fell the ash", "address": "2"}

    page = send(desk, NEW, typed).text

    times = re.findall(r'name="slot" value="([^"]+Z/[^"]+Z)"', page)
    assert len(times) == 9 and times[0] == "2026-03-17T10:00Z/2026-03-17T11:00Z"
    assert value_of(page, "title") == "Fell the ash" and chosen(page, "address") == ["2"]


@on_sqlite
def test_a_call_is_saved_and_leads_to_its_lead(desk, rows):
    typed = {
        "group": "1", "contact": "2", "title": "Fell the ash", "priority": "high", "estimator": "1",
        "address": "2", "slot": "2026-03-18T10:00Z/2026-03-18T11:00Z", "tell": "1", "key": "k1",
    }  # fmt: skip

    first = send(desk, NEW, typed)
    page = desk.get(first.location).text
    again = send(desk, NEW, typed)

    assert first.status_code == again.status_code == 302 and first.location == again.location
    with rows() as session:
        lead = session.scalars(select(Lead)).one()
        visit = session.scalars(select(Event).where(Event.project_id == lead.project_id)).one()
        assert (lead.project.contact_id, lead.project.address_id, visit.assignee_id) == (2, 2, 1)
        assert visit.starts_at == datetime(2026, 3, 18, 10, tzinfo=UTC)
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1
    assert "Pete Novák comes on Wednesday 18 March 2026, 10:00" in page
    assert chosen(desk.get(NEW).text, "estimator") == ["1"]


@on_sqlite
def test_a_refused_call_comes_back_with_everything_typed_and_nothing_kept(desk, rows):
    typed = {
        "person-first_name": "Jo", "person-email": "no address", "site-line1": "12 Mill Lane",
        "request": "Two\r\nlines", "priority": "urgent", "estimator": "1", "slot": "other", "at": "2026-03-20T08:00",
    }  # fmt: skip

    answer = send(desk, NEW, typed)

    assert answer.status_code == 422
    for name in ("person-first_name", "person-email", "site-line1"):
        assert value_of(answer.text, name) == typed[name]
    assert "Two" in value_of(answer.text, "request") and value_of(answer.text, "at") == "2026-03-20T08:00"
    assert chosen(answer.text, "priority") == ["urgent"] and chosen(answer.text, "slot") == ["other"]
    assert '<a href="#person-email">' in answer.text and '<a href="#title">' in answer.text
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(CustomerGroup)) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"slot": "soon"}, "slot"),
        ({"slot": "2026-03-18T10:00Z/2026-03-17T10:00Z"}, "slot"),
        ({"slot": "other", "at": ""}, "slot"),
        ({"slot": "other", "at": "31 February"}, "slot"),
        ({"estimator": "999"}, "estimator"),
        ({"source": "999"}, "source"),
        ({"address": "999"}, "address"),
        ({"title": "x" * 500}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"key": "k" * 500}, ""),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(desk, rows, typed, field):
    answer = send(desk, NEW, {"group": "1", "title": "Fell the ash"} | typed)

    assert answer.status_code == 422, answer.text[:400]
    assert "Not saved yet" in answer.text and (not field or f'href="#{field}"' in answer.text)
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(Lead)) == 0


@on_sqlite
def test_somebody_known_is_offered_before_a_double_is_made(desk, rows):
    typed = {"person-first_name": "Clara", "person-email": "c@finch.example", "title": "Fell the ash"}

    answer = send(desk, NEW, typed)

    assert answer.status_code == 409 and "Maybe known already" in answer.text
    page = send(desk, NEW, typed | {"choose": read_off(r'name="choose" value="(\d+:)"', answer.text)}).text
    assert "Somebody else calls" in page and value_of(page, "title") == "Fell the ash"
    other = {"person-first_name": "Clara", "person-last_name": "Finch", "title": "Fell the ash", "sure": "1"}
    assert send(desk, NEW, other).status_code == 302
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(CustomerGroup)) == 2


@on_sqlite
def test_somebody_else_calls_brings_the_search_back(desk):
    page = send(desk, NEW, {"act": "other", "group": "1", "title": "Fell the ash"}).text

    assert "Phone or name" in page and value_of(page, "title") == "Fell the ash"


@on_sqlite
def test_a_message_of_a_stranger_fills_the_form_and_belongs_to_the_customer_then(desk, rows):
    with rows() as session:
        thread = a_thread(session, None, subject="A quote for our hedge", waits=True)
        a_message(
            session, thread, direction=Direction.IN, author="Łucja Kučera", address="lucja@kucera.example",
            body="Could you come by?",
        )  # fmt: skip
        number = thread.id

    page = desk.get(f"{NEW}?thread={number}").text

    assert value_of(page, "title") == "A quote for our hedge"
    assert value_of(page, "request") == "Could you come by?"
    told = {name: value_of(page, f"person-{name}") for name in ("first_name", "last_name", "email")}
    assert told == {"first_name": "Łucja", "last_name": "Kučera", "email": "lucja@kucera.example"}

    typed = {f"person-{name}": text for name, text in told.items()}
    send(desk, NEW, typed | {"title": "A quote for our hedge", "thread": str(number)})

    with rows() as session:
        thread, lead = session.get_one(Thread, number), session.scalars(select(Lead)).one()
        assert (thread.group_id, thread.project_id) == (lead.group_id, lead.project_id)


@on_sqlite
def test_only_those_who_plan_take_calls(desk, app):
    for role in (Role.ANALYST, Role.CREW):
        client = app.test_client()
        sign_in_as(client, role)
        assert client.get(NEW).status_code == 403
        assert "calls/new" not in client.get("/admin/customers/").text
        assert send(client, NEW, {"group": "1", "title": "x"}).status_code == 403


@on_sqlite
def test_what_is_typed_is_shown_as_typed(desk):
    page = send(desk, NEW, {"act": "slots", "title": "<script>alert(1)</script>", "q": '"><b>'}).text

    assert "<script>alert" not in page and '"><b>' not in page.replace("&#34;&gt;&lt;b&gt;", "")


@on_sqlite
def test_callers_and_times_answer_as_data(desk):
    who = desk.get("/admin/calls/who?q=clara").get_json()
    times = desk.get("/admin/calls/times?estimator=1").get_json()
    known = desk.get("/admin/calls/doubles?email=c@finch.example").get_json()

    assert who == [
        {"choice": "1:1", "label": "Clara Finch", "detail": "Finch household · +442079460991 · 1 Mill Street"}
    ]
    first = {"day": "Today", "starts": "10:00", "ends": "11:00"}
    assert times[0] == {"value": "2026-03-17T10:00Z/2026-03-17T11:00Z"} | first
    assert known[0]["choice"] == "1:" and known[0]["name"] == "Finch household"
    for empty in ("who?q=%00", "who", "times", "times?estimator=x", "doubles"):
        assert desk.get(f"/admin/calls/{empty}").get_json() == []


@on_sqlite
def test_looking_changes_nothing(desk, rows):
    assert desk.get(f"{NEW}?group=1&contact=999&thread=").status_code == 200
    assert desk.get(f"{NEW}?group=999").status_code == 404
    assert desk.get(f"{NEW}?thread=999").status_code == 404
    token = token_of(desk.get(NEW))
    assert token
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 2
        assert session.scalar(select(Company.confirm_appointments)) is True
