"""What states are called to clients, each with its tone: green done, amber waits, red wrong, blue going, grey still.

Templates ask `state_of(record)` and hand the pair to the chip; what is derived (paid, overdue, expired, signed) is
derived here from the ledger's words, the signatures and the day, never stored.
"""

from __future__ import annotations

import enum
from typing import Any

from admin_app.models import (
    ClientAnswer,
    Estimate,
    EstimateState,
    Event,
    EventState,
    Invoice,
    Lead,
    LeadState,
    Service,
    ServiceState,
    Standing,
    WorkOrder,
    WorkOrderState,
)
from admin_app.web.company import clock

State = tuple[str, str]
"""The word, and the tone of its chip."""


class Answer(enum.StrEnum):
    """How far the answer to a proposal is, as its client sees it."""

    WAITS = "waits"
    SIGNED = "signed"
    """It waits for its deposit."""
    CHANGING = "changing"
    AGREED = "agreed"
    DECLINED = "declined"
    EXPIRED = "expired"
    """By its state, or by the day while the night has not come."""
    REPLACED = "replaced"
    SIGNED_THEN_REPLACED = "signed then replaced"


PROPOSALS: dict[Answer, State] = {
    Answer.WAITS: ("Waits for your answer", "waits"),
    Answer.SIGNED: ("Signed, deposit open", "waits"),
    Answer.CHANGING: ("We are changing it", "going"),
    Answer.AGREED: ("Agreed", "done"),
    Answer.DECLINED: ("Declined", "still"),
    Answer.EXPIRED: ("Expired", "still"),
    Answer.REPLACED: ("Replaced", "still"),
    Answer.SIGNED_THEN_REPLACED: ("Signed, then replaced", "still"),
}
_ANSWERS = {
    EstimateState.SENT: Answer.WAITS,
    EstimateState.CHANGES_REQUESTED: Answer.CHANGING,
    EstimateState.CONFIRMED: Answer.AGREED,
    EstimateState.DECLINED: Answer.DECLINED,
    EstimateState.EXPIRED: Answer.EXPIRED,
    EstimateState.SUPERSEDED: Answer.REPLACED,
}
"""The answer that a stored state says, where neither a signature nor the day says more."""
INVOICES: dict[Standing, State] = {
    Standing.OPEN: ("To pay", "waits"),
    Standing.PARTLY_PAID: ("Partly paid", "waits"),
    Standing.OVERDUE: ("Overdue", "wrong"),
    Standing.PAID: ("Paid", "done"),
    Standing.CREDITED: ("Credited", "done"),
    Standing.PARTLY_CREDITED: ("Partly credited", "waits"),
    Standing.WRITTEN_OFF: ("Settled", "done"),
    Standing.VOID: ("Cancelled", "still"),
    Standing.DRAFT: ("Draft", "still"),
}
JOBS: dict[WorkOrderState, State] = {
    WorkOrderState.NEW: ("To be planned", "still"),
    WorkOrderState.SCHEDULED: ("Scheduled", "going"),
    WorkOrderState.IN_PROGRESS: ("In progress", "going"),
    WorkOrderState.FINISHED: ("Finished", "done"),
    WorkOrderState.COMPLETED: ("Completed", "done"),
    WorkOrderState.CANCELLED: ("Cancelled", "still"),
}
SERVICES: dict[ServiceState, State] = {
    ServiceState.OPEN: ("To do", "still"),
    ServiceState.IN_PROGRESS: ("In progress", "going"),
    ServiceState.COMPLETED: ("Completed", "done"),
    ServiceState.CANCELLED: ("Cancelled", "still"),
}
REQUESTS: dict[LeadState, State] = {
    LeadState.FOR_APPROVAL: ("Requested", "waits"),
    LeadState.NEW: ("We are looking at it", "going"),
    LeadState.CUSTOM: ("We are looking at it", "going"),
    LeadState.POSTPONED: ("We come back to it", "still"),
    LeadState.ESTIMATED: ("Proposal made", "done"),
    LeadState.DECLINED: ("Declined", "still"),
}


def state_of(record: Any) -> State:
    """The word and tone of a record's state as its client reads it; raises KeyError for what has no such state."""
    match record:
        case Estimate():
            return PROPOSALS[answer_of(record)]
        case Invoice():
            return INVOICES[record.standing(clock().today())]
        case WorkOrder():
            return JOBS[record.state]
        case Service():
            return SERVICES[record.state]
        case Lead():
            return REQUESTS[record.state]
        case Event():
            return _of_appointment(record)
    raise KeyError(type(record).__name__)


def answer_of(estimate: Estimate) -> Answer:
    """How far the answer to a proposal is; lists load its signatures with it.  Raises KeyError for a draft."""
    said = _ANSWERS[estimate.state]
    if estimate.signatures:
        return {Answer.WAITS: Answer.SIGNED, Answer.REPLACED: Answer.SIGNED_THEN_REPLACED}.get(said, said)
    is_over = estimate.expires_on is not None and estimate.expires_on < clock().today()
    return Answer.EXPIRED if said is Answer.WAITS and is_over else said


def _of_appointment(event: Event) -> State:
    if event.state is EventState.CANCELLED:
        return "Called off", "still"
    if event.state is EventState.DONE or (event.ends_at or event.starts_at) <= clock().now():
        return "Past", "still"
    if event.client_answer is ClientAnswer.CONFIRMED:
        return "Confirmed", "done"
    if event.client_answer is ClientAnswer.MOVE:
        return "You asked to move it", "waits"
    return "Planned", "going"
