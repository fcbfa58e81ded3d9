"""Service plans are kept: what makes sense of them, and the taxes of their bills [139]."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.models import ServicePlan, Subscription, TaxRate
from admin_app.policy import Permission, demand

LONGEST = 60
"""Months of the longest period."""
HIGHEST_PRICE = Decimal(10) ** 10
SHORTEST_VISIT, LONGEST_VISIT = 5, 24 * 60
"""Minutes of a visit."""


def check_service_plan(session: Session, plan: ServicePlan | None, values: dict[str, Any]) -> None:
    """Names are used once; a period has 1 to 60 months, a price is not negative.

    Periods that are billed keep their days, so the length of one that customers have stays.  Raises Invalid.
    """
    name = values.get("name")
    if name:
        other = session.scalar(select(ServicePlan).where(ServicePlan.name == name))
        if other is not None and other is not plan:
            known = f"Another service plan is called “{name}”"
            raise Invalid(known, {"name": known})
    months = values.get("months")
    if months is not None and not 1 <= months <= LONGEST:
        raise Invalid("A period has 1 to 60 months", {"months": "Enter 1 to 60 months"})
    price = values.get("price")
    if price is not None and not 0 <= price < HIGHEST_PRICE:
        raise Invalid("A price is not negative", {"price": "Enter a price from 0.00 on"})
    _check_visits(values)
    if plan is not None and months is not None and months != plan.months and _has_customers(session, plan):
        why = "Customers are billed by this period; archive the plan and enter a new one"
        raise Invalid(why, {"months": why})


def _check_visits(values: dict[str, Any]) -> None:
    """Visits come every 1 to 60 months, or none at all, and take between five minutes and a day."""
    every = values.get("visit_months")
    if every is not None and not 1 <= every <= LONGEST:
        raise Invalid("Visits come every 1 to 60 months", {"visit_months": "Enter 1 to 60 months, or nothing"})
    takes = values.get("visit_minutes")
    if takes is not None and not SHORTEST_VISIT <= takes <= LONGEST_VISIT:
        raise Invalid(
            "A visit takes 5 minutes to a day", {"visit_minutes": "Enter 5 to 1,440 minutes"}
        )


def _has_customers(session: Session, plan: ServicePlan) -> bool:
    query = select(Subscription.id).where(Subscription.plan_id == plan.id).limit(1)
    return session.scalar(query) is not None


def choose_plan_taxes(session: Session, plan: ServicePlan, names: Sequence[str], actor: Actor) -> ServicePlan:
    """Say which taxes the bills of a plan carry; raises Invalid under "tax"."""
    demand(actor, Permission.SETTINGS)
    known = set(session.scalars(select(TaxRate.name).where(TaxRate.name.in_(names))))
    unknown = [name for name in names if name not in known]
    if unknown:
        wrong = f"There is no tax called “{unknown[0][:40]}”"
        raise Invalid(wrong, {"tax": wrong})
    plan.tax_names = list(dict.fromkeys(names))
    session.flush()  # the caller shows what is stored
    return plan
