"""Passkeys at the desk and at the door: added with the password, good for both steps, removed by their owner."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import Passkey, User
from tests.admin.second_step.walking import PAGE, SITE, add_passkey, enter_by_passkey, is_in, switch_on
from tests.forms import send, token_of
from tests.services.device import Device
from tests.signing import PASSWORD, on_sqlite, sign_in_as


def test_a_passkey_is_added_signs_in_for_both_steps_and_is_removed(app, desk, rows, morning):
    switch_on(desk)
    device = Device(SITE)
    assert add_passkey(desk, device).location == PAGE
    assert "Annas key" in desk.get(PAGE).text
    assert "not used yet" in desk.get(PAGE).text

    other = app.test_client()
    assert enter_by_passkey(other, device, next="/admin/groups/").location == "/admin/groups/"
    assert is_in(other)
    assert "last used" in desk.get(PAGE).text

    with rows() as session:
        passkey_id = session.scalars(select(Passkey.id)).one()
    gone = send(desk, f"{PAGE}/passkeys/{passkey_id}/remove", {"your_password": PASSWORD})
    assert gone.location == PAGE
    assert not is_in(other), "the device may be in other hands"
    again = enter_by_passkey(app.test_client(), device)
    assert again.status_code == 422
    assert "This passkey opens nothing here" in again.text


@on_sqlite
def test_no_challenge_is_given_without_the_password(desk):
    asked = send(
        desk,
        f"{PAGE}/passkeys/challenge",
        {"your_password": "wrong", "name": "x"},
        headers={"Accept": "application/json"},
    )

    assert asked.status_code == 422
    assert "This is not your password" in asked.text
    kept = send(desk, f"{PAGE}/passkeys", {"name": "x", "credential": "{}"})
    assert kept.status_code == 422
    assert "could not be added" in kept.text


@on_sqlite
def test_a_challenge_lies_in_the_browser_that_asked_and_is_answered_once(app, desk):
    device = Device(SITE)
    add_passkey(desk, device)
    other, third = app.test_client(), app.test_client()
    token = token_of(other.get("/login"))
    asked = other.post("/login/passkey/challenge", data={"csrf_token": token})
    sent = {"credential": device.use(asked.text), "next": ""}

    elsewhere = third.post("/login/passkey", data=sent | {"csrf_token": token_of(third.get("/login"))})
    assert elsewhere.status_code == 422

    stolen = other.get_cookie("session").value
    assert other.post("/login/passkey", data=sent | {"csrf_token": token}).status_code == 302
    third.set_cookie("session", stolen)
    assert third.post("/login/passkey", data=sent | {"csrf_token": token}).status_code == 422


@on_sqlite
def test_a_passkey_does_not_go_round_a_password_that_must_be_changed(app, desk, rows):
    device = Device(SITE)
    add_passkey(desk, device)
    with rows() as session:
        session.scalars(select(User)).one().must_change_password = True

    assert enter_by_passkey(app.test_client(), device).location == "/password"


@on_sqlite
def test_after_a_passkey_only_a_page_of_this_site_opens(app, desk):
    device = Device(SITE)
    add_passkey(desk, device)

    assert enter_by_passkey(app.test_client(), device, next="//elsewhere.example").location == "/admin/"


def test_nobody_removes_the_passkey_of_somebody_else(app, desk, rows):
    add_passkey(desk, Device(SITE))
    other = app.test_client()
    sign_in_as(other, Role.OFFICE)
    with rows() as session:
        passkey_id = session.scalars(select(Passkey.id)).one()

    answer = send(other, f"{PAGE}/passkeys/{passkey_id}/remove", {"your_password": PASSWORD})

    assert answer.status_code == 404
    assert "Annas key" not in other.get(PAGE).text
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(Passkey)) == 1


@on_sqlite
def test_a_name_is_shown_as_it_was_typed(desk):
    add_passkey(desk, Device(SITE), "<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in desk.get(PAGE).text


@on_sqlite
@pytest.mark.parametrize(
    ("public_url", "offered"),
    [
        ("https://office.example.com", True),
        ("http://office.example.com", False),
        ("https://203.0.113.7", False),
        (None, True),
    ],
)
def test_passkeys_are_offered_where_browsers_know_them(settings, open_office, ann, public_url, offered):
    app = open_office(replace(settings, public_url=public_url))
    told = {"base_url": "https://localhost" if str(public_url).startswith("https") else SITE}

    assert ("Sign in with a passkey" in app.test_client().get("/login", **told).text) is offered


@on_sqlite
def test_at_a_number_the_page_names_the_address_where_they_work(desk):
    page = desk.get(PAGE, base_url="http://127.0.0.1:8000")
    # The cookie belongs to localhost, so the visitor of the number signs in first.
    assert page.status_code == 302
    numbered = desk.application.test_client()
    with desk.application.app_context():
        sign_in_as(numbered)
    cookie = numbered.get_cookie("session").value
    numbered.set_cookie("session", cookie, domain="127.0.0.1")

    page = numbered.get(PAGE, base_url="http://127.0.0.1:8000")

    assert f"open this page at http://localhost:8000{PAGE}" in page.text
    assert 'data-passkey="add"' not in page.text
