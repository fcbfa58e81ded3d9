"""Staff: links, roles, addresses, and switching somebody off [142, R14-R16]."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import (
    Company,
    Contact,
    EmailClaim,
    OutboxMessage,
    StaffSession,
    User,
)
from admin_app.services.claim_email import claim_for_client
from tests.admin.settings.pages import BEA, edit, typed_into
from tests.forms import send
from tests.signing import PASSWORD, a_user, on_sqlite, sign_in_as


def test_somebody_added_gets_a_link_that_opens_the_door(office, app, rows):
    page = send(office, "/admin/settings/staff/new", BEA)

    link = re.search(r"http://localhost(/welcome/[^\"]+)", page.text)
    assert link
    assert "Hand this link to Bea Okafor yourself; no mail is sent." in page.text
    assert app.test_client().get(link[1]).status_code == 200
    with rows() as session:
        bea = session.scalars(select(User).where(User.email_key == "bea@ashworth.test")).one()
        assert (bea.role, bea.active, bea.password_hash) == (Role.OFFICE, True, None)


@on_sqlite
def test_with_a_mail_server_the_link_is_mailed_under_the_configured_address(rows, settings, open_office):
    app = open_office(
        replace(settings, smtp_url="smtp://127.0.0.1:9", public_url="http://office.example.com")
    )
    desk = app.test_client()
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", email="office@ashworth.test"))
    sign_in_as(desk)

    page = send(desk, "/admin/settings/staff/new", BEA)

    assert "A mail with this link is on its way to bea@ashworth.test" in page.text
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert "http://office.example.com/welcome/" in mail.body
        assert "localhost" not in mail.body, "links in mails are never built from the request"


@on_sqlite
def test_a_role_that_is_none_is_refused(office):
    assert send(office, "/admin/settings/staff/new", BEA | {"role": "emperor"}).status_code == 422


@pytest.mark.parametrize("deleted", [False, True])
def test_a_clients_email_is_refused_for_staff_also_when_the_contact_is_gone(office, rows, deleted):
    """[R14-R16]"""
    with rows() as session:
        clara = Contact(first_name="Clara", last_name="Client", email="clara@example.com")
        session.add(clara)
        session.flush()
        claim_for_client(session, "clara@example.com", clara)
    if deleted:
        with rows() as session:
            session.delete(session.scalars(select(Contact)).one())

    answer = send(office, "/admin/settings/staff/new", BEA | {"email": "Clara@Example.com"})

    assert answer.status_code == 422
    assert "belongs to a client contact, now or formerly" in answer.text


@on_sqlite
def test_the_same_person_is_not_added_twice(office):
    send(office, "/admin/settings/staff/new", BEA)

    answer = send(office, "/admin/settings/staff/new", BEA | {"name": "Bea again"})

    assert answer.status_code == 422
    assert "Bea Okafor has this address already" in answer.text


def test_an_address_that_staff_gave_up_is_free_again(office, rows):
    send(office, "/admin/settings/staff/new", BEA)
    edit(office, "/admin/settings/staff/2", email="bea.okafor@ashworth.test", your_password=PASSWORD)

    with rows() as session:
        claims = session.scalars(select(EmailClaim.email_key).order_by(EmailClaim.email_key)).all()
    assert "bea@ashworth.test" not in claims
    assert "bea.okafor@ashworth.test" in claims


def test_another_address_asks_for_the_password_ends_sessions_and_is_told_to_the_old_one(office, app, rows):
    with rows() as session:
        a_user(session, Role.OFFICE)
    bea = app.test_client()
    sign_in_as(bea, Role.OFFICE)

    assert edit(office, "/admin/settings/staff/2", email="new@ashworth.test").status_code == 422
    assert bea.get("/password").status_code == 200
    assert (
        edit(office, "/admin/settings/staff/2", email="new@ashworth.test", your_password=PASSWORD).status_code
        == 302
    )

    assert bea.get("/password").status_code == 302
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert mail.recipient == "bea@ashworth.test"
        assert "new@ashworth.test" in mail.body


def test_switching_somebody_off_ends_their_sessions_and_links(office, app, rows):
    with rows() as session:
        a_user(session, Role.OFFICE)
    bea = app.test_client()
    sign_in_as(bea, Role.OFFICE)
    shown = typed_into(office.get("/admin/settings/staff/2"))
    shown.pop("active")

    assert office.post("/admin/settings/staff/2", data=shown).status_code == 302

    assert bea.get("/password").status_code == 302
    with rows() as session:
        bea_id = session.scalar(select(User.id).where(User.role == Role.OFFICE))
        assert not session.scalar(
            select(func.count()).select_from(StaffSession).where(StaffSession.user_id == bea_id)
        )


@on_sqlite
def test_nobody_switches_himself_off(office, rows):
    with rows() as session:
        a_user(session, Role.OWNER, email="second@ashworth.test", name="Second Owner")
    shown = typed_into(office.get("/admin/settings/staff/1"))
    shown.pop("active")

    answer = office.post("/admin/settings/staff/1", data=shown)

    assert answer.status_code == 409
    assert "You cannot switch yourself off" in answer.text


def test_the_last_owner_stays_one(office):
    answer = edit(office, "/admin/settings/staff/1", role="office")

    assert answer.status_code == 409
    assert "is the last owner" in answer.text


@on_sqlite
@pytest.mark.parametrize(
    "act",
    [
        lambda desk: send(
            desk, "/admin/settings/staff/new", BEA | {"email": "x@ashworth.test", "role": "owner"}
        ),
        lambda desk: edit(desk, "/admin/settings/staff/1", name="Not Ann"),
        lambda desk: send(desk, "/admin/settings/staff/1/link"),
        lambda desk: edit(desk, "/admin/settings/staff/2", role="owner"),
    ],
    ids=["add an owner", "change an owner", "link for an owner", "become one"],
)
def test_only_an_owner_makes_or_touches_an_owner(office, app, rows, act):
    with rows() as session:
        a_user(session, Role.OFFICE)
    bea = app.test_client()
    sign_in_as(bea, Role.OFFICE)

    answer = act(bea)

    assert answer.status_code == 403
    assert "Only an owner can do this for an owner" in answer.text
    with rows() as session:
        assert session.scalars(select(User.name).where(User.role == Role.OWNER)).all() == ["Ann Ashworth"]
