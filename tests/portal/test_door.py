"""Clients sign in by password, wherever they knock; who does not belong here is told nothing [110, 111, W20-W22]."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from admin_app.models import (
    AuditEntry,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    PortalAccount,
    SignInAttempt,
)
from admin_app.services.portal.sign_in import NO_WAY_IN
from admin_app.services.sign_in import MOST_AT_ACCOUNT, MOST_HERE
from admin_app.web.clients import COOKIE
from seeds.builders import a_contact, a_group
from seeds.portal_builders import a_portal_account, access_to
from seeds.work_builders import a_project
from tests.forms import token_of
from tests.portal.at_the_door import EMAIL, PASSWORD, Doorway, account_now
from tests.signing import a_user, sign_in_as


@pytest.fixture
def database(sqlite_database: str) -> str:
    """Words and addresses; what is kept, test_door_kept asks of both databases."""
    return sqlite_database


def test_the_history_says_that_the_client_came_and_hides_what_is_secret(doorway: Doorway):
    with doorway.rows() as session:
        group = session.get_one(CustomerGroup, doorway.group_id)
        access_to(session, a_project(session, group), session.get_one(Contact, doorway.contact_id))
    doorway.sign_in()

    with doorway.rows() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.entity == "ProjectAccess").order_by(AuditEntry.id.desc())
        ).first()
        assert entry is not None
        assert (entry.actor, entry.actor_id, entry.door) == ("Clara Client", doorway.contact_id, "portal")


def refusals(doorway: Doorway) -> dict[str, str]:
    """The page that each kind of stranger is shown, without what differs by request."""
    shown = {}
    for who, (name, password) in {
        "wrong password": (EMAIL, "wrong"),
        "unknown": ("nobody@client.example", PASSWORD),
        "unknown user name": ("somebody", PASSWORD),
        "without a password": ("otto@client.example", PASSWORD),
        "switched off": ("ida@client.example", PASSWORD),
        "no portal user": ("max@client.example", PASSWORD),
        "of the staff": ("ann@ashworth.test", PASSWORD),
        "of nobody": ("free@client.example", PASSWORD),
    }.items():
        answer = doorway.sign_in(name, password)
        assert answer.status_code == 422, who
        shown[who] = answer.text.replace(name, "NAME").partition("<main")[2]
        shown[who] = "".join(line for line in shown[who].splitlines(True) if "csrf_token" not in line)
    return shown


def test_every_stranger_is_shown_the_same_page(doorway: Doorway):
    """Wrong logins tell nothing: neither who is known here nor what is switched off."""
    hashed = account_now(doorway).password_hash
    with doorway.rows() as session:
        group = session.get_one(CustomerGroup, doorway.group_id)
        otto, ida = (
            a_contact(session, group, first_name=first, email=f"{first}@client.example")
            for first in ("Otto", "Ida")
        )
        a_portal_account(session, otto, password_hash=None)
        a_portal_account(session, ida, password_hash=hashed, active=False)
        a_contact(session, group, first_name="Max", email="max@client.example")
        a_user(session)
        free = a_contact(session, first_name="Free", email="free@client.example")
        a_portal_account(session, free, password_hash=hashed)

    shown = refusals(doorway)

    assert len(set(shown.values())) == 1, shown
    assert NO_WAY_IN in next(iter(shown.values()))
    assert not doorway.is_in()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Company, {"portal_enabled_default": False}),
        (Brand, {"portal_on": False}),
        (CustomerGroup, {"portal_on": False}),
        (PortalAccount, {"active": False}),
    ],
    ids=["company", "brand", "customer", "user"],
)
def test_each_switch_closes_the_door_and_lets_nobody_know_which(doorway: Doorway, kind, values):
    """[W31-W33, E7-E10, D1]: data stays, and the door opens again with the switch."""
    number = {CustomerGroup: doorway.group_id, PortalAccount: doorway.account_id}.get(kind, 1)
    doorway.change(kind, number, **values)

    answer = doorway.sign_in()

    assert (answer.status_code, NO_WAY_IN in answer.text) == (422, True)
    assert not doorway.is_in()
    doorway.change(kind, number, **dict.fromkeys(values, True))
    assert doorway.sign_in().status_code == 302


def test_somebody_switched_off_is_out_at_the_next_request(doorway: Doorway):
    """[W33]"""
    doorway.sign_in()
    assert doorway.is_in()

    doorway.change(PortalAccount, doorway.account_id, active=False)

    assert not doorway.is_in()
    assert doorway.client.get("/portal/choose").location == "/portal/sign-in"


def test_too_many_tries_are_told_to_wait_and_the_wait_ends(doorway: Doorway):
    for _ in range(MOST_HERE):
        assert doorway.sign_in(password="wrong").status_code == 422

    answer = doorway.sign_in()

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert "Too many tries" in answer.text
    doorway.later(minutes=11)
    assert doorway.sign_in().status_code == 302


def test_unknown_names_slow_down_like_known_ones(doorway: Doorway):
    for _ in range(MOST_HERE):
        doorway.sign_in("nobody@client.example", "wrong")

    assert doorway.sign_in("nobody@client.example", "wrong").status_code == 429


def test_tries_at_this_door_lock_no_member_of_staff_out(doorway: Doorway):
    with doorway.rows() as session:
        owner = a_user(session)
    for _ in range(MOST_HERE + 1):
        doorway.sign_in(owner.email, "wrong")

    with doorway.rows() as session:
        counted = session.scalars(select(SignInAttempt.account)).all()
    assert owner.email not in counted
    assert len(counted) == MOST_HERE


def test_strangers_cannot_lock_a_client_out_of_a_browser_that_is_known(doorway: Doorway):
    doorway.sign_in()
    known = doorway.client
    with doorway.rows() as session:
        for number in range(MOST_AT_ACCOUNT):
            session.add(
                SignInAttempt(
                    account=f"client {EMAIL}", address=f"198.51.100.{number}", at=doorway.clock.now()
                )
            )

    stranger = doorway.app.test_client()
    assert doorway.sign_in(client=stranger).status_code == 429
    assert doorway.sign_in(client=known).status_code == 302


def test_signing_in_begins_a_session_of_its_own_and_ends_the_one_before(doorway: Doorway):
    """Whoever planted a token or a form in this browser has nothing of it afterwards."""
    doorway.client.set_cookie(COOKIE, "planted-by-somebody", path="/portal")
    form = doorway.token(doorway.client)
    doorway.sign_in()
    first = doorway.cookie()
    assert first != "planted-by-somebody"
    assert doorway.token(doorway.client) != form

    doorway.sign_in()

    assert len(doorway.session_rows()) == 1
    assert doorway.cookie() != first


def test_the_cookie_is_for_the_browser_and_the_portal_alone(doorway: Doorway):
    cookies = doorway.sign_in().headers.getlist("Set-Cookie")

    [own] = [cookie for cookie in cookies if cookie.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in own and "SameSite=Lax" in own and "Path=/portal" in own
    assert doorway.client.get("/admin/").status_code == 302


def test_the_staff_who_try_the_portal_stay_signed_in_at_their_desk(doorway: Doorway):
    sign_in_as(doorway.client)
    form = token_of(doorway.client.get("/password"))
    doorway.sign_in()

    assert doorway.is_in()
    assert doorway.client.post("/password", data={"csrf_token": form}).status_code == 422, (
        "the form still holds"
    )
    assert doorway.client.get("/password").status_code == 200
    doorway.client.post("/portal/sign-out", data={"csrf_token": doorway.token(doorway.client)})
    assert doorway.client.get("/password").status_code == 200


def test_signing_out_ends_the_session_on_the_server(doorway: Doorway):
    doorway.sign_in()
    kept = doorway.cookie()

    answer = doorway.client.post("/portal/sign-out", data={"csrf_token": doorway.token(doorway.client)})

    assert answer.location == "/portal/sign-in"
    assert doorway.session_rows() == []
    doorway.client.set_cookie(COOKIE, kept, path="/portal")
    assert not doorway.is_in()
    again = doorway.client.post("/portal/sign-out", data={"csrf_token": doorway.token(doorway.client)})
    assert again.status_code == 302


@pytest.mark.parametrize(
    ("wait", "lives"), [({"hours": 11}, True), ({"hours": 13}, False)], ids=["in use", "idle too long"]
)
def test_a_session_lives_as_long_as_the_settings_say(doorway: Doorway, wait, lives):
    doorway.sign_in()
    doorway.later(**wait)

    assert doorway.is_in() is lives


def test_without_the_token_of_the_form_nothing_happens(doorway: Doorway):
    answer = doorway.client.post("/portal/sign-in", data={"name": EMAIL, "password": PASSWORD})

    assert answer.status_code == 400
    assert not doorway.is_in()


@pytest.mark.parametrize(
    ("wanted", "opened"),
    [
        ("/portal/invoices/?page=2", "/portal/invoices/?page=2"),
        ("/portal/", "/portal/"),
        ("", "/portal/"),
        ("/admin/", "/portal/"),
        ("/portal/../admin/", "/portal/"),
        ("/portal/%2e%2E/admin/", "/portal/"),
        ("/portal/..%2fadmin/", "/portal/"),
        ("/portal/x/..;/../../admin", "/portal/"),
        ("/portal", "/portal/"),
        ("/portalx/", "/portal/"),
        ("//elsewhere.example/portal/", "/portal/"),
        ("https://elsewhere.example/portal/", "/portal/"),
        ("/\\elsewhere.example", "/portal/"),
        ("/portal/\\elsewhere", "/portal/"),
        ("/portal/\r\nSet-Cookie: a=b", "/portal/"),
        ("javascript:alert(1)", "/portal/"),
    ],
)
def test_after_signing_in_one_goes_nowhere_but_into_the_portal(doorway: Doorway, wanted, opened):
    """[security.md: no open redirect]"""
    assert doorway.sign_in(next=wanted).location == opened


def test_who_is_in_already_is_sent_on(doorway: Doorway):
    doorway.sign_in()

    assert doorway.client.get("/portal/sign-in").location == "/portal/"
    assert doorway.client.get("/portal/sign-in?next=/portal/jobs/").location == "/portal/jobs/"
    assert doorway.client.get("/portal/sign-in?next=//elsewhere").location == "/portal/"


# ------------------------------------------------------------------ the door of one customer


def main_of(page: str) -> str:
    """A page without what differs by request."""
    lines = page.partition("<body")[2].splitlines(True)
    return "".join(line for line in lines if "csrf_token" not in line)


def test_a_customers_own_door_is_in_their_look_and_leads_to_them(doorway: Doorway):
    """[W21, 111]"""
    other = doorway.another_group(portal_identifier="second", name="Second household")
    with doorway.rows() as session:
        brand = Brand(name="Harbour Gardens", key="harbour")
        session.add(brand)
        session.get_one(CustomerGroup, other.id).brand = brand

    page = doorway.client.get("/portal/second/")
    answer = doorway.sign_in(path="/portal/SECOND/")

    assert "Harbour Gardens" in page.text
    assert (answer.status_code, answer.location) == (302, "/portal/")
    assert [row.group_id for row in doorway.session_rows()] == [other.id]
    out = doorway.client.post("/portal/sign-out", data={"csrf_token": doorway.token(doorway.client)})
    assert out.location == "/portal/second/"


@pytest.mark.parametrize("word", ["nobody", "s", "x" * 300, "Ω", "%00", "..", "a.b", "closed"])
def test_a_word_that_nobody_has_is_everybodys_door(doorway: Doorway, word: str):
    """Neither names nor closed portals are told."""
    doorway.another_group(portal_identifier="closed", portal_on=False)
    usual = doorway.client.get("/portal/sign-in")

    page = doorway.client.get(f"/portal/{word}/")

    assert page.status_code == 200
    assert main_of(page.text) == main_of(usual.text)


def test_the_door_of_a_customer_to_whom_one_does_not_belong_leads_to_ones_own(doorway: Doorway):
    with doorway.rows() as session:
        a_group(session, name="Strangers", portal_identifier="strangers")

    answer = doorway.sign_in(path="/portal/strangers/")

    assert answer.location == "/portal/"
    assert [row.group_id for row in doorway.session_rows()] == [doorway.group_id]


@pytest.mark.parametrize(
    "name", ["", "   ", "a\x00b", "x" * 5000, "' OR 1=1 --", "<script>alert(1)</script>"]
)
def test_hostile_names_are_names_like_others(doorway: Doorway, name: str):
    answer = doorway.sign_in(name)

    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_a_password_that_is_too_long_costs_nothing(doorway: Doorway):
    assert doorway.sign_in(password="x" * 100_000).status_code == 422
    with doorway.rows() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 0


def test_the_link_is_offered_only_where_links_lead_somewhere(doorway: Doorway):
    assert "Send me a link" in doorway.client.get("/portal/sign-in").text
    extensions = doorway.app.extensions
    extensions["sawhorse_settings"] = replace(extensions["sawhorse_settings"], public_url=None)

    assert "Send me a link" not in doorway.client.get("/portal/sign-in").text


def test_every_customer_has_a_door_of_their_own_even_without_a_word(doorway: Doorway):
    """[E12]: the link that staff copy leads to this customer, though nobody chose an identifier."""
    other = doorway.another_group(name="Second household")

    answer = doorway.sign_in(path=f"/portal/{other.public_id}/")

    assert answer.location == "/portal/"
    assert [row.group_id for row in doorway.session_rows()] == [other.id]
