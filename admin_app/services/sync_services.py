"""The services of a workorder follow what is agreed: a newly confirmed revision, a change order [M17, M19, 54].

What is invoiced stays as it was done; the rest is changed, added or cancelled.  One call::

    sync_services(session, work, actor, clock)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.flow import SERVICE
from admin_app.flow.service import ServiceFacts
from admin_app.kernel.actor import SYSTEM, Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import Estimate, EstimateLine, Service, ServiceState, WorkOrder, WorkOrderState
from admin_app.money.ledger import company_currency
from admin_app.services.contract_chain import confirmed_revisions, contract_of_estimate
from admin_app.services.facts import billed_by_line
from admin_app.services.record_rules import make, put


@dataclass(frozen=True, slots=True)
class Agreed:
    """A line of the contract as work; `net` is after all discounts, in minor units."""

    line: EstimateLine
    net: int


@dataclass(frozen=True, slots=True)
class Synced:
    """How many services came, changed and went."""

    added: int = 0
    changed: int = 0
    cancelled: int = 0


def agreed_lines(session: Session, first_id: int) -> list[Agreed]:
    """The lines of an estimate and of its change orders that count, each with its contract net [M15, M17]."""
    return [agreed for revision in confirmed_revisions(session, first_id) for agreed in _agreed_in(revision)]


def _agreed_in(revision: Estimate) -> list[Agreed]:
    lines = [line for line in revision.lines if line.counts]
    contract = contract_of_estimate(revision)
    return [Agreed(line, one.net.minor) for line, one in zip(lines, contract.lines, strict=True)]


def agreed_price(session: Session, first_id: int) -> Money:
    """What the contract comes to without tax, after all discounts [M15]; nothing before anybody agreed."""
    revisions = confirmed_revisions(session, first_id)
    currency = revisions[0].currency if revisions else company_currency(session)
    return Money.total((contract_of_estimate(one).net for one in revisions), currency)


def sync_services(session: Session, work: WorkOrder, actor: Actor, clock: Clock) -> Synced:
    """Bring a workorder in step with its contract; the caller holds the customer's lock.

    New work opens a finished or completed workorder again.  Raises Unmet where a line that is invoiced is no longer
    agreed, for a cancelled workorder, and where a final invoice has closed the work [M19].
    """
    wanted = {agreed.line.key: agreed for agreed in agreed_lines(session, work.estimate_id)}
    query = select(Service).where(Service.work_order_id == work.id).order_by(Service.position)
    known = {one.line_key: one for one in session.scalars(query.execution_options(populate_existing=True))}
    billed = billed_by_line(session, work.estimate_id)
    gone = [one for key, one in known.items() if key not in wanted and not _is_gone(one)]
    _refuse_invoiced(gone, billed)
    back = [one for key, one in known.items() if key in wanted and _is_gone(one)]
    new = [key for key in wanted if key not in known]
    _open_for(session, work, bool(new or back), bool(gone), clock)
    for service in back:
        _step(session, service, "reopen", clock)
    for service in gone:
        _let_go(session, service, clock)
    changed = 0
    for position, (key, agreed) in enumerate(wanted.items(), start=1):
        facts = _facts(agreed, position)
        if key not in known:
            make(session, Service, facts | {"work_order_id": work.id, "line_key": key})
        elif _is_invoiced(known[key], billed):
            # Its words stay as they were billed; where the contract says more now, that is left to bill.
            changed += _change(session, known[key], {"net": agreed.net})
        else:
            changed += _change(session, known[key], facts)
    session.expire(work, ["services"])
    return Synced(len(new) + len(back), changed, len(gone))


def _is_gone(service: Service) -> bool:
    """Cancelled because its line went; what the office itself cancelled keeps its net and stays cancelled."""
    return service.state is ServiceState.CANCELLED and service.net == 0


def _is_invoiced(service: Service, billed: Mapping[str, int]) -> bool:
    """Whether all of it is on invoices that stand; what is billed in part follows its line [M16, M19]."""
    so_far = billed.get(service.line_key, 0)
    return so_far != 0 and abs(so_far) >= abs(service.net)


def _refuse_invoiced(gone: list[Service], billed: Mapping[str, int]) -> None:
    """A line that stands on an invoice cannot be taken out of the contract [M19]."""
    for service in gone:
        if billed.get(service.line_key):
            raise Unmet(
                f"“{service.description}” is invoiced, so it cannot leave the estimate; credit that invoice first"
            )


def _open_for(session: Session, work: WorkOrder, more: bool, less: bool, clock: Clock) -> None:
    """Open the workorder again if the change touches work that counted as done."""
    if work.state is WorkOrderState.CANCELLED and (more or less):
        raise Unmet(f"Workorder {work.number} was cancelled; offer new work in a new estimate")
    finished = more and work.state in (WorkOrderState.FINISHED, WorkOrderState.COMPLETED)
    if finished or (less and work.state is WorkOrderState.COMPLETED):
        # Imported here: what takes steps reads the reactions, and this is part of one.
        from admin_app.services.take import take

        # The program opens it: a client who agrees in the portal has no right to workorders.
        take(session, work, "reopen", SYSTEM, clock)


def _let_go(session: Session, service: Service, clock: Clock) -> None:
    """Its line is no longer agreed: it is cancelled, and worth nothing."""
    if service.state is ServiceState.COMPLETED:
        _step(session, service, "reopen", clock)
    if service.state is not ServiceState.CANCELLED:
        _step(session, service, "cancel", clock)
    put(session, service, {"net": 0})


def _step(session: Session, service: Service, step: str, clock: Clock) -> None:
    """Take a step of an uninvoiced service in the name of the program."""
    from admin_app.services.take import move

    move(session, service, SERVICE.demand(step, service, ServiceFacts()), SYSTEM, clock)


def _facts(agreed: Agreed, position: int) -> dict[str, Any]:
    line = agreed.line
    return {
        "position": position,
        "description": line.description,
        "details": line.details,
        "quantity": line.quantity,
        "unit": line.unit,
        "net": agreed.net,
        "asset_id": line.asset_id,
    }


def _change(session: Session, service: Service, facts: dict[str, Any]) -> bool:
    """Write what differs; whether anything did."""
    news = {key: value for key, value in facts.items() if getattr(service, key) != value}
    if news:
        put(session, service, news)
    return bool(news)
