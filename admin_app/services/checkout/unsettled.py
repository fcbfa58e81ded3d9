"""Attempts of which nobody has told us how they ended: the program itself asks [M31].

A request may die between writing the attempt and keeping the provider's page, a message may get lost: whatever is still
under way is asked after, soon at first and then less often, until it is paid, left or declined.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Brand, Checkout, CheckoutState
from admin_app.money.ledger import lock_customer
from admin_app.services.checkout.at_once import is_a_page

LEAST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """One attempt to ask after: whose account, and what the provider calls its page, if we know it."""

    checkout_id: int
    stripe_key: str
    session: str | None


def unsettled(session: Session, clock: Clock, limit: int = 50) -> list[int]:
    """The ids of attempts at a page that are due to be asked after, the longest waiting first."""
    query = (
        select(Checkout.id)
        .where(
            Checkout.state.in_(CheckoutState.under_way()),
            Checkout.next_try_at <= clock.now(),
            is_a_page(),
        )
        .order_by(Checkout.next_try_at, Checkout.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def take_to_ask(session: Session, checkout_id: int, clock: Clock) -> Asked | None:
    """Take one attempt for this worker; None where another was faster or the brand's key is gone."""
    checkout = session.scalar(
        select(Checkout)
        .where(Checkout.id == checkout_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    now = clock.now()
    if checkout is None or checkout.state not in CheckoutState.under_way():
        return None
    if (checkout.next_try_at or now) > now:
        return None
    checkout.next_try_at = now + max(LEAST_WAIT, (now - checkout.started_at) / 2)
    session.flush()  # the lease is committed before the provider is asked
    key = session.scalar(select(Brand.stripe_key).where(Brand.id == checkout.brand_id))
    return Asked(checkout.id, key, checkout.provider_session) if key else None


def page_is_refused(session: Session, checkout: Checkout, why: str, clock: Clock) -> None:
    """The provider would not open a page: the attempt ends, and the client may try again."""
    lock_customer(session, checkout.group_id)
    if checkout.state is CheckoutState.STARTED:
        checkout.state, checkout.problem = CheckoutState.FAILED, why[:400]
        checkout.next_try_at, checkout.settled_at = None, clock.now()
        session.flush()
