"""What may need a person today, one declaration a line: who sees it, which rows, and the one thing to do about it [68].

A line is a select of rows with the same columns for all lines; the figure on the page adds them up and the list
behind it shows them, so that both are equal by construction.  `records/today.py` reads this table.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.sql import ColumnElement

from admin_app.models import Event, Task, Thread
from admin_app.policy import Permission
from admin_app.records.today_rows import (
    Moment,
    appointments_rows,
    bank_rows,
    by_estimator,
    calls_rows,
    changes_rows,
    details_rows,
    finished_rows,
    jobs_rows,
    late_jobs_rows,
    messages_rows,
    my_jobs,
    outbox_rows,
    overdue_rows,
    requests_rows,
    silent_rows,
    tasks_rows,
    tray_rows,
    unallocated_rows,
    unplanned_rows,
)

P = Permission


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
    quiet: str
    """What it is called among the lines that are empty."""
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
    opens_narrowed: bool = False
    """Whether that page can show one brand, or one's own, too."""
    mine: Callable[[int], ColumnElement[bool]] | None = None
    age: str = "oldest"
    """What the first instant or day of the rows means: the oldest, or the first of today."""

    def words(self, count: int) -> str:
        """What is counted, in the number that fits."""
        return self.one if count == 1 else self.many


H, T = Heading, Tone

LINES: tuple[Line, ...] = (
    Line(
        "messages",
        "message to answer",
        "messages to answer",
        "messages",
        H.CLIENTS,
        "chat-left-text",
        T.AMBER,
        P.MESSAGES_READ,
        P.MESSAGES_WRITE,
        "Answer messages",
        messages_rows,
        "thread",
        opens="inbox.index",
        mine=lambda me: Thread.assignee_id == me,
    ),
    Line(
        "requests",
        "request without an estimate",
        "requests without an estimate",
        "requests",
        H.CLIENTS,
        "inbox",
        T.AMBER,
        P.SALES_READ,
        P.SALES_WRITE,
        "Answer requests",
        requests_rows,
        "lead",
        mine=by_estimator,
    ),
    Line(
        "details",
        "change of details to answer",
        "changes of details to answer",
        "changes of details",
        H.CLIENTS,
        "person-vcard",
        T.AMBER,
        P.MESSAGES_READ,
        P.CUSTOMERS_WRITE,
        "Answer changes",
        details_rows,
        "change of details",
    ),
    Line(
        "calls",
        "call to make",
        "calls to make",
        "calls",
        H.CLIENTS,
        "telephone-outbound",
        T.AMBER,
        P.WORK_READ,
        P.WORK_WRITE,
        "Make calls",
        calls_rows,
        "event",
        mine=lambda me: Event.assignee_id == me,
    ),
    Line(
        "changes",
        "estimate to change",
        "estimates to change",
        "changes of estimates",
        H.CLIENTS,
        "chat-left-quote",
        T.AMBER,
        P.SALES_READ,
        P.SALES_WRITE,
        "Revise estimates",
        changes_rows,
        "estimate",
        mine=by_estimator,
    ),
    Line(
        "silent",
        "estimate sent, silent for a week",
        "estimates sent, silent for a week",
        "silent estimates",
        H.CLIENTS,
        "hourglass-split",
        T.AMBER,
        P.SALES_READ,
        P.SALES_WRITE,
        "Follow up",
        silent_rows,
        "estimate",
        mine=by_estimator,
    ),
    Line(
        "appointments",
        "appointment today",
        "appointments today",
        "appointments",
        H.WORK,
        "calendar-event",
        T.BLUE,
        P.WORK_READ,
        P.WORK_WRITE,
        "See appointments",
        appointments_rows,
        "event",
        mine=lambda me: Event.assignee_id == me,
        age="first",
    ),
    Line(
        "jobs",
        "job on site today",
        "jobs on site today",
        "crews",
        H.WORK,
        "truck",
        T.BLUE,
        P.WORK_READ,
        P.WORK_WRITE,
        "See crews",
        jobs_rows,
        "workorder",
        mine=my_jobs,
        age="",
    ),
    Line(
        "late-jobs",
        "job past its day",
        "jobs past their day",
        "late jobs",
        H.WORK,
        "calendar-x",
        T.RED,
        P.WORK_READ,
        P.WORK_WRITE,
        "Plan again",
        late_jobs_rows,
        "workorder",
        mine=my_jobs,
    ),
    Line(
        "unplanned",
        "agreed job without a day",
        "agreed jobs without a day",
        "jobs without a day",
        H.WORK,
        "calendar-plus",
        T.AMBER,
        P.SALES_READ,
        P.WORK_WRITE,
        "Plan jobs",
        unplanned_rows,
        "workorder",
        mine=by_estimator,
    ),
    Line(
        "tasks",
        "task due",
        "tasks due",
        "tasks",
        H.WORK,
        "check2-square",
        T.AMBER,
        P.WORK_READ,
        P.WORK_WRITE,
        "Do tasks",
        tasks_rows,
        "task",
        mine=lambda me: Task.assignee_id == me,
    ),
    Line(
        "finished",
        "finished job to complete and bill",
        "finished jobs to complete and bill",
        "finished jobs",
        H.WORK,
        "flag",
        T.AMBER,
        P.SALES_READ,
        P.WORK_WRITE,
        "Complete jobs",
        finished_rows,
        "workorder",
        mine=by_estimator,
    ),
    Line(
        "to-invoice",
        "draft ready to invoice",
        "drafts ready to invoice",
        "drafts of invoices",
        H.MONEY,
        "receipt",
        T.AMBER,
        P.MONEY_READ,
        P.MONEY_WRITE,
        "Issue and send",
        tray_rows,
        "invoice",
        opens="billing.tray",
        opens_narrowed=True,
        mine=by_estimator,
    ),
    Line(
        "overdue",
        "invoice overdue",
        "invoices overdue",
        "overdue invoices",
        H.MONEY,
        "exclamation-circle",
        T.RED,
        P.MONEY_READ,
        P.MONEY_WRITE,
        "Chase payment",
        overdue_rows,
        "invoice",
        mine=by_estimator,
    ),
    Line(
        "unallocated",
        "payment not used yet",
        "payments not used yet",
        "unused payments",
        H.MONEY,
        "piggy-bank",
        T.AMBER,
        P.MONEY_READ,
        P.MONEY_WRITE,
        "Use payments",
        unallocated_rows,
        "payment",
        mine=by_estimator,
    ),
    Line(
        "bank",
        "line of the bank to book",
        "lines of the bank to book",
        "bank lines",
        H.MONEY,
        "bank",
        T.AMBER,
        P.BANK,
        P.BANK,
        "Book bank lines",
        bank_rows,
        "bank line",
        opens="bank.queue",
    ),
    Line(
        "outbox",
        "message that did not go out",
        "messages that did not go out",
        "failed messages",
        H.OFFICE,
        "send-exclamation",
        T.RED,
        P.SETTINGS,
        P.SETTINGS,
        "Look at failures",
        outbox_rows,
        "message",
        opens="outbox.index",
    ),
)
"""Everything that may need a person, in the order of the page."""
