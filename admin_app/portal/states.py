"""What states are called to clients, each with its tone: green done, amber waits, red wrong, blue going, grey still.

Templates ask `state_of(record)` and hand the pair to the chip; what is derived (paid, overdue, expired) is derived here
from the ledger's words and the day, never stored.
"""

from __future__ import annotations

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

ESTIMATES: dict[EstimateState, State] = {
    EstimateState.SENT: ("Waits for your answer", "waits"),
    EstimateState.CHANGES_REQUESTED: ("We are changing it", "going"),
    EstimateState.CONFIRMED: ("Agreed", "done"),
    EstimateState.DECLINED: ("Declined", "still"),
    EstimateState.EXPIRED: ("Expired", "still"),
    EstimateState.SUPERSEDED: ("Superseded", "still"),
}
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
            return _of_estimate(record)
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


def _of_estimate(estimate: Estimate) -> State:
    is_over = estimate.expires_on is not None and estimate.expires_on < clock().today()
    if estimate.state is EstimateState.SENT and is_over:
        return ESTIMATES[EstimateState.EXPIRED]
    return ESTIMATES[estimate.state]


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
