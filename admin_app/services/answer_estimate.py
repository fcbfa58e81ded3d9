"""What the client says to an estimate: yes, no, or not like this [A58, A69, 55-57, 60, M14, M22]."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import (
    Estimate,
    Project,
    Signature,
    SignedBy,
)
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand_for
from admin_app.services.contract_chain import refuse_what_cannot_be_agreed
from admin_app.services.facts import Said
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.send_estimate import takes_part
from admin_app.services.take import move, open_step

LONGEST_REASON = 400
LONGEST_COMMENT = 20_000
LONGEST_NAME = 160


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed; `path` says how the signature came to us, on paper the member of staff who took it.

    `drawing_key` is the store's key of a drawn signature, `evidence` what was known at that moment [54].
    """

    signer: str
    contact_id: int | None = None
    way: SignedBy = SignedBy.PAPER
    path: str = ""
    drawing_key: str | None = None
    evidence: dict[str, Any] | None = None


def confirm_estimate(
    session: Session,
    estimate: Estimate,
    actor: Actor,
    clock: Clock,
    said: Said | None = None,
    signature: Signed | None = None,
) -> Estimate:
    """The client agrees: from now on this revision is the contract, or its change order a part of it [M14, M15].

    `said.how` is how the client agreed, or why the work goes ahead without signature or deposit; `said.comment` what
    the client said.  The win is the estimator's of this moment.  Raises Unmet with what is in the way; a second click
    finds it confirmed.
    """
    said = said or Said()
    how = _text(said.how, LONGEST_REASON, "how")
    comment = _text(said.comment, LONGEST_COMMENT, "comment")
    said = replace(said, how=how, comment=comment)
    if signature is not None:
        demand_for(actor, Permission.ANSWER_ESTIMATE, estimate)
        lock_customer(session, estimate.group_id)  # nobody chooses other options while it is signed
        signed = record_signature(session, estimate, signature, actor, clock)
        how = how or signed
    step = open_step(session, estimate, "confirm", actor, clock, said)
    refuse_what_cannot_be_agreed(session, estimate)
    estimate.confirmed_on = clock.today()
    estimate.answered_at = clock.now()
    estimate.confirmed_how = how or None
    estimate.client_comment = comment or None
    estimate.won_by_id = session.scalar(select(Project.estimator_id).where(Project.id == estimate.project_id))
    move(session, estimate, step, actor, clock, said)
    return estimate


def request_changes(session: Session, estimate: Estimate, actor: Actor, clock: Clock, wish: str) -> Estimate:
    """The client wants it otherwise; `wish` is what they said.  Raises Unmet without one [55]."""
    comment = _text(wish, LONGEST_COMMENT, "reason")
    said = Said(reason=comment)
    step = open_step(session, estimate, "request_changes", actor, clock, said)
    estimate.answered_at = clock.now()
    estimate.client_comment = comment
    move(session, estimate, step, actor, clock, said)
    return estimate


def decline_estimate(
    session: Session, estimate: Estimate, actor: Actor, clock: Clock, reason: str
) -> Estimate:
    """The client says no, and why.  Raises Unmet without a reason [A55]."""
    why = _text(reason, LONGEST_REASON, "reason")
    said = Said(reason=why)
    step = open_step(session, estimate, "decline", actor, clock, said)
    estimate.answered_at = clock.now()
    estimate.declined_reason = why
    move(session, estimate, step, actor, clock, said)
    return estimate


def record_signature(session: Session, estimate: Estimate, signed: Signed, actor: Actor, clock: Clock) -> str:
    """Bind a signature to the frozen paper of this revision and no other; gives the words for it [M14, L9].

    Raises Unmet where nothing was frozen, Invalid without a name, NotFound for somebody else's contact.
    """
    signer = _text(signed.signer, LONGEST_NAME, "signer")
    if not signer:
        raise Invalid("Whose signature is it?", {"signer": "The name as signed is missing"})
    if signed.contact_id is not None and not takes_part(session, estimate, signed.contact_id):
        raise NotFound("This contact does not belong to the customer or the project")
    frozen = snapshot_of(session, estimate)
    if frozen is None:
        raise Unmet(
            "This estimate was never sent, so there is no paper that could be signed; say how the client agreed instead"
        )
    session.add(
        Signature(
            estimate_id=estimate.id,
            signer=signer,
            contact_id=signed.contact_id,
            signed_at=clock.now(),
            way=signed.way,
            path=signed.path or actor.name,
            content_hash=frozen.sha256,
            drawing_key=signed.drawing_key,
            evidence=signed.evidence,
        )
    )
    return f"Signed on paper by {signer}" if signed.way is SignedBy.PAPER else ""


def _text(typed: str, longest: int, field: str) -> str:
    """What was said, as both databases can keep it; raises Invalid by the name of the field."""
    try:
        return clean_text(typed, longest, multiline=True)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {field: refusal.sentence}) from None
