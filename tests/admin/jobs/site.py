"""A building site for tests of pages: an agreed workorder with money in it, a crew on it, another one elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin_app.kernel.actor import Actor, Role
from admin_app.kernel.clock import Clock
from admin_app.models import FormKind
from admin_app.models.base import OfficeSession
from admin_app.services.facts import Said
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.builders import a_contact, a_group, an_address, an_asset
from seeds.work_builders import a_form_question, a_project
from tests.forms import send
from tests.services.agreed import agree, offer
from tests.services.desk import Desk, a_desk
from tests.signing import a_user, sign_in_as

PRICES = ("771.11", "662.22")
"""What the services cost; no crew may read any of it."""
HOUR_COST = 4444


@dataclass
class Site:
    """Ids of what stands there; `client` is whoever signed in last."""

    client: FlaskClient
    session: OfficeSession
    clock: Clock
    desk: Desk
    work_id: int
    project_id: int
    other_id: int
    crew_id: int
    question_id: int

    @property
    def job(self) -> str:
        return f"/admin/jobs/{self.work_id}"

    @property
    def tab(self) -> str:
        return f"/admin/projects/{self.project_id}/workorder"

    @property
    def work(self) -> Any:
        """The workorder as it stands in the database now."""
        from admin_app.models import WorkOrder

        return self.look().get_one(WorkOrder, self.work_id)

    def look(self) -> OfficeSession:
        self.session.rollback()
        self.session.expire_all()
        return self.session

    def sign_in(self, role: Role) -> FlaskClient:
        self.session.rollback()
        sign_in_as(self.client, role)
        return self.client

    def page(self, path: str, status: int = 200) -> str:
        self.session.rollback()
        answer = self.client.get(path)
        assert answer.status_code == status, (answer.status, path)
        return answer.get_data(as_text=True)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        self.session.rollback()
        return send(self.client, path, data, **options)

    def said(self, answer: TestResponse) -> str:
        """The page after a redirect."""
        assert answer.status_code == 302, (answer.status, answer.get_data(as_text=True)[:400])
        return self.page(answer.location)


def a_site(client: FlaskClient, session: OfficeSession, clock: Clock, ann: Actor) -> Site:
    """Work at Mill Lane today from eight, cem on it; other work at the same company that nobody is on."""
    desk = a_desk(session, ann, clock)
    desk.group.name = "Kučera household"
    cem = a_user(session, Role.CREW, hour_cost=HOUR_COST)
    lucy = a_contact(
        session, desk.group, primary=True, first_name="Łucja", last_name="Kučera", phone="020 7946 0991"
    )
    place = an_address(
        session,
        desk.group,
        line1="12 Mill Lane",
        city="Barnsford",
        access_contact_name="Ben",
        access_notes="Key safe 4711",
    )
    project = a_project(session, desk.group, address_id=place.id, contact_id=lucy.id)
    estimate = offer(desk, *PRICES, project=project, intro="From the road side")
    oak = an_asset(session, desk.group, name="Oak by the gate", address_id=place.id)
    estimate.lines[0].asset_id = oak.id
    estimate.lines[0].cost, estimate.lines[0].hours = Decimal("333.33"), Decimal(2)
    work = agree(desk, estimate, Said(how="phone", comment="Mind the dog"))
    work.notes = "Gate is locked"
    start = clock.now().replace(hour=8, minute=0)
    schedule_work(session, work, Plan(start, start + timedelta(hours=4), (cem.id,)), ann, clock)
    question = a_form_question(session, FormKind.SAFETY)
    elsewhere = a_group(session, name="Birchmoor household")
    other = agree(desk, offer(desk, "55.55", project=a_project(session, elsewhere, title="Birchmoor hedge")))
    session.commit()
    return Site(client, session, clock, desk, work.id, project.id, other.id, cem.id, question.id)
