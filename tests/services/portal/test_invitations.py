"""The way in: invited by mail or in silence, led to the own door, never to a closed one [R32-R40, D2, E12, W20-W22]."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import NotAllowed, NotFound, Unmet
from admin_app.models import (
    Brand,
    Company,
    Contact,
    CustomerGroup,
    Message,
    MessagePurpose,
    MessageTemplate,
    OneTimeLink,
    OutboxMessage,
    PortalAccount,
    Project,
    ProjectAccess,
)
from admin_app.services.grant_access import grant_access
from admin_app.services.one_time_link import Purpose, look_at_link
from admin_app.services.portal.accounts import Wanted, account_of, keep_portal_user
from admin_app.services.portal.address import Doorstep
from admin_app.services.portal.identifiers import set_identifier
from admin_app.services.portal.invitations import (
    draw_invitation,
    groups_open_to,
    mail_invitation,
    portal_address_for,
)
from seeds.builders import a_contact, a_group
from seeds.portal_builders import a_portal_account
from seeds.work_builders import a_project
from tests.services.desk import Desk, a_desk
from tests.services.portal.clients import portal_on

BASE = "https://office.example.com"
CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    desk = a_desk(session, ann, clock)
    portal_on(desk)
    session.get_one(Company, 1).email = "office@trees.example"
    session.info["doorstep"] = Doorstep(BASE, "a key that only tests use, never an office")
    return desk


@pytest.fixture
def clara(desk: Desk) -> Contact:
    return a_contact(desk.session, desk.group, primary=True, email="clara@client.example")


@pytest.fixture
def project(desk: Desk) -> Project:
    return a_project(desk.session, desk.group, title="Fell the ash")


def grant(desk: Desk, project: Project, contact: Contact, *, notify: bool = False) -> ProjectAccess:
    return grant_access(desk.session, project, contact.id, desk.actor, desk.clock, notify=notify)


def mails(desk: Desk) -> list[OutboxMessage]:
    return list(desk.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def token_in(mail: OutboxMessage) -> str:
    found = re.search(rf"{BASE}/portal/welcome/(\S+)", mail.body)
    assert found, mail.body
    return found[1]


def opens(desk: Desk, token: str) -> bool:
    try:
        look_at_link(desk.session, Purpose.INVITATION, token, desk.clock)
    except NotFound:
        return False
    return True


# ------------------------------------------------------------------ a project is opened


def test_invite_and_notify_makes_the_portal_user_and_mails_the_way_in(desk, project, clara):
    """[R35]"""
    grant(desk, project, clara, notify=True)

    [mail] = mails(desk)
    account = account_of(desk.session, clara.id)
    assert account is not None and account.password_hash is None
    assert account.invited_at == desk.clock.now()
    assert mail.recipient == "clara@client.example"
    assert opens(desk, token_in(mail))


def test_invite_alone_makes_the_portal_user_and_says_nothing(desk, project, clara):
    """[R36, R38, R40]: signing in is there for who comes by themselves."""
    grant(desk, project, clara)

    account = account_of(desk.session, clara.id)
    assert account is not None and account.invited_at is None
    assert mails(desk) == []
    assert desk.session.scalar(select(func.count()).select_from(OneTimeLink)) == 0


def test_who_has_a_password_is_led_to_the_door_of_their_customer(desk, project, clara):
    """[R35, W21]"""
    a_portal_account(desk.session, clara, password_hash="x")
    set_identifier(desk.session, desk.group, "clara-client", desk.actor)

    grant(desk, project, clara, notify=True)

    [mail] = mails(desk)
    assert f"{BASE}/portal/clara-client/" in mail.body
    assert "/welcome/" not in mail.body


@pytest.mark.parametrize("closed", ["company", "brand", "customer"])
def test_while_the_portal_is_closed_nobody_becomes_a_user_and_no_mail_names_an_address(
    desk, project, clara, closed
):
    """[D1, D2, W33]: a grant holds all the same."""
    if closed == "company":
        desk.session.get_one(Company, 1).portal_enabled_default = False
    elif closed == "brand":
        desk.session.scalars(select(Brand)).one().portal_on = False
    else:
        desk.group.portal_on = False
    desk.session.flush()

    access = grant(desk, project, clara, notify=True)

    [mail] = mails(desk)
    assert "http" not in mail.body
    assert account_of(desk.session, clara.id) is None
    assert access.revoked_at is None


def test_a_grant_from_before_the_portal_was_opened_is_completed_by_the_next_one(desk, project, clara):
    desk.group.portal_on = False
    grant(desk, project, clara)
    assert account_of(desk.session, clara.id) is None

    desk.group.portal_on = True
    desk.session.flush()
    grant(desk, project, clara)

    assert account_of(desk.session, clara.id) is not None


def test_without_a_public_address_a_mail_names_none(desk, project, clara):
    """[security.md: never built from the request]"""
    desk.session.info["doorstep"] = None

    grant(desk, project, clara, notify=True)

    [mail] = mails(desk)
    assert "http" not in mail.body


def test_whoever_was_switched_off_is_not_sent_a_dead_link(desk, project, clara):
    a_portal_account(desk.session, clara, active=False)
    point = desk.session.begin_nested()

    with pytest.raises(Unmet, match="switched off"):
        grant(desk, project, clara, notify=True)

    point.rollback()
    assert grant(desk, project, clara).revoked_at is None


def test_without_an_email_a_silent_grant_makes_no_user_who_could_not_come(desk, project):
    otto = a_contact(desk.session, desk.group, first_name="Otto", email=None)

    grant(desk, project, otto)

    assert account_of(desk.session, otto.id) is None


def test_a_newer_invitation_cancels_the_older_one(desk, project, clara):
    grant(desk, project, clara, notify=True)
    grant(desk, a_project(desk.session, desk.group, title="Trim the hedge"), clara, notify=True)

    first, second = mails(desk)
    assert not opens(desk, token_in(first))
    assert opens(desk, token_in(second))


def test_others_who_read_the_thread_do_not_read_the_secret(desk, project, clara):
    """[promise 1]: the mail stands in the thread of the project, whose other contacts and staff read it."""
    grant(desk, project, clara, notify=True)

    [mail] = mails(desk)
    kept = desk.session.scalars(select(Message)).one()
    assert token_in(mail) not in kept.body
    assert "/portal/welcome/…" in kept.body


def test_words_of_the_companys_own_need_not_lead_anywhere(desk, project, clara):
    desk.session.add(
        MessageTemplate(
            name="Ours",
            purpose=MessagePurpose.PORTAL_ACCESS,
            subject="{{title}}",
            body="Call us, {{contact}}.",
        )
    )

    grant(desk, project, clara, notify=True)

    [mail] = mails(desk)
    assert (mail.subject, mail.body) == ("Fell the ash", "Call us, Clara Client.\n")
    assert desk.session.scalar(select(func.count()).select_from(OneTimeLink)) == 0


def test_an_architect_of_another_customer_gets_the_way_into_this_one(desk, project):
    """[R30, R4]"""
    architect = a_contact(desk.session, a_group(desk.session, name="Arch"), email="ida@arch.example")

    grant(desk, project, architect, notify=True)

    [mail] = mails(desk)
    assert opens(desk, token_in(mail))
    assert [group.name for group in groups_open_to(desk.session, architect.id)] == ["Arch", desk.group.name]


# ------------------------------------------------------------------ a contact is invited


def test_a_contact_is_invited_by_mail_without_any_project(desk, clara):
    """[W20, 110]"""
    account = mail_invitation(desk.session, desk.group, clara.id, desk.actor, desk.clock)

    [mail] = mails(desk)
    assert opens(desk, token_in(mail))
    assert (account.invited_at, mail.group_id) == (desk.clock.now(), None)
    assert "North Tree Care" in mail.subject
    assert "for 7 days" in mail.body


def test_staff_can_hand_an_invitation_over_themselves(desk, clara):
    """[E13]"""
    token = draw_invitation(desk.session, desk.group, clara.id, desk.actor, desk.clock)

    assert opens(desk, token)
    assert mails(desk) == []


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("no email", "no email address"),
        ("portal closed", "would open nothing"),
        ("switched off", "would open nothing"),
        ("no public address", "No public address"),
        ("no sender", "No sender"),
        ("no member", "would open nothing"),
    ],
)
def test_an_invitation_that_would_lead_nowhere_is_refused_with_its_reason(desk, clara, why, says):
    session, group = desk.session, desk.group
    if why == "no email":
        clara.email = clara.email_key = None
    elif why == "portal closed":
        group.portal_on = False
    elif why == "switched off":
        a_portal_account(session, clara, active=False)
    elif why == "no public address":
        session.info["doorstep"] = None
    elif why == "no sender":
        session.get_one(Company, 1).email = None
    else:
        group = a_group(session, name="Strangers")
    session.flush()

    with pytest.raises(Unmet, match=says):
        mail_invitation(session, group, clara.id, desk.actor, desk.clock)
    assert mails(desk) == []


def test_a_crew_invites_nobody(desk, clara):
    for invite in (mail_invitation, draw_invitation):
        with pytest.raises(NotAllowed):
            invite(desk.session, desk.group, clara.id, CEM, desk.clock)
    assert desk.session.scalar(select(func.count()).select_from(PortalAccount)) == 0


def test_the_address_of_the_portal_is_told_only_to_whom_it_opens_something(desk, clara):
    """[E12, W22]"""
    assert portal_address_for(desk.session, clara.id, desk.group) == ""
    keep_portal_user(desk.session, desk.group, clara.id, Wanted(), desk.actor, desk.clock)

    assert portal_address_for(desk.session, clara.id, desk.group) == f"{BASE}/portal/"
    set_identifier(desk.session, desk.group, "clara", desk.actor)
    assert portal_address_for(desk.session, clara.id, desk.group) == f"{BASE}/portal/clara/"
    strangers: CustomerGroup = a_group(desk.session, name="Strangers")
    assert portal_address_for(desk.session, clara.id, strangers) == ""
    assert portal_address_for(desk.session, None, desk.group) == ""
