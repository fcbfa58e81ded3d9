"""How everything flows: each table of steps drawn with counts, ages and every reason a step is closed [L15].

Read from `flow.FLOWS`, the one source: what is drawn here is what buttons, jobs and the API obey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from admin_app.admin.pipeline.desk import page
from admin_app.admin.pipeline.drawing import Drawing, draw
from admin_app.flow import FLOWS, Flow, Guard, Step
from admin_app.flow.estimate import EstimateFacts
from admin_app.flow.invoice import InvoiceFacts
from admin_app.flow.lead import LeadFacts
from admin_app.flow.service import ServiceFacts
from admin_app.flow.work_order import WorkOrderFacts
from admin_app.models import (
    Estimate,
    Invoice,
    Lead,
    Service,
    ServiceState,
    WorkOrder,
    WorkOrderState,
)
from admin_app.policy import Permission, visible
from admin_app.web.access import rule
from admin_app.web.company import actor, currency, office_session, today

ENTITIES: Mapping[str, Any] = {
    "lead": Lead,
    "estimate": Estimate,
    "workorder": WorkOrder,
    "service": Service,
    "invoice": Invoice,
}


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """A row of the table in words; `guards` are its reasons to be closed."""

    words: str
    sources: str
    target: str
    right: str
    by_itself: bool
    guards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrawnFlow:
    """One flow: its drawing, how many documents are in each state, the oldest of them, and its steps."""

    name: str
    drawing: Drawing
    counts: Mapping[str, int]
    days: Mapping[str, int]
    steps: tuple[DrawnStep, ...]


@page.get("/flow")
@rule(Permission.SALES_READ)
def flow() -> ResponseReturnValue:
    """Every flow with its counts: one statement each."""
    drawn = [_drawn(name, one) for name, one in FLOWS.items()]
    return render_template("admin/pipeline/flow.html", flows=drawn)


def _drawn(name: str, one: Flow) -> DrawnFlow:
    counts, days = _standing(ENTITIES[name])
    examples = _example(name)
    steps = tuple(_step(step, *examples) for step in one.steps)
    return DrawnFlow(one.called, draw(one), counts, days, steps)


def _standing(entity: Any) -> tuple[dict[str, int], dict[str, int]]:
    """State → how many there are, and for how many days the oldest has stood in it, where that is known."""
    since = getattr(entity, "state_since", entity.created_at)
    query = select(entity.state).add_columns(func.count(), func.min(since)).group_by(entity.state)
    counts, days = {}, {}
    for state, count, oldest in office_session().execute(visible(actor(), query)):
        counts[str(state.value)] = count
        days[str(state.value)] = (today() - _day(oldest)).days
    return counts, days


def _day(moment: date | datetime) -> date:
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _step(step: Step, document: Any, facts: Any) -> DrawnStep:
    return DrawnStep(
        step.label or step.name.replace("_", " ").capitalize(),
        ", ".join(source.value for source in step.sources),
        step.target.value,
        step.permission.value,
        not step.offered,
        tuple(_said(guard, document, facts) for guard in step.guards),
    )


def _said(guard: Guard, document: Any, facts: Any) -> str:
    """The sentence of a guard; one that speaks of a document speaks of an example."""
    return guard.why(document, facts)


def _example(name: str) -> tuple[Any, Any]:
    """A document and facts of which every sentence of a flow can speak."""
    day = today()
    open_work = WorkOrder(state=WorkOrderState.COMPLETED)
    open_work.services.append(Service(state=ServiceState.OPEN))
    return {
        "lead": (Lead(), LeadFacts(day)),
        "estimate": (Estimate(expires_on=day), EstimateFacts(day)),
        "workorder": (open_work, WorkOrderFacts(day, final_invoice="N-00012")),
        "service": (Service(work_order=WorkOrder(state=WorkOrderState.COMPLETED)), ServiceFacts()),
        "invoice": (
            Invoice(number="N-00012", currency=currency(), issued_on=day),
            InvoiceFacts(day, day, locked_until=day, allocated=10_000, used_as_deposit_by="N-00013"),
        ),
    }[name]
