"""What clients do in the portal arrives on Today and in the inbox: words, requests, new details [100, 118, 121]."""

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import ClientScope, Role
from admin_app.models import Contact, ContactChange, CustomerGroup, Lead, LeadState, Message, Project, Thread
from admin_app.policy import as_client, client_scope
from admin_app.services.portal.ask_for_work import Request, ask_for_work
from admin_app.services.portal.write_message import begin_thread
from seeds.builders import a_contact, a_group
from seeds.portal_builders import a_contact_change
from tests.admin.portal.form import switches_on
from tests.signing import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def as_clara(counter, clara):
    """Clara at work in the portal, as the policy lets her in."""

    def act(what, *told):
        session = counter.look()
        contact = session.get_one(Contact, clara)
        scope = client_scope(session, clara, counter.group_id)
        assert isinstance(scope, ClientScope)
        who = as_client(contact.name, scope)
        made = what(session, *told, [], who, counter.clock, "key-1")
        session.commit()
        return made

    return act


@pytest.fixture
def wish(counter, clara):
    session = counter.look()
    contact, group = session.get_one(Contact, clara), session.get_one(CustomerGroup, counter.group_id)
    made = a_contact_change(
        session,
        contact,
        group,
        before={"phone": contact.phone, "email": contact.email},
        after={"phone": "+442079460000", "email": "clara@new.example"},
    )
    number = made.id
    session.commit()
    return number


def told(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_what_a_client_writes_waits_in_the_inbox_and_says_where_it_was_written(counter, as_clara):
    as_clara(begin_thread, "The gate", "Which colour will it be?")

    page = counter.page("/admin/inbox/")
    assert "The gate" in page and "Which colour" in page and "In the portal" in page
    assert "message to answer" in told(counter.page("/admin/"))
    thread = counter.look().scalars(select(Thread)).one().id
    assert "in the portal" in counter.page(f"/admin/inbox/{thread}")


def test_a_request_waits_for_approval_and_says_who_asked(counter, as_clara):
    """[W3, W4, 118] One line of Today, the thread in the inbox, the lead in its project."""
    lead = as_clara(ask_for_work, Request("A second oak", "It leans towards the barn."))
    number, project = lead.id, lead.project_id

    assert counter.look().get_one(Lead, number).state is LeadState.FOR_APPROVAL
    assert "asked in the portal by Clara Finch" in counter.page("/admin/today/requests")
    assert "in the portal by Clara Finch" in counter.page(f"/admin/projects/{project}/lead?lead={number}")
    thread = counter.look().scalars(select(Thread)).one().id
    page = counter.page(f"/admin/inbox/{thread}")
    assert "Asked in the portal by Clara Finch" in page and "Open the request" in page
    assert counter.look().scalars(select(Message)).one().in_portal
    assert counter.session.get_one(Project, project).group_id == counter.group_id


def test_new_details_wait_in_the_inbox_and_on_today(counter, wish):
    """[121]"""
    assert re.search(r"New details\s*<span class=\"sh-count\">1<", counter.page("/admin/inbox/"))
    assert f"/admin/inbox/changes/{wish}" in counter.page("/admin/inbox/?box=details")
    assert "1 change of details to answer" in told(counter.page("/admin/"))
    rows = counter.page("/admin/today/details")
    assert "New details of Clara Finch" in rows and f"/admin/inbox/changes/{wish}" in rows


def test_new_details_are_shown_before_and_after_and_accepted(counter, wish, clara):
    page = counter.page(f"/admin/inbox/changes/{wish}")
    assert "clara@finch.example" in page and "clara@new.example" in page and "Changed since" not in page

    typed = switches_on(page, "Accept new details")
    assert counter.post(f"/admin/inbox/changes/{wish}", typed | {"act": "accept"}).status_code == 302

    contact = counter.look().get_one(Contact, clara)
    assert (contact.email, contact.phone) == ("clara@new.example", "+44 20 7946 0000")
    page = counter.page(f"/admin/inbox/changes/{wish}")
    assert "Accepted by Ann Ashworth" in page and "Accept new details" not in page
    assert "Nobody asks for new details" in counter.page("/admin/inbox/?box=details")


def test_a_rule_that_forbids_it_is_said_and_nothing_is_kept(counter, wish, clara):
    a_contact(counter.look(), a_group(counter.session, name="Other"), email="clara@new.example")
    counter.session.commit()
    typed = switches_on(counter.page(f"/admin/inbox/changes/{wish}"), "Accept new details")

    refused = counter.post(f"/admin/inbox/changes/{wish}", typed | {"act": "accept"})

    assert refused.status_code == 422 and "already has this email address" in refused.text
    assert counter.look().get_one(Contact, clara).phone is None
    assert "Accept new details" in refused.text, "it still waits"


def test_a_refusal_asks_for_words_which_the_client_reads(counter, wish, clara):
    path = f"/admin/inbox/changes/{wish}"
    assert "words-error" in counter.post(path, {"act": "refuse", "words": " "}).text

    assert counter.post(path, {"act": "refuse", "words": "Call us first."}).status_code == 302

    assert counter.look().get_one(Contact, clara).phone is None
    assert "Call us first." in counter.page(path)
    assert counter.post(path, {"act": "accept", "version": "1"}).status_code == 409


def test_a_contact_that_was_changed_since_shows_what_stands_there_now(counter, wish, clara):
    typed = switches_on(counter.page(f"/admin/inbox/changes/{wish}"), "Accept new details")
    counter.look().get_one(Contact, clara).phone = "+442079461111"
    counter.session.commit()

    assert counter.post(f"/admin/inbox/changes/{wish}", typed | {"act": "accept"}).status_code == 409
    assert "Changed since" in counter.page(f"/admin/inbox/changes/{wish}")
    assert counter.post(f"/admin/inbox/changes/{wish}", {"act": "dance"}).status_code == 422


def test_only_who_reads_messages_sees_new_details(counter, wish):
    counter.sits_down(Role.CREW)
    assert counter.get(f"/admin/inbox/changes/{wish}").status_code in (403, 404)
    counter.sits_down(Role.ANALYST)
    page = counter.page(f"/admin/inbox/changes/{wish}")
    assert "Accept new details" not in page
    assert counter.post(f"/admin/inbox/changes/{wish}", {"act": "accept"}).status_code == 403
    assert counter.look().get_one(ContactChange, wish).answered_at is None
