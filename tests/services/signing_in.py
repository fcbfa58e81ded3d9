"""Who signs in, from where and when: what tests of sign-in, second step and passkeys share."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from admin_app.kernel.clock import FixedClock
from admin_app.services.passwords import Passwords
from admin_app.services.staff_sessions import Lifetimes, Visitor

QUICK = Passwords(1, 8)
"""A hash that takes its time is the point of it, but not here."""
LIFETIMES = Lifetimes(idle=timedelta(hours=12), whole=timedelta(days=14))
HERE = Visitor("203.0.113.7", "Firefox")
MORNING = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)

Transaction = Callable[[], AbstractContextManager[Session]]


def at(**later: float) -> FixedClock:
    """The clock that much after half past nine."""
    return FixedClock(MORNING + timedelta(**later))
