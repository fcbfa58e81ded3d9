"""Service plans: work that comes back, billed each period once [P19, 139, M40]."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from admin_app.models.address import Address
from admin_app.models.base import Entity, Row
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.invoice import Invoice
from admin_app.models.types import Quantity


class ServicePlan(Entity):
    """What a customer can sign up for: a price each period of so many months, net of tax."""

    singular, plural, group_path = "service plan", "service plans", None
    __table_args__ = (
        CheckConstraint("months BETWEEN 1 AND 60", name="months"),
        CheckConstraint("visit_months IS NULL OR visit_months BETWEEN 1 AND 60", name="visit_months"),
    )

    name: Mapped[str] = field(String(120), unique=True, on=FOUND, short=True)
    description: Mapped[str | None] = field(Text, on=FORM_ONLY, help="Printed on its invoices")
    months: Mapped[int] = field(
        Integer, on=SHOWN, default=12, short=True, unit="months", label="Billed every"
    )
    price: Mapped[Quantity] = field(on=SHOWN, short=True, help="A period, in the company's currency")
    visit_months: Mapped[int | None] = field(
        Integer, on=SHOWN, unit="months", label="A visit every", help="Empty: the plan foresees no visits"
    )
    visit_minutes: Mapped[int] = field(
        Integer, on=FORM_ONLY, default=60, server_default="60", unit="minutes", label="A visit takes"
    )
    tax_names: Mapped[list[Any]] = field(on=HIDDEN, default=list)
    archived: Mapped[bool] = field(on=SHOWN, default=False, help="Offered to nobody new")


class SubscriptionState(enum.StrEnum):
    """Where a customer's plan stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Subscription(Entity):
    """A customer's service plan; `anchor_day` is the day of the month on which its periods start (31 → 28/30 → 31)."""

    singular, plural = "subscription", "subscriptions"
    __table_args__ = (
        Index("ix_subscription_group_id_id", "group_id", "id"),
        Index("ix_subscription_state_next_on", "state", "next_on"),
        CheckConstraint("anchor_day BETWEEN 1 AND 31", name="anchor_day"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND, ondelete="RESTRICT", index=False, short=True
    )
    plan_id: Mapped[int]
    plan: Mapped[ServicePlan] = link(ondelete="RESTRICT", short=True)
    address_id: Mapped[int | None]
    address: Mapped[Address | None] = link(label="Site", ondelete="SET NULL", short=True)
    started_on: Mapped[date] = field(on=SHOWN, short=True)
    anchor_day: Mapped[int] = field(Integer, on=HIDDEN)
    price: Mapped[Quantity | None] = field(on=FORM_ONLY, label="Own price", help="Empty: the plan's price")
    pays_with_id: Mapped[int | None] = field(
        ForeignKey("payment_method.id", ondelete="SET NULL"), on=HIDDEN, index=True
    )
    """The saved card that is charged for its invoices, as the client agreed; None: paid by hand."""
    state: Mapped[SubscriptionState] = field(on=DERIVED, default=SubscriptionState.ACTIVE, label="Status")
    next_on: Mapped[date | None] = field(on=DERIVED, label="Next bill")
    """The first day of the next period that is not billed; None when cancelled."""
    paused_on: Mapped[date | None] = field(on=DERIVED, chosen=True)
    ended_on: Mapped[date | None] = field(on=DERIVED, chosen=True)
    cancelled_reason: Mapped[str | None] = field(String(400), on=DERIVED, chosen=True)


class SubscriptionPeriod(Row):
    """A billed period: unique a plan and start, so that no run bills it twice [M40]."""

    __table_args__ = (
        Index(
            "uq_subscription_period_subscription_id_starts_on", "subscription_id", "starts_on", unique=True
        ),
    )

    subscription_id: Mapped[int]
    subscription: Mapped[Subscription] = link(on=HIDDEN, ondelete="RESTRICT", index=False)
    starts_on: Mapped[date] = field(on=HIDDEN)
    ends_on: Mapped[date] = field(on=HIDDEN)
    """Half-open: the first day that it does not cover [M35]."""
    invoice_id: Mapped[int]
    invoice: Mapped[Invoice] = link(on=HIDDEN, ondelete="RESTRICT")
