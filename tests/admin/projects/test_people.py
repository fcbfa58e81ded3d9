"""The customer tab of a project: who takes part, and to whom it is open [R19, R29-R40]."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import AccessState, Company, CustomerGroup, OutboxMessage, ProjectAccess, ProjectContact
from seeds.builders import a_contact, a_group
from tests.admin.customers.counter import Counter
from tests.signing import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def home(lead) -> str:
    return f"/admin/projects/{lead.project_id}"


def access_of(counter: Counter) -> ProjectAccess:
    return counter.look().scalars(select(ProjectAccess)).one()


def test_the_tab_says_who_takes_part_and_that_it_opens_nothing(counter, home):
    page = counter.page(f"{home}/customer")

    assert "Clara Finch" in page and "Assigned, no access" in page
    assert "Otto Finch" in page and "Not in this project" in page
    assert "Attach people early" in page


def test_the_plus_grants_silently_or_with_a_mail_and_the_x_takes_it_away(counter, home):
    """[R34-R38]"""
    clara = counter.membership("Clara").contact_id
    counter.session.get(Company, 1).email = "office@ashworth.example"
    counter.session.commit()
    assert "rather not sign in" in counter.page(f"{home}/people/{clara}/access")

    counter.post(f"{home}/people/{clara}/access", {"how": "silent"})
    assert access_of(counter).state is AccessState.INVITED
    assert counter.session.scalars(select(OutboxMessage)).all() == []
    counter.post(f"{home}/people/{clara}/access", {"how": "notify"})
    assert access_of(counter).state is AccessState.NOTIFIED
    assert counter.session.scalars(select(OutboxMessage.recipient)).all() == ["clara@finch.example"]

    counter.post(f"{home}/people/{clara}/revoke")
    assert access_of(counter).state is AccessState.REVOKED
    page = counter.page(f"{home}/customer")
    assert "Access taken away" in page and f"{home}/people/{clara}/access" in page
    assert counter.post(f"{home}/people/{clara}/revoke").status_code == 404


def test_a_mail_without_an_address_or_a_choice_is_refused_on_the_form(counter, home):
    otto = counter.membership("Otto").contact_id

    assert counter.post(f"{home}/people/{otto}/access", {"how": "notify"}).status_code == 409
    assert counter.post(f"{home}/people/{otto}/access", {}).status_code == 422
    assert counter.look().scalars(select(ProjectAccess)).all() == []


def test_contacts_and_whole_customers_are_attached_and_taken_out(counter, home):
    """[R30]"""
    session = counter.look()
    office = a_group(session, name="Arch & Sons")
    ida, group_id = a_contact(session, office, first_name="Ida", email="ida@arch.example").id, office.id
    session.commit()

    counter.post(f"{home}/attach", {"contact": str(ida)})
    counter.post(f"{home}/attach", {"group": str(group_id)})
    assert "Ida Client" in counter.page(f"{home}/customer")
    counter.post(f"{home}/people/{ida}/detach", follow_redirects=True)
    assert "Ida Client" not in counter.page(f"{home}/customer")

    clara = counter.membership("Clara").contact_id
    refused = counter.post(f"{home}/people/{clara}/detach", follow_redirects=True)
    assert "choose another contact first" in refused.text
    refused = counter.post(f"{home}/attach", {}, follow_redirects=True)
    assert "Choose a contact or a customer first" in refused.text
    assert counter.post(f"{home}/attach", {"contact": "4711"}).status_code == 404


def test_a_new_customer_entered_from_the_project_takes_part_at_once(counter, home, lead):
    """[R29]"""
    address = f"/admin/customers/new?project={lead.project_id}"
    page = counter.page(address)
    assert "takes part in the project at once" in page
    answer = counter.post(
        address,
        {
            "name": "Arch & Sons",
            "kind": "business",
            "contact-0-first_name": "Ida",
            "contact-0-last_name": "Arch",
            "primary": "0",
        },
    )

    assert answer.headers["Location"] == f"{home}/customer"
    made = counter.look().scalars(select(CustomerGroup).where(CustomerGroup.name == "Arch & Sons")).one()
    people = set(counter.session.scalars(select(ProjectContact.contact_id)))
    assert made.memberships[0].contact_id in people
    assert counter.get("/admin/customers/new?project=4711").status_code == 404


def test_a_strangers_contact_is_not_granted_by_number(counter, home):
    stranger = a_contact(counter.look(), a_group(counter.session, name="Other"), first_name="Otto").id
    counter.session.commit()

    assert counter.post(f"{home}/people/{stranger}/access", {"how": "silent"}).status_code == 404


def test_an_analyst_looks_at_access_and_grants_none(counter, home):
    clara = counter.membership("Clara").contact_id
    counter.sits_down(Role.ANALYST)

    assert "Assigned, no access" in counter.page(f"{home}/customer")
    assert counter.post(f"{home}/people/{clara}/access", {"how": "silent"}).status_code == 403


def test_contacts_lead_to_their_projects_and_to_who_has_access(counter, home):
    """[R18-R20]"""
    page = counter.page("contacts")

    assert f'href="{home}/"' in page and f'href="{home}/customer"' in page
