"""The nightly round of the service plans: every period that has begun and is not billed gets its bill [139, M40]."""

from __future__ import annotations

import logging

from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import SYSTEM
from admin_app.services.bill_plans import BilledPlans, bill_one, due_subscriptions

LOG = logging.getLogger("sawhorse.plans")


def bill_service_plans(shift: Shift) -> None:
    """Bill one subscription after the other, a transaction each; what cannot be billed is told to the log and left."""
    last, done = 0, BilledPlans()
    while True:
        with shift.transaction() as session:
            due = due_subscriptions(session, shift.clock.today(), after=last)
        for subscription_id in due:
            with shift.transaction() as session:
                bill_one(session, subscription_id, SYSTEM, shift.clock, done)
            last = subscription_id
        if not due:
            break
    for subscription_id, sentence in done.refusals.items():
        LOG.warning("subscription %s is not billed: %s", subscription_id, sentence)
