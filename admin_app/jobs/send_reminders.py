"""The hourly climb of the ladders of reminders; each reminder is queued in a transaction of its own [101]."""

from __future__ import annotations

import logging

from admin_app.jobs.shift import Shift
from admin_app.kernel.errors import Refusal
from admin_app.services.messages.climb import due_reminders, remind

LOG = logging.getLogger("sawhorse.reminders")


def send_reminders(shift: Shift) -> None:
    """Queue what is due; where nobody can be told, that is said in the log and the others still go."""
    with shift.transaction() as session:
        due = due_reminders(session, shift.clock)
    for one in due:
        try:
            with shift.transaction() as session:
                remind(session, one, shift.clock)
        except Refusal as refusal:
            LOG.info("no reminder of %s %d: %s", one.ladder.value, one.record_id, refusal.sentence)
