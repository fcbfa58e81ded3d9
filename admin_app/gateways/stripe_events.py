"""What a message of Stripe says, as values of ours; messages about anything else are read as saying nothing.

Kept apart from the requests (`gateways.stripe`): what knocks here was sent by a stranger whose signature held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from admin_app.gateways.stripe import id_of, instant_of, readable, told_of_intent, told_of_session
from admin_app.services.checkout.told import DisputeTold, EventTold, Outcome

Plain = Mapping[str, Any]


def read(event: Plain) -> EventTold:
    """The event by its type; its id and instant always."""
    at = instant_of(event) or datetime.now(UTC)
    bare = EventTold(str(event.get("id") or "")[:120], str(event.get("type") or "")[:80], at)
    data = event.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    reader = _READERS.get(bare.kind)
    return reader(bare, thing) if reader is not None and isinstance(thing, Mapping) else bare


def _session(bare: EventTold, session: Plain) -> EventTold:
    told = told_of_session(session)
    if bare.kind == "checkout.session.async_payment_failed":
        told = replace(told, outcome=Outcome.FAILED, problem="The bank did not carry out the payment")
    return replace(
        bare,
        told=replace(told, at=bare.at),
        checkout=_ours(session) or id_of(session.get("client_reference_id")),
        intent=told.intent,
    )


def _intent(bare: EventTold, intent: Plain) -> EventTold:
    told = told_of_intent(intent)
    return replace(bare, told=replace(told, at=bare.at), checkout=_ours(intent), intent=told.intent)


def _dispute(bare: EventTold, dispute: Plain) -> EventTold:
    word = bare.kind.removeprefix("charge.dispute.")
    status = dispute.get("status")
    told = DisputeTold(
        str(dispute.get("id") or "")[:120],
        int(dispute.get("amount") or 0),
        str(dispute.get("currency") or "").upper(),
        readable(str(dispute.get("reason") or "")).replace("_", " "),
        withdrawn=word == "funds_withdrawn",
        returned=word == "funds_reinstated",
        lost=word == "closed" and status == "lost",
        won=word == "closed" and status == "won",
    )
    return replace(bare, dispute=told, intent=id_of(dispute.get("payment_intent")))


def _paid_back(bare: EventTold, charge: Plain) -> EventTold:
    return replace(
        bare, intent=id_of(charge.get("payment_intent")), paid_back=int(charge.get("amount_refunded") or 0)
    )


def _refund(bare: EventTold, refund: Plain) -> EventTold:
    if refund.get("status") not in ("failed", "canceled"):
        return bare
    why = readable(str(refund.get("failure_reason") or "")).replace("_", " ") or "no reason was given"
    return replace(bare, intent=id_of(refund.get("payment_intent")), refund_problem=why)


def _ours(thing: Plain) -> str | None:
    """The public id of ours that was sent along."""
    kept = thing.get("metadata")
    return id_of(kept.get("checkout")) if isinstance(kept, Mapping) else None


_READERS: dict[str, Callable[[EventTold, Plain], EventTold]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session,
    "checkout.session.expired": _session,
    "payment_intent.succeeded": _intent,
    "payment_intent.payment_failed": _intent,
    "charge.dispute.created": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.refunded": _paid_back,
    "refund.failed": _refund,
    "refund.updated": _refund,
}
KINDS = tuple(_READERS)
"""The types of messages that mean something to us: what the provider is to bring."""
