"""The Customer portal tab of a contact: made, switched off, invited, signed out [W16-W20, W28-W31]."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import ClientScope
from admin_app.models import (
    Contact,
    CustomerGroup,
    Membership,
    OneTimeLink,
    OutboxMessage,
    PortalAccount,
    PortalSession,
)
from admin_app.policy import Closed, client_scope
from admin_app.services.portal import sessions
from admin_app.services.staff_sessions import Lifetimes, Visitor
from seeds.builders import a_contact, a_group
from seeds.portal_builders import access_to
from tests.admin.portal.form import switches_on, without
from tests.signing import on_sqlite

pytestmark = on_sqlite
GOOD = "seven green herons wade"


@pytest.fixture
def page_of(counter):
    return lambda contact_id: f"{counter.home}/portal/users/{contact_id}"


def account_of(counter, contact_id):
    query = select(PortalAccount).where(PortalAccount.contact_id == contact_id)
    return counter.look().scalars(query).one_or_none()


def save(counter, path, **typed):
    return counter.post(path, switches_on(counter.page(path), "user_name") | typed)


def signed_in(counter, clock, contact_id, times=1):
    for _ in range(times):
        account = account_of(counter, contact_id)
        lifetimes = Lifetimes(timedelta(hours=12), timedelta(days=14))
        sessions.begin(counter.session, account, Visitor("127.0.0.1"), lifetimes, clock)
        counter.session.commit()


def test_the_contact_leads_to_its_customer_portal_tab(counter, clara, page_of):
    """[W18, W19]"""
    assert f'href="{page_of(clara)}"' in counter.page("contacts")
    page = counter.page(page_of(clara))

    assert 'aria-current="page"' in page and "Customer portal" in page
    assert switches_on(page, "user_name")["active-on"] == "yes", "on by default"


def test_the_first_save_makes_a_portal_user_who_can_sign_in(counter, otto, page_of):
    """[W20, D10] Usable once user name and password exist; the password is changed at the first sign-in."""
    assert "Make a portal user" in counter.page(page_of(otto))

    answer = save(counter, page_of(otto), user_name="otto", password=GOOD)

    assert answer.status_code == 302
    account = account_of(counter, otto)
    assert account.user_name == "otto" and account.password_hash and account.must_change_password
    assert GOOD not in account.password_hash
    assert not isinstance(client_scope(counter.session, otto, counter.group_id), Closed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"password": "short"}, "password-error"),
        ({"user_name": "o"}, "user_name-error"),
        ({"user_name": "otto@finch.example"}, "user_name-error"),
        ({"password": GOOD}, "user_name-error"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_is_made(counter, otto, page_of, typed, said):
    """Otto has no email address, so a password alone would let nobody in."""
    refused = save(counter, page_of(otto), **typed)

    assert refused.status_code == 422 and said in refused.text
    assert account_of(counter, otto) is None
    if "user_name" in typed:
        assert f'value="{typed["user_name"]}"' in refused.text, "what was typed is still there"
    assert GOOD not in refused.text


def test_modules_are_hidden_from_one_user_with_one_customer(counter, clara, page_of):
    """[W16, W28]"""
    save(counter, page_of(clara), **{"user-shows": without("proposals", "files")})

    scope = client_scope(counter.look(), clara, counter.group_id)
    assert isinstance(scope, ClientScope)
    assert not {"proposals", "files"} & scope.modules
    assert "sees no files, proposals" in counter.page("portal")


def test_switching_a_user_off_is_asked_about_and_ends_everything_at_once(counter, clock, clara, page_of):
    """[W31, W33]"""
    signed_in(counter, clock, clara, times=2)

    asked = save(counter, page_of(clara), **{"active-on": "no"})
    assert asked.status_code == 200 and "2 browsers are signed out" in asked.text
    assert "1 link made for Clara Finch here stops working" in asked.text
    assert account_of(counter, clara).active

    counter.post(page_of(clara), switches_on(asked.text, "user_name"))
    assert not account_of(counter, clara).active
    assert counter.session.scalars(select(PortalSession)).all() == []
    assert "Switched off" in counter.page("portal")

    save(counter, page_of(clara), **{"active-on": "yes"})
    assert account_of(counter, clara).active


def test_sign_out_everywhere_ends_sessions_and_leaves_the_user(counter, clock, clara, page_of):
    signed_in(counter, clock, clara)
    assert "In 1 browser now" in counter.page(page_of(clara))

    counter.post(f"{page_of(clara)}/sign-out")

    assert counter.look().scalars(select(PortalSession)).all() == []
    assert account_of(counter, clara).active
    assert "In no browser now" in counter.page(page_of(clara))


def test_who_has_no_portal_user_is_not_signed_out(counter, otto, page_of):
    assert counter.post(f"{page_of(otto)}/sign-out").status_code == 404


def test_an_invitation_is_shown_once_to_be_handed_over(counter, otto, page_of):
    """[W20, 110] It makes the portal user; a later one ends it."""
    shown = counter.post(f"{page_of(otto)}/invitation")

    assert shown.status_code == 200 and "http://localhost/portal/welcome/" in shown.text
    assert account_of(counter, otto) is not None
    assert "/portal/welcome/" not in counter.page(page_of(otto))
    counter.post(f"{page_of(otto)}/invitation")
    living = select(OneTimeLink).where(OneTimeLink.contact_id == otto, OneTimeLink.used_at.is_(None))
    assert len(counter.look().scalars(living).all()) == 1


def test_an_invitation_by_mail_needs_an_address_and_an_open_portal(counter, clara, otto, page_of):
    """A refusal says why, and nothing goes out."""
    counter.look().get_one(CustomerGroup, counter.group_id).portal_on = False
    counter.session.commit()

    for contact in (clara, otto):
        refused = counter.post(f"{page_of(contact)}/invite")
        assert refused.status_code == 409 and 'role="alert"' in refused.text
    assert counter.look().scalars(select(OutboxMessage)).all() == []


def test_somebody_from_elsewhere_sees_a_project_and_has_no_parts_to_hide(counter, project_id, page_of):
    session = counter.look()
    ida = a_contact(session, a_group(session, name="Arch"), first_name="Ida", email="ida@arch.example")
    from admin_app.models import Project

    access_to(session, session.get_one(Project, project_id), ida)
    number = ida.id
    session.commit()

    page = counter.page(page_of(number))
    assert "sees that project alone" in page and "From elsewhere" in counter.page("portal")
    assert save(counter, page_of(number), user_name="ida").status_code == 302
    assert account_of(counter, number).user_name == "ida"
    found = counter.session.scalars(select(Membership.group_id).where(Membership.contact_id == number)).all()
    assert counter.group_id not in found


def test_a_hostile_name_is_text(counter, clara, page_of):
    contact = counter.look().get_one(Contact, clara)
    contact.first_name = "<script>alert(1)</script>"
    counter.session.commit()

    for page in (counter.page("portal"), counter.page(page_of(clara))):
        assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
