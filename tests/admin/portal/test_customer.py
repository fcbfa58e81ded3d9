"""The Portal tab of a customer: switch, parts, identifier, users, links, what was looked at [E12-E14, W16-W31, L19]."""

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import ClientScope, Role
from admin_app.models import (
    Contact,
    CustomerGroup,
    DocumentLink,
    Estimate,
    Membership,
    OutboxMessage,
    PortalAccount,
    PortalReceipt,
    PortalSession,
    SeenHow,
)
from admin_app.policy import Closed, client_scope
from seeds.builders import a_contact, a_group
from seeds.portal_builders import a_document_link
from tests.admin.customers.counter import Statements
from tests.admin.portal.form import switches_on, without
from tests.signing import on_sqlite

pytestmark = on_sqlite


def group(counter):
    return counter.look().get_one(CustomerGroup, counter.group_id)


def account_of(counter, contact_id):
    query = select(PortalAccount).where(PortalAccount.contact_id == contact_id)
    return counter.look().scalars(query).one_or_none()


def test_the_tab_shows_who_gets_in_and_the_link_to_copy(counter):
    """[E12, E13, W27]"""
    page = counter.page("portal")

    assert f'value="http://localhost/portal/{group(counter).public_id}/"' in page
    assert 'data-copy="customer-link"' in page
    assert "Invited by mail" in page and "No portal user yet" in page
    assert "1 portal user gets in, and 1 document link opens" in page
    assert f'href="{counter.home}/portal"' in counter.page("contacts")


def test_one_customer_is_switched_off_after_reading_what_follows(counter, clara):
    """[W31, W33] Everything stays, and reappears when it is switched on again."""
    typed = switches_on(counter.page("portal"), "group-on") | {"group-on": "no"}

    asked = counter.post("portal", typed)
    assert "1 portal user loses access" in asked.text and "1 link stops working" in asked.text
    assert group(counter).portal_on

    counter.post("portal", switches_on(asked.text, "group-on"))
    assert not group(counter).portal_on
    assert isinstance(client_scope(counter.session, clara, counter.group_id), Closed)
    assert "switched off for this customer" in counter.page("portal")

    counter.post("portal", switches_on(counter.page("portal"), "group-on") | {"group-on": "yes"})
    assert not isinstance(client_scope(counter.look(), clara, counter.group_id), Closed)


def test_modules_of_one_customer_are_hidden(counter, clara):
    """[W16]"""
    typed = switches_on(counter.page("portal"), "group-on") | {"group-shows": without("invoices")}
    counter.post("portal", switches_on(counter.post("portal", typed).text, "group-on"))

    assert group(counter).portal_hides == ["invoices"]
    scope = client_scope(counter.session, clara, counter.group_id)
    assert isinstance(scope, ClientScope)
    assert "invoices" not in scope.modules
    assert "hidden for this customer" in counter.page(f"portal/users/{clara}")


def test_two_people_at_the_switches_of_one_customer(counter):
    mine = switches_on(counter.page("portal"), "group-on")
    theirs = mine | {"group-shows": without("jobs")}
    counter.post("portal", switches_on(counter.post("portal", theirs).text, "group-on"))

    assert counter.post("portal", mine).status_code == 409
    assert group(counter).portal_hides == ["jobs"]


def test_a_customer_gets_an_address_of_its_own(counter):
    """[W21]"""
    assert 'placeholder="finch-household"' in counter.page("portal")

    counter.post("portal/identifier", {"portal_identifier": "Finch"})
    assert group(counter).portal_identifier == "finch"
    assert 'value="http://localhost/portal/finch/"' in counter.page("portal")

    for bad in ("a b", "sign-in", "x", "ümlaut"):
        refused = counter.post("portal/identifier", {"portal_identifier": bad})
        assert refused.status_code == 422 and "identifier-error" in refused.text
    other = a_group(counter.look(), name="Other", portal_identifier="taken")
    counter.session.commit()
    assert other.portal_identifier == "taken"
    assert counter.post("portal/identifier", {"portal_identifier": "taken"}).status_code == 422
    assert group(counter).portal_identifier == "finch"

    counter.post("portal/identifier", {"portal_identifier": ""})
    assert group(counter).portal_identifier is None


def test_a_portal_user_is_added_for_somebody_who_is_here(counter, otto):
    """[W17, W29] With the parts that are hidden from the start."""
    typed = switches_on(counter.page("portal/users/new"), 'name="who"')
    assert typed["who"] == str(otto), "the only contact without one is proposed"

    answer = counter.post(
        "portal/users/new", typed | {"user_name": "otto", "user-shows": without("invoices", "jobs")}
    )

    assert answer.status_code == 302
    assert account_of(counter, otto).user_name == "otto"
    hides = counter.session.scalar(select(Membership.portal_hides).where(Membership.contact_id == otto))
    assert set(hides) == {"invoices", "jobs"}
    assert counter.session.scalars(select(OutboxMessage)).all() == []


def test_a_portal_user_is_added_as_a_new_contact_in_one_step(counter):
    """[W29]"""
    typed = switches_on(counter.page("portal/users/new"), 'name="who"') | {
        "who": "new",
        "first_name": "Nora",
        "last_name": "New",
        "email": "nora@new.example",
        "role": "billing",
    }

    assert counter.post("portal/users/new", typed).status_code == 302

    nora = counter.look().scalars(select(Contact).where(Contact.first_name == "Nora")).one()
    assert account_of(counter, nora.id).active
    assert "Nora New" in counter.page("portal")


