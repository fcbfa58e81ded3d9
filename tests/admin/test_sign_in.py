"""The door of the office: sign in, sign out, passwords, one-time links (security.md, "Signing in")."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import Company, OutboxMessage, SignInAttempt, StaffSession, User
from admin_app.services import staff_sessions
from admin_app.services.manage_user import invite
from admin_app.services.passwords import Passwords
from admin_app.services.sign_in import MOST_HERE
from admin_app.web.login import KNOWN_COOKIE, visitor
from admin_app.web.paths import is_own_path
from tests.forms import token_of
from tests.signing import CAST, PASSWORD, a_user, on_sqlite, sign_in_as

NEW = "three grey geese in Rotterdam"


@pytest.fixture
def owner(rows) -> User:
    with rows() as session:
        return a_user(session)


def app_clock(later: timedelta = timedelta()):
    """The machine's clock: the application in these tests runs on it."""
    return FixedClock(datetime.now(UTC) + later)


def sign_in(client, email=CAST[Role.OWNER][1], password=PASSWORD, next="", **options):
    token = token_of(client.get("/login"))
    return client.post(
        "/login", data={"email": email, "password": password, "next": next, "csrf_token": token}, **options
    )


def change(client, current=PASSWORD, new=NEW, again=None):
    token = token_of(client.get("/password"))
    return client.post(
        "/password", data={"current": current, "new": new, "again": again or new, "csrf_token": token}
    )


def is_signed_in(client) -> bool:
    return bool(client.get("/password").status_code == 200)


@on_sqlite
def test_the_right_pair_opens_the_office(client, owner):
    answer = sign_in(client)

    assert (answer.status_code, answer.location) == (302, "/admin/")
    assert is_signed_in(client)


@on_sqlite
def test_the_cookie_is_for_the_browser_alone(client, owner):
    cookies = sign_in(client).headers.getlist("Set-Cookie")

    assert len(cookies) == 2, "the session, and that this browser is known"
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


@on_sqlite
def test_the_cookie_asks_for_tls_where_the_site_has_it(settings, owner, open_office):
    app = open_office(replace(settings, public_url="https://office.example.com"))
    cookies = sign_in(
        app.test_client(), base_url="https://localhost", headers={"Referer": "https://localhost/login"}
    ).headers.getlist("Set-Cookie")

    assert all("Secure" in cookie for cookie in cookies)


@on_sqlite
def test_a_wrong_password_says_so_and_keeps_the_email(client, owner):
    answer = sign_in(client, password="wrong")

    assert answer.status_code == 422
    assert "This email and this password do not belong together" in answer.text
    assert 'value="ann@ashworth.test"' in answer.text
    assert 'value="wrong"' not in answer.text
    assert not is_signed_in(client)


@on_sqlite
def test_an_empty_form_says_what_is_missing(client, owner):
    answer = sign_in(client, email="", password="")

    assert answer.status_code == 422
    assert "Type your email address" in answer.text


@on_sqlite
def test_signing_in_begins_a_session_of_its_own(client, owner):
    """Whoever knew the cookie before must know nothing afterwards."""
    before = token_of(client.get("/login"))
    sign_in(client)

    assert token_of(client.get("/password")) != before


def test_signing_in_anew_ends_the_session_before(client, owner, rows):
    sign_in(client)
    with rows() as session:
        first = session.scalar(select(StaffSession.token_hash))
    token = token_of(client.get("/password"))
    client.post("/login", data={"email": owner.email, "password": PASSWORD, "csrf_token": token})

    with rows() as session:
        left = session.scalars(select(StaffSession.token_hash)).all()
    assert len(left) == 1
    assert left[0] != first


def test_tries_are_counted_though_the_page_was_refused(client, owner, rows):
    sign_in(client, password="wrong")

    with rows() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


@on_sqlite
def test_too_many_tries_are_told_to_wait(client, owner):
    for _ in range(MOST_HERE):
        sign_in(client, password="wrong")

    answer = sign_in(client)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert "Too many tries" in answer.text


@on_sqlite
def test_the_address_that_counts_is_not_one_that_the_visitor_names(client, owner, rows):
    sign_in(client, password="wrong", headers={"X-Forwarded-For": "203.0.113.9"})

    with rows() as session:
        assert session.scalar(select(SignInAttempt.address)) == "127.0.0.1"


