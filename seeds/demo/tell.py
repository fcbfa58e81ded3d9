"""The story told: every act of the plan done by the services of the office, day by day, as if it had been worked.

Days run forward, so that invoice numbers and dates rise together [M10]; the clock of each act stands at its day, so
that timelines read true.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from heapq import heapify, heappop, heappush
from itertools import count

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock, FixedClock
from admin_app.kernel.money import Money
from admin_app.models import (
    Brand,
    Company,
    CustomerGroup,
    DocumentKind,
    Invoice,
    InvoiceLine,
    NumberSeries,
    PaymentWay,
    TaxRate,
    User,
)
from admin_app.models.base import OfficeSession
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.passwords import Passwords
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from seeds.builders import CAST, a_user
from seeds.demo.clients import open_the_portal
from seeds.demo.customers import meet
from seeds.demo.logins import DemoLogin, DemoLogins
from seeds.demo.plan import PlannedBill, PlannedGroup, PlannedPayment, plan
from seeds.demo.plan_projects import PlannedProject, plan_projects
from seeds.demo.projects import Told, set_up_sales
from seeds.demo.service_plans import Subscribed, set_up_plans, signs_up
from seeds.demo.this_week import run_the_week
from seeds.demo.trouble import ugly_cases
from seeds.demo.words import BRANDS

CURRENCY = "GBP"
VAT = "VAT 20 %"
SERIES = {
    DocumentKind.INVOICE: "",
    DocumentKind.REFUND: "R",
    DocumentKind.CREDIT_NOTE: "C",
    DocumentKind.ESTIMATE: "E",
    DocumentKind.WORK_ORDER: "W",
}
"""What stands behind the brand's letter in the numbers of each kind."""


def load(session: OfficeSession, clock: Clock, passwords: Passwords) -> DemoLogins:
    """Tell the whole story into an empty database; the caller commits.  About 300 customers and four years."""
    logins, ann = found_the_company(session, clock, passwords)
    today = clock.today()
    groups = plan(today)
    ids = live_the_years(session, ann, groups, plan_projects(groups, today), today)
    _stand_at(session, clock.today(), ann)
    ugly_cases(session, ann, clock, ids)
    session.info.update(actor=ann, clock=clock)
    run_the_week(session, ann, clock, ids)
    return replace(logins, clients=open_the_portal(session, ann, clock, ids, passwords))


def found_the_company(session: OfficeSession, clock: Clock, passwords: Passwords) -> tuple[DemoLogins, Actor]:
    """The company with brands, taxes, price list and staff; the owner is the one in whose name all is told."""
    logins = _register(session, passwords)
    session.flush()  # the owner's id is part of every trace that follows
    owner = session.query(User).order_by(User.id).first()
    assert owner is not None  # made a moment ago
    ann = owner.as_actor()
    _stand_at(session, clock.today(), ann)
    set_up_sales(session)
    set_up_plans(session)
    return logins, ann


def _register(session: OfficeSession, passwords: Passwords) -> DemoLogins:
    """The company, its brands with series and tax, and the staff."""
    session.add(
        Company(
            id=1,
            name="Harding & Daughters",
            country="GB",
            currency=CURRENCY,
            zone="Europe/London",
            language="en_GB",
            email="office@harding.example",
            phone="+44 117 496 0100",
        )
    )
    session.add(TaxRate(name=VAT, rate=Decimal(20), is_default=True))
    session.add(TaxRate(name="VAT 5 %", rate=Decimal(5)))
    for place, story in enumerate(BRANDS):
        brand = Brand(
            name=story.name,
            key=story.key,
            phone=story.phone,
            email=f"office@{story.key}.example",
            payment_terms_days=story.terms,
            accent=story.accent,
            is_default=place == 0,
            address="The Old Dairy, Quay Street\nBarnsford BF1 2AA",
            bank_name="Barnsford Savings Bank",
            iban="GB33BUKB20201555555555",
        )
        session.add(brand)
        session.flush()  # its series need its id
        prefix = story.key[0].upper()
        for document, letter in SERIES.items():
            session.add(NumberSeries(brand_id=brand.id, document=document, prefix=f"{prefix}{letter}-"))
    return DemoLogins(tuple(_hire(session, who, passwords) for who in CAST))


