"""Sign-in and security, page by page: the app, recovery codes, passkeys, and what the office may take away."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.models import Company, OutboxMessage, Passkey, RecoveryCode, StaffSession, User
from admin_app.services.manage_user import invite
from admin_app.services.second_step import RECOVERY_CODES
from admin_app.services.sign_in import MOST_HERE
from tests.admin.test_sign_in import app_clock
from tests.forms import read_off, send, token_of
from tests.services.device import Device
from tests.signing import CAST, PASSWORD, a_user, on_sqlite, sign_in_as

PAGE = "/sign-in-and-security"
AT = "2026-03-17 09:30:00Z"
SITE = "http://localhost"


@pytest.fixture(autouse=True)
def morning():
    """The application runs on the machine's clock, which stands still here."""
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ann(rows):
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", email="office@ashworth.test"))
        return a_user(session)


@pytest.fixture
def desk(client, ann):
    """Ann at her desk; `desk.app` is what stands in her phone once it is set up."""
    sign_in_as(client, ann)
    return client


def secret_on(page):
    return read_off(r'st-key">([A-Z2-7 ]+)<', page.text).replace(" ", "")


def switch_on(desk):
    """Switch the second step on as a person does; gives back the app and the recovery codes."""
    page = send(desk, f"{PAGE}/app", {"your_password": PASSWORD})
    app = pyotp.TOTP(secret_on(page))
    note = read_off(r'name="note" value="([^"]+)"', page.text)
    shown = send(desk, f"{PAGE}/app/on", {"note": note, "code": app.now()})
    assert shown.status_code == 200, shown.text
    return app, re.findall(r"<code>([a-z0-9-]{14})</code>", shown.text)


def type_password(client, email=CAST[Role.OWNER][1], password=PASSWORD, next=""):
    token = token_of(client.get("/login"))
    return client.post(
        "/login", data={"email": email, "password": password, "next": next, "csrf_token": token}
    )


def type_code(client, code, **options):
    page = client.get("/login/code")
    return client.post("/login/code", data={"code": code, "next": "", "csrf_token": token_of(page)} | options)


def is_in(client):
    return client.get(PAGE).status_code == 200


@on_sqlite
def test_the_page_stands_in_the_menu_of_the_person(desk):
    page = desk.get("/admin/")

    assert f'href="{PAGE}"' in page.text
    assert "Sign-in and security" in desk.get(PAGE).text


def test_the_second_step_is_set_up_and_asked_for(app, desk, morning):
    phone, codes = switch_on(desk)
    assert len(codes) == RECOVERY_CODES
    assert f"{RECOVERY_CODES} of 10 recovery codes are left" in desk.get(PAGE).text

    morning.shift(timedelta(minutes=1))
    other = app.test_client()
    asked = type_password(other, next="/admin/groups/")
    assert (asked.status_code, asked.location) == (302, "/login/code?next=/admin/groups/")
    assert not is_in(other)
    page = other.get(asked.location)
    assert "The six digits that the app on your phone shows for ann@ashworth.test" in page.text
    done = other.post(
        "/login/code",
        data={"code": phone.now(), "next": "/admin/groups/", "csrf_token": token_of(page)},
    )

    assert (done.status_code, done.location) == (302, "/admin/groups/")
    assert is_in(other)


@on_sqlite
def test_the_picture_is_a_qr_code_in_the_page_itself(desk):
    page = send(desk, f"{PAGE}/app", {"your_password": PASSWORD})

    assert re.search(r'<img src="data:image/svg\+xml', page.text)
    assert "Cache-Control" in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    assert "otpauth://totp/Ashworth" in page.text


@on_sqlite
def test_a_first_code_that_does_not_fit_shows_the_same_picture_again(desk, rows):
    page = send(desk, f"{PAGE}/app", {"your_password": PASSWORD})
    note = read_off(r'name="note" value="([^"]+)"', page.text)

    again = send(desk, f"{PAGE}/app/on", {"note": note, "code": "000000"})

    assert again.status_code == 422
    assert "This code does not fit" in again.text
    assert secret_on(again) == secret_on(page)
    with rows() as session:
        assert session.scalars(select(User.totp_since)).all() == [None]


