"""An office with one brand, whose owner sits at the desk."""

from typing import Any

import pytest

from admin_app.models import (
    Brand,
    Company,
)
from tests.signing import a_user, sign_in_as


@pytest.fixture
def office(rows, client) -> Any:
    """Ashworth with one brand; ann sits at the desk."""
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", currency="GBP", email="office@ashworth.test"))
        session.add(Brand(name="Harbour", key="harbour", iban="GB33BUKB20201555555555", is_default=True))
        a_user(session)
    sign_in_as(client)
    return client
