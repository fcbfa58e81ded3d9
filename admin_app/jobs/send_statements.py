"""A month's statements go out: one customer a transaction, so that a worker that dies goes on where it was [90]."""

from __future__ import annotations

from datetime import date

from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import SYSTEM
from admin_app.services.month_statements import send_one, statements_due
from admin_app.storage.folder import FolderStorage


def send_statements(shift: Shift) -> None:
    """Send the statements of the month that the payload names to everybody who has none yet."""
    ends_on = date.fromisoformat(str(shift.payload["ends_on"]))
    storage = FolderStorage(shift.settings.files)
    with shift.transaction() as session:
        due = [
            one for one in statements_due(session, SYSTEM, ends_on) if one.message is None and one.reachable
        ]
    for one in due:
        with shift.transaction() as session:
            send_one(session, storage, one, ends_on, SYSTEM, shift.clock)