@on_sqlite
def test_a_picture_that_is_too_old_begins_anew(desk):
    assert send(desk, f"{PAGE}/app/on", {"note": "none of ours", "code": "000000"}).status_code == 409


def test_it_ends_the_other_sessions_and_goes_on_here(app, desk, ann):
    other = app.test_client()
    sign_in_as(other, ann)

    switch_on(desk)

    assert is_in(desk)
    assert not is_in(other)


def test_a_recovery_code_opens_the_office_once_and_is_told(app, desk, rows, morning):
    _, codes = switch_on(desk)
    morning.shift(timedelta(minutes=1))

    for expected in (302, 422):
        other = app.test_client()
        type_password(other)
        assert type_code(other, codes[0]).status_code == expected

    with rows() as session:
        told = session.scalars(select(OutboxMessage.subject)).all()
    assert "A recovery code was used: signing in at Ashworth & Sons" in told
    assert f"{RECOVERY_CODES - 1} of 10" in desk.get(PAGE).text


@on_sqlite
def test_a_code_that_was_used_is_refused_at_the_door(app, desk, morning):
    phone, _ = switch_on(desk)
    morning.shift(timedelta(minutes=1))
    first, second = app.test_client(), app.test_client()
    type_password(first)
    type_password(second)

    assert type_code(first, phone.now()).status_code == 302
    refused = type_code(second, phone.now())

    assert refused.status_code == 422
    assert "works once" in refused.text
    assert phone.now() not in refused.text
    assert not is_in(second)


@on_sqlite
def test_too_many_codes_are_told_to_wait(app, desk, morning):
    phone, _ = switch_on(desk)
    morning.shift(timedelta(minutes=1))
    other = app.test_client()
    type_password(other)
    for _ in range(MOST_HERE):
        assert type_code(other, "000000").status_code == 422

    answer = type_code(other, phone.now())

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 600


@on_sqlite
def test_without_the_password_nobody_reaches_the_code(client, ann):
    assert client.get("/login/code").location == "/login?next=/admin/"
    token = token_of(client.get("/login"))
    answer = client.post("/login/code", data={"code": "000000", "csrf_token": token})
    assert answer.location == "/login?next=/admin/"


@on_sqlite
def test_who_takes_too_long_types_the_password_again(app, desk, morning):
    phone, _ = switch_on(desk)
    other = app.test_client()
    type_password(other)
    page = other.get("/login/code")
    morning.shift(timedelta(minutes=6))

    late = other.post("/login/code", data={"code": phone.now(), "csrf_token": token_of(page)})

    assert late.location == "/login?next=/admin/"
    assert "That took too long" in other.get(late.location).text
    assert not is_in(other)


@on_sqlite
def test_after_the_code_only_a_page_of_this_site_opens(app, desk, morning):
    phone, _ = switch_on(desk)
    morning.shift(timedelta(minutes=1))
    other = app.test_client()
    assert type_password(other, next="https://elsewhere.example").location == "/login/code?next=/admin/"

    assert type_code(other, phone.now(), next="//elsewhere.example").location == "/admin/"


@on_sqlite
def test_a_link_to_a_new_password_does_not_go_round_the_second_step(app, desk, rows, morning):
    phone, _ = switch_on(desk)
    with rows() as session:
        ann = session.scalars(select(User)).one()
        link = f"/welcome/{invite(session, ann, SYSTEM, app_clock())}"
    morning.shift(timedelta(minutes=1))
    other, new = app.test_client(), "three grey geese in Rotterdam"

    answer = other.post(link, data={"new": new, "again": new, "csrf_token": token_of(other.get(link))})

    assert answer.location == "/login/code?next=/admin/"
    assert not is_in(other)
    assert type_code(other, phone.now()).location == "/admin/"
    assert is_in(other)


