"""Builders of the flow from lead to invoice, in the manner of `seeds.builders`: say only what a test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.text import new_public_id
from admin_app.models import (
    Channel,
    CustomerGroup,
    Direction,
    Equipment,
    Estimate,
    EstimateLine,
    FormKind,
    FormQuestion,
    Ladder,
    Lead,
    LeadSource,
    LeadState,
    LeadStatus,
    Message,
    MessageTemplate,
    Package,
    PackageLine,
    PriceItem,
    Project,
    ReminderStep,
    Service,
    ServicePlan,
    Subscription,
    TaxRate,
    Thread,
    WorkOrder,
)
from seeds.builders import _kept

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""Nine o'clock (UTC) on 2 March 2026: when the things that builders make began."""


def a_tax_rate(session: Session, name: str = "VAT 20 %", rate: str = "20", **but: Any) -> TaxRate:
    """A tax that lines can carry."""
    return _kept(session, TaxRate(**{"name": name, "rate": Decimal(rate), "is_default": True} | but))


def a_project(session: Session, group: CustomerGroup, **but: Any) -> Project:
    """A project to fell an ash."""
    return _kept(session, Project(**{"group_id": group.id, "title": "Fell the ash"} | but))


def a_lead_status(session: Session, name: str = "Site visit planned", **but: Any) -> LeadStatus:
    """A status of our own, switched on."""
    return _kept(session, LeadStatus(**{"name": name, "state": LeadState.CUSTOM} | but))


def a_lead_source(session: Session, name: str = "Recommended", **but: Any) -> LeadSource:
    """A reference that leads can name."""
    return _kept(session, LeadSource(name=name, **but))


def a_lead(session: Session, project: Project, **but: Any) -> Lead:
    """A new lead of a project."""
    facts: dict[str, Any] = {
        "project_id": project.id,
        "group_id": project.group_id,
        "title": project.title,
        "state": LeadState.NEW,
        "state_since": MORNING,
        "asked_on": MORNING.date(),
    }
    return _kept(session, Lead(**facts | but))


def a_price_item(session: Session, name: str = "Crown reduction", **but: Any) -> PriceItem:
    """An item of the price list at 120.00."""
    return _kept(session, PriceItem(**{"name": name, "unit_price": Decimal("120.00")} | but))


def a_package(session: Session, *items: PriceItem, **but: Any) -> Package:
    """A package of these items, one of each."""
    package = _kept(session, Package(**{"name": "Winter care"} | but))
    for place, item in enumerate(items, start=1):
        _kept(session, PackageLine(package_id=package.id, position=place, price_item_id=item.id))
    return package


def an_estimate(session: Session, project: Project, *prices: str, **but: Any) -> Estimate:
    """A draft with a line at each price (default: one at 100.00); its sums are for the services to work out."""
    facts: dict[str, Any] = {
        "project_id": project.id,
        "group_id": project.group_id,
        "title": project.title,
        "state_since": MORNING,
        "expires_on": date(2026, 4, 1),
    }
    taxes = but.pop("taxes", [])
    estimate = _kept(session, Estimate(**facts | but))
    for place, price in enumerate(prices or ("100.00",), start=1):
        line = EstimateLine(
            estimate_id=estimate.id,
            key=new_public_id(),
            position=place,
            description=f"Work {place}",
            unit_price=Decimal(price),
            tax_names=list(taxes),
        )
        _kept(session, line)
    session.expire(estimate, ["lines"])
    return estimate


def a_work_order(session: Session, estimate: Estimate, **but: Any) -> WorkOrder:
    """A new workorder of an estimate with a service for each of its lines and no forms asked for."""
    facts: dict[str, Any] = {
        "number": f"W-{estimate.id:05d}",
        "project_id": estimate.project_id,
        "group_id": estimate.group_id,
        "estimate_id": estimate.first_id,
        "title": estimate.title,
        "state_since": MORNING,
        "needs_safety_form": False,
        "needs_finish_form": False,
    }
    work = _kept(session, WorkOrder(**facts | but))
    for line in session.scalars(select(EstimateLine).where(EstimateLine.estimate_id == estimate.id)):
        service = Service(
            work_order_id=work.id,
            line_key=line.key,
            position=line.position,
            description=line.description,
            quantity=line.quantity,
            net=line.net,
        )
        _kept(session, service)
    session.expire(work, ["services"])
    return work


def a_form_question(session: Session, form: FormKind = FormKind.SAFETY, **but: Any) -> FormQuestion:
    """A question of the pre-job safety form."""
    facts: dict[str, Any] = {"form": form, "question": "Is the drop zone closed off?"}
    return _kept(session, FormQuestion(**facts | but))


def a_service_plan(session: Session, **but: Any) -> ServicePlan:
    """A yearly plan at 240.00."""
    facts: dict[str, Any] = {"name": "Yearly tree check", "months": 12, "price": Decimal("240.00")}
    return _kept(session, ServicePlan(**facts | but))


def a_subscription(session: Session, group: CustomerGroup, plan: ServicePlan, **but: Any) -> Subscription:
    """A plan that began on 31 January 2026 and is not billed yet."""
    facts: dict[str, Any] = {
        "group_id": group.id,
        "plan_id": plan.id,
        "started_on": date(2026, 1, 31),
        "anchor_day": 31,
        "next_on": date(2026, 1, 31),
    }
    return _kept(session, Subscription(**facts | but))


def a_piece_of_equipment(session: Session, name: str = "Chipper", **but: Any) -> Equipment:
    """A chipper."""
    return _kept(session, Equipment(**{"name": name} | but))


def a_template(session: Session, name: str = "Christmas break", **but: Any) -> MessageTemplate:
    """A mail template for whatever the desk has to say."""
    told = {"name": name, "subject": "We are away", "body": "Dear {{contact}},\n\nwe are back on 7 January."}
    return _kept(session, MessageTemplate(**told | but))


def a_reminder_step(
    session: Session, ladder: Ladder = Ladder.INVOICE, days: int = 3, **but: Any
) -> ReminderStep:
    """A reminder three days after an invoice was due, switched on in January."""
    return _kept(session, ReminderStep(**{"ladder": ladder, "days": days, "since": date(2026, 1, 1)} | but))


def a_thread(session: Session, group: CustomerGroup | None = None, **but: Any) -> Thread:
    """An open thread about a gate."""
    told = {"subject": "The gate", "group_id": group.id if group else None, "last_at": MORNING}
    return _kept(session, Thread(**told | but))


def a_message(session: Session, thread: Thread, **but: Any) -> Message:
    """A mail that came in."""
    told = {
        "thread_id": thread.id,
        "group_id": thread.group_id,
        "direction": Direction.IN,
        "channel": Channel.MAIL,
        "author": "Clara Client",
        "subject": thread.subject,
        "body": "Is the gate code still 1234?",
        "at": MORNING,
    }
    return _kept(session, Message(**told | but))
