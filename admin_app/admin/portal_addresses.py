"""The addresses of the portal as the desk shows and copies them [W21, W22, E12, E13].

The public address of the installation, else the one under which the desk itself is open.
"""

from __future__ import annotations

from flask import request

from admin_app.models import CustomerGroup, DocumentLink
from admin_app.services.portal.links import token_of
from admin_app.web.login import settings


def portal_home(group: CustomerGroup | None = None) -> str:
    """Where clients sign in: everybody's address, or a customer's own, by identifier or else by public id [E12]."""
    own = (group.portal_identifier or group.public_id) if group is not None else None
    return f"{_base()}/portal/{own}/" if own else f"{_base()}/portal/"


def document_address(link: DocumentLink) -> str:
    """What a document link is copied as."""
    return f"{_base()}/portal/d/{token_of(settings().secret_key, link)}/"


def _base() -> str:
    return settings().public_url or request.host_url.rstrip("/")
