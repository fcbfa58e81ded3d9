"""Portal users: made, changed, hidden from, switched off [W16-W20, W27-W31, D10, 108, 109]."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import (
    AuditEntry,
    Company,
    Contact,
    Membership,
    OneTimeLink,
    OutboxMessage,
    PortalAccount,
    PortalModule,
    PortalSession,
)
from admin_app.policy import Closed, client_scope
from admin_app.services.one_time_link import Purpose, draw_link, look_at_link
from admin_app.services.passwords import Passwords
from admin_app.services.portal import sessions
from admin_app.services.portal.accounts import (
    Wanted,
    account_of,
    add_portal_user,
    hash_for_client,
    keep_portal_user,
    names_of,
)
from admin_app.services.staff_sessions import Visitor
from seeds.builders import a_contact, a_group
from seeds.portal_builders import access_to
from seeds.work_builders import a_project
from tests.services.desk import Desk, a_desk
from tests.services.portal.clients import portal_on
from tests.services.signing_in import LIFETIMES

CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)
QUICK = Passwords(1, 8)


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    desk = a_desk(session, ann, clock)
    portal_on(desk)
    return desk


@pytest.fixture
def clara(desk: Desk) -> Contact:
    return a_contact(desk.session, desk.group, primary=True, email="clara@client.example")


def keep(desk: Desk, contact: Contact, actor: Actor | None = None, **wanted: object) -> PortalAccount:
    return keep_portal_user(
        desk.session,
        desk.group,
        contact.id,
        Wanted(**wanted),  # type: ignore[arg-type]
        actor or desk.actor,
        desk.clock,
    )


def test_a_portal_user_is_made_and_changed_by_one_act(desk: Desk, clara: Contact):
    """[W20, D10]: what staff chose is changed at the first sign-in."""
    made = keep(desk, clara, user_name="  Clara ", password_hash=QUICK.hash("seven geese on a roof"))
    again = keep(desk, clara, user_name="Clara C")

    assert made.id == again.id
    assert (again.user_name, again.user_key, again.active, again.must_change_password) == (
        "Clara C",
        "clara c",
        True,
        True,
    )
    assert QUICK.fits(again.password_hash, "seven geese on a roof")
    assert keep(desk, clara, user_name="").user_name is None


def test_the_history_knows_the_change_and_no_password(desk: Desk, clara: Contact):
    keep(desk, clara, user_name="clara", password_hash=QUICK.hash("seven geese on a roof"))
    keep(desk, clara, active=False)

    entries = desk.session.scalars(select(AuditEntry).where(AuditEntry.entity == "PortalAccount")).all()
    assert {entry.actor for entry in entries} == {"Ann Ashworth"}
    assert len(entries) >= 2
    assert "argon2" not in str([(entry.before, entry.after) for entry in entries])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ab", "at least 3"),
        ("a b@c.example", "no @"),
        ("x" * 81, "at most 80"),
        ("ﷺ" * 30, "At most 80"),
        ("a\x00b", "control character"),
        ("óTTO", "somebody else"),
    ],
)
def test_a_user_name_is_unique_and_cannot_be_taken_for_an_address(desk: Desk, clara: Contact, name, says):
    """[W20]: folded, three signs or more."""
    otto = a_contact(desk.session, desk.group, first_name="Otto")
    keep(desk, otto, user_name="Otto")

    with pytest.raises(Invalid, match=says) as refusal:
        keep(desk, clara, user_name=name)

    assert set(refusal.value.fields) == {"user_name"}


def test_a_password_asks_for_a_name_to_sign_in_with(desk: Desk):
    otto = a_contact(desk.session, desk.group, first_name="Otto", email=None)

    with pytest.raises(Invalid, match="has no email address"):
        keep(desk, otto, password_hash="x")

    assert keep(desk, otto, user_name="otto", password_hash="x").password_hash == "x"


def test_several_users_of_one_customer_hide_different_parts(desk: Desk, clara: Contact):
    """[W27, W28, 109]: hide quotes from one, show another only invoices; the other customer is not touched."""
    otto = a_contact(desk.session, desk.group, first_name="Otto", email="otto@client.example")
    second = a_group(desk.session, name="Second household")
    desk.session.add(Membership(group_id=second.id, contact_id=otto.id))
    only_bills = frozenset(one.value for one in PortalModule) - {"invoices"}

    keep(desk, clara, hides=frozenset({"proposals"}))
    keep(desk, otto, hides=only_bills)

    shown = {}
    for who, group in ((clara, desk.group), (otto, desk.group), (otto, second)):
        scope = client_scope(desk.session, who.id, group.id)
        assert not isinstance(scope, Closed)
        shown[who.first_name, group.name] = scope.modules
    assert PortalModule.PROPOSALS not in shown["Clara", desk.group.name]
    assert shown["Otto", desk.group.name] == {PortalModule.INVOICES}
    assert shown["Otto", "Second household"] == set(PortalModule)


def test_only_parts_of_the_portal_can_be_hidden(desk: Desk, clara: Contact):
    with pytest.raises(Invalid):
        keep(desk, clara, hides=frozenset({"everything"}))


def test_another_portal_user_is_a_contact_a_place_and_an_account_in_one_step(desk: Desk, clara: Contact):
    """[W29, R5]: a known email is a known person."""
    other = a_group(desk.session, name="Second household")
    wanted = Wanted(user_name="otto", hides=frozenset({"jobs"}))
    person = {"first_name": "Otto", "last_name": "Client", "email": "otto@client.example"}

    made = add_portal_user(desk.session, other, person, {}, wanted, desk.actor, desk.clock)
    known = add_portal_user(
        desk.session,
        other,
        {"first_name": "C", "last_name": "C", "email": clara.email},
        {},
        Wanted(),
        desk.actor,
        desk.clock,
    )

    assert known.contact_id == clara.id
    places = {one.contact_id: one.portal_hides for one in other.memberships}
    places |= {
        one.contact_id: one.portal_hides
        for one in desk.session.scalars(select(Membership).where(Membership.group_id == other.id))
    }
    assert places == {made.contact_id: ["jobs"], clara.id: []}


def test_a_wrong_user_name_adds_nobody(desk: Desk, clara: Contact):
    keep(desk, clara, user_name="clara")
    people = desk.session.scalar(select(func.count()).select_from(Contact))
    point = desk.session.begin_nested()

    with pytest.raises(Invalid):
        add_portal_user(
            desk.session,
            desk.group,
            {"first_name": "Otto", "last_name": "C"},
            {},
            Wanted(user_name="Clara"),
            desk.actor,
            desk.clock,
        )

    point.rollback()
    assert desk.session.scalar(select(func.count()).select_from(Contact)) == people


def test_switching_off_ends_sessions_and_links_at_once_and_on_again_keeps_what_was(
    desk: Desk, clara: Contact
):
    """[W31, W33]"""
    account = keep(desk, clara, user_name="clara", password_hash="x", hides=frozenset({"jobs"}))
    token = sessions.begin(desk.session, account, Visitor("127.0.0.1"), LIFETIMES, desk.clock)
    links = {
        purpose: draw_link(desk.session, purpose, None, desk.clock, contact_id=clara.id)
        for purpose in (Purpose.INVITATION, Purpose.SIGN_IN)
    }

    keep(desk, clara, active=False)

    assert sessions.find(desk.session, token, LIFETIMES, desk.clock) is None
    assert desk.session.scalar(select(func.count()).select_from(PortalSession)) == 0
    for purpose, link in links.items():
        with pytest.raises(NotFound):
            look_at_link(desk.session, purpose, link, desk.clock)
    assert isinstance(client_scope(desk.session, clara.id, desk.group.id), Closed)
    again = keep(desk, clara, active=True)
    assert (again.user_name, again.password_hash) == ("clara", "x")
    assert not isinstance(client_scope(desk.session, clara.id, desk.group.id), Closed)


def test_a_password_that_staff_set_anew_signs_the_client_out_and_is_told(desk: Desk, clara: Contact):
    desk.session.get_one(Company, 1).email = "office@trees.example"
    account = keep(desk, clara, password_hash="x")
    sessions.begin(desk.session, account, Visitor("127.0.0.1"), LIFETIMES, desk.clock)
    assert desk.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0

    keep(desk, clara, password_hash="y")

    assert desk.session.scalar(select(func.count()).select_from(PortalSession)) == 0
    [mail] = desk.session.scalars(select(OutboxMessage)).all()
    assert mail.recipient == "clara@client.example"


def test_who_only_takes_part_in_a_project_may_be_a_user_and_hides_nothing(desk: Desk):
    """[R4, R30]"""
    architect = a_contact(desk.session, first_name="Ida", email="ida@arch.example")
    with pytest.raises(NotFound, match="does not belong"):
        keep(desk, architect)
    access_to(desk.session, a_project(desk.session, desk.group), architect)

    assert keep(desk, architect, hides=frozenset()).active
    with pytest.raises(Invalid, match="only takes part"):
        keep(desk, architect, hides=frozenset({"jobs"}))


def test_archived_contacts_and_other_roles_are_refused(desk: Desk, clara: Contact):
    with pytest.raises(NotAllowed):
        keep(desk, clara, CEM)
    with pytest.raises(NotFound):
        keep_portal_user(desk.session, desk.group, 4711, Wanted(), desk.actor, desk.clock)
    clara.archived_at = desk.clock.now()
    with pytest.raises(Unmet, match="archived"):
        keep(desk, clara)
    assert account_of(desk.session, clara.id) is None


def test_a_password_that_staff_choose_is_looked_at_like_any_other(desk: Desk, clara: Contact):
    names = names_of(desk.session, clara, None)

    for typed in ("short", "password1", "harding & daughters", "clara@client.example"):
        with pytest.raises(Invalid) as refusal:
            hash_for_client(QUICK, typed, names)
        assert set(refusal.value.fields) == {"password"}
    assert QUICK.fits(hash_for_client(QUICK, "seven geese on a roof", names), "seven geese on a roof")


def test_a_contact_takes_the_portal_user_along_when_deleted(desk: Desk):
    otto = a_contact(desk.session, desk.group, first_name="Otto", email="otto@client.example")
    account = keep(desk, otto)
    sessions.begin(desk.session, account, Visitor("127.0.0.1"), LIFETIMES, desk.clock)
    draw_link(desk.session, Purpose.SIGN_IN, None, desk.clock, contact_id=otto.id)
    a_contact(desk.session, desk.group, first_name="Ida", primary=True)

    desk.session.delete(otto)
    desk.session.flush()

    for kind in (PortalAccount, PortalSession, OneTimeLink):
        assert desk.session.scalar(select(func.count()).select_from(kind)) == 0
