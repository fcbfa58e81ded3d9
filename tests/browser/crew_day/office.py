"""The office of these tests: what it planned for the crew, and what arrived of the day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM
from admin_app.models import (
    Attachment,
    Clocking,
    FormKey,
    Note,
    Service,
    ServiceState,
    TimeEntry,
    User,
    WorkOrder,
)
from admin_app.models.engine import writing
from admin_app.services.form_questions import ensure_form_questions
from admin_app.services.passwords import Passwords
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.builders import a_contact, a_group, a_user, an_address
from seeds.work_builders import a_piece_of_equipment, a_project
from tests.browser.company import PASSWORD, SmallCompany
from tests.services.agreed import agree, offer
from tests.services.desk import Desk

PRICES = ("450", "120.50", "75")


def planned_work(company: SmallCompany, title: str = "Fell the ash behind the barn") -> int:
    """Agreed, planned for today with a machine, cem on it."""
    with writing(), company.session() as session:
        clock = session.info["clock"]
        ensure_form_questions(session)
        hashed = Passwords.by(company.settings).hash(PASSWORD)
        cem, _ = (
            somebody(session, "cem", hashed, hour_cost=3200),
            somebody(session, "sue", hashed),
        )
        group = a_group(session, name="Kučera household")
        lucy = a_contact(
            session, group, primary=True, first_name="Łucja", last_name="Kučera", phone="020 7946 0991"
        )
        place = an_address(session, group, line1="12 Mill Lane", access_notes="Key safe 4711")
        project = a_project(session, group, address_id=place.id, contact_id=lucy.id)
        estimate = offer(Desk(session, SYSTEM, clock, group), *PRICES, project=project)
        for line, words in zip(
            estimate.lines, ("Fell the ash", "Grind the stump", "Clear away"), strict=True
        ):
            line.description = words
        work: WorkOrder = agree(Desk(session, SYSTEM, clock, group), estimate)
        work.title, work.notes = title, "Gate is locked"
        work.equipment = [a_piece_of_equipment(session, f"Chipper {work.id}")]
        now = clock.now()
        schedule_work(session, work, Plan(now, now + timedelta(minutes=1), (cem.id,)), SYSTEM, clock)
        session.commit()
        return work.id


def somebody(session: Any, who: str, hashed: str, **but: Any) -> Any:
    there = session.scalar(select(User).where(User.email == f"{who}@ashworth.test"))
    return there or a_user(session, who, password_hash=hashed, **but)


def write_in_the_office(company: SmallCompany, work_id: int, words: str) -> None:
    """The office changes the notes of the workorder meanwhile [A70]."""
    with writing(), company.session() as session:
        session.get_one(WorkOrder, work_id).notes = words
        session.commit()


def arrived(company: SmallCompany, work_id: int) -> dict[str, Any]:
    """What the office has of this job."""
    with company.session() as session:
        work = session.get_one(WorkOrder, work_id)

        def count(entity: type[Any], *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(entity).where(*where)) or 0

        return {
            "state": work.state,
            "done": count(Service, Service.work_order_id == work_id, Service.state == ServiceState.COMPLETED),
            "forms": [form.kind for form in work.forms],
            "photos": count(Attachment, Attachment.work_order_id == work_id),
            "notes": count(Note, Note.project_id == work.project_id),
            "clocks": count(Clocking, Clocking.work_order_id == work_id),
            "entries": count(TimeEntry, TimeEntry.work_order_id == work_id),
            "keys": count(FormKey),
        }
