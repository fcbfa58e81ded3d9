"""The week that is running: crews and trucks with their jobs, visits, a call to make, mails that came in.

Told on the day on which the demo is made, so that Today, the schedule and the inbox show what a Monday looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import (
    Channel,
    Company,
    Contact,
    CustomerGroup,
    Equipment,
    EquipmentKind,
    Estimate,
    EventKind,
    Membership,
    MessageTemplate,
    Task,
    User,
    WorkOrder,
)
from admin_app.models.base import OfficeSession
from admin_app.services.answer_estimate import confirm_estimate
from admin_app.services.facts import Said
from admin_app.services.keep_reminders import usual_reminders
from admin_app.services.messages.threads import receive
from admin_app.services.new_estimate import new_estimate
from admin_app.services.new_lead import NewLead, new_lead
from admin_app.services.plan_appointment import plan_appointment
from admin_app.services.request_call import request_call
from admin_app.services.schedule_work import Plan, schedule_work
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import Line, write_estimate

NUMBERS = (7, 9, 14, 18, 23, 27, 31, 38, 42, 51, 64, 77)
"""The customers of the plan who have something this week."""
EQUIPMENT = (
    ("Tipper truck", EquipmentKind.TRUCK, "BF21 TIP"),
    ("Chipper", EquipmentKind.MACHINE, None),
    ("Tower lift", EquipmentKind.MACHINE, None),
    ("Van", EquipmentKind.TRUCK, "BF70 VAN"),
)


@dataclass(frozen=True)
class Job:
    """Work that is agreed: on which of the coming working days (None: not planned yet), from when, for how long."""

    customer: int
    title: str
    cents: int
    day: int | None
    hour: int = 8
    hours: int = 3
    crew: str = "cem"
    equipment: str = ""
    notes: str = ""


JOBS = (
    Job(
        7,
        "Crown reduction of the lime",
        48_000,
        0,
        8,
        4,
        "cem",
        "Chipper",
        "The neighbour's car: ring first.",
    ),
    Job(9, "Clear the gutters", 16_500, 0, 9, 2, "sue", "Van"),
    Job(14, "Grind the stump", 12_000, 0, 13, 2, "cem", "Tipper truck"),
    Job(18, "Ridge tiles, refix", 39_000, 1, 8, 6, "sue", "Tower lift", "Parking only on the left side."),
    Job(23, "Hedge, two sides", 22_000, 1, 8, 5, "cem", "Chipper"),
    Job(27, "Flat roof, patch", 31_000, 2, 9, 4, "sue", "Van"),
    Job(31, "Pollard three willows", 67_500, 3, 8, 8, "cem", "Tipper truck", "The gate is locked at five."),
    Job(38, "Replace two windows", 98_000, None),
    Job(42, "Fell the dead elm", 54_000, None),
)


def run_the_week(session: OfficeSession, ann: Actor, clock: Clock, ids: dict[int, int]) -> None:
    """Add the running week; `ids` of customers by their number in the plan."""
    customers = {number: session.get_one(CustomerGroup, ids[number]) for number in NUMBERS}
    staff = {user.email.partition("@")[0]: user for user in session.scalars(select(User))}
    usual_reminders(session, clock)
    _words(session)
    things = {}
    for name, kind, plate in EQUIPMENT:
        things[name] = Equipment(name=name, kind=kind, plate=plate)
        session.add(things[name])
    session.flush()  # jobs name them by their ids
    days = coming_days(clock.today())
    for job in JOBS:
        _plan(session, job, customers[job.customer], days, staff, things, ann, clock)
    _visits(session, customers, days, staff, ann, clock)
    _mails(session, customers, clock)
    session.add(
        Task(
            title="Order scaffold for the willows",
            group=customers[31],
            assignee=staff["bea"],
            due_on=days[0],
        )
    )
    session.flush()


def coming_days(today: date) -> list[date]:
    """Five working days from today on; on a weekend they begin on Monday."""
    ahead = (today + timedelta(days=number) for number in range(9))
    return [day for day in ahead if day.weekday() < 5][:5]


def _at(session: OfficeSession, day: date, hour: int, minutes: int = 0) -> datetime:
    """An hour of the company's wall clock as an instant."""
    zone = session.scalars(select(Company.zone)).one()
    return datetime.combine(day, time(hour, minutes), ZoneInfo(zone)).astimezone(UTC)


