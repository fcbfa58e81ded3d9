"""The counter at which the customers' pages are tried: a signed-in client, the database behind it, one customer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from admin_app.kernel.actor import Actor, Role
from admin_app.kernel.clock import Clock
from admin_app.models import CustomerGroup, Membership
from admin_app.models.base import OfficeSession
from admin_app.web.database import db
from seeds.builders import a_company, a_contact, a_group, an_address
from tests.forms import send, token_of
from tests.signing import sign_in_as


@dataclass
class Counter:
    """Everything a test needs at hand; `session` looks at what was committed."""

    client: FlaskClient
    session: OfficeSession
    clock: Clock
    actor: Actor
    group_id: int

    @property
    def home(self) -> str:
        return f"/admin/customers/{self.group_id}"

    @property
    def group(self) -> CustomerGroup:
        """The customer as it stands in the database now."""
        self.look()
        return self.session.get_one(CustomerGroup, self.group_id)

    def look(self) -> OfficeSession:
        """The session, knowing nothing from before."""
        self.session.rollback()
        self.session.expire_all()
        return self.session

    def get(self, path: str = "", **options: Any) -> TestResponse:
        self.session.rollback()  # whoever only looks must not hold the one writer of SQLite up
        return self.client.get(
            path if path.startswith("/") else f"{self.home}{path and '/'}{path}", **options
        )

    def page(self, path: str = "") -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        self.session.rollback()
        return send(self.client, path if path.startswith("/") else f"{self.home}/{path}", data, **options)

    def fill(self, path: str, **changes: Any) -> TestResponse:
        """Open a form, change some answers and send it, as a browser would."""
        page = self.get(path)
        assert page.status_code == 200, page.status
        return self.post(path, typed_on(page) | changes)

    def sits_down(self, role: Role) -> None:
        """Another person of the cast takes the counter."""
        self.look()
        sign_in_as(self.client, role)

    def membership(self, first_name: str) -> Membership:
        return next(m for m in self.group.memberships if m.contact.first_name == first_name)


def typed_on(page: TestResponse) -> dict[str, str]:
    """What the form of a page holds: inputs, chosen options and texts, by name."""
    text = page.get_data(as_text=True)
    form = text[text.index('<form method="post" class="sh-form"') :]
    form = form[: form.index("</form>")]
    found: dict[str, str] = {"csrf_token": token_of(page)}
    for tag in re.findall(r"<input[^>]*>", form):
        facts = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if facts.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in facts:
            found[facts["name"]] = unescaped(facts.get("value", ""))
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescaped(body)
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body) or re.search(r'value="([^"]*)"', body)
        found[name] = unescaped(chosen[1]) if chosen else ""
    return found


def unescaped(text: str) -> str:
    import html

    return html.unescape(text)


class Statements:
    """Counts the statements of the application behind a client while it is open."""

    def __init__(self, client: FlaskClient) -> None:
        self.count = 0
        with client.application.app_context():
            self.engine = db.engine

    def __enter__(self) -> Statements:
        event.listen(self.engine, "before_cursor_execute", self._one)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._one)

    def _one(self, *_: object) -> None:
        self.count += 1


def a_counter(client: FlaskClient, session: OfficeSession, clock: Clock, actor: Actor) -> Counter:
    """A company in euros with one customer of two people and one address."""
    a_company(session)
    group = a_group(session, name="Finch household")
    a_contact(
        session, group, primary=True, first_name="Clara", last_name="Finch", email="clara@finch.example"
    )
    a_contact(session, group, first_name="Otto", last_name="Finch", phone="020 7946 0958")
    an_address(session, group, line1="1 Mill Street", is_billing=True)
    group_id = group.id
    session.commit()
    return Counter(client, session, clock, actor, group_id)