@on_sqlite
def test_a_browser_that_signed_in_before_is_known_again(client, owner):
    sign_in(client)
    client.post("/logout", data={"csrf_token": token_of(client.get("/password"))})

    with client.application.test_request_context(
        "/login", headers={"Cookie": f"{KNOWN_COOKIE}={client.get_cookie(KNOWN_COOKIE, path='/login').value}"}
    ):
        assert visitor(owner.email).known
        assert not visitor("bea@ashworth.test").known


@on_sqlite
@pytest.mark.parametrize(
    ("wanted", "opened"),
    [
        ("/admin/groups/?page=2", "/admin/groups/?page=2"),
        ("https://elsewhere.example", "/admin/"),
        ("//elsewhere.example", "/admin/"),
        ("/\\elsewhere.example", "/admin/"),
        ("/\t/elsewhere.example", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("admin/", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_after_signing_in_only_a_page_of_this_site_opens(client, owner, wanted, opened):
    assert sign_in(client, next=wanted).location == opened


def test_a_path_with_a_line_break_is_no_path():
    assert not is_own_path("/admin/\r\nSet-Cookie: x=1")
    assert not is_own_path("/" + "a" * 3000)
    assert is_own_path("/admin/?q=Kučera")


@on_sqlite
def test_a_stranger_is_sent_to_sign_in_and_comes_back(client, owner):
    answer = client.get("/password?from=menu")

    assert answer.status_code == 302
    assert answer.location == "/login?next=/password?from%3Dmenu"
    page = client.get(answer.location)
    assert 'value="/password?from=menu"' in page.text


@on_sqlite
def test_a_script_of_a_stranger_is_told_401(client, owner):
    answer = client.get("/password", headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.json == {"error": "Sign in first"}


@on_sqlite
def test_who_is_signed_in_already_goes_on(client, owner):
    sign_in_as(client, owner)

    assert client.get("/login?next=/password").location == "/password"


def test_signing_out_ends_the_session_on_the_server(client, owner, rows):
    sign_in_as(client, owner)
    stolen = client.get_cookie("session").value

    answer = client.post("/logout", data={"csrf_token": token_of(client.get("/password"))})

    assert answer.location == "/login"
    client.set_cookie("session", stolen)
    assert not is_signed_in(client)
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


@on_sqlite
def test_signing_out_by_a_link_is_not_possible(client, owner):
    sign_in_as(client, owner)

    assert client.get("/logout").status_code == 405
    assert is_signed_in(client)


@on_sqlite
@pytest.mark.parametrize("path", ["/login", "/logout", "/password"])
def test_a_form_without_its_token_is_refused(client, owner, path):
    sign_in_as(client, owner)

    assert client.post(path, data={"email": owner.email, "password": PASSWORD}).status_code == 400


def test_a_new_password_signs_every_other_browser_out(app, client, owner):
    other = app.test_client()
    sign_in_as(other, owner)
    sign_in_as(client, owner)

    answer = change(client)

    assert answer.location == "/admin/"
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert sign_in(other, password=PASSWORD).status_code == 422
    assert sign_in(other, password=NEW).status_code == 302


def test_a_new_password_is_told_by_mail_without_the_password(client, owner, rows):
    with rows() as session:
        session.add(Company(id=1, name="Ashworth", email="office@ashworth.test"))
    sign_in_as(client, owner)

    change(client)

    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
    assert (mail.recipient, mail.subject) == (owner.email, "Your password at Ashworth was changed")
    assert NEW not in mail.body


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"current": "not it"}, "That is not your password now"),
        ({"again": "something else"}, "The two passwords differ"),
        ({"new": "short"}, "This password has 5 characters; it needs at least 8"),
        ({"new": "Password123!"}, "one of the passwords that are tried first"),
        ({"new": "Ashworth2024"}, "is a name that others know"),
        ({"new": "x" * 129}, "at most 128 fit"),
    ],
)
def test_a_password_that_is_not_good_enough_is_refused_with_its_reason(client, owner, typed, sentence):
    sign_in_as(client, owner)

    answer = change(client, **typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert sign_in(client.application.test_client()).status_code == 302, "the old one still works"


def test_an_invited_person_chooses_a_password_once(app, client, rows, clock):
    with rows() as session:
        bea = a_user(session, Role.OFFICE, password_hash=None)
        link = f"/welcome/{invite(session, bea, SYSTEM, app_clock())}"

    page = client.get(link)
    assert "Welcome, Bea Okafor" in page.text
    assert client.get(link).status_code == 200, "opening it uses nothing up"
    answer = client.post(link, data={"new": NEW, "again": NEW, "csrf_token": token_of(page)})

    assert answer.location == "/admin/"
    assert is_signed_in(client)
    assert client.get(link).status_code == 404


def test_a_link_that_was_used_twice_at_once_counts_once(app, rows):
    with rows() as session:
        bea = a_user(session, Role.OFFICE, password_hash=None)
        link = f"/welcome/{invite(session, bea, SYSTEM, app_clock())}"
    one, two = app.test_client(), app.test_client()
    tokens = [token_of(client.get(link)) for client in (one, two)]

    answers = [
        client.post(link, data={"new": NEW, "again": NEW, "csrf_token": token}).status_code
        for client, token in zip((one, two), tokens, strict=True)
    ]

    assert answers == [302, 404]


@on_sqlite
def test_a_newer_link_cancels_the_older(client, rows):
    with rows() as session:
        bea = a_user(session, Role.OFFICE)
        first, second = (invite(session, bea, SYSTEM, app_clock()) for _ in range(2))

    assert client.get(f"/welcome/{first}").status_code == 404
    assert client.get(f"/welcome/{second}").status_code == 200


@on_sqlite
def test_a_link_runs_out(client, rows):
    with rows() as session:
        link = invite(session, a_user(session, Role.OFFICE), SYSTEM, app_clock(-timedelta(days=4)))

    assert client.get(f"/welcome/{link}").status_code == 404


@on_sqlite
def test_the_address_of_a_link_is_told_to_no_other_site(client, rows):
    with rows() as session:
        link = invite(session, a_user(session, Role.OFFICE), SYSTEM, app_clock())

    # Not "no-referrer": under TLS the form is taken only with the address of the page it came from.
    assert client.get(f"/welcome/{link}").headers["Referrer-Policy"] == "same-origin"


@on_sqlite
def test_who_must_choose_a_password_goes_nowhere_else(client, rows):
    with rows() as session:
        owner = a_user(session, must_change_password=True)
    sign_in_as(client, owner)

    assert client.get("/admin/").location == "/password"
    assert client.get("/healthz").status_code == 200
    change(client)
    assert client.get("/admin/").location != "/password"


def test_switching_somebody_off_ends_their_session_at_the_next_request(client, owner, rows):
    sign_in_as(client, owner)
    assert is_signed_in(client)
    with rows() as session:
        session.get_one(User, owner.id).active = False

    assert not is_signed_in(client)


def test_reading_writes_down_now_and_then_that_the_session_is_in_use(client, owner, rows):
    sign_in_as(client, owner)
    with rows() as session:
        long_ago = session.scalars(select(StaffSession)).one().seen_at - timedelta(hours=1)
        session.scalars(select(StaffSession)).one().seen_at = long_ago

    client.get("/password")

    with rows() as session:
        assert session.scalars(select(StaffSession)).one().seen_at > long_ago


def test_reading_waits_for_no_writer(client, owner, rows):
    """While an import holds the database, pages still open; the moment is simply not written down."""
    sign_in_as(client, owner)
    with rows() as session:
        session.scalars(select(StaffSession)).one().seen_at -= timedelta(hours=1)

    with rows() as session:
        held = session.scalars(select(StaffSession).with_for_update()).one()
        assert client.get("/password").status_code == 200
        session.refresh(held)
        assert is_stale(held)
    client.get("/password")

    with rows() as session:
        assert not is_stale(session.scalars(select(StaffSession)).one())


def is_stale(row: StaffSession) -> bool:
    return datetime.now(UTC) - row.seen_at > timedelta(minutes=30)


def test_a_session_can_be_found_only_by_its_token(rows, owner, clock):
    with rows() as session:
        lifetimes = staff_sessions.Lifetimes(timedelta(hours=1), timedelta(days=1))
        token = staff_sessions.begin(session, owner, staff_sessions.Visitor(""), lifetimes, clock)
        kept = session.scalars(select(StaffSession.token_hash)).one()

        assert staff_sessions.find(session, token, lifetimes, clock) is not None
        assert staff_sessions.find(session, kept, lifetimes, clock) is None


def test_the_hash_in_use_is_argon2id():
    assert Passwords(1, 8).hash("x").startswith("$argon2id$")
