"""Whose things a client looks at, and which password they keep: choices behind the door [R4-R6, D10, 110]."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from admin_app.models import (
    AccessState,
    Contact,
    CustomerGroup,
    Membership,
    OutboxMessage,
    PortalAccount,
    Project,
    ProjectAccess,
)
from admin_app.services.one_time_link import Purpose
from admin_app.services.save_record import update
from admin_app.services.sign_in import MOST_HERE
from seeds.builders import a_contact, a_group
from seeds.portal_builders import access_to
from seeds.work_builders import a_project
from tests.portal.at_the_door import EMAIL, NEW, PASSWORD, Doorway, account_now
from tests.signing import on_sqlite


def opened(doorway: Doorway, group_id: int, title: str, *, to: int | None = None) -> Project:
    """A project of a customer, open to Clara or to another contact."""
    with doorway.rows() as session:
        project = a_project(session, session.get_one(CustomerGroup, group_id), title=title)
        access_to(session, project, session.get_one(Contact, to or doorway.contact_id))
    return project


def looked_at(doorway: Doorway) -> list[int | None]:
    return [row.group_id for row in doorway.session_rows()]


def pick(doorway: Doorway, to: str, client: FlaskClient | None = None, **more: str):
    return doorway.press("/portal/choose", client, to=to, **more)


# ------------------------------------------------------------------ the chooser


@on_sqlite
def test_who_has_one_customer_and_one_project_is_asked_nothing(doorway: Doorway):
    """[R6]"""
    opened(doorway, doorway.group_id, "Fell the ash")

    assert doorway.sign_in().location == "/portal/"
    assert looked_at(doorway) == [doorway.group_id]


def test_who_belongs_to_two_customers_chooses_first(doorway: Doorway):
    """[R5, R6]: nothing of either is shown before."""
    second = doorway.another_group()
    opened(doorway, second.id, "Trim the hedge")

    answer = doorway.sign_in()

    assert answer.location == "/portal/choose"
    assert looked_at(doorway) == [None]
    page = doorway.client.get("/portal/choose").text
    assert "Clara Client household" in page and "Second household" in page and "Trim the hedge" in page
    chosen = pick(doorway, second.public_id)
    assert (chosen.status_code, chosen.location) == (302, "/portal/")
    assert looked_at(doorway) == [second.id]


@on_sqlite
def test_the_choice_can_be_made_again_and_says_where_one_is(doorway: Doorway):
    second = doorway.another_group()
    doorway.sign_in()
    pick(doorway, second.public_id)
    assert "You are here" in doorway.client.get("/portal/choose").text

    with doorway.rows() as session:
        first = session.get_one(CustomerGroup, doorway.group_id).public_id
    pick(doorway, first)

    assert looked_at(doorway) == [doorway.group_id]


@on_sqlite
def test_several_projects_of_one_customer_are_named_and_one_leads_to_its_page(doorway: Doorway):
    """[R6]"""
    ash, hedge = (opened(doorway, doorway.group_id, title) for title in ("Fell the ash", "Trim the hedge"))

    assert doorway.sign_in().location == "/portal/choose"
    page = doorway.client.get("/portal/choose").text
    assert "Fell the ash" in page and "Trim the hedge" in page
    with doorway.rows() as session:
        group = session.get_one(CustomerGroup, doorway.group_id).public_id
    assert pick(doorway, f"{group}/{hedge.public_id}").location == f"/portal/projects/{hedge.public_id}"
    assert ash.public_id in page


@on_sqlite
def test_who_wanted_to_go_somewhere_is_not_stopped_by_several_projects(doorway: Doorway):
    for title in ("Fell the ash", "Trim the hedge"):
        opened(doorway, doorway.group_id, title)

    assert doorway.sign_in(next="/portal/invoices/").location == "/portal/invoices/"


@on_sqlite
def test_the_choice_remembers_where_one_wanted_to_go_within_the_portal(doorway: Doorway):
    second = doorway.another_group()

    answer = doorway.sign_in(next="/portal/jobs/")
    assert answer.location == "/portal/choose?next=/portal/jobs/"
    assert pick(doorway, second.public_id, next="/portal/jobs/").location == "/portal/jobs/"
    assert pick(doorway, second.public_id, next="//elsewhere.example").location == "/portal/"


def test_what_is_not_open_cannot_be_chosen_whatever_is_sent(doorway: Doorway):
    """[R4, promise 1]: strangers, closed customers, projects of others, projects of the other customer."""
    second = doorway.another_group()
    own = opened(doorway, doorway.group_id, "Fell the ash")
    with doorway.rows() as session:
        strangers = a_group(session, name="Strangers")
        closed = a_group(session, name="Closed household", portal_on=False)
        archived = a_group(session, name="Archived household", archived_at=doorway.clock.now())
        for group in (closed, archived):
            session.add(Membership(group_id=group.id, contact_id=doorway.contact_id))
        otto = a_contact(session, second, first_name="Otto")
        unopened = a_project(session, second, title="Not opened")
        session.flush()
    ottos = opened(doorway, second.id, "Otto's own", to=otto.id)
    doorway.sign_in()
    page = doorway.client.get("/portal/choose").text

    for word in ("Strangers", "Closed household", "Archived household", "Not opened", "Otto"):
        assert word not in page
    for to in (
        strangers.public_id,
        closed.public_id,
        archived.public_id,
        f"{second.public_id}/{unopened.public_id}",
        f"{second.public_id}/{ottos.public_id}",
        f"{second.public_id}/{own.public_id}",
        f"{strangers.public_id}/{own.public_id}",
        str(second.id),
        "",
        "a\x00b",
    ):
        assert pick(doorway, to).status_code == 404, to
    assert looked_at(doorway) == [None]


def test_a_choice_is_asked_of_the_policy_again_at_each_request(doorway: Doorway):
    """[W33, security.md: the choice is part of the session and re-checked]"""
    second = doorway.another_group()
    doorway.sign_in()
    pick(doorway, second.public_id)

    doorway.change(CustomerGroup, second.id, portal_on=False)

    assert doorway.client.get("/portal/").location == "/portal/choose"
    assert "Second household" not in doorway.client.get("/portal/choose").text


@on_sqlite
def test_an_architect_of_one_project_sees_that_customer_until_the_project_is_closed_again(doorway: Doorway):
    """[R4, R30, R37]"""
    with doorway.rows() as session:
        other = a_group(session, name="The Smiths")
    project = opened(doorway, other.id, "Rebuild the wall")
    doorway.sign_in()
    assert "The Smiths" in doorway.client.get("/portal/choose").text

    with doorway.rows() as session:
        for access in session.query(ProjectAccess).filter_by(project_id=project.id):
            access.state = AccessState.REVOKED

    assert "The Smiths" not in doorway.client.get("/portal/choose").text


@on_sqlite
def test_nothing_open_any_more_is_said_calmly_and_one_can_leave(doorway: Doorway):
    doorway.sign_in()
    doorway.change(CustomerGroup, doorway.group_id, portal_on=False)

    page = doorway.client.get("/portal/choose")

    assert page.status_code == 200
    assert "Nothing is open just now" in page.text and "switched off" not in page.text
    assert "Sign out" in page.text


@on_sqlite
def test_strangers_are_asked_to_sign_in_before_they_choose(doorway: Doorway):
    assert doorway.client.get("/portal/choose").location == "/portal/sign-in"
    answer = doorway.client.post(
        "/portal/choose", data={"to": "x", "csrf_token": doorway.token(doorway.client)}
    )
    assert answer.location == "/portal/sign-in"


# ------------------------------------------------------------------ one's own password


def change(doorway: Doorway, current: str = PASSWORD, new: str = NEW, again: str | None = None, **more: str):
    typed = {"current": current, "new": new, "again": again or new}
    return doorway.press("/portal/password", None, **typed | more)


def test_a_password_that_staff_chose_is_replaced_before_anything_is_seen(doorway: Doorway):
    """[D10, W20]"""
    doorway.change(PortalAccount, doorway.account_id, must_change_password=True)

    answer = doorway.sign_in(next="/portal/invoices/")

    assert answer.location == "/portal/password?next=/portal/invoices/"
    assert doorway.client.get("/portal/").location == "/portal/password"
    assert doorway.client.get("/portal/choose").location == "/portal/password"
    assert "Choose your own password" in doorway.client.get("/portal/password").text
    changed = change(doorway, next="/portal/invoices/")
    assert (changed.status_code, changed.location) == (302, "/portal/invoices/")
    assert account_now(doorway).must_change_password is False
    assert doorway.client.get("/portal/choose").status_code == 200


def test_another_password_ends_every_other_session_and_this_visit_goes_on(doorway: Doorway):
    """[security.md: a session ends with the password; the client is told]"""
    second = doorway.another_group()
    elsewhere = doorway.app.test_client()
    doorway.sign_in(client=elsewhere)
    doorway.later(days=1)
    doorway.sign_in()
    pick(doorway, second.public_id)
    before = doorway.session_rows()[-1]
    link = doorway.draw(Purpose.SIGN_IN)

    assert change(doorway).status_code == 302

    assert doorway.is_in()
    assert not doorway.is_in(elsewhere)
    [now] = doorway.session_rows()
    assert now.token_hash != before.token_hash
    assert (now.group_id, now.previous_visit_at) == (second.id, before.previous_visit_at)
    assert doorway.app.test_client().get(link).status_code == 404
    [mail] = doorway.mails()
    assert (mail.recipient, NEW in mail.body) == (EMAIL, False)
    assert "password" in mail.subject


@on_sqlite
def test_the_password_of_now_is_asked_for_and_tries_are_counted(doorway: Doorway):
    doorway.sign_in()

    wrong = change(doorway, current="wrong")

    assert wrong.status_code == 422
    assert "That is not your password now" in wrong.text
    for _ in range(MOST_HERE - 1):
        change(doorway, current="wrong")
    assert change(doorway).status_code == 429
    assert account_now(doorway).password_hash is not None
    assert doorway.mails() == []


@on_sqlite
@pytest.mark.parametrize(
    ("new", "again", "says"),
    [
        ("short", "short", "at least 8"),
        (NEW, "else", "type the same twice"),
        ("clara123", "clara123", "name"),
    ],
)
def test_a_new_password_is_looked_at_like_the_first(doorway: Doorway, new: str, again: str, says: str):
    doorway.sign_in()

    answer = change(doorway, new=new, again=again)

    assert answer.status_code == 422
    assert says in answer.text
    assert doorway.sign_in().status_code == 302, "the old one is still kept"


@on_sqlite
def test_who_came_by_a_link_may_choose_a_first_password(doorway: Doorway):
    doorway.change(PortalAccount, doorway.account_id, password_hash=None)
    doorway.press(doorway.draw(Purpose.SIGN_IN))

    page = doorway.client.get("/portal/password").text
    answer = change(doorway, current="")

    assert "Your password now" not in page
    assert answer.status_code == 302
    assert doorway.mails() == [], "a first password is no change"
    other = doorway.app.test_client()
    assert doorway.sign_in(password=NEW, client=other).status_code == 302


# ------------------------------------------------------------------ when the address changes


@pytest.mark.parametrize("has_account", [True, False])
def test_the_old_address_is_told_and_lets_nobody_in(doorway: Doorway, ann, has_account: bool):
    """[121, security.md: tells the old address]"""
    path = doorway.draw(Purpose.SIGN_IN)
    with doorway.rows() as session:
        session.info["actor"] = ann
        if not has_account:
            session.delete(session.get_one(PortalAccount, doorway.account_id))
            session.flush()
        update(session, Contact, doorway.contact_id, {"email": "clara@new.example"}, ann)

    mails: list[OutboxMessage] = doorway.mails()
    assert [mail.recipient for mail in mails] == ([EMAIL] if has_account else [])
    assert doorway.client.get(path).status_code == 404
    if has_account:
        assert "clara@new.example" in mails[0].body
        assert doorway.sign_in().status_code == 422
        assert doorway.sign_in("clara@new.example").status_code == 302


@on_sqlite
def test_another_email_address_asks_for_the_password_again(doorway: Doorway):
    """[121, security.md]: the wish waits for the office as before; other details need no password."""
    doorway.sign_in()
    fields = {
        "first_name": "Clara",
        "last_name": "Client",
        "email": "clara@new.example",
        "phone": "",
        "mobile": "",
    }

    for current, says in (("", "Type your password"), ("wrong", "That is not your password now")):
        refused = doorway.press("/portal/details", None, **fields, current=current)
        assert (refused.status_code, says in refused.text) == (422, True)
    assert doorway.press("/portal/details", None, **fields, current=PASSWORD).status_code == 302
    other = {**fields, "email": EMAIL, "last_name": "Miller"}
    assert doorway.press("/portal/details", None, **other).status_code == 302
