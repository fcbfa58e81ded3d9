"""The rows behind the lines of Today: one select a line, with the same columns for all of them [68].

`records/today_lines.py` says who sees which line and what is done about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, and_, case, cast, exists, func, literal, null, or_, select
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.clock import Clock
from admin_app.models import (
    BankLine,
    BankLineState,
    ChangeState,
    Contact,
    ContactChange,
    CustomerGroup,
    Estimate,
    EstimateState,
    Event,
    EventKind,
    EventState,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Lead,
    LeadState,
    OutboxMessage,
    OutboxState,
    Payment,
    PaymentState,
    Priority,
    Project,
    Task,
    TaskState,
    Thread,
    ThreadState,
    WorkOrder,
    WorkOrderState,
    work_order_crew,
)
from admin_app.models.types import BIG, MinorUnits
from admin_app.records.pipeline import contract_total, waits_for_a_bill
from admin_app.records.record_name import name_of
from admin_app.records.to_invoice import asked_for, in_the_tray

SILENT_DAYS = 7
"""So long an estimate may lie with the client before somebody asks after it."""
MET = (EventKind.VISIT, EventKind.APPOINTMENT, EventKind.OTHER)
"""Events at which somebody meets the client; work stands with its crew."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, and the company's day around it (instants in UTC, the end not included)."""

    now: datetime
    today: date
    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, clock: Clock, zone: str) -> Moment:
        """The moment that this clock shows, in a time zone (IANA name)."""
        here, today = ZoneInfo(zone), clock.today()
        begins, ends = (
            datetime.combine(day, time(), here).astimezone(UTC) for day in (today, today + timedelta(days=1))
        )
        return cls(clock.now(), today, begins, ends)


BRAND = func.coalesce(Project.brand_id, CustomerGroup.brand_id)
"""A project's own brand, or its customer's."""


_NO_ID: Any = cast(null(), BIG)


def _columns(
    entity: Any,
    since: Any,
    title: Any,
    *,
    group: Any = None,
    project: Any = None,
    owner: Any = None,
    brand: Any = None,
    number: Any = None,
    note: Any = None,
    amount: Any = None,
    currency: Any = None,
) -> Select[Any]:
    """What a row of Today tells, whatever it is about; every kind has the same columns, for they are put together."""

    def typed(value: Any, of: Any) -> Any:
        return cast(null() if value is None else value, of)

    return select(
        entity.id.label("id"),
        (_NO_ID if group is None else group).label("group_id"),
        (_NO_ID if project is None else project).label("project_id"),
        (_NO_ID if owner is None else owner).label("owner_id"),
        (_NO_ID if brand is None else brand).label("brand_id"),
        typed(title, String).label("title"),
        typed(number, String).label("number"),
        typed(note, String).label("note"),
        since.label("since"),
        typed(amount, MinorUnits()).label("amount"),
        typed(currency, String).label("currency"),
    )


def _rows(
    entity: Any, since: Any, title: Any, *, owner: Any = Project.estimator_id, brand: Any = BRAND, **more: Any
) -> Select[Any]:
    """The rows of an entity that belongs to a customer and may belong to a project."""
    rows = _columns(
        entity,
        since,
        title,
        group=entity.group_id,
        project=entity.project_id,
        owner=owner,
        brand=brand,
        **more,
    )
    return rows.outerjoin(CustomerGroup, CustomerGroup.id == entity.group_id).outerjoin(
        Project, Project.id == entity.project_id
    )


def by_estimator(user_id: int) -> ColumnElement[bool]:
    """What belongs to a project of this estimator."""
    return Project.estimator_id == user_id


def messages_rows(_: Moment) -> Select[Any]:
    """Threads in which the client spoke last."""
    return _rows(Thread, Thread.last_at, Thread.subject, owner=Thread.assignee_id).where(
        Thread.state == ThreadState.OPEN, Thread.waits
    )


