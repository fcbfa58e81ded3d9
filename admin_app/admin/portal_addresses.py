"""The addresses of the portal as the desk shows and copies them [W21, W22, E12, E13].

The public address of the installation, else the one under which the desk itself is open.
"""

from __future__ import annotations

from admin_app.models import CustomerGroup, DocumentLink
from admin_app.services.portal.address import Doorstep
from admin_app.web.address import public_address
from admin_app.web.login import settings


def portal_home(group: CustomerGroup | None = None) -> str:
    """Where clients sign in: everybody's address, or a customer's own, by identifier or else by public id [E12]."""
    return _doorstep().home((group.portal_identifier or group.public_id) if group is not None else None)


def document_address(link: DocumentLink) -> str:
    """What a document link is copied as."""
    return _doorstep().link(link)


def invitation_to_hand_over(token: str) -> str:
    """What an invitation is copied as."""
    return _doorstep().invitation(token)


def _doorstep() -> Doorstep:
    return Doorstep(public_address(), settings().secret_key)
