"""The company hears at its own address that somebody changed where its money goes.

Whoever sits at the desk may not be the one who should.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Company
from admin_app.services.queue_mail import queue_mail


def tell_company_of_change(session: Session, what: str, of: str, actor: Actor, clock: Clock) -> None:
    """Mail that `actor` changed `what` ("bank details") of a brand; nothing where the company has no address."""
    address = session.scalar(select(Company.email))
    if not address:
        return
    queue_mail(
        session,
        address,
        f"The {what} of {of} were changed",
        f"{actor.name} changed the {what} of {of}.\n\n"
        "If nobody of you meant this, change them back and choose new passwords.\n",
        clock,
    )
