"""Services of a workorder are ticked off: one, several at once, or all; back again until they are invoiced [A73-A75].

One call::

    complete_services(session, work, [3, 4], cem, clock)      # or ALL
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.flow import SERVICE
from admin_app.flow.service import ServiceFacts
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import Service, ServiceState, WorkOrder
from admin_app.money.ledger import lock_customer
from admin_app.policy import demand
from admin_app.services.demand_job import demand_job
from admin_app.services.facts import billed_by_line
from admin_app.services.take import move

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one ticked service: done, or the sentence why not; its state is what it is now."""

    service_id: int
    description: str
    state: ServiceState
    done: bool
    sentence: str = ""


def complete_services(
    session: Session, work: WorkOrder, ids: Sequence[int] | Literal["all"], actor: Actor, clock: Clock
) -> list[RowResult]:
    """Complete the ticked services in one transaction, with a result a row; one that is done already stays so.

    `ALL` means all that are open or in progress.  Raises NotFound for an id of another workorder, Invalid where
    none is ticked, NotAllowed.
    """
    return step_services(session, work, ids, "complete", actor, clock)


def step_services(
    session: Session,
    work: WorkOrder,
    ids: Sequence[int] | Literal["all"],
    step: str,
    actor: Actor,
    clock: Clock,
) -> list[RowResult]:
    """Take the same step with several services; as `complete_services`, for each step of the table."""
    demand_job(actor, work)
    demand(actor, SERVICE.rows(step)[0].permission)
    session.flush()
    lock_customer(session, work.group_id)
    session.refresh(work)
    billed = billed_by_line(session, work.estimate_id)
    return [
        _take_one(session, service, step, billed.get(service.line_key, 0), actor, clock)
        for service in _ticked(_services_now(session, work), ids)
    ]


def _services_now(session: Session, work: WorkOrder) -> list[Service]:
    """Its services as they stand once the customer is locked, whatever was read of them before."""
    query = select(Service).where(Service.work_order_id == work.id).order_by(Service.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _ticked(services: list[Service], ids: Sequence[int] | Literal["all"]) -> list[Service]:
    if ids == ALL:
        return [one for one in services if one.state in ServiceState.unsettled()]
    wanted = set(ids)
    if not wanted:
        raise Invalid("Tick the services first")
    found = [one for one in services if one.id in wanted]
    if len(found) < len(wanted):
        raise NotFound("One of these services is not part of this workorder")
    return found


def _take_one(
    session: Session, service: Service, step: str, billed: int, actor: Actor, clock: Clock
) -> RowResult:
    try:
        row = SERVICE.demand(step, service, ServiceFacts(billed=billed))
    except Unmet as refusal:
        return RowResult(service.id, service.description, service.state, False, refusal.sentence)
    move(session, service, row, actor, clock)
    return RowResult(service.id, service.description, service.state, True)
