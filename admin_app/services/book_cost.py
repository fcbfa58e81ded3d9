"""Money spent on a workorder: material, subcontractors, equipment, disposal [67].  Amounts are net of tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import clean_text
from admin_app.models import CostKind, JobCost, WorkOrder
from admin_app.money.ledger import company_currency
from admin_app.policy import Permission, demand, visible
from admin_app.services.answer_once import answer_once
from admin_app.services.record_rules import make, put


@dataclass(frozen=True, slots=True)
class CostForm:
    """What was bought for how much; what a supplier gives back is negative."""

    description: str
    amount: Money
    spent_on: date
    kind: CostKind = CostKind.MATERIAL
    supplier: str = ""


def book_cost(
    session: Session, work: WorkOrder, form: CostForm, actor: Actor, clock: Clock, key: str | None = None
) -> JobCost:
    """Book a cost; the same form sent twice (`key`) is one.

    Raises Invalid with a sentence a field, NotAllowed for those who may not see what work costs us.
    """
    _demand(actor)
    values = _checked(session, form, clock)

    def act() -> JobCost:
        return make(session, JobCost, values | {"group_id": work.group_id, "work_order_id": work.id})

    content = (work.id, form)
    return answer_once(session, clock, key=key, purpose="job cost", content=content, kind=JobCost, act=act)


def change_cost(session: Session, cost: JobCost, form: CostForm, actor: Actor, clock: Clock) -> JobCost:
    """Put a cost right; raises as `book_cost` does."""
    _demand(actor)
    put(session, cost, _checked(session, form, clock))
    return cost


def remove_cost(session: Session, cost: JobCost, actor: Actor) -> None:
    """Take a cost away; the history keeps it."""
    _demand(actor)
    session.delete(cost)
    session.flush()  # what comes after adds up without it


def the_cost(session: Session, work: WorkOrder, cost_id: int, actor: Actor) -> JobCost:
    """One cost of this workorder that the actor may see; raises NotFound."""
    query = select(JobCost).where(JobCost.id == cost_id, JobCost.work_order_id == work.id)
    cost: JobCost | None = session.scalar(visible(actor, query))
    if cost is None:
        raise NotFound("There is no such cost here")
    return cost


def _demand(actor: Actor) -> None:
    demand(actor, Permission.WORK_WRITE)
    demand(actor, Permission.COSTS_READ)


def _checked(session: Session, form: CostForm, clock: Clock) -> dict[str, object]:
    description = clean_text(form.description, 200)
    if not description:
        raise Invalid("Say what the money was spent on", {"description": "What was it spent on?"})
    if form.amount.currency != company_currency(session):
        wrong = f"Costs are kept in {company_currency(session)}"
        raise Invalid(wrong, {"amount": wrong})
    if not form.amount:
        raise Invalid("A cost of nothing is none", {"amount": "How much was it?"})
    if form.spent_on > clock.today():
        raise Invalid("This day has not come yet", {"spent_on": "This day has not come yet"})
    return {
        "description": description,
        "kind": form.kind,
        "amount": form.amount.minor,
        "spent_on": form.spent_on,
        "supplier": clean_text(form.supplier, 120) or None,
    }
