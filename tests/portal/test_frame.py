"""The frame around the portal's pages: the brand, what is on, who is here; refusals are calm [W23-W26, 117]."""

import gzip
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.config import Settings
from admin_app.models import Brand, CustomerGroup, Event, PortalReceipt
from admin_app.services.portal.previews import Preview, token_of_preview
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_brand, a_company
from seeds.portal_builders import a_portal_look
from tests.forms import read_off, send
from tests.portal.household import HOSTILE, Household, a_picture
from tests.signing import sign_in_as


@pytest.fixture
def database(sqlite_database: str) -> str:
    """The frame asks nothing that one database answers otherwise."""
    return sqlite_database


@pytest.fixture
def office(app: Flask, rows: Any) -> Flask:
    """A company with one brand."""
    with rows() as session:
        a_company(session)
        a_brand(session, accent="#8a2be2", phone="+442079460000", email="hello@north.test", is_default=True)
    return app


def test_what_is_not_there_is_told_calmly_in_the_look_of_the_company(office: Flask, client: FlaskClient):
    page = client.get("/portal/nothing/like/that")
    words = page.get_data(as_text=True)

    assert page.status_code == 404
    assert "There is nothing here" in words
    assert "Harding" in words
    assert "--accent: #" in words


def test_a_link_that_nobody_made_gives_the_same_page_as_any_other_dead_one(
    office: Flask, client: FlaskClient
):
    words = client.get("/portal/d/somebody.elses/").get_data(as_text=True)

    assert "Ask us for a new link" in words
    assert 'aria-label="Portal"' not in words


def test_the_menu_holds_what_is_on_and_says_who_is_here(clara: FlaskClient, house: Household, rows: Any):
    whole = clara.get("/portal/details").get_data(as_text=True)
    with rows() as session:
        session.get_one(CustomerGroup, house.group).portal_hides = ["invoices", "messages"]
    less = clara.get("/portal/details").get_data(as_text=True)

    assert "/portal/invoices/" in whole
    assert "/portal/messages/" in whole
    for hidden in ("/portal/invoices/", "/portal/messages/", "/portal/payments/", "/portal/cards/"):
        assert hidden not in less
    assert "/portal/appointments/" in less
    assert "Clara Client" in less
    assert 'action="/portal/sign-out"' in less
    assert less.count('aria-current="page"') >= 1


def test_company_phone_and_mail_are_always_in_reach(clara: FlaskClient):
    words = clara.get("/portal/projects/").get_data(as_text=True)

    assert 'href="tel:+44 20 7946 0000"' in words
    assert 'href="mailto:hello@north.test"' in words


def test_a_customer_s_own_look_is_drawn_and_nothing_but_a_colour_reaches_the_sheet(
    clara: FlaskClient, house: Household, rows: Any
):
    with rows() as session:
        a_portal_look(session, group_id=house.group, accent="#5b2a86", title="Mill & Sons", footer=HOSTILE)

    words = clara.get("/portal/details").get_data(as_text=True)

    assert "--accent: #5b2a86;" in words
    assert "Mill &amp; Sons" in words
    assert "<img src=x" not in words


def test_an_accent_that_is_no_colour_leaves_the_usual_one(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        a_portal_look(session, group_id=house.group, accent="}*{x:1}")

    words = clara.get("/portal/details").get_data(as_text=True)

    assert "}*{x" not in words
    assert "--accent: #" in words


def test_the_logo_is_public_and_kept_by_browsers_until_it_changes(
    app: Flask, client: FlaskClient, clara: FlaskClient, house: Household, rows: Any, settings: Settings
):
    with rows() as session:
        key = FolderStorage(settings.files).store(io.BytesIO(a_picture()), limit=100_000).key
        session.scalars(select(Brand)).one().logo_key = key
    address = read_off(r'<img src="(/portal/logo/[^"]+)"', clara.get("/portal/").get_data(as_text=True))

    with client.get(address.replace("&amp;", "&")) as answer:
        assert answer.mimetype == "image/png"
        assert answer.get_data() == a_picture()
        assert "public" in answer.headers["Cache-Control"]
    assert key not in address
    assert client.get("/portal/logo/somebody.png").status_code == 404


def test_a_refusal_inside_keeps_the_menu_and_tells_nothing(clara: FlaskClient, foreign: Household):
    page = clara.get(f"/portal/projects/{foreign.project}")
    words = page.get_data(as_text=True)

    assert page.status_code == 404
    assert "There is nothing here" in words
    assert 'aria-label="Portal"' in words
    assert "Otto" not in words


@pytest.mark.parametrize("name", ["%00", "x" * 40, "%F0%9F%8C%B3", "..%2F..", "' OR 1=1"])
def test_strange_names_in_an_address_are_not_there(clara: FlaskClient, name: str):
    for part in ("projects", "appointments", "files", "jobs", "messages", "requests"):
        assert clara.get(f"/portal/{part}/{name}").status_code == 404


def test_a_preview_shows_the_same_pages_and_writes_nothing(
    app: Flask, house: Household, rows: Any, settings: Settings
):
    desk = app.test_client()
    sign_in_as(desk)
    start = f"/admin/see-as/{token_of_preview(settings.secret_key, Preview(house.contact, house.group))}"

    for path in (
        "/",
        f"/appointments/{house.event}",
        f"/jobs/{house.job}",
        f"/messages/{house.thread}",
        "/details",
    ):
        words = desk.get(start + path).get_data(as_text=True)
        assert "You see what Clara Client sees" in words
        for act in ("Confirm appointment", "Send message", "Ask to change details", "Sign out"):
            assert act not in words
    with desk.get(f"{start}/files/{house.file}") as answer:
        assert answer.status_code == 200
    refused = send(desk, f"{start}/appointments/{house.event}/confirm")
    assert refused.status_code == 409
    with rows() as session:
        assert session.scalar(select(func.count(PortalReceipt.id))) == 0
        assert (
            session.scalars(select(Event).where(Event.public_id == house.event)).one().client_answer is None
        )


def test_a_preview_is_not_for_whoever_is_not_at_the_desk(
    app: Flask, client: FlaskClient, house: Household, settings: Settings
):
    token = token_of_preview(settings.secret_key, Preview(house.contact, house.group))

    assert "/login" in client.get(f"/admin/see-as/{token}/").location


def test_no_page_of_the_portal_carries_much_beside_its_words(app: Flask, clara: FlaskClient):
    """The first view of a page: HTML, sheet and script, packed, at most 60 kB (issue 5, "Speed and size")."""
    page = clara.get("/portal/")
    files = re.findall(r'(?:src|href)="(/static/[^"]+\.(?:css|js)[^"]*)"', page.get_data(as_text=True))

    weight = len(gzip.compress(page.get_data()))
    for file in files:
        with clara.get(file) as answer:
            weight += len(gzip.compress(answer.get_data()))

    assert len(files) >= 2
    assert weight < 60_000
