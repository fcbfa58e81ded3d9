"""Every minute: the reminders of tasks whose moment has come [96]."""

from __future__ import annotations

from admin_app.jobs.shift import Shift
from admin_app.services.remind_of_tasks import AT_A_TIME, remind_of_tasks


def remind_those_who_have_tasks(shift: Shift) -> None:
    """Queue the mails that are due, a transaction for each 200 tasks."""
    while True:
        with shift.transaction() as session:
            seen = remind_of_tasks(session, shift.clock, AT_A_TIME, shift.settings.public_url)
        if seen < AT_A_TIME:
            return
