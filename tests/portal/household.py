"""Clara's household with one project that was opened to her and everything that a portal can show of it.

Beside it stands Otto's, with the same kinds of things, none of which is hers; and a second project of Clara's
customer that was opened to nobody.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock, FixedClock
from admin_app.models import (
    Direction,
    EstimateState,
    Event,
    Invoice,
    InvoiceState,
    Project,
    WorkOrderState,
)
from admin_app.services.papers.freeze import freeze
from admin_app.services.store_file import keep_upload
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_brand, a_company, a_contact, a_group, an_address, an_event
from seeds.portal_builders import access_to
from seeds.work_builders import a_lead, a_message, a_project, a_thread, a_work_order, an_estimate
from tests.portal.signing import sign_in_client

SOON = datetime(2026, 3, 20, 9, tzinfo=UTC)
"""Friday of the week in which the tests' clock stands (Tuesday, 17 March 2026, 9:30 UTC)."""
EARLIER = datetime(2026, 3, 16, 8, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"


@dataclass(frozen=True)
class Household:
    """What the tests name: ids of rows, public ids as they stand in addresses."""

    group: int
    contact: int
    project: str
    project_id: int
    estimate: str
    job: str
    invoice: str
    event: str
    thread: str
    file: str
    lead: str
    address: str


def hostile_words_stand_as_text(client: FlaskClient, *pages: str) -> None:
    """`HOSTILE`, typed somewhere, is shown by each of the pages and made by none of them into a tag."""
    for page in pages:
        words = client.get(page).get_data(as_text=True)
        assert "<img src=x" not in words, page
        assert "&lt;img src=x" in words, page


def a_picture(colour: str = "green", side: int = 64) -> bytes:
    """A small PNG."""
    drawn = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(drawn, "PNG")
    return drawn.getvalue()


def a_company_with_a_portal(session: Session) -> None:
    """The company and its brand; the portal is on."""
    a_company(session, portal_enabled_default=True)
    a_brand(session, phone="+44 20 7946 0000", email="hello@north.test", is_default=True)


def a_household(
    session: Session, folder: Path, name: str = "Clara", title: str = "Fell the ash"
) -> Household:
    """A customer with one contact, her project, and one thing of each kind."""
    group = a_group(session, name=f"{name} household")
    contact = a_contact(
        session,
        group,
        first_name=name,
        email=f"{name.lower()}@example.com",
        phone="+44 20 7946 0001",
        primary=True,
    )
    address = an_address(session, group, line1=f"{name} Mill Street 1")
    project = a_project(session, group, title=title, address_id=address.id, contact_id=contact.id)
    access_to(session, project, contact)
    estimate = an_estimate(
        session,
        project,
        number=f"E-{name}",
        state=EstimateState.SENT,
        sent_at=EARLIER,
        total=120_00,
        tax=20_00,
    )
    job = a_work_order(
        session,
        estimate,
        number=f"W-{name}",
        state=WorkOrderState.SCHEDULED,
        starts_at=SOON,
        notes="Mind the dog",
    )
    invoice = an_invoice(session, project, f"N-{name}")
    event = an_event(
        session, group, title=f"Survey of {title}", starts_at=SOON, project_id=project.id, contact_id=contact.id,
        address_id=address.id, notes="Bring the long ladder",
    )  # fmt: skip
    thread = a_thread(
        session,
        group,
        subject=f"Project: {title}",
        about="project",
        about_id=project.id,
        project_id=project.id,
    )
    a_message(
        session,
        thread,
        direction=Direction.OUT,
        author="Ann Ashworth",
        body=f"We come to {title}",
        at=EARLIER,
    )
    lead = a_lead(session, project, title=f"Asked for {title}")
    store = FolderStorage(folder)
    file = keep_upload(store, io.BytesIO(a_picture()), f"{name} before.png").row(
        "Ann Ashworth", group_id=group.id, project_id=project.id, shared=True, created_at=EARLIER
    )
    session.add(file)
    session.flush()
    return Household(
        group.id, contact.id, project.public_id, project.id, estimate.public_id, job.public_id, invoice.public_id,
        event.public_id, thread.public_id, file.public_id, lead.public_id, address.public_id,
    )  # fmt: skip


def an_invoice(session: Session, project: Project, number: str, **but: Any) -> Invoice:
    """An issued invoice over 60.00 that is due at the end of the month, with its frozen paper."""
    facts: dict[str, Any] = {
        "number": number,
        "group_id": project.group_id,
        "project_id": project.id,
        "state": InvoiceState.ISSUED,
        "issued_on": date(2026, 3, 16),
        "due_on": date(2026, 3, 31),
        "title": f"Deposit for {project.title}",
        "subtotal": 50_00,
        "tax": 10_00,
        "total": 60_00,
        "balance": 60_00,
    }
    invoice = Invoice(**facts | but)
    session.add(invoice)
    session.flush()
    freeze(session, invoice, FixedClock(EARLIER))
    return invoice


def another_appointment(session: Session, house: Household, title: str, **but: Any) -> Event:
    """One more appointment of the household's project."""
    facts: dict[str, Any] = {"title": title, "starts_at": SOON, "project_id": house.project_id}
    event = Event(group_id=house.group, **facts | but)
    session.add(event)
    session.flush()
    return event


def come_in(app: Flask, house: Household, clock: Clock) -> FlaskClient:
    """Whoever lives there, signed in to the portal."""
    client = app.test_client()
    sign_in_client(client, house.contact, house.group, clock)
    return client
