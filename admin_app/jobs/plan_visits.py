"""The nightly round of recurring visits: what plans foresee within sixty days stands in the calendar [96]."""

from __future__ import annotations

import logging

from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.errors import Refusal
from admin_app.models import Subscription
from admin_app.services.plan_visits import plan_visits, subscriptions_with_visits

LOG = logging.getLogger("sawhorse.visits")


def plan_recurring_visits(shift: Shift) -> None:
    """One subscription after the other, a transaction each; what is refused is told to the log and left."""
    last = 0
    while True:
        with shift.transaction() as session:
            waiting = subscriptions_with_visits(session, shift.clock.now(), after=last)
        for subscription_id in waiting:
            last = subscription_id
            try:
                with shift.transaction() as session:
                    subscription = session.get(Subscription, subscription_id)
                    if subscription is not None:
                        plan_visits(session, subscription, SYSTEM, shift.clock)
            except Refusal as refusal:
                LOG.warning(
                    "visits of subscription %s are not planned: %s", subscription_id, refusal.sentence
                )
        if not waiting:
            return
