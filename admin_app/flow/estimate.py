"""How an estimate moves: sent, answered, expired, revised [52-60, A58-A69, M14, M22, R33].

`revise` turns a revision into a superseded one, and a draft of the next takes its place; what was confirmed stays the
contract until the next revision is confirmed.  A draft that is discarded lets its predecessor return (`reinstate`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from admin_app.flow.machine import Event, Flow, Guard, Step
from admin_app.models import Estimate
from admin_app.models.estimate import EstimateState as S
from admin_app.policy import Permission as P


@dataclass(frozen=True, slots=True)
class EstimateFacts:
    """What an estimate alone cannot know; `override` is why staff confirm without signature or deposit [4.2]."""

    today: date
    signed: bool = False
    deposit_received: int = 0
    """Minor units received for the project and not paid back."""
    override: str = ""
    by_hand: bool = False
    """Handed over in person or passed over by a forced step: no mail, so no access is needed [D8]."""
    recipient_has_access: bool = True
    reason: str = ""
    contract_is_open: bool = True
    """The estimate that a change order adds to is confirmed."""


def _one_of_each_alternative(estimate: Estimate) -> bool:
    chosen: dict[str, int] = {}
    for line in estimate.lines:
        if line.alternative:
            chosen[line.alternative] = chosen.get(line.alternative, 0) + int(line.chosen)
    return all(count == 1 for count in chosen.values())


def _expired_sentence(estimate: Estimate, _facts: EstimateFacts) -> str:
    day = f"{estimate.expires_on:%-d %B %Y}" if estimate.expires_on else "the day it was valid until"
    return f"This estimate expired on {day}; revise it to send it again"


HAS_LINES = Guard(
    "has_lines",
    lambda e, f: any(line.counts for line in e.lines),
    "An estimate needs at least one line that counts",
    "lines",
    "Add a line",
)
NOT_NEGATIVE = Guard(
    "not_negative",
    lambda e, f: e.total >= 0 or e.change_of_id is not None,
    "This estimate comes to less than nothing",
    "lines",
    "Edit lines",
)
IN_TIME = Guard(
    "in_time",
    lambda e, f: e.expires_on is None or e.expires_on >= f.today,
    _expired_sentence,
    "lines",
    "Change the day",
)
PAST_ITS_DAY = Guard(
    "past_its_day",
    lambda e, f: e.expires_on is not None and e.expires_on < f.today,
    "It is still valid",
)
ACCESS_GRANTED = Guard(
    "access_granted",
    lambda e, f: f.by_hand or f.recipient_has_access,
    "The project is not open to this contact yet; grant access before sending what asks for an answer",
    "access",
    "Grant access",
)
CONTRACT_IS_OPEN = Guard(
    "contract_is_open",
    lambda e, f: e.change_of_id is None or f.contract_is_open,
    "The estimate that this change adds to is not confirmed",
    "base",
    "Open that estimate",
)
ONE_OF_EACH = Guard(
    "one_of_each",
    lambda e, f: _one_of_each_alternative(e),
    "Choose exactly one of each set of alternatives",
    "options",
    "Choose options",
)
IS_SIGNED = Guard(
    "is_signed",
    lambda e, f: not e.signature_required or f.signed or bool(f.override.strip()),
    "This estimate asks for a signature; record it, or say how the client agreed",
    "how",
    "Record signature",
)
DEPOSIT_IS_HERE = Guard(
    "deposit_is_here",
    lambda e, f: e.deposit == 0 or f.deposit_received >= e.deposit or bool(f.override.strip()),
    "The deposit has not arrived; record the payment, or say why the work goes ahead without it",
    "payment",
    "Record payment",
)
HAS_REASON = Guard(
    "has_reason", lambda e, f: bool(f.reason.strip()), "Say why, so that it can be learned from", "reason"
)
WAS_CONFIRMED = Guard("was_confirmed", lambda e, f: e.confirmed_on is not None, "It was never confirmed")
NEVER_CONFIRMED = Guard("never_confirmed", lambda e, f: e.confirmed_on is None, "It was confirmed")

ESTIMATE: Flow = Flow(
    "estimate",
    S,
    (
        # step       from            to       permission
        Step(
            "send",
            (S.DRAFT,),
            S.SENT,
            P.SALES_WRITE,
            (HAS_LINES, NOT_NEGATIVE, IN_TIME, CONTRACT_IS_OPEN, ACCESS_GRANTED),
            (Event("estimate_sent"),),
            label="Send estimate",
            by="send_estimate",
        ),
        Step(
            "request_changes",
            (S.SENT,),
            S.CHANGES_REQUESTED,
            P.ANSWER_ESTIMATE,
            (HAS_REASON,),
            (Event("estimate_changes_requested"),),
            label="Record a wish for changes",
            asks=("reason",),
            by="request_changes",
        ),
        Step(
            "confirm",
            (S.SENT,),
            S.CONFIRMED,
            P.ANSWER_ESTIMATE,
            (IN_TIME, CONTRACT_IS_OPEN, ONE_OF_EACH, IS_SIGNED, DEPOSIT_IS_HERE),
            (Event("estimate_confirmed"),),
            label="Confirm estimate",
            asks=("how",),
            by="confirm_estimate",
        ),
        Step(
            "decline",
            (S.SENT, S.CHANGES_REQUESTED),
            S.DECLINED,
            P.ANSWER_ESTIMATE,
            (HAS_REASON,),
            (Event("estimate_declined"),),
            label="Decline estimate",
            asks=("reason",),
            danger=True,
            by="decline_estimate",
        ),
        Step(
            "expire",
            (S.SENT, S.CHANGES_REQUESTED),
            S.EXPIRED,
            P.SALES_WRITE,
            (PAST_ITS_DAY,),
            (Event("estimate_expired"),),
            label="Expire estimate",
            offered=False,
        ),
        Step(
            "revise",
            (S.SENT, S.CHANGES_REQUESTED, S.CONFIRMED, S.DECLINED, S.EXPIRED),
            S.SUPERSEDED,
            P.SALES_WRITE,
            events=(Event("estimate_revised"),),
            label="Revise estimate",
            by="revise_estimate",
        ),
        Step("reinstate", (S.SUPERSEDED,), S.CONFIRMED, P.SALES_WRITE, (WAS_CONFIRMED,), offered=False),
        Step("reinstate", (S.SUPERSEDED,), S.SENT, P.SALES_WRITE, (NEVER_CONFIRMED,), offered=False),
    ),
)
