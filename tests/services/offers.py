"""What the tests of estimates start from: a project with pete as estimator, clara who may see it, lines as typed."""

from __future__ import annotations

from typing import Any

from admin_app.models import AccessState, Company, Contact, Estimate, Project, ProjectAccess
from admin_app.services.answer_estimate import confirm_estimate
from admin_app.services.facts import Said
from admin_app.services.new_estimate import new_estimate
from admin_app.services.read_estimate import Line
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import write_lines
from seeds.builders import a_contact, a_user
from seeds.work_builders import MORNING, a_project
from tests.services.desk import Desk


def line(description: str, price: str, *taxes: str, key: str | None = None, **values: Any) -> Line:
    """A line as it was typed."""
    return Line({"description": description, "unit_price": price, **values}, taxes, key)


def open_project(desk: Desk, **but: Any) -> Project:
    """A project of the desk's customer; clara is its primary contact and may see it, pete estimates."""
    desk.session.get_one(Company, 1).email = "office@north.test"
    clara = a_contact(desk.session, desk.group, primary=True, email="clara@client.test")
    pete = a_user(desk.session, "pete")
    facts: dict[str, Any] = {"estimator_id": pete.id, "contact_id": clara.id, "client_order_no": "PO-7"}
    project = a_project(desk.session, desk.group, **facts | but)
    grant(desk, project, clara)
    return project


def grant(desk: Desk, project: Project, contact: Contact) -> None:
    """Open the project to a contact."""
    access = ProjectAccess(
        project_id=project.id, contact_id=contact.id, state=AccessState.INVITED, granted_at=MORNING
    )
    desk.session.add(access)
    desk.session.flush()


def offer(desk: Desk, project: Project, *lines: Line, **but: Any) -> Estimate:
    """A draft with these lines (one at 1000.00 with VAT)."""
    estimate = new_estimate(desk.session, project, desk.actor, desk.clock, **but)
    return write_lines(desk.session, estimate, lines or [line("Fell the ash", "1000", "VAT")], desk.actor)


def sent(desk: Desk, project: Project, *lines: Line, **but: Any) -> Estimate:
    """An estimate that waits for clara's answer."""
    return send_estimate(desk.session, offer(desk, project, *lines, **but), desk.actor, desk.clock)


def confirmed(desk: Desk, project: Project, *lines: Line, **but: Any) -> Estimate:
    """An estimate to which clara said yes on the phone."""
    said = Said(how="agreed on the phone")
    return confirm_estimate(desk.session, sent(desk, project, *lines, **but), desk.actor, desk.clock, said)
