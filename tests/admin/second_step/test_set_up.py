"""The second step is set up and switched off at the desk, each time with the password (security.md)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.models import RecoveryCode, User
from admin_app.services.second_step import RECOVERY_CODES
from tests.admin.second_step.walking import PAGE, is_in, secret_on, switch_on, type_password
from tests.forms import read_off, send, token_of
from tests.signing import PASSWORD, on_sqlite, sign_in_as


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


@on_sqlite
def test_the_secret_stands_on_no_other_page_and_in_no_export(desk, ann):
    phone, _ = switch_on(desk)

    for path in (PAGE, "/admin/settings/staff/", f"/admin/settings/staff/{ann.id}", "/admin/history/"):
        assert phone.secret not in desk.get(path).text
