"""Between the password and the office: codes at the door, how often, how late, and what goes round them."""

from datetime import timedelta

from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM
from admin_app.models import OutboxMessage, User
from admin_app.services.manage_user import invite
from admin_app.services.second_step import RECOVERY_CODES
from admin_app.services.sign_in import MOST_HERE
from tests.admin.second_step.walking import PAGE, is_in, switch_on, type_code, type_password
from tests.admin.test_sign_in import app_clock
from tests.forms import token_of
from tests.signing import on_sqlite


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
