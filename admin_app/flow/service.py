"""How one service of a workorder moves; what is billed stays done [A73-A75, M17, 4.2]."""

from __future__ import annotations

from dataclasses import dataclass

from admin_app.flow.machine import Event, Flow, Guard, Step
from admin_app.models.work_order import ServiceState as S
from admin_app.models.work_order import WorkOrderState
from admin_app.policy import Permission as P


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a service alone cannot know; `billed` is what stands billed of it, net, in minor units."""

    billed: int = 0


WORK_IS_OPEN = Guard(
    "work_is_open",
    lambda s, f: s.work_order.state not in (WorkOrderState.COMPLETED, WorkOrderState.CANCELLED),
    lambda s, f: f"The workorder is {s.work_order.state.value}; reopen it first",
    "workorder",
    "Open the workorder",
)
NOT_BILLED = Guard(
    "not_billed",
    lambda s, f: f.billed == 0,
    "This service is invoiced; credit the invoice before it is opened again",
    "invoice",
    "Open the invoice",
)

SERVICE: Flow = Flow(
    "service",
    S,
    (
        Step("start", (S.OPEN,), S.IN_PROGRESS, P.JOB_DO, (WORK_IS_OPEN,), label="Start service"),
        Step(
            "complete",
            (S.OPEN, S.IN_PROGRESS),
            S.COMPLETED,
            P.JOB_DO,
            (WORK_IS_OPEN,),
            (Event("service_completed"),),
            label="Complete service",
        ),
        Step(
            "reopen",
            (S.IN_PROGRESS, S.COMPLETED, S.CANCELLED),
            S.OPEN,
            P.JOB_DO,
            (WORK_IS_OPEN, NOT_BILLED),
            (Event("service_reopened"),),
            label="Reopen service",
        ),
        Step(
            "cancel",
            (S.OPEN, S.IN_PROGRESS),
            S.CANCELLED,
            P.WORK_WRITE,
            (WORK_IS_OPEN, NOT_BILLED),
            label="Cancel service",
            danger=True,
        ),
    ),
)
