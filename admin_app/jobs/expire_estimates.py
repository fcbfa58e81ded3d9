"""The nightly round of the estimates: what nobody answered in time has run out [53]."""

from __future__ import annotations

from admin_app.jobs.shift import Shift
from admin_app.services.expire_estimates import AT_A_TIME, expire_estimates


def let_estimates_expire(shift: Shift) -> None:
    """Let all run out whose day has passed, a transaction for each 200 of them."""
    while True:
        with shift.transaction() as session:
            expired = expire_estimates(session, shift.clock, AT_A_TIME)
        if expired < AT_A_TIME:
            return
