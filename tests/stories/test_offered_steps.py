"""In each state of each document, page and API offer the steps that were written down by hand [M38, L15]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from admin_app.models import (
    EstimateState,
    Invoice,
    InvoiceLine,
    InvoiceState,
    LeadState,
    ServiceState,
    WorkOrderState,
)
from seeds.builders import a_brand, a_company, a_group
from seeds.work_builders import (
    a_lead,
    a_lead_status,
    a_project,
    a_work_order,
    an_estimate,
)
from tests.api.program import a_program
from tests.flow.expected import MATRIX, offered
from tests.signing import on_sqlite

CELLS = [(document, state) for document, states in MATRIX.items() for state in states]
BY_THE_DROP_DOWN = {"accept", "renew", "work"}
"""Steps of a lead that its status drop-down takes [A41]; its options are the statuses themselves."""


@dataclass(frozen=True)
class Standing:
    """A document in a state, and where a person and a program look at it."""

    page: str
    api: str


@pytest.fixture
def standing(rows):
    """A function that puts a document into a state, as if it had walked there."""

    def put(document: str, state: str) -> Standing:
        with rows() as session:
            a_company(session)
            a_brand(session, is_default=True)
            group = a_group(session)
            project = a_project(session, group)
            record, page = _MAKERS[document](session, project, state)
            session.flush()
            return Standing(page, f"/api/v1/{_PATHS[document]}/{record.public_id}/steps")

    return put


def _lead(session: Any, project: Any, state: str) -> tuple[Any, str]:
    but: dict[str, Any] = {"state": LeadState(state)}
    if state == "custom":
        but["custom_status_id"] = a_lead_status(session).id
    if state == "postponed":
        but["postponed_until"] = date(2026, 4, 1)
    return a_lead(session, project, **but), f"/admin/projects/{project.id}/lead"


def _estimate(session: Any, project: Any, state: str) -> tuple[Any, str]:
    but: dict[str, Any] = {"state": EstimateState(state)}
    if state == "confirmed":
        but["confirmed_on"] = date(2026, 3, 2)
    estimate = an_estimate(session, project, **but)
    return estimate, f"/admin/projects/{project.id}/estimates/{estimate.id}"


def _work_order(session: Any, project: Any, state: str) -> tuple[Any, str]:
    estimate = an_estimate(session, project, state=EstimateState.CONFIRMED, confirmed_on=date(2026, 3, 2))
    work = a_work_order(session, estimate, state=WorkOrderState(state))
    return work, f"/admin/projects/{project.id}/workorder"


def _service(session: Any, project: Any, state: str) -> tuple[Any, str]:
    work, page = _work_order(session, project, "in progress")
    service = work.services[0]
    service.state = ServiceState(state)
    return service, page


def _invoice(session: Any, project: Any, state: str) -> tuple[Any, str]:
    invoice = Invoice(
        group_id=project.group_id, project_id=project.id, title="Felling", total=1000, subtotal=1000
    )
    if state != "draft":
        invoice.number, invoice.issued_on = "N-1", date(2026, 3, 2)
        invoice.due_on, invoice.balance = date(2026, 4, 1), 1000 if state == "issued" else 0
    invoice.lines = [InvoiceLine(position=1, description="Felling", unit_price=10, quantity=1, net=1000)]
    invoice.state = InvoiceState(state)
    session.add(invoice)
    return invoice, f"/admin/projects/{project.id}/invoice"


_MAKERS = {
    "lead": _lead,
    "estimate": _estimate,
    "workorder": _work_order,
    "service": _service,
    "invoice": _invoice,
}
_PATHS = {
    "lead": "leads",
    "estimate": "estimates",
    "workorder": "workorders",
    "service": "services",
    "invoice": "invoices",
}


@on_sqlite
@pytest.mark.parametrize(("document", "state"), CELLS)
def test_a_program_is_offered_what_was_written_down(app, standing, document, state):
    there = standing(document, state)

    answer = a_program(app).get(there.api.removeprefix("/api/v1"))

    assert answer.status_code == 200, answer.text
    told: Any = answer.json
    assert told["state"] == state
    assert {step["name"] for step in told["steps"]} == offered(document, state)
    assert all(step["open"] or step["reason"] for step in told["steps"])


@on_sqlite
@pytest.mark.parametrize(("document", "state"), CELLS)
def test_the_page_has_a_button_for_what_was_written_down(signed_in, standing, document, state):
    there = standing(document, state)

    page = signed_in.get(there.page).get_data(as_text=True)

    found = set(re.findall(r'data-step="([a-z_]+)"', page))
    if document == "service":
        # On its own row, or for all that are ticked.
        found = set(re.findall(r'name="one" value="\d+:([a-z_]+)"', page))
        found |= set(re.findall(r'name="step" value="([a-z_]+)"', page)) & offered(document, state)
    expected = offered(document, state)
    if document == "lead":
        expected = expected - BY_THE_DROP_DOWN
        found = found - BY_THE_DROP_DOWN
        assert 'name="status"' in page or state == "estimated"
    assert found == expected
