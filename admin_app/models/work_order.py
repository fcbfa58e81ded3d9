"""Workorders: what was agreed is done, service by service, by whom, in how much time, at what cost [61-67, A69-A77]."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Base, Entity, Row
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.equipment import Equipment, work_order_equipment
from admin_app.models.estimate import Estimate
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link, links
from admin_app.models.project import Project
from admin_app.models.site_asset import SiteAsset
from admin_app.models.staff import User
from admin_app.models.types import BIG, Minor, Quantity


class WorkOrderState(enum.StrEnum):
    """The stored states of a workorder [4.2]."""

    NEW = "new"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in progress"
    FINISHED = "finished"
    """The crew has left; the office has not looked at it yet."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ServiceState(enum.StrEnum):
    """The stored states of one service [4.2]."""

    OPEN = "open"
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @classmethod
    def unsettled(cls) -> frozenset[ServiceState]:
        """The states in which something is still to be done."""
        return frozenset({cls.OPEN, cls.IN_PROGRESS})


work_order_crew = Table(
    "work_order_crew",
    Base.metadata,
    Column("work_order_id", BIG, ForeignKey("work_order.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", BIG, ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""Who works on what."""


class WorkOrder(Entity):
    """The work of one estimate and of its change orders; there is exactly one of it [A69].

    `estimate_id` is the first revision of the estimate; instants are UTC.
    """

    singular, plural = "workorder", "workorders"
    __table_args__ = (
        Index("uq_work_order_estimate_id", "estimate_id", unique=True),
        Index("uq_work_order_number", "number", unique=True),
        Index("ix_work_order_project_id_id", "project_id", "id"),
        Index("ix_work_order_group_id_id", "group_id", "id"),
        Index("ix_work_order_state_starts_at", "state", "starts_at", "id"),
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="ends_after_start"),
    )

    number: Mapped[str] = field(String(60), on=FOUND & ~FORM_ONLY | DERIVED)
    project_id: Mapped[int]
    project: Mapped[Project] = link(on=FOUND & ~FORM_ONLY, ondelete="RESTRICT", index=False)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND & ~FORM_ONLY, ondelete="RESTRICT", index=False
    )
    estimate_id: Mapped[int]
    estimate: Mapped[Estimate] = link(on=HIDDEN, ondelete="RESTRICT", index=False)
    title: Mapped[str] = field(String(200), on=FOUND, short=True)
    state: Mapped[WorkOrderState] = field(on=DERIVED, default=WorkOrderState.NEW, label="Status")
    state_since: Mapped[datetime] = field(on=HIDDEN)
    starts_at: Mapped[datetime | None] = field(on=SHOWN, label="Starts", short=True)
    ends_at: Mapped[datetime | None] = field(on=SHOWN, label="Ends", short=True)
    crew: Mapped[list[User]] = links(work_order_crew, on=SHOWN, order_by="User.name")
    equipment: Mapped[list[Equipment]] = links(work_order_equipment, on=SHOWN, order_by="Equipment.name")
    notes: Mapped[str | None] = field(
        Text, on=FORM_ONLY, label="Notes for the crew", help="Shown on their schedule"
    )
    client_comment: Mapped[str | None] = field(Text, on=DERIVED, chosen=True, label="The client said")
    needs_safety_form: Mapped[bool] = field(on=FORM_ONLY, default=True, help="Before the work starts")
    needs_report: Mapped[bool] = field(on=FORM_ONLY, default=False)
    needs_finish_form: Mapped[bool] = field(on=FORM_ONLY, default=True, help="Before the work is completed")
    started_at: Mapped[datetime | None] = field(on=DERIVED, chosen=True)
    finished_at: Mapped[datetime | None] = field(on=DERIVED, chosen=True)
    completed_on: Mapped[date | None] = field(on=DERIVED, label="Completed", chosen=True)
    cancelled_reason: Mapped[str | None] = field(String(400), on=DERIVED, chosen=True)
    forced_reason: Mapped[str | None] = field(String(400), on=HIDDEN)
    """Why the steps before it were passed over [D8]."""
    billing_note: Mapped[str | None] = field(String(200), on=DERIVED, chosen=True)
    """Why its completion made no invoice [D7]."""

    services: Mapped[list[Service]] = children(back_populates="work_order", order_by="Service.position")
    forms: Mapped[list[WorkForm]] = children(back_populates="work_order", order_by="WorkForm.id")


class Service(Entity):
    """One line of the estimate as work; `line_key` ties it to that line through all revisions [A73-A75, M17].

    `net` is its part of the contract after all discounts, in minor units (tax included where prices include it).
    """

    singular, plural, group_path = "service", "services", None
    __table_args__ = (
        Index("uq_service_work_order_id_line_key", "work_order_id", "line_key", unique=True),
        CheckConstraint("position >= 1", name="position_from_one"),
    )

    work_order_id: Mapped[int]
    work_order: Mapped[WorkOrder] = link(ondelete="CASCADE", back_populates="services", index=False)
    line_key: Mapped[str] = field(String(32), on=HIDDEN)
    position: Mapped[int] = field(Integer)
    description: Mapped[str] = field(String(500), on=SHOWN)
    details: Mapped[str | None] = field(Text, on=FORM_ONLY)
    quantity: Mapped[Quantity] = field(default=1)
    unit: Mapped[str | None] = field(String(20), on=SHOWN)
    net: Mapped[Minor] = field(on=DERIVED, default=0)
    state: Mapped[ServiceState] = field(on=DERIVED, default=ServiceState.OPEN, label="Status")
    completed_at: Mapped[datetime | None] = field(on=DERIVED)
    completed_by: Mapped[str | None] = field(String(120), on=DERIVED)
    asset_id: Mapped[int | None]
    asset: Mapped[SiteAsset | None] = link(on=FORM_ONLY, ondelete="SET NULL", label="Site asset")


class FormKind(enum.StrEnum):
    """The forms of a workorder [A71]."""

    SAFETY = "pre-job safety"
    REPORT = "report"
    FINISH = "finish"


class AnswerKind(enum.StrEnum):
    """How a question is answered."""

    YES_NO = "yes or no"
    TEXT = "text"
    NUMBER = "number"


class FormQuestion(Entity):
    """A question of one of the forms, set up by the company."""

    singular, plural, group_path = "form question", "form questions", None

    form: Mapped[FormKind] = field(on=SHOWN, short=True)
    position: Mapped[int] = field(Integer, on=SHOWN, default=100, help="Smaller numbers come first")
    question: Mapped[str] = field(String(200), on=FOUND, short=True)
    answer: Mapped[AnswerKind] = field(on=SHOWN, default=AnswerKind.YES_NO, short=True)
    required: Mapped[bool] = field(on=SHOWN, default=True)
    archived: Mapped[bool] = field(on=SHOWN, default=False)


class WorkForm(Entity):
    """A filled form: the questions as they were asked, with their answers [A71]."""

    singular, plural, group_path = "work form", "work forms", None
    __table_args__ = (Index("uq_work_form_work_order_id_kind", "work_order_id", "kind", unique=True),)

    work_order_id: Mapped[int]
    work_order: Mapped[WorkOrder] = link(ondelete="CASCADE", back_populates="forms", index=False)
    kind: Mapped[FormKind] = field(on=SHOWN)
    answers: Mapped[list[Any]] = field(on=HIDDEN, default=list)
    """[{"question", "answer"}] in the order asked."""
    filled_by: Mapped[str] = field(String(120), on=DERIVED)
    filled_at: Mapped[datetime] = field(on=DERIVED)


class TimeEntry(Entity):
    """Time somebody worked on a workorder; `hour_cost` is what an hour of theirs cost us then (minor units) [67]."""

    singular, plural = "time entry", "time entries"
    __table_args__ = (
        Index("ix_time_entry_work_order_id_id", "work_order_id", "id"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="within_a_day"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=HIDDEN, ondelete="RESTRICT")
    work_order_id: Mapped[int]
    work_order: Mapped[WorkOrder] = link(ondelete="RESTRICT", index=False)
    user_id: Mapped[int]
    user: Mapped[User] = link(ondelete="RESTRICT", label="Who", short=True)
    worked_on: Mapped[date] = field(on=SHOWN, short=True)
    minutes: Mapped[int] = field(Integer, on=SHOWN, short=True, unit="minutes")
    hour_cost: Mapped[Minor] = field(on=DERIVED, default=0)
    note: Mapped[str | None] = field(String(400), on=FORM_ONLY, short=True)


class Clocking(Row):
    """Somebody's clock is running on a workorder; stopping it writes the time entry."""

    __table_args__ = (Index("uq_clocking_user_id", "user_id", unique=True),)

    user_id: Mapped[int]
    user: Mapped[User] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    work_order_id: Mapped[int]
    work_order: Mapped[WorkOrder] = link(on=HIDDEN, ondelete="CASCADE")
    started_at: Mapped[datetime] = field(on=HIDDEN)


class CostKind(enum.StrEnum):
    """What money was spent on."""

    MATERIAL = "material"
    SUBCONTRACTOR = "subcontractor"
    EQUIPMENT = "equipment"
    DISPOSAL = "disposal"
    OTHER = "other"


class JobCost(Entity):
    """Money spent on a workorder, net of tax, in the company's currency [67]."""

    singular, plural = "job cost", "job costs"
    __table_args__ = (Index("ix_job_cost_work_order_id_id", "work_order_id", "id"),)

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=HIDDEN, ondelete="RESTRICT")
    work_order_id: Mapped[int]
    work_order: Mapped[WorkOrder] = link(ondelete="RESTRICT", index=False)
    description: Mapped[str] = field(String(200), on=SHOWN, short=True)
    kind: Mapped[CostKind] = field(on=SHOWN, default=CostKind.MATERIAL, short=True)
    amount: Mapped[Minor] = field(on=SHOWN, short=True, help="Net of tax")
    spent_on: Mapped[date] = field(on=SHOWN, short=True)
    supplier: Mapped[str | None] = field(String(120), on=FORM_ONLY, short=True)
