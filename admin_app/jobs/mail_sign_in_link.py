"""A client asked for a link to sign in: whether there is such a client is looked up here, not at the door.

So the page that was asked does the same for everybody, and its time tells nothing (security.md, "Signing in").
"""

from __future__ import annotations

from admin_app.jobs.shift import Shift
from admin_app.services.portal.sign_in import send_link


def mail_sign_in_link(shift: Shift) -> None:
    """Mail the link that was asked for; done twice it is another link, and the first one no longer works."""
    wish = shift.payload
    with shift.transaction() as session:
        send_link(
            session, str(wish["name"]), wish.get("group_id"), str(wish.get("wanted") or ""), shift.clock
        )
