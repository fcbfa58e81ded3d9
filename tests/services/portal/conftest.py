"""The office of the messages, found from outside and with its portal switched on."""

from __future__ import annotations

import pytest

from admin_app.services.portal.address import Doorstep
from tests.services.messages.conftest import Office, office

__all__ = ["BASE", "SECRET", "office", "open_portal"]

BASE, SECRET = "https://office.example.com", "a key that only tests use, never an office"


@pytest.fixture
def open_portal(session, office: Office) -> Office:
    """The portal is on for everybody, and this installation is found at office.example.com."""
    office.company.portal_enabled_default = True
    session.info["doorstep"] = Doorstep(BASE, SECRET)
    session.flush()
    return office