def _hire(session: OfficeSession, who: str, passwords: Passwords) -> DemoLogin:
    password = secrets.token_urlsafe(9)
    user = a_user(session, who, email=f"{who}@demo.example", password_hash=passwords.hash(password))
    return DemoLogin(user.name, user.email, user.role.value, password)


def _stand_at(session: OfficeSession, day: date, actor: Actor) -> FixedClock:
    """The clock of an act on `day`: ten in the morning; the history writer reads it from the session."""
    clock = FixedClock(datetime.combine(day, time(10), tzinfo=UTC), "Europe/London")
    session.info.update(actor=actor, clock=clock, door="demo")
    return clock


def live_the_years(
    session: OfficeSession,
    actor: Actor,
    groups: Iterable[PlannedGroup],
    projects: Iterable[PlannedProject],
    today: date,
) -> dict[int, int]:
    """Do everything in the order of its day; what an act brings about later joins the queue.

    Returns the ids of the customers by their number in the plan.
    """
    customers: dict[int, int] = {}
    order = count()
    queue: list[tuple[date, int, Callable[[FixedClock], None]]] = []

    def on(day: date, act: Callable[[FixedClock], None]) -> None:
        if day <= today:
            heappush(queue, (day, next(order), act))

    def arrive(planned: PlannedGroup) -> Callable[[FixedClock], None]:
        def act(clock: FixedClock) -> None:
            customers[planned.number] = meet(session, planned, actor, clock).id

        return act

    def bill(planned: PlannedGroup, planned_bill: PlannedBill) -> Callable[[FixedClock], None]:
        def act(clock: FixedClock) -> None:
            group = session.get_one(CustomerGroup, customers[planned.number])
            invoice = _bill(session, group, planned_bill, actor, clock)
            for payment in planned_bill.payments:
                on(clock.today() + timedelta(days=payment.days), pay(invoice.id, payment))

        return act

    def pay(invoice_id: int, payment: PlannedPayment) -> Callable[[FixedClock], None]:
        def act(clock: FixedClock) -> None:
            _pay(session, session.get_one(Invoice, invoice_id), payment, actor, clock)

        return act

    for planned in groups:
        on(planned.since, arrive(planned))
        for planned_bill in planned.bills:
            on(planned_bill.day, bill(planned, planned_bill))
        if (day := signs_up(planned)) is not None:
            on(day, Subscribed(session, planned, customers, actor, on).enrol)
    for project in projects:
        on(project.asked_on, Told(session, project, customers, actor, on).ask)
    heapify(queue)
    while queue:
        day, _, act = heappop(queue)
        act(_stand_at(session, day, actor))
        session.flush()
        session.expunge_all()  # each act knows only its own records; the story never grows heavy
    return customers


def _bill(
    session: OfficeSession, group: CustomerGroup, planned: PlannedBill, actor: Actor, clock: FixedClock
) -> Invoice:
    invoice = Invoice(
        group=group,
        brand_id=group.brand_id,
        currency=CURRENCY,
        title=planned.lines[0].words,
        created_at=clock.now(),
    )
    invoice.lines = [
        InvoiceLine(
            position=place,
            description=line.words,
            quantity=Decimal(line.quantity),
            unit_price=Decimal(line.cents).scaleb(-2),
            net=0,
            tax_names=[VAT],
        )
        for place, line in enumerate(planned.lines, start=1)
    ]
    session.add(invoice)
    session.flush()  # the books name it by its id
    return issue_invoice(session, invoice, actor, clock)


def _pay(
    session: OfficeSession, invoice: Invoice, planned: PlannedPayment, actor: Actor, clock: FixedClock
) -> None:
    """A share of the total, the last one whatever is still open, so that nothing is left over by rounding."""
    whole = planned.share >= 60  # the closing part of a plan in two parts, or all at once
    due = invoice.balance if whole else min(invoice.balance, invoice.total * planned.share // 100)
    if due <= 0:
        return
    record_payment(
        session,
        PaymentForm(
            group_id=invoice.group_id,
            amount=Money(due, CURRENCY),
            paid_on=clock.today(),
            method=planned.way,
            reference=invoice.number if planned.way is PaymentWay.TRANSFER else None,
            uses=(Use(invoice.id, Money(due, CURRENCY)),),
        ),
        actor,
        clock,
    )