def requests_rows(_: Moment) -> Select[Any]:
    """New ones without an estimate, and those that came through the portal and nobody has accepted."""
    estimated = exists().where(Estimate.project_id == Lead.project_id)
    fresh = Lead.state.in_((LeadState.DRAFT, LeadState.NEW)) & ~estimated
    who = select(name_of(Contact)).where(Contact.id == Lead.asked_by_id).scalar_subquery()
    asked, urgent = literal("asked in the portal by ") + who, Lead.priority == Priority.URGENT
    note = case(
        (and_(urgent, Lead.asked_by_id.is_not(None)), literal("urgent, ") + asked),
        (Lead.asked_by_id.is_not(None), asked),
        (urgent, literal("urgent")),
    )
    return _rows(Lead, Lead.asked_on, Lead.title, note=note).where(
        or_(Lead.state == LeadState.FOR_APPROVAL, fresh)
    )


def details_rows(_: Moment) -> Select[Any]:
    """What clients want changed in their own details [121]."""
    who = select(name_of(Contact)).where(Contact.id == ContactChange.contact_id).scalar_subquery()
    return (
        _columns(
            ContactChange,
            ContactChange.asked_at,
            literal("New details of ") + who,
            group=ContactChange.group_id,
            brand=CustomerGroup.brand_id,
        )
        .outerjoin(CustomerGroup, CustomerGroup.id == ContactChange.group_id)
        .where(ContactChange.state == ChangeState.WAITING)
    )


def changes_rows(_: Moment) -> Select[Any]:
    """Estimates to which the client wants changes."""
    return _estimates(Estimate.state_since).where(Estimate.state == EstimateState.CHANGES_REQUESTED)


def silent_rows(moment: Moment) -> Select[Any]:
    """Estimates that lie with the client for a week."""
    return _estimates(Estimate.sent_at).where(
        Estimate.state == EstimateState.SENT, Estimate.sent_at <= moment.now - timedelta(days=SILENT_DAYS)
    )


def _estimates(since: Any) -> Select[Any]:
    return _rows(
        Estimate,
        since,
        Estimate.title,
        number=Estimate.number,
        amount=Estimate.total,
        currency=Estimate.currency,
    )


def calls_rows(moment: Moment) -> Select[Any]:
    """Calls that were asked for or planned, until the end of today."""
    return _rows(Event, Event.starts_at, Event.title, owner=Event.assignee_id).where(
        Event.kind == EventKind.CALL, Event.state == EventState.PLANNED, Event.starts_at < moment.ends
    )


def tasks_rows(moment: Moment) -> Select[Any]:
    """A call that was asked for is a task and a line of the calendar; it is counted as the call it is [A53]."""
    is_a_call = exists().where(
        Event.project_id == Task.project_id,
        Event.kind == EventKind.CALL,
        Event.state == EventState.PLANNED,
        Task.title.startswith("Call ", autoescape=True),
    )
    return _rows(Task, Task.due_on, Task.title, owner=Task.assignee_id).where(
        Task.state.in_((TaskState.OPEN, TaskState.IN_PROGRESS)), Task.due_on <= moment.today, ~is_a_call
    )


def appointments_rows(moment: Moment) -> Select[Any]:
    """When somebody meets a client today."""
    return _rows(Event, Event.starts_at, Event.title, owner=Event.assignee_id).where(
        Event.kind.in_(MET),
        Event.state == EventState.PLANNED,
        Event.work_order_id.is_(None),
        Event.starts_at >= moment.begins,
        Event.starts_at < moment.ends,
    )


def jobs_rows(moment: Moment) -> Select[Any]:
    """Work that is on site today."""
    return _rows(WorkOrder, WorkOrder.starts_at, WorkOrder.title, number=WorkOrder.number).where(
        on_site(moment)
    )