def test_nobody_becomes_a_portal_user_by_a_forged_form(counter, clara):
    """An id in a form is checked like an id in an address."""
    stranger = a_contact(counter.look(), a_group(counter.session, name="Other"), email="s@other.example")
    number = stranger.id
    counter.session.commit()

    for who in (str(number), str(clara), "", "17x"):
        assert counter.post("portal/users/new", {"who": who}).status_code == 422
    assert account_of(counter, number) is None
    for path in (f"portal/users/{number}", "portal/users/99999"):
        assert counter.get(path).status_code == 404
        assert counter.post(path, {"active-on": "yes"}).status_code == 404


def test_a_link_to_a_document_is_shown_copied_and_taken_back(counter, clara):
    """[A64, W33]"""
    link = counter.look().scalars(select(DocumentLink)).one()
    estimate = counter.session.scalars(select(Estimate)).one()
    a_document_link(counter.session, estimate)
    counter.session.commit()
    number, public_id = link.id, link.public_id

    page = counter.page(f"portal/users/{clara}")
    assert f"http://localhost/portal/d/{public_id}." in page and "Take back" in page
    assert "Links to documents for whoever holds them" in counter.page("portal")

    assert counter.post(f"portal/links/{number}/revoke").status_code == 302
    assert counter.look().get_one(DocumentLink, number).revoked_at is not None
    assert public_id not in counter.page(f"portal/users/{clara}")


def test_a_link_of_another_customer_is_not_taken_back_from_here(counter):
    other = a_group(counter.look(), name="Other").id
    number = counter.session.scalars(select(DocumentLink.id)).one()
    counter.session.commit()

    assert counter.post(f"/admin/customers/{other}/portal/links/{number}/revoke").status_code == 404
    assert counter.look().get_one(DocumentLink, number).revoked_at is None


def seen(counter, clock, contact_id, how=SeenHow.OPENED, **but):
    estimate = counter.look().scalars(select(Estimate.id)).one()
    facts = {"at": clock.now(), "group_id": counter.group_id, "contact_id": contact_id, "about": "estimate"}
    counter.session.add(PortalReceipt(**facts | {"about_id": estimate, "how": how} | but))
    counter.session.commit()


def test_what_they_looked_at_stands_on_the_tab_and_with_the_person(counter, clock, clara):
    """[L19]"""
    assert "Nothing yet" in counter.page("portal")
    seen(counter, clock, clara)
    seen(counter, clock, clara, SeenHow.DOWNLOADED, content_hash="ab12" * 16)
    seen(counter, clock, None, by_link=True)

    page = counter.page("portal")
    told = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "Opened today 09:30 by Clara Finch" in told and "Downloaded today 09:30 by Clara Finch" in told
    assert "as ab12ab12" in page and "somebody with the link" in page and "by its link" in page
    assert "Estimate" in page
    assert "somebody with the link" not in counter.page(f"portal/users/{clara}")


def test_the_tab_costs_the_same_however_many_portal_users_there_are(counter, clock, clara):
    seen(counter, clock, clara)
    with Statements(counter.client) as few:
        counter.page("portal")
    for number in range(8):
        contact = a_contact(counter.look(), group(counter), email=f"c{number}@finch.example")
        counter.session.add(PortalAccount(contact_id=contact.id))
        counter.session.commit()
        seen(counter, clock, contact.id)
    with Statements(counter.client) as many:
        counter.page("portal")

    assert many.count == few.count


@pytest.mark.parametrize("role", [Role.CREW, Role.SUBCONTRACTOR])
def test_crews_know_nothing_of_the_portal(counter, clara, role):
    counter.sits_down(role)

    assert counter.get("portal").status_code in (403, 404)
    assert counter.get(f"portal/users/{clara}").status_code in (403, 404)


def test_the_address_of_a_link_is_told_to_those_alone_who_may_let_somebody_in(counter, clara):
    """Whoever has it acts as the client behind it."""
    a_document_link(counter.session, counter.session.scalars(select(Estimate)).one())
    counter.session.commit()
    paths = ("portal", f"portal/users/{clara}")
    assert all("/portal/d/" in counter.page(path) for path in paths)

    counter.sits_down(Role.ANALYST)

    assert all("Estimate" in counter.page(path) and "/portal/d/" not in counter.page(path) for path in paths)


def test_an_analyst_reads_the_tab_and_is_offered_no_act(counter, clara):
    counter.sits_down(Role.ANALYST)
    page = counter.page("portal") + counter.page(f"portal/users/{clara}")

    assert (
        "<form" not in page[page.index("Portal users") :]
        or "portal/users" not in page.split("<form", 1)[1][:200]
    )
    assert "Save portal" not in page and "Take back" not in page and "Sign out everywhere" not in page
    for path in ("portal", "portal/identifier", f"portal/users/{clara}", f"portal/users/{clara}/invite"):
        assert counter.post(path, {"group-on": "no", "active-on": "no"}).status_code == 403
    assert counter.look().scalars(select(PortalSession)).all() == []
