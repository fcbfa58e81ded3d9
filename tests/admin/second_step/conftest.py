"""Ann at her desk on a morning that stands still, for the pages of her second step."""

import pytest
import time_machine

from admin_app.models import Company
from tests.signing import a_user, sign_in_as

AT = "2026-03-17 09:30:00Z"


@pytest.fixture(autouse=True)
def morning():
    """The application runs on the machine's clock, which stands still here."""
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ann(rows):
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", email="office@ashworth.test"))
        return a_user(session)


@pytest.fixture
def desk(client, ann):
    """Ann at her desk; `desk.app` is what stands in her phone once it is set up."""
    sign_in_as(client, ann)
    return client
