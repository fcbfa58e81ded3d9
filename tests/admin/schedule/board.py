"""A week for tests of pages: cem at the mill on Tuesday, a visit of pete, work without a day, a visit nobody makes."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin_app.kernel.actor import Actor, Role
from admin_app.kernel.clock import Clock
from admin_app.models import Event, WorkOrder
from admin_app.models.base import OfficeSession
from seeds.builders import a_company
from seeds.work_builders import a_piece_of_equipment
from tests.forms import send
from tests.services.weeks import TUESDAY, a_client, a_hand, a_job, a_visit, at, planned
from tests.signing import a_user, sign_in_as

WEEK = "/admin/schedule/"


@dataclass
class Board:
    """Ids of what stands there; `client` is whoever signed in last."""

    client: FlaskClient
    session: OfficeSession
    clock: Clock
    actor: Actor
    work_id: int
    undated_id: int
    visit_id: int
    open_visit_id: int
    cem: int
    dan: int
    pete: int
    chipper: int

    def look(self) -> OfficeSession:
        self.session.rollback()
        self.session.expire_all()
        return self.session

    @property
    def work(self) -> WorkOrder:
        return self.look().get_one(WorkOrder, self.work_id)

    @property
    def visit(self) -> Event:
        return self.look().get_one(Event, self.visit_id)

    def sign_in(self, role: Role) -> None:
        self.session.rollback()
        sign_in_as(self.client, role)

    def page(self, path: str = WEEK, status: int = 200) -> str:
        self.session.rollback()
        answer = self.client.get(path)
        assert answer.status_code == status, (answer.status, path)
        return answer.get_data(as_text=True)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        self.session.rollback()
        return send(self.client, path, data, **options)

    def said(self, answer: TestResponse) -> str:
        """The page after a redirect."""
        assert answer.status_code == 302, (answer.status, answer.get_data(as_text=True)[-1500:])
        return self.page(answer.location)

    def seen(self, key: str, path: str = WEEK) -> str:
        """What a card carries of how it is planned."""
        found = re.search(rf'data-thing="{key}" data-seen="([^"]*)"', self.page(path))
        assert found, key
        return html.unescape(found[1])

    def drop(self, kind: str, number: int, **where: Any) -> TestResponse:
        """What the script sends when a card is dropped."""
        seen = where.pop("seen", None) or self.seen(f"{kind}-{number}")
        word = {"work": "workorder"}.get(kind, kind)
        return self.post(f"/admin/schedule/{word}/{number}/drop", {"seen": seen, "back": WEEK} | where)


def row_of(page: str, key: str) -> str:
    """What stands in a row of the schedule."""
    found = re.search(rf'data-row="{key}".*?</tbody>', page, re.DOTALL)
    return found[0] if found else ""


def a_board(client: FlaskClient, session: OfficeSession, clock: Clock, ann: Actor) -> Board:
    """Tuesday 17 March: cem fells the ash from eight to twelve with the chipper, pete looks at an oak at two."""
    a_company(session, email="office@ashworth.test")
    cem, pete = a_user(session, Role.CREW), a_user(session, Role.ESTIMATOR)
    dan = a_hand(session, "Dan Obi")
    chipper = a_piece_of_equipment(session)
    finch, birch = a_client(session), a_client(session, "Birch household", None)
    work = a_job(session, finch, notes="Gate is locked")
    planned(session, work, at(TUESDAY, 8), clock, cem, equipment=(chipper.id,))
    undated = a_job(session, birch, "Hedge at the school")
    visit = a_visit(session, finch, at(TUESDAY, 14), pete)
    unmade = a_visit(session, birch, at(TUESDAY + timedelta(days=2), 9), title="Yearly tree check")
    session.commit()
    sign_in_as(client)
    return Board(
        client,
        session,
        clock,
        ann,
        work.id,
        undated.id,
        visit.id,
        unmade.id,
        cem.id,
        dan.id,
        pete.id,
        chipper.id,
    )
