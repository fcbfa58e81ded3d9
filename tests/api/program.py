"""A program that knocks at the API with somebody's token, and two customers for it to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin_app.kernel.actor import SYSTEM, Actor, ActorKind, Role
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models import CreditNote, CreditNoteLine, CustomerGroup, User, WorkOrder
from admin_app.models.base import OfficeSession
from admin_app.models.credit_note import CreditNoteTax
from admin_app.models.engine import writing
from admin_app.services.api_tokens import MadeToken, make_token
from admin_app.services.plan_work import work_of
from admin_app.web.database import db
from seeds.builders import a_contact, a_group
from seeds.work_builders import a_lead, a_lead_status, a_project
from tests.services.agreed import agree, offer
from tests.services.desk import Desk, a_desk
from tests.signing import a_user

API = "/api/v1"


@dataclass
class Program:
    """A program with a token; without one it is a stranger."""

    client: FlaskClient
    secret: str = ""
    keys: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}

    def get(self, path: str, **asked: str) -> TestResponse:
        return self.client.get(API + path, headers=self.headers, query_string=asked)

    def post(self, path: str, body: object = None, key: str | None = "", **options: Any) -> TestResponse:
        """Send a body with a key of its own; None for `key` sends none."""
        self.keys += 1
        keyed = {} if key is None else {"Idempotency-Key": key or f"key {id(self)} {self.keys}"}
        sent = {"json": {} if body is None else body} | options
        return self.client.post(API + path, headers=self.headers | keyed, **sent)

    def step(self, path: str, name: str, **said: object) -> TestResponse:
        return self.post(f"{path}/steps/{name}", said)


def a_token(app: Flask, role: Role = Role.OWNER, *, read_only: bool = False) -> MadeToken:
    """A token of the person of the cast with this role, made by an owner."""
    clock: Clock = app.extensions.get("sawhorse_clock") or SystemClock()
    with app.app_context(), OfficeSession(db.engine, expire_on_commit=False) as session, writing():
        session.info.update(actor=SYSTEM, clock=clock, door="test")
        person = a_user(session, role)
        owner = Actor(ActorKind.STAFF, "Ann Ashworth", a_user(session).id, Role.OWNER)
        made = make_token(
            session, f"{role} program", person.id, read_only=read_only, actor=owner, clock=clock
        )
        session.commit()
        return made


def a_program(app: Flask, role: Role = Role.OWNER, *, read_only: bool = False) -> Program:
    """A program with the rights of the person of the cast with this role."""
    return Program(app.test_client(), a_token(app, role, read_only=read_only).secret)


@dataclass
class Customer:
    """One of the two: its id, the word in all its texts, and the public ids of its records by their address."""

    id: int
    word: str
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """Ash, where the crew works, and Birch."""

    ash: Customer
    birch: Customer


def world(rows: Any, clock: Clock) -> World:
    """Each customer has one document of every kind; the crew and the subcontractor are on Ash's workorder."""
    with rows() as session:
        ann = a_user(session)
        actor = Actor(ActorKind.STAFF, ann.name, ann.id, Role.OWNER)
        session.info.update(actor=actor, clock=clock)
        desk = a_desk(session, actor, clock)
        birch = a_group(session, name="Birchmoor house")
        desk.group.name = "Ashgrove house"
        crew = [a_user(session, role) for role in (Role.CREW, Role.SUBCONTRACTOR)]
        return World(
            _customer(desk, "Ashgrove", crew),
            _customer(Desk(session, actor, clock, birch), "Birchmoor", []),
        )


def _customer(desk: Desk, word: str, crew: list[User]) -> Customer:
    session, group = desk.session, desk.group
    clara = a_contact(session, group, primary=True, last_name=word)
    project = a_project(session, group, title=f"{word} project", contact_id=clara.id)
    lead = a_lead(session, project, title=f"{word} lead")
    status = a_lead_status(session, f"{word} status")
    estimate = offer(desk, "100.00", "50.00", project=project, title=f"{word} offer", taxes=["VAT"])
    work: WorkOrder = agree(desk, estimate)
    work.crew.extend(crew)
    work.title = f"{word} work"
    invoice = desk.invoice("98.76", tax_names=("VAT",), title=f"{word} bill", project_id=project.id)
    draft = desk.draft("10.00", tax_names=("VAT",), title=f"{word} draft")
    payment = desk.pay("12.34", invoice, reference=f"{word} reference")
    credit = CreditNote(
        number=f"C-{word}",
        group_id=group.id,
        invoice_id=invoice.id,
        brand_id=invoice.brand_id,
        issued_on=date(2026, 3, 17),
        reason=f"{word} reason",
        currency="EUR",
        subtotal=1000,
        tax=200,
        total=1200,
        open=0,
    )
    session.add(credit)
    session.flush()
    session.add(
        CreditNoteLine(
            credit_note_id=credit.id,
            position=1,
            invoice_line_id=invoice.lines[0].id,
            description=f"{word} line",
            net=1000,
            tax_names=["VAT"],
        )
    )
    session.add(CreditNoteTax(credit_note_id=credit.id, name="VAT", rate=20, base=1000, amount=200))
    session.flush()
    found = work_of(session, estimate.first_id)
    assert found is not None
    records = {
        "customers": session.get_one(CustomerGroup, group.id),
        "projects": project,
        "leads": lead,
        "lead-statuses": status,
        "estimates": estimate,
        "workorders": work,
        "services": found.services[0],
        "invoices": invoice,
        "drafts": draft,
        "credit-notes": credit,
        "payments": payment,
        "contacts": clara,
    }
    return Customer(group.id, word, {name: record.public_id for name, record in records.items()})