@pytest.mark.parametrize("path", ["app", "app/off", "recovery-codes", "passkeys/1/remove"])
@on_sqlite
def test_each_change_asks_for_the_password(desk, rows, path):
    if path != "app":
        switch_on(desk)
    with rows() as session:
        before = session.scalars(select(User.totp_since)).one()
        codes = set(session.scalars(select(RecoveryCode.code_hash)))

    for typed in ({}, {"your_password": "wrong"}):
        answer = send(desk, f"{PAGE}/{path}", typed)
        assert answer.status_code == 422
        assert "This is not your password" in answer.text or "remove" in path
        assert "st-key" not in answer.text

    with rows() as session:
        assert session.scalars(select(User.totp_since)).one() == before
        assert set(session.scalars(select(RecoveryCode.code_hash))) == codes


@on_sqlite
def test_switched_off_the_password_is_enough_again(app, desk):
    switch_on(desk)

    assert send(desk, f"{PAGE}/app/off", {"your_password": PASSWORD}).location == PAGE

    assert type_password(app.test_client()).location == "/admin/"


@on_sqlite
def test_new_recovery_codes_are_shown_once(app, desk):
    _, before = switch_on(desk)

    page = send(desk, f"{PAGE}/recovery-codes", {"your_password": PASSWORD})

    after = re.findall(r"<code>([a-z0-9-]{14})</code>", page.text)
    assert len(after) == RECOVERY_CODES
    assert not set(before) & set(after)
    assert not any(code in desk.get(PAGE).text for code in after)


# ------------------------------------------------------------------------------------------ passkeys


def add_passkey(desk, device, name="Annas key"):
    asked = send(desk, f"{PAGE}/passkeys/challenge", {"your_password": PASSWORD, "name": name})
    assert asked.status_code == 200, asked.text
    return send(desk, f"{PAGE}/passkeys", {"name": name, "credential": device.make(asked.text)})


def enter_by_passkey(client, device, **but):
    token = token_of(client.get("/login"))
    asked = client.post("/login/passkey/challenge", data={"csrf_token": token})
    sent = {"credential": device.use(asked.text), "next": "", "csrf_token": token}
    return client.post("/login/passkey", data=sent | but)


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


# ------------------------------------------------------------------------------------------ the office


def test_the_office_takes_a_lost_second_step_away(app, client, rows, ann):
    with rows() as session:
        cem = a_user(session, Role.CREW)
    phone = app.test_client()
    sign_in_as(phone, cem)
    switch_on(phone)
    add_passkey(phone, Device(SITE))
    sign_in_as(client, Role.OFFICE)
    page = client.get(f"/admin/settings/staff/{cem.id}")
    assert "10 of 10 recovery codes are left" in page.text
    assert "1 passkey opens the office" in page.text

    address = f"/admin/settings/staff/{cem.id}/second-step"
    refused = send(client, address, {"your_password": "wrong"})
    assert refused.status_code == 422
    assert "This is not your password" in refused.text
    assert is_in(phone)
    assert send(client, address, {"your_password": PASSWORD}).location == f"/admin/settings/staff/{cem.id}"

    assert not is_in(phone)
    with rows() as session:
        assert session.get_one(User, cem.id).totp_since is None
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        assert session.scalar(select(func.count()).select_from(Passkey)) == 0
        told = session.scalars(select(OutboxMessage.subject)).all()
        assert told[-1] == "The second step was taken away: signing in at Ashworth & Sons"
    assert type_password(app.test_client(), cem.email).location == "/admin/"


@on_sqlite
def test_the_office_takes_nothing_away_from_an_owner(app, desk, rows, ann):
    switch_on(desk)
    other = app.test_client()
    sign_in_as(other, Role.OFFICE)

    answer = send(other, f"/admin/settings/staff/{ann.id}/second-step", {"your_password": PASSWORD})

    assert answer.status_code == 403
    with rows() as session:
        assert session.get_one(User, ann.id).totp_since is not None
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 2


@on_sqlite
def test_the_secret_stands_on_no_other_page_and_in_no_export(desk, ann):
    phone, _ = switch_on(desk)

    for path in (PAGE, "/admin/settings/staff/", f"/admin/settings/staff/{ann.id}", "/admin/history/"):
        assert phone.secret not in desk.get(path).text
