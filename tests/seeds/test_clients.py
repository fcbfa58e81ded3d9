"""The demo's clients: somebody who opens the portal finds a proposal to sign, and one who works for three customers."""

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import ClientScope
from admin_app.models import Contact, CustomerGroup, Estimate, EstimateState, MembershipRole
from admin_app.policy import as_client, client_scope, clients_of, visible
from admin_app.services.passwords import Passwords
from seeds.builders import a_contact, a_group, an_address
from seeds.demo.clients import LOOKS, SIGNS, open_the_portal
from seeds.demo.customers import join
from seeds.demo.tell import found_the_company


@pytest.fixture
def told(session, clock):
    """The demo company with two customers and a designer who works for both, and its portal opened."""
    _, ann = found_the_company(session, clock, Passwords(1, 8))
    ids = {}
    designer = a_contact(session, first_name="Délia", email="delia@garden-design.example")
    for number in (SIGNS, LOOKS):
        group = a_group(session, name=f"Customer {number}")
        a_contact(session, group, primary=True, first_name=f"Clara {number}", email=f"c{number}@client.test")
        an_address(session, group)
        join(session, group, designer, MembershipRole.GENERAL)
        ids[number] = group.id
    session.info.update(actor=ann, clock=clock)
    logins = open_the_portal(session, ann, clock, ids, Passwords(1, 8))
    return session, logins, ids


def test_a_client_of_the_demo_finds_a_proposal_to_sign(told):
    session, logins, ids = told
    clara = session.scalars(select(Contact).where(Contact.email_key == logins[0].email)).one()
    scope = client_scope(session, clara.id, ids[SIGNS])

    assert isinstance(scope, ClientScope)
    waiting = session.scalars(visible(as_client(clara.name, scope), select(Estimate))).all()
    assert [(one.state, one.deposit > 0) for one in waiting] == [(EstimateState.SENT, True)]


def test_the_designer_chooses_among_her_customers(told):
    session, logins, ids = told
    assert [login.email for login in logins][-1] == "delia@garden-design.example"
    delia = session.scalars(select(Contact).where(Contact.email_key == logins[-1].email)).one()

    assert {number for number, _ in clients_of(session, delia.id)} == set(ids.values())
    assert session.scalar(select(CustomerGroup.portal_on).limit(1))
