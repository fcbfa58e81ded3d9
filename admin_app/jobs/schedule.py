"""What the worker knows to do: one line a job, by name, and when those that recur are due again.

A job that recurs has one row, whose due time moves on; a job that a service queued has a row of its own and is done
once.  Times of day are the company's; a night in which the machine slept is made up for at the next start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from admin_app.jobs.bill_plans import bill_service_plans
from admin_app.jobs.bring_leads_back import bring_leads_back
from admin_app.jobs.card_payments import (
    ask_card_provider,
    forget_card_at_provider,
    pay_back_at_provider,
    settle_card_payments,
)
from admin_app.jobs.expire_estimates import let_estimates_expire
from admin_app.jobs.fetch_mail import fetch_mail
from admin_app.jobs.keep_backups import keep_backups
from admin_app.jobs.keep_totals import keep_totals, tie_totals_out
from admin_app.jobs.mail_digests import mail_digests
from admin_app.jobs.mail_sign_in_link import mail_sign_in_link
from admin_app.jobs.move_in import move_in_files
from admin_app.jobs.plan_visits import plan_recurring_visits
from admin_app.jobs.remind_of_tasks import remind_those_who_have_tasks
from admin_app.jobs.run_notebook import run_asked_notebook
from admin_app.jobs.score_customers import score_customers
from admin_app.jobs.send_messages import send_messages
from admin_app.jobs.send_reminders import send_reminders
from admin_app.jobs.send_statements import send_statements
from admin_app.jobs.shift import Shift
from admin_app.jobs.sweep import forget_what_ran_out, sweep_files
from admin_app.jobs.watch_reports import watch_reports
from admin_app.services.ask_for_notebook import JOB as RUN_NOTEBOOK
from admin_app.services.checkout.pay_back import PAY_BACK
from admin_app.services.checkout.saved_cards import FORGET
from admin_app.services.checkout.settle import ASK

Due = Callable[[datetime, ZoneInfo], datetime]


@dataclass(frozen=True)
class Handler:
    """How a job is done: the function, how long a worker may take before another takes over, when it recurs."""

    do: Callable[[Shift], None]
    lease: timedelta = timedelta(minutes=15)
    next_due: Due | None = None


def daily(at: time) -> Due:
    """Every day at this time of the company's zone."""

    def next_due(now: datetime, zone: ZoneInfo) -> datetime:
        local = now.astimezone(zone)
        today = datetime.combine(local.date(), at, zone)
        due = today if today > local else datetime.combine(local.date() + timedelta(days=1), at, zone)
        return due.astimezone(now.tzinfo)

    return next_due


def weekly(weekday: int, at: time) -> Due:
    """Every week on this day (0: Monday) at this time of the company's zone."""

    def next_due(now: datetime, zone: ZoneInfo) -> datetime:
        local = now.astimezone(zone)
        day = local.date() + timedelta(days=(weekday - local.weekday()) % 7)
        due = datetime.combine(day, at, zone)
        if due <= local:
            due = datetime.combine(day + timedelta(days=7), at, zone)
        return due.astimezone(now.tzinfo)

    return next_due


def every(minutes: int) -> Due:
    """Again and again, so many minutes after it was done."""

    def next_due(now: datetime, zone: ZoneInfo) -> datetime:
        return now + timedelta(minutes=minutes)

    return next_due


HANDLERS: dict[str, Handler] = {
    ASK: Handler(ask_card_provider),
    FORGET: Handler(forget_card_at_provider),
    PAY_BACK: Handler(pay_back_at_provider),
    "bring leads back": Handler(bring_leads_back, next_due=daily(time(0, 15))),
    "expire estimates": Handler(let_estimates_expire, next_due=daily(time(0, 20))),
    "bill service plans": Handler(bill_service_plans, lease=timedelta(hours=2), next_due=daily(time(0, 30))),
    "fetch mail": Handler(fetch_mail, next_due=every(1)),
    "plan visits": Handler(plan_recurring_visits, lease=timedelta(hours=1), next_due=daily(time(0, 40))),
    "keep backups": Handler(keep_backups, lease=timedelta(hours=4), next_due=daily(time(2, 30))),
    "keep totals": Handler(keep_totals, lease=timedelta(hours=1), next_due=every(1)),
    "mail digests": Handler(mail_digests, lease=timedelta(hours=1), next_due=weekly(0, time(7, 0))),
    "mail sign-in link": Handler(mail_sign_in_link),
    "move in": Handler(move_in_files, lease=timedelta(hours=6)),
    "remind of tasks": Handler(remind_those_who_have_tasks, next_due=every(1)),
    "settle card payments": Handler(settle_card_payments, next_due=every(1)),
    "score customers": Handler(score_customers, lease=timedelta(hours=2), next_due=daily(time(1, 10))),
    "send reminders": Handler(send_reminders, lease=timedelta(hours=1), next_due=every(30)),
    "send statements": Handler(send_statements, lease=timedelta(hours=2)),
    RUN_NOTEBOOK: Handler(run_asked_notebook),
    "tie totals out": Handler(tie_totals_out, lease=timedelta(hours=2), next_due=daily(time(3, 0))),
    "sweep files": Handler(sweep_files, lease=timedelta(hours=1), next_due=daily(time(3, 30))),
    "watch reports": Handler(watch_reports, lease=timedelta(hours=1), next_due=daily(time(6, 30))),
    "forget what ran out": Handler(forget_what_ran_out, next_due=daily(time(3, 45))),
}
"""Name → how it is done."""

ROUNDS: tuple[Callable[[Shift], None], ...] = (send_messages,)
"""What is looked at on every round, without a row of its own."""
