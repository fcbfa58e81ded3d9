"""What may need a person today, one declaration a line: who sees it, which rows, and the one thing to do about it [68].

A line is a select of rows with the same columns for all lines; the figure on the page adds them up and the list
behind it shows them, so that both are equal by construction.  `records/today.py` reads this table.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, case, cast, exists, func, literal, null, or_, select
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.clock import Clock
from admin_app.models import (
    BankLine,
    BankLineState,
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
from admin_app.policy import Permission
from admin_app.records.pipeline import contract_total, waits_for_a_bill
from admin_app.records.to_invoice import asked_for, in_the_tray

P = Permission
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


class Heading(enum.StrEnum):
    """Under which the lines stand, in this order."""

    CLIENTS = "Clients"
    WORK = "Work"
    MONEY = "Money"
    OFFICE = "Office"


class Tone(enum.StrEnum):
    """The colour of a line (look.md): amber waits for someone, red is late or broken, blue is on its way."""

    AMBER = "amber"
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that may need a person.

    `rows` gives the columns id, group_id, project_id, owner_id, brand_id, title, number, note, since, amount,
    currency.  `opens` names the page that shows exactly these rows, where there is one made for acting on them;
    `mine` is the condition of one's own rows, None for what is everybody's.
    """

    key: str
    one: str
    many: str
    heading: Heading
    icon: str
    tone: Tone
    see: Permission
    act: Permission
    action: str
    rows: Callable[[Moment], Select[Any]]
    record: str
    """What kind of record a row is, in the words of its list."""
    opens: str = ""
    mine: Callable[[int], ColumnElement[bool]] | None = None
    age: str = "oldest"
    """What the first instant or day of the rows means: the oldest, or the first of today."""

    def words(self, count: int) -> str:
        """What is counted, in the number that fits."""
        return self.one if count == 1 else self.many


BRAND = func.coalesce(Project.brand_id, CustomerGroup.brand_id)
"""A project's own brand, or its customer's."""


def _nothing(of: Any) -> Any:
    return cast(null(), of)


def _rows(
    entity: Any,
    since: Any,
    title: Any,
    *,
    owner: Any = Project.estimator_id,
    brand: Any = BRAND,
    number: Any = None,
    note: Any = None,
    amount: Any = None,
    currency: Any = None,
) -> Select[Any]:
    """The rows of an entity that belongs to a customer and may belong to a project."""
    return (
        select(
            entity.id.label("id"),
            entity.group_id.label("group_id"),
            entity.project_id.label("project_id"),
            owner.label("owner_id"),
            brand.label("brand_id"),
            cast(title, String).label("title"),
            cast(null() if number is None else number, String).label("number"),
            cast(null() if note is None else note, String).label("note"),
            since.label("since"),
            (_nothing(MinorUnits()) if amount is None else cast(amount, MinorUnits())).label("amount"),
            (_nothing(String()) if currency is None else cast(currency, String)).label("currency"),
        )
        .outerjoin(CustomerGroup, CustomerGroup.id == entity.group_id)
        .outerjoin(Project, Project.id == entity.project_id)
    )


def _by_estimator(user_id: int) -> ColumnElement[bool]:
    return Project.estimator_id == user_id


def _messages(_: Moment) -> Select[Any]:
    return _rows(Thread, Thread.last_at, Thread.subject, owner=Thread.assignee_id).where(
        Thread.state == ThreadState.OPEN, Thread.waits
    )


def _requests(_: Moment) -> Select[Any]:
    """New ones without an estimate, and those that came through the portal and nobody has accepted."""
    estimated = exists().where(Estimate.project_id == Lead.project_id)
    fresh = Lead.state.in_((LeadState.DRAFT, LeadState.NEW)) & ~estimated
    urgent = case((Lead.priority == Priority.URGENT, literal("urgent")))
    return _rows(Lead, Lead.asked_on, Lead.title, note=urgent).where(
        or_(Lead.state == LeadState.FOR_APPROVAL, fresh)
    )


def _changes(_: Moment) -> Select[Any]:
    return _estimates(Estimate.state_since).where(Estimate.state == EstimateState.CHANGES_REQUESTED)


def _silent(moment: Moment) -> Select[Any]:
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


def _calls(moment: Moment) -> Select[Any]:
    return _rows(Event, Event.starts_at, Event.title, owner=Event.assignee_id).where(
        Event.kind == EventKind.CALL, Event.state == EventState.PLANNED, Event.starts_at < moment.ends
    )


def _tasks(moment: Moment) -> Select[Any]:
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


def _appointments(moment: Moment) -> Select[Any]:
    return _rows(Event, Event.starts_at, Event.title, owner=Event.assignee_id).where(
        Event.kind.in_(MET),
        Event.state == EventState.PLANNED,
        Event.work_order_id.is_(None),
        Event.starts_at >= moment.begins,
        Event.starts_at < moment.ends,
    )


def _jobs(moment: Moment) -> Select[Any]:
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


def _my_jobs(user_id: int) -> ColumnElement[bool]:
    crews = select(work_order_crew.c.work_order_id).where(work_order_crew.c.user_id == user_id)
    return or_(Project.estimator_id == user_id, WorkOrder.id.in_(crews))


def _finished(_: Moment) -> Select[Any]:
    """The crew has left and the office has not looked at it, or looked and no bill came of it."""
    rows = _rows(
        WorkOrder,
        WorkOrder.state_since,
        WorkOrder.title,
        number=WorkOrder.number,
        amount=contract_total(),
        currency=Estimate.currency,
    )
    return rows.join(Estimate, Estimate.id == WorkOrder.estimate_id).where(
        or_(WorkOrder.state == WorkOrderState.FINISHED, waits_for_a_bill())
    )


