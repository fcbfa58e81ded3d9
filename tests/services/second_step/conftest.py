"""Ann, whose second step is on."""

import pytest

from tests.services.second_step.person import Person


@pytest.fixture
def ann(transaction):
    return Person(transaction).switches_on()
