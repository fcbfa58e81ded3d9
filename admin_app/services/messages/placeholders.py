"""What stands in double braces in a template, and what it becomes: the one table of placeholders [98, E15-E18].

Values are plain text: they are put in once and never read again, so nothing that a person typed is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from admin_app.documents.printed import locale_of, print_money
from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.models import (
    Address,
    Brand,
    Company,
    CreditNote,
    CustomerGroup,
    Estimate,
    Event,
    Invoice,
    InvoiceState,
    Lead,
    MessagePurpose,
    Payment,
    Project,
    Refund,
    Task,
    WorkOrder,
)
from admin_app.services.messages.about import group_of, number_of, project_of, title_of
from admin_app.services.messages.resolve import APPOINTMENTS, ESTIMATES, MONEY, Recipient

P = MessagePurpose


@dataclass(frozen=True)
class Telling:
    """Everything a placeholder may speak of: what the message is about, who writes to whom, when."""

    about: Any
    recipient: Recipient | None
    actor: Actor
    company: Company
    brand: Brand | None
    today: date
    language: str
    first_name: str = ""
    link: str = ""
    """The address of the document or the portal, or the mark that it comes later; "" where the portal is closed."""

    @property
    def locale(self) -> Locale:
        """How days and amounts are written."""
        return locale_of(self.language)

    @property
    def zone(self) -> ZoneInfo:
        """Where the clock on the wall hangs."""
        return ZoneInfo(self.company.zone)

    @property
    def group(self) -> CustomerGroup | None:
        """The customer."""
        return group_of(self.about)

    @property
    def project(self) -> Project | None:
        """The project."""
        return project_of(self.about)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A word in double braces: what it stands for, for which purposes it has a meaning, and its text."""

    says: str
    value: Callable[[Telling], str]
    purposes: frozenset[MessagePurpose] | None = None
    """None: all of them."""

    def suits(self, purpose: MessagePurpose) -> bool:
        """Whether it has a meaning in messages of this purpose."""
        return self.purposes is None or purpose in self.purposes


def _brand_name(telling: Telling) -> str:
    return telling.brand.name if telling.brand is not None else telling.company.name


def _amount(telling: Telling) -> str:
    about = telling.about
    if isinstance(about, Estimate | Invoice | CreditNote):
        return _money(telling, about.total, about.currency)
    if isinstance(about, Payment | Refund):
        return _money(telling, about.amount, about.currency)
    return ""


def _open(telling: Telling) -> str:
    about = telling.about
    if not isinstance(about, Invoice):
        return ""
    left = about.balance
    if about.state is InvoiceState.DRAFT:
        left = about.total - about.deducted - about.retained
    return _money(telling, left, about.currency) if left > 0 else ""


def _money(telling: Telling, minor: int, currency: str) -> str:
    return print_money(Money(minor, currency), telling.locale)


def _due(telling: Telling) -> str:
    about = telling.about
    day = about.expires_on if isinstance(about, Estimate) else getattr(about, "due_on", None)
    return _day(telling, day) if day is not None else ""


def _days_late(telling: Telling) -> str:
    due = getattr(telling.about, "due_on", None)
    late = (telling.today - due).days if due is not None else 0
    return "" if late <= 0 else "1 day" if late == 1 else f"{late} days"


def _starts(telling: Telling) -> datetime | None:
    about = telling.about
    starts = about.starts_at if isinstance(about, Event | WorkOrder) else None
    return starts.astimezone(telling.zone) if starts is not None else None


def _when(telling: Telling) -> str:
    starts = _starts(telling)
    if starts is not None:
        return format_date(starts.date(), "full", locale=telling.locale)
    about = telling.about
    day = about.paid_on if isinstance(about, Payment) else getattr(about, "issued_on", None)
    return _day(telling, day) if day is not None else ""


def _time(telling: Telling) -> str:
    starts = _starts(telling)
    return format_time(starts.time(), "short", locale=telling.locale) if starts is not None else ""


def _day(telling: Telling, day: date) -> str:
    return format_date(day, "long", locale=telling.locale)


def _place(telling: Telling) -> str:
    own: Address | None = getattr(telling.about, "address", None)
    project = telling.project
    place = own or (project.address if project is not None else None)
    return place.name if place is not None else ""


