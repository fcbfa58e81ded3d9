"""A month's statements: who gets one, what became of each, and the job that sends them, once each [90]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Refusal, Unmet
from admin_app.kernel.money import Money
from admin_app.models import Contact, CustomerGroup, Job, Membership, OutboxMessage, OutboxState
from admin_app.records.aged_as_of import journal_balances
from admin_app.records.statement_of_account import Account, Since, read_account
from admin_app.services.queue_job import queue_job
from admin_app.services.send_statement import (
    NO_PAYER,
    draw_statement,
    message_of,
    messages_of,
    month_key,
    payer_of,
    queue_statement,
)
from admin_app.storage.folder import FolderStorage

JOB = "send statements"
"""The worker's name for the job."""


@dataclass(frozen=True, slots=True)
class Due:
    """One statement of the month: who owes or has what, and what became of the mail."""

    group_id: int
    public_id: str
    customer: str
    balance: Money
    message: OutboxMessage | None = None
    reachable: bool = True

    @property
    def result(self) -> str:
        """What became of it, in words."""
        if self.message is None:
            return "not sent yet" if self.reachable else NO_PAYER
        match self.message.state:
            case OutboxState.SENT:
                return f"sent to {self.message.recipient}"
            case OutboxState.FAILED:
                return f"could not be sent: {self.message.last_error or 'no reason given'}"
        return f"on its way to {self.message.recipient}"


def statements_due(session: Session, actor: Actor, ends_on: date) -> list[Due]:
    """Every customer and currency with a balance at the end of the day, and what became of its statement.

    Four statements, however many customers there are.
    """
    policy.demand(actor, policy.Permission.MONEY_READ)
    balances = journal_balances(session, ends_on)
    groups = _groups(session, sorted({group_id for group_id, _ in balances}))
    keys = {
        (group_id, currency): month_key(groups[group_id][0], ends_on, currency)
        for group_id, currency in balances
    }
    messages = messages_of(session, sorted(keys.values()))
    reachable = _reachable(session, sorted(groups))
    rows = [
        Due(
            group_id,
            groups[group_id][0],
            groups[group_id][1],
            Money(amount, currency),
            messages.get(keys[group_id, currency]),
            group_id in reachable,
        )
        for (group_id, currency), amount in balances.items()
    ]
    return sorted(rows, key=lambda row: (row.customer.casefold(), row.group_id, row.balance.currency))


def _groups(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(ids), 900):
        some = ids[start : start + 900]
        query = select(CustomerGroup.id, CustomerGroup.public_id, CustomerGroup.name)
        for key, public_id, name in session.execute(query.where(CustomerGroup.id.in_(some))):
            found[int(key)] = (public_id, name)
    return found


def _reachable(session: Session, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), 900):
        some = ids[start : start + 900]
        query = (
            select(Membership.group_id)
            .join(Contact, Contact.id == Membership.contact_id)
            .where(Membership.group_id.in_(some), Contact.email.is_not(None))
        )
        found |= set(session.scalars(query))
    return found


def start_sending(session: Session, ends_on: date, actor: Actor, clock: Clock) -> Job:
    """Hand the month's statements to the worker; pressed again, it sends those that were added since.

    Raises Unmet for a month that is not over, and where nothing is left to send.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    if ends_on >= clock.today():
        raise Unmet("Statements of a month go out when it is over")
    if not any(one.message is None and one.reachable for one in statements_due(session, actor, ends_on)):
        raise Unmet("Every customer with a balance and an email address has this statement")
    job = queue_job(session, JOB, job_key(ends_on), {"ends_on": ends_on.isoformat()}, clock.now())
    if job.done_at is not None:  # an earlier press is done; this one sends what came since
        job.done_at, job.due_at, job.attempts = None, clock.now(), 0
        session.flush()
    return job


def job_key(ends_on: date) -> str:
    """By which the job of a month is known."""
    return f"{JOB} {ends_on.isoformat()}"


def is_sending(session: Session, ends_on: date) -> bool:
    """Whether the worker still has statements of this month to send."""
    job = session.scalar(select(Job).where(Job.key == job_key(ends_on)))
    return job is not None and job.done_at is None


def send_one(
    session: Session, storage: FolderStorage, due: Due, ends_on: date, actor: Actor, clock: Clock
) -> str:
    """Send one customer's statement of the month and say what became of it; one that is queued stays as it is."""
    key = month_key(due.public_id, ends_on, due.balance.currency)
    sent = message_of(session, key)
    if sent is not None:
        return f"queued before, to {sent.recipient}"
    if payer_of(session, due.group_id) is None:
        return NO_PAYER
    group = session.get_one(CustomerGroup, due.group_id)
    account = month_account(session, actor, group, due.balance.currency, ends_on)
    try:
        paper = draw_statement(session, storage, group, account)
        group = session.get_one(CustomerGroup, due.group_id)
        payer = payer_of(session, due.group_id)
        queue_statement(session, group, account, paper, payer, actor, clock, key=key)
    except Refusal as refusal:
        return refusal.sentence
    return "queued"


def month_account(
    session: Session, actor: Actor, group: CustomerGroup, currency: str, ends_on: date
) -> Account:
    """What a month's statement shows: everything since the last zero."""
    return read_account(session, actor, group, currency, Since.LAST_ZERO, ends_on=ends_on)


def month_end(text: str) -> date:
    """The last day of "2026-03"; raises NotFound for what is no month."""
    year, dash, month = text.partition("-")
    bare = year + month
    if not (dash and len(year) == 4 and len(month) == 2 and bare.isascii() and bare.isdigit()):
        raise NotFound("There is no such month; write it as 2026-03")
    if not (1 <= int(month) <= 12 and 1900 <= int(year) <= 2199):
        raise NotFound("There is no such month; write it as 2026-03")
    first = date(int(year), int(month), 1)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
