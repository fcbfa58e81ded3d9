"""Weeks of work for tests of the schedule: people, jobs with a day, visits, told in a line each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.clock import Clock
from admin_app.models import CustomerGroup, Event, User, WorkOrder
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.builders import a_contact, a_group, a_user, an_address, an_event
from seeds.work_builders import a_project, a_work_order, an_estimate

TUESDAY = date(2026, 3, 17)
"""Today in the tests."""


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a day, UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def a_hand(session: Session, name: str, role: Role = Role.CREW, **but: Any) -> User:
    """Somebody who works here besides the cast."""
    email = f"{name.casefold().replace(' ', '.')}@hands.test"
    return a_user(session, "cem", **{"name": name, "email": email, "email_key": email, "role": role} | but)


def a_client(
    session: Session, name: str = "Finch household", email: str | None = "clara@finch.example"
) -> CustomerGroup:
    """A customer with a site and somebody who reads mail, or without an address for none."""
    group = a_group(session, name=name)
    a_contact(session, group, primary=True, first_name="Clara", last_name=name.split()[0], email=email)
    an_address(session, group, line1="12 Mill Lane", city="Barnsford", access_notes="Key safe 4711")
    return group


def a_job(session: Session, group: CustomerGroup, title: str = "Fell the ash", **but: Any) -> WorkOrder:
    """New work at the first site of a customer, without a day."""
    site = but.pop("address_id", None) or (group.addresses[0].id if group.addresses else None)
    project = a_project(session, group, title=title, address_id=site)
    return a_work_order(session, an_estimate(session, project), **but)


def planned(
    session: Session, work: WorkOrder, starts_at: datetime, clock: Clock, *crew: User, hours: float = 4, **but: Any
) -> WorkOrder:
    """Give it a day."""
    plan = Plan(starts_at, starts_at + timedelta(hours=hours), tuple(one.id for one in crew), **but)
    schedule_work(session, work, plan, SYSTEM, clock)
    return work


def a_visit(session: Session, group: CustomerGroup, starts_at: datetime, who: User | None = None, **but: Any) -> Event:
    """An hour with a client."""
    facts = {
        "title": "Look at the oak",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "assignee_id": who.id if who else None,
        "address_id": group.addresses[0].id if group.addresses else None,
    }
    return an_event(session, group, **facts | but)
