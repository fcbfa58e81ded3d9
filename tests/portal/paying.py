"""Clara's household with invoices to pay, a brand whose account at the card provider is set up, and the provider."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from admin_app.config import Settings
from admin_app.kernel.clock import Clock, FixedClock
from admin_app.models import (
    Brand,
    Checkout,
    Company,
    Contact,
    CustomerGroup,
    Entity,
    Invoice,
    Payment,
    Project,
)
from admin_app.money.proof import prove
from admin_app.services.portal.links import link_for
from seeds.builders import a_contact
from seeds.portal_builders import access_to
from seeds.work_builders import a_project
from tests.forms import token_of
from tests.gateways.stripe_provider import HOOK_KEY, KEY, CardProvider
from tests.portal.signing import link_path, sign_in_client
from tests.services.desk import Desk, a_desk

PUBLIC = "https://office.example.com"


@dataclass
class Till:
    """What a test of paying has at hand; rows are named by their ids."""

    app: Flask
    rows: Any
    clock: Clock
    settings: Settings
    provider: CardProvider
    group: int
    contact: int
    brand: int
    project: int
    invoices: list[int] = field(default_factory=list)

    def come_in(self, contact: int | None = None) -> FlaskClient:
        """Clara, or another contact, signed in to the portal."""
        client = self.app.test_client()
        sign_in_client(client, contact or self.contact, self.group, self.clock)
        return client

    def another_contact(self, **but: Any) -> int:
        """Another contact of the customer, to whom the project is open and who does not look after the account."""
        with self.rows() as session:
            group = session.get_one(CustomerGroup, self.group)
            facts = {"first_name": "Tim", "email": "tim@example.com"} | but
            contact = a_contact(session, group, **facts)
            access_to(session, session.get_one(Project, self.project), contact)
            return int(contact.id)

    def invoice(self, *prices: str, **but: Any) -> int:
        """One more issued invoice."""
        with self.rows() as session:
            desk = Desk(
                session, session.info["actor"], self.clock, session.get_one(CustomerGroup, self.group)
            )
            made = desk.invoice(*(prices or ("100",)), **({"project_id": self.project} | but))
            self.invoices.append(made.id)
            return int(made.id)

    def pay_by_bank(self, text: str, *invoices: int) -> None:
        """Money comes by transfer."""
        with self.rows() as session:
            desk = Desk(
                session, session.info["actor"], self.clock, session.get_one(CustomerGroup, self.group)
            )
            desk.pay(text, *(session.get_one(Invoice, number) for number in invoices))

    def the(self, kind: type[Entity], number: int) -> Any:
        """A row as it stands now."""
        with self.rows() as session:
            return session.get_one(kind, number)

    def all_of(self, kind: type[Any]) -> Sequence[Any]:
        """Every row of a kind, in the order in which they were made."""
        with self.rows() as session:
            found: Sequence[Any] = session.scalars(select(kind).order_by(kind.id)).all()
            return found

    def public_id(self, kind: type[Entity], number: int) -> str:
        """How a row is named in addresses."""
        return str(self.the(kind, number).public_id)

    def link(self, kind: type[Entity], number: int, contact: int | None = None) -> str:
        """The path below which a link opens a document, for a contact or for anybody."""
        with self.rows() as session:
            about = session.get_one(kind, number)
            whom = session.get_one(Contact, contact) if contact is not None else None
            return link_path(self.app, link_for(session, about, whom, session.info["actor"], self.clock))

    def later(self, **span: float) -> Clock:
        """The clock of a later moment; the application goes by it from now on."""
        clock = FixedClock(self.clock.now() + timedelta(**span))
        self.clock = clock
        self.app.extensions["sawhorse_clock"] = clock
        return clock

    def newest(self) -> Checkout:
        """The attempt that was written last."""
        checkout: Checkout = self.all_of(Checkout)[-1]
        return checkout

    def proven(self) -> None:
        """The books hold."""
        with self.rows() as session:
            broken = [finding for finding in prove(session) if not finding.holds]
        assert not broken, broken


def open_till(
    app: Flask, rows: Any, settings: Settings, provider: CardProvider, clock: Clock, *prices: str
) -> Till:
    """One invoice for each price, all of one project that is open to clara; the portal is on."""
    settings = replace(settings, stripe_url=provider.url, public_url=PUBLIC)
    app.extensions["sawhorse_clock"] = clock
    app.extensions["sawhorse_settings"] = settings
    with rows() as session:
        desk: Desk = a_desk(session, session.info["actor"], clock)
        company = session.get_one(Company, 1)
        company.portal_enabled_default = True
        company.email = "office@example.com"
        brand = session.scalars(select(Brand)).one()
        brand.stripe_key, brand.stripe_hook_key = KEY, HOOK_KEY
        brand.iban, brand.bic, brand.legal_name = (
            "DE02120300000000202051",
            "BYLADEM1001",
            "North Tree Care Ltd",
        )
        clara = a_contact(session, desk.group, primary=True, email="clara@example.com")
        project = a_project(session, desk.group, contact_id=clara.id)
        access_to(session, project, clara)
        made = [desk.invoice(price, project_id=project.id) for price in prices or ("100",)]
        return Till(
            app,
            rows,
            clock,
            settings,
            provider,
            desk.group.id,
            clara.id,
            brand.id,
            project.id,
            [invoice.id for invoice in made],
        )


def press(
    client: FlaskClient, page: str, url: str, data: dict[str, Any] | None = None, **options: Any
) -> TestResponse:
    """Send a form of `page`, with its token and key, as a browser without script does."""
    shown = client.get(page)
    keys = re.findall(r'name="key" value="([^"]+)"', shown.text)
    sent = {"csrf_token": token_of(shown)} | ({"key": keys[0]} if keys else {}) | (data or {})
    return client.post(url, data=sent, **options)


def begin(client: FlaskClient, till: Till, *invoices: int, path: str = "/portal", **but: Any) -> Checkout:
    """Press Pay on the page of the first invoice; the attempt, with the provider's page open."""
    ids = [till.public_id(Invoice, number) for number in invoices or till.invoices[:1]]
    answer = press(
        client, f"{path}/invoices/{ids[0]}", f"{path}/pay", {"paying": "invoices", "ids": ids} | but
    )
    assert answer.status_code == 302, answer.text
    assert "/go" in answer.location
    return till.newest()


def payments(till: Till) -> list[tuple[int, int]]:
    """(amount, unallocated) of every payment."""
    return [(one.amount, one.unallocated) for one in till.all_of(Payment)]
