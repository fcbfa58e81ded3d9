"""What the door of the portal keeps: names, sessions, grants, links that work once [110, R35, R36, W20, W33]."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_app.jobs.shift import Shift
from admin_app.jobs.sweep import forget_what_ran_out
from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    AccessState,
    Company,
    Contact,
    CustomerGroup,
    Job,
    OneTimeLink,
    PortalAccount,
    PortalSession,
    ProjectAccess,
)
from admin_app.models.engine import open_engine
from admin_app.services.one_time_link import LIFE, Purpose
from admin_app.services.portal.sign_in import MOST_LINKS
from admin_app.services.sign_in import MOST_HERE
from seeds.builders import a_contact
from seeds.portal_builders import a_portal_account, access_to
from seeds.work_builders import a_project
from tests.portal.at_the_door import EMAIL, NEW, PASSWORD, Doorway, account_now, link_in
from tests.services.test_access_at_once import AT_ONCE, all_at_once

LINKS = (Purpose.SIGN_IN, Purpose.INVITATION)


@pytest.mark.parametrize("name", [EMAIL, "CLARA@Client.Example ", "Clara", "clara", " CLÁRA "])
def test_email_and_user_name_let_in_however_they_are_written(doorway: Doorway, name: str):
    """[W20]"""
    answer = doorway.sign_in(name)

    assert (answer.status_code, answer.location) == (302, "/portal/")
    assert doorway.is_in()


def test_what_was_granted_is_in_use_once_the_client_has_signed_in(doorway: Doorway):
    """[R35, R36, 4.2]: what was taken away stays taken away."""
    with doorway.rows() as session:
        group = session.get_one(CustomerGroup, doorway.group_id)
        clara = session.get_one(Contact, doorway.contact_id)
        for state in (AccessState.INVITED, AccessState.NOTIFIED, AccessState.REVOKED):
            access_to(session, a_project(session, group), clara, state=state)
        otto = a_contact(session, group, first_name="Otto")
        access_to(session, a_project(session, group), otto)

    doorway.sign_in()

    with doorway.rows() as session:
        states = session.scalars(select(ProjectAccess.state).order_by(ProjectAccess.id)).all()
    assert states == [AccessState.ACTIVE, AccessState.ACTIVE, AccessState.REVOKED, AccessState.INVITED]
    assert account_now(doorway).last_signed_in_at == doorway.clock.now()


# ------------------------------------------------------------------ a link to sign in


def test_a_link_that_was_asked_for_lets_in_once(doorway: Doorway):
    """[110]: GET shows, POST uses it up; it lives for fifteen minutes."""
    answer = doorway.ask_for_link(next="/portal/invoices/")
    doorway.work()
    [mail] = doorway.mails()
    path = link_in(mail)

    assert (answer.status_code, answer.location) == (302, "/portal/sign-in/sent")
    assert (mail.recipient, mail.sender) == (EMAIL, "north@trees.example")
    for _ in range(3):  # a program that looks at mails
        assert doorway.client.get(path).status_code == 200
    assert not doorway.is_in()
    came_in = doorway.press(path, next="/portal/invoices/")
    assert (came_in.status_code, came_in.location) == (302, "/portal/invoices/")
    assert doorway.is_in()
    assert doorway.app.test_client().get(path).status_code == 404


def test_the_answer_is_the_same_for_everybody_and_so_is_the_work(doorway: Doorway):
    """Whether somebody is known is looked up by the worker: the page writes one wish down, whoever asks."""
    with doorway.rows() as session:
        a_contact(session, first_name="Max", email="max@client.example")
    shown = []
    for name in (EMAIL, "Clara", "nobody@client.example", "max@client.example"):
        answer = doorway.ask_for_link(name)
        shown.append((answer.status_code, answer.location, doorway.client.get(answer.location).text))
        assert doorway.mails() == []
    with doorway.rows() as session:
        wishes = session.scalar(select(func.count()).select_from(Job).where(Job.name == "mail sign-in link"))

    doorway.work()

    assert wishes == 4
    assert len({one[:2] for one in shown}) == 1
    assert [mail.recipient for mail in doorway.mails()] == [EMAIL, EMAIL]


def test_links_are_asked_for_as_slowly_as_passwords_are_tried(doorway: Doorway):
    for _ in range(MOST_HERE):
        assert doorway.ask_for_link().status_code == 302

    answer = doorway.ask_for_link()

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert doorway.sign_in().status_code == 302, "a password may still be tried"


def test_nobodys_mailbox_is_filled_by_somebody_else(doorway: Doorway):
    for _ in range(MOST_LINKS + 2):
        doorway.ask_for_link()
    doorway.work()

    mails = doorway.mails()
    assert len(mails) == MOST_LINKS
    assert doorway.client.get(link_in(mails[0])).status_code == 404, "a newer link cancels the older one"
    assert doorway.client.get(link_in(mails[-1])).status_code == 200
    doorway.later(minutes=11)
    doorway.ask_for_link()
    doorway.work()
    assert len(doorway.mails()) == MOST_LINKS + 1


def test_no_link_goes_to_whom_the_portal_is_closed(doorway: Doorway):
    """[W33]"""
    doorway.change(CustomerGroup, doorway.group_id, portal_on=False)

    doorway.ask_for_link()
    doorway.work()

    assert doorway.mails() == []
    with doorway.rows() as session:
        assert session.scalar(select(func.count()).select_from(OneTimeLink)) == 0


def press_all(doorway: Doorway, path: str, **data: str) -> list[int]:
    """Twenty browsers press the button of one link at once; their status codes."""
    ready = []
    for _ in range(AT_ONCE):
        browser = doorway.app.test_client()
        ready.append((browser, {"csrf_token": doorway.token(browser), **data}))
    ended = all_at_once([lambda b=b, d=d: b.post(path, data=d).status_code for b, d in ready])  # type: ignore[misc]
    return sorted(one if isinstance(one, int) else 500 for one in ended)


@pytest.mark.parametrize("purpose", LINKS)
def test_of_twenty_presses_at_once_one_gets_in(doorway: Doorway, purpose: Purpose):
    codes = press_all(doorway, doorway.draw(purpose), without="1")

    assert codes == [302] + [404] * (AT_ONCE - 1)
    assert len(doorway.session_rows()) == 1


def spoil(doorway: Doorway, path: str, how: str) -> str:
    """Make a link one that must not work; its path from now on."""
    if how == "run out":
        doorway.later(days=8)
    if how == "switched off":
        doorway.change(PortalAccount, doorway.account_id, active=False)
    if how == "portal closed":
        doorway.change(Company, 1, portal_enabled_default=False)
    if how == "archived":
        doorway.change(Contact, doorway.contact_id, archived_at=doorway.clock.now())
    if how == "used":
        doorway.press(path, doorway.app.test_client(), without="1")
    if how == "other purpose":
        return path.replace("welcome", "LINK").replace("link", "welcome").replace("LINK", "link")
    if how == "altered":
        return path[:-1] + ("A" if path[-1] != "A" else "B")
    if how == "endless":
        return path + "x" * 5000
    return path


@pytest.mark.parametrize("purpose", LINKS)
@pytest.mark.parametrize(
    "how",
    [
        "run out",
        "switched off",
        "portal closed",
        "archived",
        "used",
        "other purpose",
        "altered",
        "endless",
    ],
)
def test_every_link_that_works_no_more_shows_the_same_calm_page(doorway: Doorway, purpose, how):
    gone = doorway.client.get("/portal/link/never-was")
    path = spoil(doorway, doorway.draw(purpose), how)

    looked = doorway.client.get(path)
    token = doorway.token(doorway.client)
    pressed = doorway.client.post(path, data={"csrf_token": token, "without": "1"})

    assert (looked.status_code, pressed.status_code) == (404, 404)
    assert main_of(looked.text) == main_of(pressed.text) == main_of(gone.text)
    assert "This link has done its work" in looked.text
    assert not doorway.is_in()


def main_of(page: str) -> str:
    return page.partition("<main")[2]


def test_links_live_as_long_as_they_say(doorway: Doorway):
    assert LIFE[Purpose.SIGN_IN] == timedelta(minutes=15)
    assert LIFE[Purpose.INVITATION] == timedelta(days=7)
    path = doorway.draw(Purpose.SIGN_IN)
    doorway.later(minutes=14)
    assert doorway.client.get(path).status_code == 200
    doorway.later(minutes=2)
    assert doorway.client.get(path).status_code == 404


@pytest.mark.parametrize("purpose", LINKS)
def test_the_links_of_others_stay_what_they_are(doorway: Doorway, purpose: Purpose):
    with doorway.rows() as session:
        group = session.get_one(CustomerGroup, doorway.group_id)
        otto = a_contact(session, group, first_name="Otto", email="otto@client.example")
        a_portal_account(session, otto)
    ottos = doorway.draw(purpose, otto.id)
    other = next(one for one in LINKS if one is not purpose)
    kept = doorway.draw(other)

    doorway.draw(purpose)

    assert doorway.client.get(ottos).status_code == 200
    assert doorway.client.get(kept).status_code == 200


def test_only_the_hash_of_a_link_is_kept(doorway: Doorway):
    token = doorway.draw(Purpose.SIGN_IN).rpartition("/")[2]

    with doorway.rows() as session:
        kept = session.scalars(select(OneTimeLink.token_hash)).one()
    assert len(token) >= 43, "256 bits"
    assert token not in kept


# ------------------------------------------------------------------ an invitation


def test_an_invitation_lets_choose_a_password_and_in(doorway: Doorway):
    """[R35, D10]"""
    doorway.change(PortalAccount, doorway.account_id, password_hash=None)
    path = doorway.draw(Purpose.INVITATION)

    page = doorway.client.get(path)
    answer = doorway.press(path, new=NEW, again=NEW)

    assert "Welcome, Clara" in page.text and EMAIL in page.text
    assert (answer.status_code, answer.location) == (302, "/portal/")
    assert doorway.is_in()
    other = doorway.app.test_client()
    assert doorway.sign_in(password=NEW, client=other).status_code == 302


@pytest.mark.parametrize(
    ("new", "again", "says"),
    [
        ("short", "short", "it needs at least 8"),
        (NEW, "another one", "type the same twice"),
        ("password1", "password1", "tried first"),
        ("clara@client.example", "clara@client.example", "a name that others know"),
        ("", "", "Type a new password"),
        ("x" * 129, "x" * 129, "at most 128"),
    ],
)
def test_a_password_that_is_too_easy_is_refused_and_the_link_still_works(doorway: Doorway, new, again, says):
    """[security.md, passwords]"""
    path = doorway.draw(Purpose.INVITATION)

    answer = doorway.press(path, new=new, again=again)

    assert answer.status_code == 422
    assert says in answer.text
    assert doorway.press(path, new=NEW, again=NEW).status_code == 302


def test_one_may_go_on_without_a_password(doorway: Doorway):
    """[R40]: whoever dislikes passwords has a link sent each time."""
    doorway.change(PortalAccount, doorway.account_id, password_hash=None)

    answer = doorway.press(doorway.draw(Purpose.INVITATION), without="1")

    assert answer.status_code == 302
    assert doorway.is_in()
    assert account_now(doorway).password_hash is None


def test_a_password_chosen_by_invitation_ends_what_was_before(doorway: Doorway):
    doorway.sign_in()
    link = doorway.draw(Purpose.SIGN_IN)
    other = doorway.app.test_client()

    doorway.press(doorway.draw(Purpose.INVITATION), other, new=NEW, again=NEW)

    assert not doorway.is_in()
    assert doorway.is_in(other)
    assert doorway.app.test_client().get(link).status_code == 404
    assert doorway.sign_in(password=PASSWORD).status_code == 422


# ------------------------------------------------------------------ when somebody was last here


def test_what_was_seen_last_is_known_after_sessions_ended(doorway: Doorway):
    """[L19, W18]"""
    doorway.sign_in()
    doorway.later(hours=3)
    with doorway.rows() as session:
        session.scalars(select(PortalSession)).one().seen_at = doorway.clock.now()
    left = doorway.clock.now()
    doorway.client.post("/portal/sign-out", data={"csrf_token": doorway.token(doorway.client)})
    doorway.later(days=2)

    doorway.sign_in()

    assert [row.previous_visit_at for row in doorway.session_rows()] == [left]


def test_the_night_takes_out_dead_sessions_and_links_and_remembers_the_last_visit(doorway: Doorway):
    doorway.sign_in()
    doorway.draw(Purpose.SIGN_IN)
    seen = doorway.clock.now()
    settings = doorway.app.extensions["sawhorse_settings"]
    engine = open_engine(settings.database_url)

    forget_what_ran_out(Shift(settings, engine, FixedClock(seen + timedelta(days=60))))

    engine.dispose()
    assert doorway.session_rows() == []
    assert account_now(doorway).last_seen_at == seen
    with doorway.rows() as session:
        assert session.scalar(select(func.count()).select_from(OneTimeLink)) == 0