def _words(session: OfficeSession) -> None:
    """Two templates that the desk chooses from."""
    session.add(
        MessageTemplate(
            name="Thank you",
            subject="Thank you",
            body="Dear {{contact}},\n\nthank you for your trust. If you are happy with our work, tell your neighbours; "
            "if you are not, tell us.\n\nKind regards\n{{sender}}\n{{brand}}\n",
        )
    )
    session.add(
        MessageTemplate(
            name="On our way",
            channel=Channel.SMS,
            subject="",
            body="We are on our way and will be with you in about half an hour. {{brand}}",
        )
    )


def _plan(
    session: OfficeSession,
    job: Job,
    group: CustomerGroup,
    days: list[date],
    staff: dict[str, User],
    things: dict[str, Equipment],
    ann: Actor,
    clock: Clock,
) -> None:
    """From the question to the planned day, all of it today but the work."""
    asked = NewLead(group_id=group.id, title=job.title, estimator=str(staff["pete"].id))
    lead = new_lead(session, asked, ann, clock)
    estimate = new_estimate(session, lead.project, ann, clock)
    price = str(Decimal(job.cents).scaleb(-2))
    line = Line({"description": job.title, "quantity": "1", "unit_price": price}, taxes=("VAT 20 %",))
    write_estimate(session, estimate, ann, terms={}, lines=[line])
    send_estimate(session, estimate, ann, clock, by_hand=True)
    confirm_estimate(session, estimate, ann, clock, Said(how="Agreed on the phone"))
    work = _work_of(session, estimate)
    work.notes = job.notes or None
    if job.equipment:
        work.equipment = [things[job.equipment]]
    if job.day is not None:
        starts = _at(session, days[job.day], job.hour)
        ends = starts + timedelta(hours=job.hours)
        schedule_work(session, work, Plan(starts, ends, (staff[job.crew].id,)), ann, clock)
    session.flush()


def _work_of(session: OfficeSession, estimate: Estimate) -> WorkOrder:
    return session.scalars(select(WorkOrder).where(WorkOrder.estimate_id == estimate.first_id)).one()


def _visits(
    session: OfficeSession,
    customers: dict[int, CustomerGroup],
    days: list[date],
    staff: dict[str, User],
    ann: Actor,
    clock: Clock,
) -> None:
    """Questions of this week: pete looks at two, and one wants to be called."""
    for number, title, day, hour in (
        (51, "Look at the cedar", 0, 10),
        (64, "Measure the conservatory", 1, 14),
    ):
        group = customers[number]
        lead = new_lead(
            session, NewLead(group_id=group.id, title=title, estimator=str(staff["pete"].id)), ann, clock
        )
        starts = _at(session, days[day], hour)
        plan_appointment(
            session,
            group,
            kind=EventKind.VISIT,
            title=title,
            starts_at=starts,
            ends_at=starts + timedelta(hours=1),
            assignee_id=staff["pete"].id,
            address_id=lead.project.address_id,
            project_id=lead.project_id,
            contact_id=lead.project.contact_id,
            notes=None,
            tell=False,
            actor=ann,
            clock=clock,
        )
    asked = NewLead(
        group_id=customers[77].id,
        title="Beech over the garage",
        request="Half of it is dead, I think. Could somebody call me after work?",
        estimator=str(staff["pete"].id),
        priority="high",
    )
    request_call(session, new_lead(session, asked, ann, clock), ann, clock, "After five o'clock")


def _mails(session: OfficeSession, customers: dict[int, CustomerGroup], clock: Clock) -> None:
    """A client asks something, and somebody whom nobody knows would like to have work done."""
    known = session.scalars(
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == customers[31].id, Contact.email.is_not(None))
        .order_by(Contact.id)
    ).first()
    if known is not None and known.email:
        receive(
            session,
            None,
            Channel.MAIL,
            known.email,
            known.name,
            "The willows",
            "Good morning,\n\nmay the logs stay? We would like to burn them next winter.\n\nBest wishes\n"
            f"{known.first_name}",
            "<willows.1@mail.example>",
            clock,
        )
    receive(
        session,
        None,
        Channel.MAIL,
        "j.almeida@mail.example",
        "Joana Almeida",
        "A roof in Mill Lane",
        "Hello,\n\nsome slates came down in the storm, and it drips into the loft. Could you have a look this week? "
        "I am at home from three o'clock on, 14 Mill Lane.\n\nJoana Almeida\n+44 7700 900461",
        "<roof.1@mail.example>",
        clock,
    )
