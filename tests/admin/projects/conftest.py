"""Fixtures of the tests of the projects' pages."""

import pytest

from admin_app.models import Lead
from admin_app.services.new_lead import NewLead, new_lead
from tests.admin.customers.counter import Counter, a_counter


@pytest.fixture
def counter(app, clock, signed_in, session, ann) -> Counter:
    """Ann at the counter with one customer: Clara primary, Otto too, and a billing address."""
    app.extensions["sawhorse_clock"] = clock
    return a_counter(signed_in, session, clock, ann)


@pytest.fixture
def lead(counter) -> Lead:
    """A new lead of that customer, with its project."""
    made = new_lead(
        counter.session, NewLead(counter.group_id, "Fell the ash"), counter.actor, counter.clock
    )
    counter.session.commit()
    return made
