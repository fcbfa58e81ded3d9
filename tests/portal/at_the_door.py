"""The door of the portal in tests: a household whose portal is open, and Clara in front of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from admin_app.jobs.worker import Worker
from admin_app.kernel.clock import Clock, FixedClock
from admin_app.models import (
    Contact,
    CustomerGroup,
    Membership,
    OutboxMessage,
    PortalAccount,
    PortalSession,
)
from admin_app.services.one_time_link import Purpose, draw_link
from admin_app.services.passwords import Passwords
from admin_app.web.clients import COOKIE
from seeds.builders import a_brand, a_company, a_contact, a_group
from seeds.portal_builders import a_portal_account
from tests.forms import token_of

BASE = "http://localhost"
EMAIL, PASSWORD = "clara@client.example", "seven geese on a roof"
NEW = "three grey herons in Rotterdam"


@dataclass
class Doorway:
    """The application, its door, and the people who stand before it."""

    app: Flask
    client: FlaskClient
    rows: Any
    clock: Clock
    group_id: int = 0
    contact_id: int = 0
    account_id: int = 0

    def later(self, **by: int) -> None:
        """Let time pass for the application."""
        self.clock = FixedClock(self.clock.now() + timedelta(**by))
        self.app.extensions["sawhorse_clock"] = self.clock

    def sign_in(
        self,
        name: str = EMAIL,
        password: str = PASSWORD,
        path: str = "/portal/sign-in",
        client: FlaskClient | None = None,
        **more: str,
    ) -> TestResponse:
        """Send the form of a door as it stands there."""
        client = client or self.client
        typed = {"name": name, "password": password, "csrf_token": self.token(client)}
        return client.post(path, data=typed | more)

    def ask_for_link(self, name: str = EMAIL, **more: str) -> TestResponse:
        """Press the other button of the form."""
        typed = {"name": name, "csrf_token": self.token(self.client)}
        return self.client.post("/portal/sign-in/link", data=typed | more)

    def token(self, client: FlaskClient) -> str:
        """What every form of this browser carries: read off the door, or off the chooser behind it."""
        page = client.get("/portal/sign-in")
        return token_of(page if page.status_code == 200 else client.get("/portal/choose"))

    def cookie(self) -> str:
        """The token of the session that Clara's browser holds; "" for none."""
        kept = self.client.get_cookie(COOKIE, path="/portal")
        return kept.value if kept is not None else ""

    def press(self, path: str, client: FlaskClient | None = None, **data: str) -> TestResponse:
        """Send the form of the page at `path` back to it."""
        client = client or self.client
        return client.post(path, data={"csrf_token": token_of(client.get(path)), **data})

    def draw(self, purpose: Purpose, contact_id: int | None = None) -> str:
        """A link for Clara, or another contact: its path."""
        with self.rows() as session:
            token = draw_link(session, purpose, None, self.clock, contact_id=contact_id or self.contact_id)
        return f"/portal/{'welcome' if purpose is Purpose.INVITATION else 'link'}/{token}"

    def work(self) -> None:
        """The worker does what is due."""
        worker = Worker(self.app.extensions["sawhorse_settings"], self.clock)
        worker.work_off()
        worker.close()

    def mails(self) -> list[OutboxMessage]:
        """What was queued so far, oldest first."""
        with self.rows() as session:
            return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    def is_in(self, client: FlaskClient | None = None) -> bool:
        """Whether the browser has a living session."""
        return bool((client or self.client).get("/portal/password").status_code == 200)

    def session_rows(self) -> list[PortalSession]:
        """The sessions of clients that the server knows."""
        with self.rows() as session:
            return list(session.scalars(select(PortalSession).order_by(PortalSession.id)))

    def change(self, kind: type[Any], number: int, **values: Any) -> None:
        """Set attributes of a record."""
        with self.rows() as session:
            for key, value in values.items():
                setattr(session.get_one(kind, number), key, value)

    def another_group(self, **but: Any) -> CustomerGroup:
        """A second customer to which Clara belongs."""
        with self.rows() as session:
            group = a_group(session, **{"name": "Second household"} | but)
            session.add(Membership(group=group, contact=session.get_one(Contact, self.contact_id)))
        return group


def open_the_door(app: Flask, client: FlaskClient, rows: Any, clock: Clock) -> Doorway:
    """A company whose portal is on, a household, Clara with a password in it."""
    settings = app.extensions["sawhorse_settings"]
    app.extensions["sawhorse_settings"] = replace(settings, public_url=BASE)
    app.extensions["sawhorse_clock"] = clock
    doorway = Doorway(app, client, rows, clock)
    with rows() as session:
        a_company(session, portal_enabled_default=True, email="office@trees.example")
        a_brand(session, is_default=True, email="north@trees.example", phone="+44 20 7946 0000")
        group = a_group(session)
        clara = a_contact(session, group, primary=True, email=EMAIL)
        account = a_portal_account(
            session, clara, user_name="Clara", password_hash=Passwords(1, 8).hash(PASSWORD)
        )
        doorway.group_id, doorway.contact_id, doorway.account_id = group.id, clara.id, account.id
    return doorway


def link_in(mail: OutboxMessage) -> str:
    """The path of the first address in a mail."""
    found = re.search(rf"{BASE}(\S+)", mail.body)
    assert found, mail.body
    return str(found[1])


def account_now(doorway: Doorway) -> PortalAccount:
    """Clara's portal user as it is kept."""
    with doorway.rows() as session:
        found: PortalAccount = session.get_one(PortalAccount, doorway.account_id)
        return found
