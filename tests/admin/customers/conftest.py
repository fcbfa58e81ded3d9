"""Fixtures of the tests of the customers' pages."""

import pytest

from tests.admin.customers.counter import Counter, a_counter


@pytest.fixture
def counter(signed_in, session, clock, ann) -> Counter:
    """Ann at the counter with one customer: Clara primary, Otto too, and a billing address."""
    return a_counter(signed_in, session, clock, ann)
