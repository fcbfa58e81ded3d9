"""Two customers who must never see each other's things, each with a record of every kind, and work for the crew at one.

`world(rows, clock)` writes them; the crew and the subcontractor have a task, an event and a workorder at Ash and
nothing at Birch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import Clock
from admin_app.models import (
    Attachment,
    AuditEntry,
    CustomerGroup,
    Invoice,
    JobCost,
    PaymentMethod,
    TimeEntry,
    User,
    WorkForm,
)
from admin_app.models.base import OfficeSession
from admin_app.models.work_order import FormKind
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.subscribe import Enrolment, enrol
from admin_app.services.use_credit import use_credit
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from seeds.builders import (
    a_brand,
    a_company,
    a_contact,
    a_group,
    a_note,
    a_tag,
    a_task,
    an_address,
    an_asset,
    an_event,
)
from seeds.work_builders import (
    a_lead,
    a_message,
    a_project,
    a_service_plan,
    a_thread,
    a_work_order,
    an_estimate,
)
from tests.services.desk import Desk, euros
from tests.signing import a_user

BILLED, PAID = "98.76", "12.34"
"""What each of them was billed, and what each paid of it."""
RETURNED, USED, PAID_BACK = "43.21", "21.43", "1.87"
"""Another bill was paid and credited whole: what of it the first bill used, and what went back as money."""
LOST, MONTHLY = "7.65", "54.32"
"""What of the bill was written off, and what the service plan costs each."""
AMOUNTS = (BILLED, PAID, RETURNED, USED, PAID_BACK, LOST, MONTHLY)
"""Every amount that only those who may see money are told."""


@dataclass
class Customer:
    """One of the two: its id, the word that stands in all its texts, and the ids of its records by table."""

    id: int
    word: str
    ids: dict[str, int] = field(default_factory=dict)


@dataclass
class World:
    """Ash and Birch."""

    ash: Customer
    birch: Customer


def world(rows: Any, clock: Clock) -> World:
    """Write both customers and the staff; what is not a record of a customer (brand, tag, company) they share."""
    with rows() as session:
        a_company(session, zone="UTC")
        a_brand(session, name="North", key="north", is_default=True)
        crew, sub = a_user(session, Role.CREW), a_user(session, Role.SUBCONTRACTOR)
        ash = _customer(session, clock, "Ashgrove", crew, sub)
        birch = _customer(session, clock, "Birchmoor")
        for worker in (crew, sub):
            group = session.get_one(CustomerGroup, ash.id)
            a_task(session, group, title=f"Ashgrove work of {worker.name}", assignee_id=worker.id)
            an_event(session, group, title=f"Ashgrove visit of {worker.name}", assignee_id=worker.id)
    return World(ash, birch)


def _customer(session: OfficeSession, clock: Clock, word: str, *crew: User) -> Customer:
    low = word.lower()
    group = a_group(session, name=f"{word} household", notes=f"{word} notes")
    group.tags.append(a_tag(session, f"{word} tag"))
    contact = a_contact(
        session,
        group,
        primary=True,
        first_name=word,
        last_name="One",
        email=f"{low}@secret.example",
        phone="020 7946 0958",
    )
    address = an_address(
        session,
        group,
        line1=f"{word} Street 1",
        is_billing=True,
        access_contact_name=f"{word} keeper",
        access_phone="020 7946 0111",
        access_notes=f"{word} keysafe 4711",
    )
    an_address(session, group, line1=f"{word} Street 2")
    made: list[Any] = [address, a_note(session, group, body=f"{word} note")]
    made.append(an_asset(session, group, name=f"{word} oak", address_id=address.id))
    made.append(a_task(session, group, title=f"{word} task"))
    made.append(
        an_event(session, group, title=f"{word} event", starts_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    )
    made.append(
        PaymentMethod(
            group_id=group.id, provider="stripe", token=f"pm_{low}", brand=f"{word}card", last4="4242"
        )
    )
    made.append(
        Attachment(
            group_id=group.id,
            name=f"{word}.txt",
            content_type="text/plain",
            size=3,
            sha256="0" * 64,
            store_key=f"{low}",
        )
    )
    session.add_all(made)
    session.flush()
    made += _work(session, clock, group, word, *crew)
    made += _said(session, group, word, low)
    desk = Desk(session, session.info["actor"], clock, group)
    invoice = desk.invoice(BILLED)
    payment = desk.pay(PAID, invoice, reference=f"{word} reference")
    made += _given_back(desk, word, invoice)
    session.refresh(group)
    membership = group.memberships[0]
    customer = Customer(group.id, word)
    customer.ids["tag"] = group.tags[0].id
    for record in (*reversed(made), invoice, payment, membership, contact):
        customer.ids[type(record).__tablename__] = record.id
    address.access_notes = f"{word} keysafe 4712"  # so that the history of the address says the way in
    group.name = f"{word} house"
    session.flush()
    return customer


def _work(session: OfficeSession, clock: Clock, group: CustomerGroup, word: str, *crew: User) -> list[Any]:
    """Agreed work at what the customer was billed, with its form, the time it took and what it cost us."""
    project = a_project(session, group, title=f"{word} felling")
    lead = a_lead(session, project, request=f"{word} words")
    estimate = an_estimate(session, project, BILLED)
    work = a_work_order(session, estimate, notes=f"{word} gate", client_comment=f"{word} dog")
    work.crew = list(crew)
    work.services[0].description, work.services[0].net = f"{word} ash", 9876
    worker = crew[0] if crew else a_user(session, Role.OWNER)
    of = {"group_id": group.id, "work_order_id": work.id}
    when = clock.today()
    form = WorkForm(
        work_order_id=work.id,
        kind=FormKind.SAFETY,
        answers=[{"question": "Safe?", "answer": f"{word} yes"}],
        filled_by=worker.name,
        filled_at=clock.now(),
    )
    time = TimeEntry(
        **of, user_id=worker.id, worked_on=when, minutes=60, hour_cost=8642, note=f"{word} stump"
    )
    cost = JobCost(**of, description=f"{word} skip", amount=1234, spent_on=when)
    session.add_all([form, time, cost])
    session.flush()
    return [lead, project, estimate, work, work.services[0], form, time, cost]


def _given_back(desk: Desk, word: str, invoice: Invoice) -> list[Any]:
    """A credit note in use and paid back, a write-off with its letter, and a plan that goes on."""
    session, today = desk.session, desk.clock.today()
    returned = desk.invoice(RETURNED)
    desk.pay(RETURNED, returned)
    credit = write_credit_note(session, CreditForm(returned.id, f"{word} apology"), desk.actor, desk.clock)
    use = use_credit(session, credit, invoice, euros(USED), desk.actor, desk.clock)
    back = CreditRefundForm(credit.id, euros(PAID_BACK), today, reason=f"{word} moves away")
    refund = refund_credit(session, back, desk.actor, desk.clock)
    loss = write_off_invoice(
        session, WriteOffForm(invoice.id, f"{word} is poor", euros(LOST)), desk.actor, desk.clock
    )
    plan = a_service_plan(session, name=f"{word} hedges twice a year")
    enrolled = enrol(
        session, Enrolment(desk.group.id, plan.id, today, Decimal(MONTHLY)), desk.actor, desk.clock
    )
    return [credit, use, refund, loss, enrolled]


def _said(session: OfficeSession, group: CustomerGroup, word: str, low: str) -> list[Any]:
    """A thread with a mail that came in, and the file that came with it."""
    thread = a_thread(session, group, subject=f"{word} gate", waits=True)
    message = a_message(session, thread, author=f"{word} One", body=f"{word} words", address=f"{low}@secret.example")
    session.add(
        Attachment(
            group_id=group.id,
            message_id=message.id,
            name=f"{word} plan.txt",
            content_type="text/plain",
            size=3,
            sha256="0" * 64,
            store_key=f"{low} plan",
        )
    )
    session.flush()
    return [thread, message]


def entries_of(session: OfficeSession, customer: Customer) -> int:
    """An entry of the history of this customer."""
    found = session.scalar(select(AuditEntry.id).where(AuditEntry.group_id == customer.id).limit(1))
    assert found is not None
    return found
