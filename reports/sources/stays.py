"""How long documents stay in their states: one row a stay, from the history of what moved when [L12, M38].

The last states of the way (declined, confirmed, completed, …) are no stays: nothing follows them.  A document whose
beginning the history does not know has one stay: where it stands, since then.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import String, case, cast, func, literal, select

from admin_app.models import (
    AuditEntry,
    Change,
    Estimate,
    EstimateState,
    Lead,
    LeadState,
    WorkOrder,
    WorkOrderState,
)
from reports.sources.base import Part, Source, part
from reports.sources.billing import brand_of
from reports.sources.local_day import before_end_of, days_between, local_day

PASSING: dict[type[Any], tuple[str, tuple[Any, ...]]] = {
    Lead: (
        "lead",
        (LeadState.DRAFT, LeadState.FOR_APPROVAL, LeadState.NEW, LeadState.CUSTOM, LeadState.POSTPONED),
    ),
    Estimate: ("estimate", (EstimateState.DRAFT, EstimateState.SENT, EstimateState.CHANGES_REQUESTED)),
    WorkOrder: (
        "workorder",
        (
            WorkOrderState.NEW,
            WorkOrderState.SCHEDULED,
            WorkOrderState.IN_PROGRESS,
            WorkOrderState.FINISHED,
        ),
    ),
}
"""Document → its word, and the states that something follows."""
RUNNING, LEFT = "running", "left"
"""Whether the document still stands there; the `reason` of a stay."""


def _recorded(kind: Any, as_of: date) -> Part:
    """The stays of one kind of document that its history tells of."""
    word, states = PASSING[kind]
    state = AuditEntry.after["state"].as_string()
    moves = (
        select(
            AuditEntry.id,
            AuditEntry.entity_id,
            AuditEntry.group_id,
            AuditEntry.name,
            AuditEntry.at,
            state.label("state"),
            func.lead(AuditEntry.at)
            .over(partition_by=AuditEntry.entity_id, order_by=AuditEntry.id)
            .label("left_at"),
        )
        .where(
            AuditEntry.entity == kind.__name__,
            AuditEntry.change != Change.DELETED,
            state.is_not(None),
            before_end_of(AuditEntry.at, as_of),
        )
        .subquery()
    )
    day = local_day(moves.c.at)
    waited = days_between(day, func.coalesce(local_day(moves.c.left_at), literal(as_of)))
    return part(
        moves,
        word,
        moves.c.entity_id,
        where=(moves.c.state.in_([one.value for one in states]),),
        row=literal("stay:") + cast(moves.c.id, String),
        day=day,
        group_id=moves.c.group_id,
        amount=waited,
        title=moves.c.name,
        brand_id=brand_of(None, moves.c.group_id),
        project_id=None,
        state=literal(f"{word} ") + moves.c.state,
        reason=case((moves.c.left_at.is_(None), literal(RUNNING)), else_=literal(LEFT)),
        waited=waited,
    )


def _standing(kind: Any, as_of: date) -> Part:
    """Documents without a history: where they stand now."""
    word, states = PASSING[kind]
    known = (
        select(AuditEntry.id)
        .where(AuditEntry.entity == kind.__name__, AuditEntry.entity_id == kind.id)
        .correlate(kind)
        .exists()
    )
    day = local_day(kind.state_since)
    waited = days_between(day, literal(as_of))
    return part(
        kind,
        word,
        kind.id,
        where=(kind.state.in_(states), before_end_of(kind.state_since, as_of), ~known),
        day=day,
        group_id=kind.group_id,
        amount=waited,
        title=kind.title,
        brand_id=brand_of(None, kind.group_id),
        project_id=kind.project_id,
        state=literal(f"{word} ") + cast(kind.state, String),
        reason=literal(RUNNING),
        waited=waited,
    )


STAYS = Source(
    "stays",
    "Stays of leads, estimates and workorders in their states, on the day they began; in days, running ones until now.",
    (Lead, Estimate, WorkOrder),
    lambda as_of: tuple(one(kind, as_of) for kind in PASSING for one in (_recorded, _standing)),
    frozenset({"brand_id", "project_id", "state", "reason", "waited"}),
    in_money=False,
)
