"""Estimate against actual: hours, costs and what is left of the price of one workorder [67].

Everything is net of tax, in the company's currency.  One call::

    result = job_result(session, work, ann)      # result.margin, result.margin_percent
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up
from admin_app.models import CostKind, EstimateLine, JobCost, TimeEntry, WorkOrder
from admin_app.money.ledger import company_currency
from admin_app.policy import Permission, demand
from admin_app.services.sync_services import agreed_lines, agreed_price

HOUR = 60
"""Minutes."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """What was planned and what became of it; minutes, and money without tax."""

    price: Money
    """The contract: estimate and change orders after all discounts."""
    planned_minutes: int
    planned_cost: Money
    minutes: int
    time_cost: Money
    spent: dict[CostKind, Money]
    """Job costs by what they were for; kinds without a cost are left out."""
    unplanned: int
    """Lines of the contract that say neither hours nor cost, so that the plan is lower than the truth."""

    @property
    def costs(self) -> Money:
        """All job costs."""
        return Money.total(self.spent.values(), self.time_cost.currency)

    @property
    def cost(self) -> Money:
        """Time and job costs."""
        return self.time_cost + self.costs

    @property
    def comparable(self) -> bool:
        """Whether price and cost are in one currency; where they are not, there is no margin to tell."""
        return self.price.currency == self.cost.currency

    @property
    def margin(self) -> Money | None:
        """What is left of the price so far."""
        return self.price - self.cost if self.comparable else None

    @property
    def planned_margin(self) -> Money | None:
        """What was to be left of it."""
        return self.price - self.planned_cost if self.comparable else None

    @property
    def margin_percent(self) -> Decimal | None:
        """Of the price, to one decimal; None for a price of nothing."""
        return _percent(self.margin, self.price)

    @property
    def planned_margin_percent(self) -> Decimal | None:
        """The same of the plan."""
        return _percent(self.planned_margin, self.price)


def job_result(session: Session, work: WorkOrder, actor: Actor) -> JobResult:
    """Add up a workorder; raises NotAllowed for those who may not see what work costs us."""
    demand(actor, Permission.COSTS_READ)
    currency = company_currency(session)
    price = agreed_price(session, work.estimate_id)
    lines = [agreed.line for agreed in agreed_lines(session, work.estimate_id)]
    minutes, time_cost = _time(session, work, currency)
    return JobResult(
        price=price,
        planned_minutes=sum(round_half_up(Fraction(line.hours or 0) * HOUR) for line in lines),
        planned_cost=Money.total((_planned(line, price.currency) for line in lines), price.currency),
        minutes=minutes,
        time_cost=time_cost,
        spent=_spent(session, work, currency),
        unplanned=sum(line.cost is None and line.hours is None for line in lines),
    )


def _planned(line: EstimateLine, currency: str) -> Money:
    """Cost a unit × quantity, rounded once a line as the calculator rounds prices [M3]."""
    exactly = Fraction(line.cost or 0) * Fraction(line.quantity) * 10 ** Money.minor_units(currency)
    return Money(round_half_up(exactly), currency)


def _time(session: Session, work: WorkOrder, currency: str) -> tuple[int, Money]:
    """All minutes, and their cost; rounded once, so that many short entries lose nothing."""
    minutes, cost = session.execute(
        select(func.sum(TimeEntry.minutes), func.sum(TimeEntry.minutes * TimeEntry.hour_cost)).where(
            TimeEntry.work_order_id == work.id
        )
    ).one()
    return int(minutes or 0), Money(round_half_up(Fraction(int(cost or 0), HOUR)), currency)


def _spent(session: Session, work: WorkOrder, currency: str) -> dict[CostKind, Money]:
    rows = session.execute(
        select(JobCost.kind, func.sum(JobCost.amount))
        .where(JobCost.work_order_id == work.id)
        .group_by(JobCost.kind)
        .order_by(JobCost.kind)
    )
    return {kind: Money(int(amount), currency) for kind, amount in rows}


def _percent(part: Money | None, whole: Money) -> Decimal | None:
    if part is None or not whole:
        return None
    share = Decimal(part.minor) * 100 / Decimal(whole.minor)
    return share.quantize(Decimal("0.1"), ROUND_HALF_UP)