def _who_comes(telling: Telling) -> str:
    if isinstance(telling.about, Event) and telling.about.assignee is not None:
        return telling.about.assignee.name
    return ""


def _estimator(telling: Telling) -> str:
    project = telling.project
    return project.estimator.name if project is not None and project.estimator is not None else ""


def _caller(telling: Telling) -> str:
    project, group = telling.project, telling.group
    if project is not None and project.contact is not None:
        return project.contact.name
    return group.name if group is not None else ""


def _caller_phone(telling: Telling) -> str:
    contact = telling.project.contact if telling.project is not None else None
    return (contact.mobile or contact.phone or "") if contact is not None else ""


def _details(telling: Telling) -> str:
    about = telling.about
    if isinstance(about, Task):
        return about.description or ""
    return (about.request or "") if isinstance(about, Lead) else ""


_WITH_NUMBER = MONEY | ESTIMATES | {P.FREE, P.START_DATE, P.START_DATE_MOVED}
_WITH_DUE = MONEY | ESTIMATES | {P.TASK, P.FREE}
_ON_A_DAY = APPOINTMENTS | {P.RECEIPT, P.INVOICE, P.CREDIT_NOTE, P.FREE}

PLACEHOLDERS: Mapping[str, Placeholder] = {
    "contact": Placeholder("Who gets the message", lambda t: t.recipient.name if t.recipient else ""),
    "first_name": Placeholder("The first name of who gets it", lambda t: t.first_name),
    "customer": Placeholder(
        "The customer, as printed on invoices", lambda t: t.group.name if t.group else ""
    ),
    "company": Placeholder("The company", lambda t: t.company.name),
    "brand": Placeholder("The name under which we serve this customer", _brand_name),
    "phone": Placeholder(
        "Our phone number", lambda t: (t.brand.phone if t.brand else None) or t.company.phone or ""
    ),
    "email": Placeholder(
        "Our email address", lambda t: (t.brand.email if t.brand else None) or t.company.email or ""
    ),
    "sender": Placeholder(
        "Who writes; nobody where it goes out by itself", lambda t: t.actor.name if t.actor.is_staff else ""
    ),
    "title": Placeholder("What it is about, in the words of the record", lambda t: title_of(t.about)),
    "project": Placeholder("The title of the project", lambda t: t.project.title if t.project else ""),
    "estimator": Placeholder("The estimator of the project", _estimator),
    "place": Placeholder("Where the work or the appointment is", _place),
    "link": Placeholder(
        "The address at which whoever reads it opens the document, or the portal", lambda t: t.link
    ),
    "number": Placeholder("The number of the document", lambda t: number_of(t.about), _WITH_NUMBER),
    "amount": Placeholder("The whole amount of the document", _amount, MONEY | ESTIMATES | {P.FREE}),
    "open": Placeholder(
        "What is still to pay of the invoice",
        _open,
        frozenset({P.INVOICE, P.INVOICE_SOON_DUE, P.INVOICE_OVERDUE, P.FREE}),
    ),
    "due": Placeholder("The day by which it is due, or until which an estimate is valid", _due, _WITH_DUE),
    "days_late": Placeholder(
        "How long the invoice is overdue: 3 days", _days_late, frozenset({P.INVOICE_OVERDUE, P.FREE})
    ),
    "day": Placeholder("The day on which it takes place, was issued or paid", _when, _ON_A_DAY),
    "time": Placeholder("The time of day at which it begins", _time, APPOINTMENTS | {P.FREE}),
    "who_comes": Placeholder("Who of us comes", _who_comes, APPOINTMENTS | {P.FREE}),
    "details": Placeholder(
        "What is written in the task, or was asked for", _details, frozenset({P.TASK, P.CALL_REQUEST, P.FREE})
    ),
    "caller": Placeholder("Who wants to be called", _caller, frozenset({P.CALL_REQUEST})),
    "caller_phone": Placeholder(
        "The number of who wants to be called", _caller_phone, frozenset({P.CALL_REQUEST})
    ),
}
"""Name → what it stands for, in which messages, and how it is worked out."""


def placeholders_for(purpose: MessagePurpose) -> dict[str, str]:
    """Name → its sentence, for those that have a meaning in messages of this purpose."""
    return {name: one.says for name, one in PLACEHOLDERS.items() if one.suits(purpose)}