def on_site(moment: Moment) -> ColumnElement[bool]:
    """Work that is planned for this day or under way: of several days, each of them."""
    return (
        WorkOrder.state.in_((WorkOrderState.SCHEDULED, WorkOrderState.IN_PROGRESS))
        & (WorkOrder.starts_at < moment.ends)
        & (func.coalesce(WorkOrder.ends_at, WorkOrder.starts_at) >= moment.begins)
    )


def late_jobs_rows(moment: Moment) -> Select[Any]:
    """Work whose day has passed and that nobody has finished."""
    ended = func.coalesce(WorkOrder.ends_at, WorkOrder.starts_at)
    return _rows(WorkOrder, ended, WorkOrder.title, number=WorkOrder.number).where(
        WorkOrder.state.in_((WorkOrderState.SCHEDULED, WorkOrderState.IN_PROGRESS)), ended < moment.begins
    )


def unplanned_rows(_: Moment) -> Select[Any]:
    """Work that was agreed and has no day yet, with what its contract comes to."""
    return _contracts().where(WorkOrder.state == WorkOrderState.NEW, WorkOrder.starts_at.is_(None))


def my_jobs(user_id: int) -> ColumnElement[bool]:
    """Work of this estimator's projects, and of crews this person is on."""
    crews = select(work_order_crew.c.work_order_id).where(work_order_crew.c.user_id == user_id)
    return or_(Project.estimator_id == user_id, WorkOrder.id.in_(crews))


def finished_rows(_: Moment) -> Select[Any]:
    """The crew has left and the office has not looked at it, or looked and no bill came of it."""
    return _contracts().where(or_(WorkOrder.state == WorkOrderState.FINISHED, waits_for_a_bill()))


def _contracts() -> Select[Any]:
    """Workorders with the total of their contracts."""
    rows = _rows(
        WorkOrder,
        WorkOrder.state_since,
        WorkOrder.title,
        number=WorkOrder.number,
        amount=contract_total(),
        currency=Estimate.currency,
    )
    return rows.join(Estimate, Estimate.id == WorkOrder.estimate_id)


def tray_rows(_: Moment) -> Select[Any]:
    """Drafts that wait in the To invoice tray."""
    rows = _bills(Invoice.created_at, asked_for())
    return rows.where(in_the_tray())


def overdue_rows(moment: Moment) -> Select[Any]:
    """Bills over interest are left out, as on the page of overdue invoices [M41]."""
    return _bills(Invoice.due_on, Invoice.balance).where(
        Invoice.state == InvoiceState.ISSUED,
        Invoice.balance > 0,
        Invoice.due_on < moment.today,
        Invoice.kind != InvoiceKind.INTEREST,
    )


def _bills(since: Any, amount: Any) -> Select[Any]:
    return _rows(
        Invoice,
        since,
        Invoice.title,
        brand=func.coalesce(Invoice.brand_id, BRAND),
        number=Invoice.number,
        amount=amount,
        currency=Invoice.currency,
    )


def unallocated_rows(_: Moment) -> Select[Any]:
    """Money that no invoice uses."""
    return _rows(
        Payment,
        Payment.paid_on,
        func.coalesce(Payment.reference, cast(Payment.method, String)),
        amount=Payment.unallocated,
        currency=Payment.currency,
    ).where(Payment.unallocated > 0, Payment.state == PaymentState.RECEIVED)


def bank_rows(_: Moment) -> Select[Any]:
    """Lines of the bank belong to no customer before they are booked."""
    return _columns(BankLine, BankLine.booked_on, BankLine.counterparty).where(
        BankLine.state == BankLineState.OPEN
    )


def outbox_rows(_: Moment) -> Select[Any]:
    """Messages that were given up."""
    return (
        _columns(
            OutboxMessage,
            OutboxMessage.due_at,
            OutboxMessage.subject,
            group=OutboxMessage.group_id,
            note=OutboxMessage.recipient,
        )
        # A message is machinery without a scope of its own: the right to the page is the right to its rows.
        .where(OutboxMessage.state == OutboxState.FAILED)
    )
