"""Keeps the totals of the figures: what changed, each minute; each night a comparison to the last cent [L1]."""

from __future__ import annotations

import logging

from admin_app.jobs.shift import Shift
from admin_app.models.base import OfficeSession
from reports.engine.keep_totals import flush
from reports.engine.tie_out import differences, note

LOG = logging.getLogger("sawhorse.worker")


def keep_totals(shift: Shift) -> None:
    """Work out anew what is marked as behind; all of it the first time and after a large import."""
    with shift.transaction() as session:
        flush(session, shift.clock, session.commit)


def tie_totals_out(shift: Shift) -> None:
    """Compare kept totals with documents and journal, and write down what differs; nobody waits while it reads."""
    keep_totals(shift)
    with OfficeSession(shift.engine) as session:
        found = differences(session)
    for one in found:
        LOG.warning("figures: %s", one.sentence)
    with shift.transaction() as session:
        note(session, found, shift.clock)