def _tray(_: Moment) -> Select[Any]:
    rows = _bills(Invoice.created_at, asked_for())
    return rows.where(in_the_tray())


def _overdue(moment: Moment) -> Select[Any]:
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


def _unallocated(_: Moment) -> Select[Any]:
    return _rows(
        Payment,
        Payment.paid_on,
        func.coalesce(Payment.reference, cast(Payment.method, String)),
        amount=Payment.unallocated,
        currency=Payment.currency,
    ).where(Payment.unallocated > 0, Payment.state == PaymentState.RECEIVED)


def _bank(_: Moment) -> Select[Any]:
    """Lines of the bank belong to no customer before they are booked."""
    return select(
        BankLine.id.label("id"),
        _nothing(BIG).label("group_id"),
        _nothing(BIG).label("project_id"),
        _nothing(BIG).label("owner_id"),
        _nothing(BIG).label("brand_id"),
        cast(BankLine.counterparty, String).label("title"),
        _nothing(String()).label("number"),
        _nothing(String()).label("note"),
        BankLine.booked_on.label("since"),
        _nothing(MinorUnits()).label("amount"),
        _nothing(String()).label("currency"),
    ).where(BankLine.state == BankLineState.OPEN)


def _outbox(_: Moment) -> Select[Any]:
    return (
        select(
            OutboxMessage.id.label("id"),
            OutboxMessage.group_id.label("group_id"),
            _nothing(BIG).label("project_id"),
            _nothing(BIG).label("owner_id"),
            _nothing(BIG).label("brand_id"),
            OutboxMessage.subject.label("title"),
            _nothing(String()).label("number"),
            OutboxMessage.recipient.label("note"),
            OutboxMessage.due_at.label("since"),
            _nothing(MinorUnits()).label("amount"),
            _nothing(String()).label("currency"),
        )
        # A message is machinery without a scope of its own: the right to the page is the right to its rows.
        .where(OutboxMessage.state == OutboxState.FAILED)
    )


H, T = Heading, Tone

LINES: tuple[Line, ...] = (
    Line(
        "messages", "message to answer", "messages to answer", H.CLIENTS, "chat-left-text", T.AMBER,
        P.MESSAGES_READ, P.MESSAGES_WRITE, "Answer messages", _messages, "thread", opens="inbox.index",
        mine=lambda me: Thread.assignee_id == me,
    ),
    Line(
        "requests", "request without an estimate", "requests without an estimate", H.CLIENTS, "inbox", T.AMBER,
        P.SALES_READ, P.SALES_WRITE, "Answer requests", _requests, "lead", mine=_by_estimator,
    ),
    Line(
        "calls", "call to make", "calls to make", H.CLIENTS, "telephone-outbound", T.AMBER,
        P.WORK_READ, P.WORK_WRITE, "Make calls", _calls, "event", mine=lambda me: Event.assignee_id == me,
    ),
    Line(
        "changes", "estimate to change", "estimates to change", H.CLIENTS, "chat-left-quote", T.AMBER,
        P.SALES_READ, P.SALES_WRITE, "Revise estimates", _changes, "estimate", mine=_by_estimator,
    ),
    Line(
        "silent", "estimate sent, silent for a week", "estimates sent, silent for a week", H.CLIENTS,
        "hourglass-split", T.AMBER, P.SALES_READ, P.SALES_WRITE, "Follow up", _silent, "estimate",
        mine=_by_estimator,
    ),
    Line(
        "appointments", "appointment today", "appointments today", H.WORK, "calendar-event", T.BLUE,
        P.WORK_READ, P.WORK_WRITE, "See appointments", _appointments, "event",
        mine=lambda me: Event.assignee_id == me, age="first",
    ),
    Line(
        "jobs", "job on site today", "jobs on site today", H.WORK, "truck", T.BLUE,
        P.WORK_READ, P.WORK_WRITE, "See crews", _jobs, "workorder", mine=_my_jobs, age="",
    ),
    Line(
        "tasks", "task due", "tasks due", H.WORK, "check2-square", T.AMBER,
        P.WORK_READ, P.WORK_WRITE, "Do tasks", _tasks, "task", mine=lambda me: Task.assignee_id == me,
    ),
    Line(
        "finished", "finished job to complete and bill", "finished jobs to complete and bill", H.WORK, "flag",
        T.AMBER, P.SALES_READ, P.WORK_WRITE, "Complete jobs", _finished, "workorder", mine=_by_estimator,
    ),
    Line(
        "to-invoice", "draft ready to invoice", "drafts ready to invoice", H.MONEY, "receipt", T.AMBER,
        P.MONEY_READ, P.MONEY_WRITE, "Issue and send", _tray, "invoice", opens="billing.tray",
        mine=_by_estimator,
    ),
    Line(
        "overdue", "invoice overdue", "invoices overdue", H.MONEY, "exclamation-circle", T.RED,
        P.MONEY_READ, P.MONEY_WRITE, "Chase payment", _overdue, "invoice", mine=_by_estimator,
    ),
    Line(
        "unallocated", "payment not used yet", "payments not used yet", H.MONEY, "piggy-bank", T.AMBER,
        P.MONEY_READ, P.MONEY_WRITE, "Use payments", _unallocated, "payment", mine=_by_estimator,
    ),
    Line(
        "bank", "line of the bank to book", "lines of the bank to book", H.MONEY, "bank", T.AMBER,
        P.BANK, P.BANK, "Book bank lines", _bank, "bank line", opens="bank.queue",
    ),
    Line(
        "outbox", "message that did not go out", "messages that did not go out", H.OFFICE, "send-exclamation",
        T.RED, P.SETTINGS, P.SETTINGS, "Look at failures", _outbox, "message", opens="outbox.index",
    ),
)  # fmt: skip
"""Everything that may need a person, in the order of the page."""
