"""A month is closed: nothing can be booked on or before its last day any more [M34, 91]."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Company


def lock_books(session: Session, until: date, actor: Actor, clock: Clock) -> Company:
    """Lock the books up to and with `until`; raises Invalid for a day that is not over, Unmet where they are already.

    Unlocking is a setting of the company, for whoever has the same right.
    """
    policy.demand(actor, policy.Permission.PERIOD_LOCK)
    company = session.scalars(
        select(Company).with_for_update().execution_options(populate_existing=True)
    ).one()
    if until >= clock.today():
        raise Invalid("A month is closed when it is over", {"month": "This month is not over yet"})
    if company.locked_until is not None and company.locked_until >= until:
        raise Unmet(f"The books are locked until {company.locked_until:%-d %B %Y} already")
    company.locked_until = until
    session.flush()
    return company
