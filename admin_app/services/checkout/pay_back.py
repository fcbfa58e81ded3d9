"""Money that staff pay back of a card payment goes back through the provider: a job, retried, in sight [M28, M29].

The refund is in the books when the staff press; the provider is asked under the refund's own key, so that it pays back
once however often it is asked.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Checkout, Payment, PaymentWay, Refund
from admin_app.models.running import Job
from admin_app.services.checkout.office import ask_the_office
from admin_app.services.facts import Said
from admin_app.services.queue_job import queue_job

PAY_BACK = "pay back at the card provider"
"""The job that sends one refund."""


class Sending(enum.StrEnum):
    """Where a refund at the provider stands."""

    WAITING = "waits to be sent"
    TRIED = "tried, and tried again later"
    SENT = "sent back by the provider"
    FAILED = "not sent; look at it"


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """How far a refund has come, and what the provider said last."""

    state: Sending
    said: str = ""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What the provider is asked for: whose account, which payment, how much, under which key."""

    brand_id: int
    intent: str
    amount: int
    key: str


def send_back(session: Session, refund: Refund, actor: Actor, clock: Clock, _said: Said) -> None:
    """The reaction to a refund that staff booked: what came by the provider goes back by it.

    What the program books by itself is what the provider did already (a dispute); cash and transfers are paid by hand.
    """
    payment = refund.payment
    if (
        not actor.is_staff
        or payment is None
        or payment.provider is None
        or refund.method is not PaymentWay.CARD
    ):
        return
    if _checkout_of(session, payment) is None:
        return  # it moved in from elsewhere: nobody here knows its account
    queue_job(session, PAY_BACK, _key(refund), {"refund": refund.id}, clock.now())


def refund_order(session: Session, refund_id: int) -> RefundOrder | None:
    """What is asked for a refund; None where its payment did not come through a provider."""
    refund = session.get_one(Refund, refund_id)
    payment = refund.payment
    checkout = _checkout_of(session, payment) if payment is not None else None
    if payment is None or payment.provider_reference is None or checkout is None:
        return None
    return RefundOrder(checkout.brand_id, payment.provider_reference, refund.amount, _key(refund))


def refund_was_refused(session: Session, refund_id: int, why: str, clock: Clock) -> None:
    """The provider will not do it: the books say that it went back, so a person must see to it."""
    refund = session.get_one(Refund, refund_id)
    project_id = refund.payment.project_id if refund.payment is not None else None
    ask_the_office(
        session,
        refund.group_id,
        project_id,
        f"Refund {refund.number} did not go back by card",
        f"{why} Pay it back another way, or at the provider by hand.",
        clock,
    )


def how_they_go(session: Session, refunds: Iterable[Refund]) -> dict[int, OnItsWay]:
    """Where refunds at the provider stand, by id; one that goes by hand, or went a month ago, is not among them."""
    named = {_key(refund): refund.id for refund in refunds}
    jobs = session.scalars(select(Job).where(Job.key.in_(named)))
    return {named[job.key]: _standing(job) for job in jobs}


def _standing(job: Job) -> OnItsWay:
    if job.done_at is not None:
        return OnItsWay(Sending.FAILED if job.last_error else Sending.SENT, job.last_error or "")
    return OnItsWay(Sending.TRIED if job.last_error else Sending.WAITING, job.last_error or "")


def _checkout_of(session: Session, payment: Payment) -> Checkout | None:
    return session.scalar(select(Checkout).where(Checkout.payment_id == payment.id).limit(1))


def _key(refund: Refund) -> str:
    return f"refund-{refund.public_id}"
