"""How a workorder moves: planned, started, finished by the crew, completed by the office [61-66, A69-A77, M19]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from admin_app.flow.machine import Event, Flow, Guard, Step
from admin_app.models import ServiceState, WorkOrder
from admin_app.models.work_order import FormKind
from admin_app.models.work_order import WorkOrderState as S
from admin_app.policy import Permission as P


@dataclass(frozen=True, slots=True)
class WorkOrderFacts:
    """What a workorder alone cannot know; `final_invoice` names the standing invoice that closed its contract."""

    today: date
    filled: frozenset[FormKind] = frozenset()
    billed: int = 0
    """Net that stands billed, in minor units."""
    final_invoice: str = ""
    reason: str = ""


HAS_DAY = Guard(
    "has_day",
    lambda w, f: w.starts_at is not None,
    "Choose the day on which the work starts",
    "schedule",
    "Schedule the work",
)
SAFETY_FORM = Guard(
    "safety_form",
    lambda w, f: not w.needs_safety_form or FormKind.SAFETY in f.filled,
    "The pre-job safety form is not filled in; fill it in, or switch it off for this workorder",
    "forms",
    "Open the forms",
)
REPORT = Guard(
    "report",
    lambda w, f: not w.needs_report or FormKind.REPORT in f.filled,
    "The report is missing; write it, or switch it off for this workorder",
    "forms",
    "Open the forms",
)
FINISH_FORM = Guard(
    "finish_form",
    lambda w, f: not w.needs_finish_form or FormKind.FINISH in f.filled,
    "The finish form is not filled in; fill it in, or switch it off for this workorder",
    "forms",
    "Open the forms",
)


def _unsettled(work_order: WorkOrder) -> int:
    return sum(service.state in ServiceState.unsettled() for service in work_order.services)


def _unsettled_sentence(work_order: WorkOrder, _facts: WorkOrderFacts) -> str:
    left = _unsettled(work_order)
    return (
        f"{left} {'service is' if left == 1 else 'services are'} not completed; complete or cancel them first"
    )


SERVICES_SETTLED = Guard(
    "services_settled", lambda w, f: _unsettled(w) == 0, _unsettled_sentence, "services", "Open the services"
)
NOTHING_BILLED = Guard(
    "nothing_billed",
    lambda w, f: f.billed == 0,
    "A part of this work is invoiced; credit that invoice first",
    "invoice",
    "Open the invoice",
)
NOT_CLOSED_BY_INVOICE = Guard(
    "not_closed_by_invoice",
    lambda w, f: not f.final_invoice,
    lambda w, f: f"Invoice {f.final_invoice} closed this work; credit it before the work is opened again",
    "invoice",
    "Open the invoice",
)
HAS_REASON = Guard(
    "has_reason", lambda w, f: bool(f.reason.strip()), "Say why, so that it can be learned from", "reason"
)

WORK_ORDER: Flow = Flow(
    "workorder",
    S,
    (
        # step          from        to       permission
        Step(
            "schedule",
            (S.NEW, S.SCHEDULED),
            S.SCHEDULED,
            P.WORK_WRITE,
            (HAS_DAY,),
            (Event("work_scheduled"),),
            label="Schedule work",
            by="schedule_work",
        ),
        Step(
            "unschedule",
            (S.SCHEDULED,),
            S.NEW,
            P.WORK_WRITE,
            (),
            (Event("work_unscheduled"),),
            label="Take off the schedule",
            by="unschedule_work",
        ),
        Step(
            "start",
            (S.NEW, S.SCHEDULED),
            S.IN_PROGRESS,
            P.JOB_DO,
            (SAFETY_FORM,),
            (Event("work_started"),),
            label="Start work",
        ),
        Step(
            "finish",
            (S.IN_PROGRESS,),
            S.FINISHED,
            P.JOB_DO,
            (SERVICES_SETTLED,),
            (Event("work_finished"),),
            label="Finish work",
        ),
        Step(
            "complete",
            (S.IN_PROGRESS, S.FINISHED),
            S.COMPLETED,
            P.WORK_WRITE,
            (SERVICES_SETTLED, REPORT, FINISH_FORM),
            (Event("work_completed"),),
            label="Complete workorder",
        ),
        Step(
            "reopen",
            (S.FINISHED, S.COMPLETED),
            S.IN_PROGRESS,
            P.WORK_WRITE,
            (NOT_CLOSED_BY_INVOICE,),
            (Event("work_reopened"),),
            label="Reopen workorder",
        ),
        Step(
            "cancel",
            (S.NEW, S.SCHEDULED, S.IN_PROGRESS),
            S.CANCELLED,
            P.WORK_WRITE,
            (NOTHING_BILLED, HAS_REASON),
            (Event("work_cancelled"),),
            label="Cancel workorder",
            asks=("reason",),
            danger=True,
        ),
    ),
)
