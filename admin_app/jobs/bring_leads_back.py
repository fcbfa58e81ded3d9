"""The nightly round of the leads: whoever was put off until today is on the list again [A49]."""

from __future__ import annotations

from admin_app.jobs.shift import Shift
from admin_app.services.leads_come_back import AT_A_TIME, leads_come_back


def bring_leads_back(shift: Shift) -> None:
    """Bring all due leads back, a transaction for each 200 of them."""
    while True:
        with shift.transaction() as session:
            came = leads_come_back(session, shift.clock, AT_A_TIME)
        if came < AT_A_TIME:
            return
