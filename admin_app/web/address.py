"""Under which address this installation is found from outside.

For what somebody copies off a page: where no public address is configured, the address that they typed will do.  What
goes into a mail is never built from a request; that is `services/portal/address.py` (security.md, "Links in mails").
"""

from __future__ import annotations

from flask import request

from admin_app.web.login import settings


def public_address() -> str:
    """The configured public address, else the one that was asked; without a slash at its end."""
    return settings().public_url or request.host_url.rstrip("/")
