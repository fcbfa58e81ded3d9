"""An office that opened its portal to one customer of two people."""

import pytest
from sqlalchemy import select

from admin_app.models import Company, Contact, CustomerGroup, ProjectAccess, ProjectContact
from seeds.builders import a_brand
from seeds.portal_builders import a_document_link, a_portal_account, access_to
from seeds.work_builders import a_project, an_estimate
from tests.admin.customers.counter import Counter, a_counter


@pytest.fixture
def counter(app, clock, signed_in, session, ann) -> Counter:
    """Ann at the counter; the portal is on, Clara has a portal user, a project and the link to its estimate."""
    app.extensions["sawhorse_clock"] = clock
    counter = a_counter(signed_in, session, clock, ann)
    session.get_one(Company, 1).portal_enabled_default = True
    session.get_one(Company, 1).email = "office@ashworth.example"
    a_brand(session, name="North", key="north", is_default=True)
    clara = session.scalars(select(Contact).where(Contact.first_name == "Clara")).one()
    a_portal_account(session, clara)
    project = a_project(session, session.get_one(CustomerGroup, counter.group_id), title="Fell the ash")
    session.add(ProjectContact(project_id=project.id, contact_id=clara.id))
    access_to(session, project, clara)
    a_document_link(session, an_estimate(session, project), clara)
    session.commit()
    return counter


@pytest.fixture
def clara(counter) -> int:
    """The id of the contact with a portal user."""
    return int(counter.membership("Clara").contact_id)


@pytest.fixture
def otto(counter) -> int:
    """The id of the contact without one."""
    return int(counter.membership("Otto").contact_id)


@pytest.fixture
def project_id(counter) -> int:
    """The id of the project that is open to Clara."""
    found = counter.look().scalars(select(ProjectAccess.project_id)).one()
    return int(found)
