"""An office with a project to estimate, worked on through its pages as a browser does."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from admin_app.models import Estimate, Project
from seeds.builders import a_brand, a_company, a_contact, a_group, an_address, an_asset
from seeds.work_builders import a_lead, a_project, a_tax_rate
from tests.forms import send

ONE_LINE = {"lines-0-description": "Fell the ash", "lines-0-unit_price": "480", "lines-0-tax": "VAT 20 %"}


@dataclass
class EstimateOffice:
    """Ann at the desk, with a project of the Finch household; `project` and `estimate` are ids."""

    client: FlaskClient
    rows: Any
    project: int = 0
    group: int = 0
    contact: int = 0
    ids: dict[str, int] = field(default_factory=dict)

    def found(self) -> EstimateOffice:
        with self.rows() as session:
            a_company(session, email="office@harding.example")
            a_brand(session, is_default=True)
            a_tax_rate(session)
            a_tax_rate(session, "Reduced 5 %", "5", is_default=False)
            group = a_group(session, name="Finch household")
            clara = a_contact(session, group, primary=True, first_name="Clara", email="clara@finch.example")
            site = an_address(session, group, line1="1 Mill Street")
            oak = an_asset(session, group, name="Old oak", address_id=site.id)
            project = a_project(session, group, contact_id=clara.id, address_id=site.id)
            lead = a_lead(session, project)
            self.project, self.group, self.contact = project.id, group.id, clara.id
            self.ids = {"asset": oak.id, "lead": lead.id}
        return self

    @property
    def home(self) -> str:
        return f"/admin/projects/{self.project}"

    def of(self, estimate: int, rest: str = "") -> str:
        return f"{self.home}/estimates/{estimate}{rest}"

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return html.unescape(answer.text)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return send(self.client, path, data or {}, **options)

    def begin(self, **typed: Any) -> int:
        """A new draft, by its dialogue; its id."""
        answer = self.post(f"{self.home}/estimates/new", {"title": "Fell the ash", "source": "", **typed})
        assert answer.status_code == 302, answer.text
        found = re.search(r"/estimates/(\d+)/edit", answer.headers["Location"])
        assert found, answer.headers["Location"]
        return int(found[1])

    def mark(self, estimate: int) -> str:
        found = re.search(r'name="mark" value="(\w+)"', self.page(self.of(estimate, "/edit")))
        assert found
        return found[1]

    def write(self, estimate: int, mark: str | None = None, **typed: Any) -> TestResponse:
        """Save the editor as typed; what is not typed is blank but for what a new draft has."""
        form = {"mark": mark or self.mark(estimate), "title": "Fell the ash", "show_quantities": "on"}
        form |= {"show_unit_prices": "on", "show_line_totals": "on"}
        return self.post(self.of(estimate, "/edit"), form | typed)

    def written(self, **typed: Any) -> int:
        """A draft with one line."""
        estimate = self.begin()
        answer = self.write(estimate, **(ONE_LINE | typed))
        assert answer.status_code == 302, answer.text
        return estimate

    def step(self, estimate: int, step: str, **typed: Any) -> TestResponse:
        return self.post(self.of(estimate, f"/step/{step}"), typed)

    def sent(self, **typed: Any) -> int:
        """An estimate that was handed over."""
        estimate = self.written(**typed)
        answer = self.step(estimate, "send", way="hand", contact=str(self.contact), message="")
        assert answer.status_code == 302, answer.text
        return estimate

    def look(self, estimate: int, what: Any) -> Any:
        """What `what` tells of an estimate as it is stored now."""
        with self.rows() as session:
            loaded = selectinload(Estimate.lines)
            return what(
                session.scalars(select(Estimate).where(Estimate.id == estimate).options(loaded)).one()
            )

    def look_at_project(self, what: Any) -> Any:
        with self.rows() as session:
            return what(session.get_one(Project, self.project))
