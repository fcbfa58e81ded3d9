"""What a client answers to a proposal in the portal: signed, declined, or wanted otherwise [54-57, 60, E4, M14, M22].

A signature is bound to the frozen paper that was on the screen.  Where a deposit is demanded, the signature is kept
first and the proposal is confirmed when the money has come [56].  One call::

    sign_proposal(session, estimate, Hand("Clara Client", seen=sha256, agreed=True), actor, clock)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.flow import ESTIMATE
from admin_app.kernel.actor import SYSTEM, Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.models import Estimate, EstimateState, Signature, SignedBy
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand_for
from admin_app.services.answer_estimate import (
    Signed,
    confirm_estimate,
    decline_estimate,
    record_signature,
    request_changes,
)
from admin_app.services.contract_chain import refuse_what_cannot_be_agreed
from admin_app.services.facts import Said, facts_of, received_for
from admin_app.services.messages.about import word_of
from admin_app.services.messages.threads import thread_of
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.portal.signing import use_code
from admin_app.services.portal.write_message import LONGEST_KEY, LONGEST_WORDS, keep_words

CONSENT = "I agree to this proposal as it stands here, with its prices and terms, and sign it electronically."
"""What the signer ticks; kept word for word with the signature."""
CHANGED = "This proposal changed since you opened it. Read it once more, then sign"


@dataclass(frozen=True, slots=True)
class Hand:
    """How somebody signs: the name as typed, the drawing's key in the store, and what was known of the moment.

    `seen` is the hash of the paper on the screen; `code_id` a checked code, which a link asks for; `agreed` the tick
    at the sentence of consent; `address` and `agent` of the browser.
    """

    signer: str
    seen: str
    agreed: bool
    drawing_key: str | None = None
    code_id: int | None = None
    address: str = ""
    agent: str = ""


def sign_proposal(session: Session, estimate: Estimate, hand: Hand, actor: Actor, clock: Clock) -> bool:
    """Keep the signature and confirm, or wait for the deposit; whether it is confirmed.

    Of two devices at once the second finds it signed.  Raises NotFound to whom it is not for, Invalid without name or
    tick, Conflict for another paper than that on the screen, Unmet with what is in the way.
    """
    demand_for(actor, Permission.ANSWER_ESTIMATE, estimate)
    lock_customer(session, estimate.group_id)
    session.refresh(estimate)
    _refuse_signed(session, estimate)
    _refuse_closed(session, estimate, clock)
    if not hand.agreed:
        raise Invalid("Without your agreement there is no signature", {"agreed": "Tick it if you agree"})
    frozen = snapshot_of(session, estimate)
    if frozen is not None and frozen.sha256 != hand.seen:
        raise Conflict(CHANGED)
    record_signature(session, estimate, _signed(session, estimate, hand, actor, clock), actor, clock)
    session.flush()
    if not deposit_is_here(session, estimate):
        refuse_what_cannot_be_agreed(session, estimate)
        return False
    confirm_estimate(session, estimate, actor, clock)
    return True


def confirm_when_paid(session: Session, estimate: Estimate, clock: Clock) -> bool:
    """Confirm a proposal that was signed and waited for its deposit; whether it is confirmed now.

    False, and nothing changes, while the deposit has not come, without a signature, and where something else came
    between (it expired, it was revised): the money stays with the project, and the desk decides.
    """
    lock_customer(session, estimate.group_id)
    session.refresh(estimate)
    if estimate.state is EstimateState.CONFIRMED:
        return True
    if signature_of(session, estimate) is None or not deposit_is_here(session, estimate):
        return False
    try:
        with session.begin_nested():
            confirm_estimate(session, estimate, SYSTEM, clock)
    except Unmet:
        session.refresh(estimate)
        return False
    return True


def decline_proposal(session: Session, estimate: Estimate, actor: Actor, clock: Clock, reason: str) -> None:
    """The client says no and why; the reason stands in the thread as well.  Raises Invalid without one [A55]."""
    if not reason.strip():
        raise Invalid("Say in a few words why", {"reason": "A few words help us"})
    demand_for(actor, Permission.ANSWER_ESTIMATE, estimate)
    lock_customer(session, estimate.group_id)
    _refuse_signed(session, estimate)
    decline_estimate(session, estimate, actor, clock, reason)
    _say(session, estimate, f"I decline this proposal: {estimate.declined_reason}", actor, clock)


def ask_for_changes(session: Session, estimate: Estimate, actor: Actor, clock: Clock, wish: str) -> None:
    """The client wants it otherwise; the words stand on the estimate and in its thread [55].  Raises Invalid."""
    if not wish.strip():
        raise Invalid("Say what should be different", {"wish": "Say what should be different"})
    demand_for(actor, Permission.ANSWER_ESTIMATE, estimate)
    lock_customer(session, estimate.group_id)
    _refuse_signed(session, estimate)
    request_changes(session, estimate, actor, clock, wish)
    _say(session, estimate, estimate.client_comment or wish, actor, clock)


def signature_of(session: Session, estimate: Estimate) -> Signature | None:
    """The signature under this revision, if it bears one."""
    return session.scalar(
        select(Signature).where(Signature.estimate_id == estimate.id).order_by(Signature.id.desc()).limit(1)
    )


def deposit_is_here(session: Session, estimate: Estimate) -> bool:
    """Whether what is demanded at acceptance was received for the project [56, M22]."""
    return received_for(session, estimate.project_id, estimate.currency) >= estimate.deposit


def _say(session: Session, estimate: Estimate, words: str, actor: Actor, clock: Clock) -> None:
    """What goes with an answer stands in the thread too, whether or not messages are switched on; once an answer."""
    key = f"{estimate.state.value}-{estimate.public_id}"
    keep_words(
        session, thread_of(session, estimate), words[:LONGEST_WORDS], (), actor, clock, key[:LONGEST_KEY]
    )


def _refuse_signed(session: Session, estimate: Estimate) -> None:
    known = signature_of(session, estimate)
    if known is not None:
        raise Unmet(
            f"{known.signer} signed this proposal on {known.signed_at:%-d %B %Y}; call us if something is to change"
        )


def _refuse_closed(session: Session, estimate: Estimate, clock: Clock) -> None:
    """Everything that stands in the way of a yes but signature and deposit, which are what this is about."""
    facts = facts_of(session, estimate, clock, Said())
    ESTIMATE.demand(
        "confirm", estimate, replace(facts, signed=True, deposit_received=max(estimate.deposit, 0))
    )


def _signed(session: Session, estimate: Estimate, hand: Hand, actor: Actor, clock: Clock) -> Signed:
    scope = actor.client
    by_link = scope is not None and scope.document is not None
    if by_link and hand.code_id is None:
        raise Invalid("A signature by link needs the code that we send", {"code": "Type the code"})
    evidence: dict[str, Any] = {
        "at": clock.now().isoformat(),
        "way": f"document link of a {word_of(estimate)}" if by_link else "portal account",
        "link": scope.link_id if scope is not None else None,
        "address": hand.address[:64],
        "agent": hand.agent[:200],
        "code_sent_to": use_code(session, hand.code_id, clock) if hand.code_id is not None else None,
        "drawn": hand.drawing_key is not None,
        "consent": CONSENT,
        "content_hash": hand.seen,
        "options": [line.description for line in estimate.lines if line.optional and line.chosen],
        "total": estimate.total,
        "currency": estimate.currency,
    }
    return Signed(
        hand.signer,
        scope.contact_id if scope is not None else None,
        SignedBy.PORTAL,
        f"{'document link' if by_link else 'portal account'} of {actor.name}"[:200],
        hand.drawing_key,
        evidence,
    )
