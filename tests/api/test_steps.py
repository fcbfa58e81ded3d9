"""Steps through the API: those of the tables, with their reasons, once each [M38, L15, 12]."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from admin_app.api.resources import RESOURCES
from admin_app.flow import ESTIMATE, INVOICE, LEAD, SERVICE, WORK_ORDER
from admin_app.kernel.actor import Role
from admin_app.models import (
    AuditEntry,
    Company,
    Estimate,
    Event,
    Invoice,
    InvoiceState,
    JournalEntry,
    Lead,
    LeadStatus,
    User,
    WorkOrder,
)
from tests.api.program import a_program
from tests.signing import on_sqlite

FLOWS = {
    "leads": LEAD,
    "estimates": ESTIMATE,
    "workorders": WORK_ORDER,
    "services": SERVICE,
    "invoices": INVOICE,
}
WALKING = [resource.path for resource in RESOURCES if resource.walks]


def open_steps(program: Any, path: str) -> dict[str, bool]:
    """Step → whether it is open, as the API says."""
    answer = program.get(f"{path}/steps")
    assert answer.status_code == 200, answer.text
    return {step["name"]: step["open"] for step in answer.json["steps"]}


def test_a_draft_is_issued_once_however_often_it_is_asked(two, program, rows):
    path = f"/invoices/{two.ash.ids['drafts']}"
    assert open_steps(program, path) == {"issue": True}

    first = program.post(f"{path}/steps/issue", {"due_on": "2026-04-30"}, key="issue 1")
    again = program.post(f"{path}/steps/issue", {"due_on": "2026-04-30"}, key="issue 1")

    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    document = first.json["document"]
    assert (document["state"], document["due_on"], document["total"]) == ("issued", "2026-04-30", "12.00")
    assert document["number"]
    assert first.json["events"] == ["invoice_issued"]
    assert open_steps(program, path) == {"void": True}
    with rows() as session:
        assert session.scalar(select(func.count()).where(Invoice.state == InvoiceState.ISSUED)) == 3


def test_the_same_key_with_another_body_or_step_is_refused(two, program):
    path = f"/invoices/{two.ash.ids['drafts']}/steps"
    program.post(f"{path}/issue", {"due_on": "2026-04-30"}, key="one")

    other_body = program.post(f"{path}/issue", {"due_on": "2026-05-30"}, key="one")
    other_step = program.post(f"{path}/void", {}, key="one")
    other_document = program.post(f"/invoices/{two.birch.ids['drafts']}/steps/issue", {}, key="one")

    for answer in (other_body, other_step, other_document):
        assert answer.status_code == 409
        assert "Idempotency-Key came with another request" in answer.json["detail"]


def test_a_refused_try_uses_no_key_up(two, program, rows):
    path = f"/invoices/{two.ash.ids['drafts']}/steps/issue"
    with rows() as session:
        session.get_one(Company, 1).locked_until = date(2026, 3, 31)
    refused = program.post(path, {}, key="later")
    with rows() as session:
        session.get_one(Company, 1).locked_until = None

    assert refused.status_code == 409
    assert refused.json["guard"] == "issue_day_is_open"
    assert refused.json["fix"] == "issue_date"
    assert "locked until 31 March 2026" in refused.json["detail"]
    assert program.post(path, {}, key="later").status_code == 200


@on_sqlite
def test_two_people_may_draw_the_same_key(app, two, program):
    other = a_program(app, Role.OFFICE)

    ash = program.post(f"/invoices/{two.ash.ids['drafts']}/steps/issue", {}, key="mine")
    birch = other.post(f"/invoices/{two.birch.ids['drafts']}/steps/issue", {}, key="mine")

    assert (ash.status_code, birch.status_code) == (200, 200)


@on_sqlite
@pytest.mark.parametrize("key", [None, "x" * 256, "a\tb", "é"])
def test_a_step_without_a_proper_key_is_not_taken(two, program, key):
    path = f"/invoices/{two.ash.ids['drafts']}/steps/issue"
    headers = program.headers | ({} if key is None else {"Idempotency-Key": key})

    answer = program.client.post(f"/api/v1{path}", headers=headers, json={})

    assert answer.status_code == 422
    assert list(answer.json["fields"]) == ["Idempotency-Key"]


def test_an_offer_walks_from_lead_to_invoice_through_the_api(two, program, rows):
    """Each step goes through the use case of its page: numbers, papers, calendar and workorder follow."""
    with rows() as session:
        estimate = session.scalars(select(Estimate).where(Estimate.title == "Ashgrove offer")).one()
        public_id = estimate.public_id

    revised = program.step(f"/estimates/{public_id}", "revise")
    draft = revised.json["document"]
    assert (draft["state"], draft["revision"]) == ("draft", 2)
    path = f"/estimates/{draft['id']}"
    assert program.step(path, "send", by_hand=True).json["document"]["state"] == "sent"
    wish = program.step(path, "request_changes", reason="Without the hedge")
    assert wish.json["document"]["client_comment"] == "Without the hedge"
    again = program.step(path, "revise").json["document"]
    path = f"/estimates/{again['id']}"
    program.step(path, "send", by_hand=True)
    confirmed = program.step(path, "confirm", how="On the phone", comment="Mind the dog")
    assert confirmed.json["document"]["confirmed_on"] == "2026-03-17"
    assert confirmed.json["events"] == ["estimate_confirmed"]

    work = f"/workorders/{two.ash.ids['workorders']}"
    planned = program.step(
        work, "schedule", starts_at="2026-03-20T08:00:00Z", ends_at="2026-03-20T16:00:00+01:00", crew=[]
    )
    assert planned.json["document"]["starts_at"] == "2026-03-20T08:00:00+00:00"
    assert planned.json["document"]["crew"] == []
    assert "Mind the dog" in planned.json["document"]["client_comment"]
    with rows() as session:
        assert session.scalars(select(Event.title)).all() == ["Ashgrove work"]
        work_order = session.scalars(select(WorkOrder).where(WorkOrder.title == "Ashgrove work")).one()
        work_order.needs_safety_form = work_order.needs_finish_form = False
    assert program.step(work, "start").json["document"]["state"] == "in progress"
    for service in program.get(work).json["services"]:
        done = program.step(f"/services/{service['id']}", "complete")
        assert done.json["document"]["completed_by"] == "Ann Ashworth"
    assert program.step(work, "finish").json["events"] == ["work_finished"]
    assert program.step(work, "complete").json["document"]["completed_on"] == "2026-03-17"
    made = program.get("/invoices", state="draft", project=two.ash.ids["projects"]).json["items"]
    assert [one["total"] for one in made] == ["180.00"]


def test_a_lead_is_postponed_declined_and_worked_on(two, program, rows):
    status = two.birch.ids["lead-statuses"]
    path = f"/leads/{two.birch.ids['leads']}"

    postponed = program.step(path, "postpone", until="2026-04-01")
    assert postponed.json["document"]["postponed_until"] == "2026-04-01"
    assert program.step(path, "postpone", until="2026-03-17").json["guard"] == "comes_back"
    assert program.step(path, "resume").status_code == 200
    assert program.step(path, "work", status=status).json["document"]["state"] == "custom"
    with rows() as session:
        lead = session.scalars(select(Lead).where(Lead.title == "Birchmoor lead")).one()
        assert session.get_one(LeadStatus, lead.custom_status_id).public_id == status
    declined = program.step(path, "decline", reason="Too far away")

    assert declined.status_code == 409
    assert declined.json["guard"] == "no_estimate"


@on_sqlite
def test_a_closed_step_says_which_guard_and_what_mends_it(two, program):
    work = f"/workorders/{two.ash.ids['workorders']}"

    offered = {step["name"]: step for step in program.get(f"{work}/steps").json["steps"]}
    refused = program.step(work, "start")

    assert offered["start"]["open"] is False
    assert offered["start"]["reason"] == refused.json["detail"]
    assert offered["start"]["fix"] == refused.json["fix"] == "forms"
    assert refused.status_code == 409
    assert refused.mimetype == "application/problem+json"
    assert refused.json["guard"] == "safety_form"
    assert refused.json["title"] == "Conflict"


@on_sqlite
@pytest.mark.parametrize("path", WALKING)
def test_what_is_offered_is_what_the_table_offers(two, program, path):
    answer = program.get(f"/{path}/{two.ash.ids[path]}/steps").json

    flow = FLOWS[path]
    state = flow.states(answer["state"])
    assert [step["name"] for step in answer["steps"]] == [
        step.name for step in flow.from_state(state) if step.offered
    ]
    for step in answer["steps"]:
        assert set(step["asks"]) >= set(flow.rows(step["name"])[0].asks)


@on_sqlite
@pytest.mark.parametrize("path", WALKING)
def test_steps_of_the_program_itself_are_nobodys(two, program, path):
    flow = FLOWS[path]
    hidden = {name for name in flow.step_names if not any(row.offered for row in flow.rows(name))}

    for name in hidden | {"fly", "DROP TABLE", "x" * 400}:
        assert program.step(f"/{path}/{two.ash.ids[path]}", name).status_code == 404, name


NOT_UNDERSTOOD: tuple[tuple[str, str, dict[str, object], str], ...] = (
    ("invoices", "issue", {"isue_on": "2026-03-17"}, "isue_on"),
    ("invoices", "issue", {"issue_on": "17 March"}, "issue_on"),
    ("invoices", "issue", {"issue_on": 20260317}, "issue_on"),
    ("invoices", "issue", {"issue_on": "2026-02-30"}, "issue_on"),
    ("estimates", "send", {"by_hand": "yes"}, "by_hand"),
    ("estimates", "send", {"contact": "nobody"}, "contact"),
    ("estimates", "decline", {"reason": "a\x00b"}, "reason"),
    ("estimates", "decline", {"reason": ["a"]}, "reason"),
    ("estimates", "decline", {"reason": "x" * 20_001}, "reason"),
    ("leads", "work", {"status": 7}, "status"),
    ("workorders", "schedule", {"starts_at": "2026-03-20T08:00:00"}, "starts_at"),
    ("workorders", "schedule", {"starts_at": "2026-03-20T08:00:00Z", "crew": ["x"]}, "crew"),
    ("workorders", "schedule", {"crew": "cem"}, "crew"),
    (
        "workorders",
        "schedule",
        {"starts_at": "2026-03-20T08:00:00Z", "ends_at": "2026-03-19T08:00:00Z"},
        "ends_at",
    ),
)
"""Document, step, what is said with it, and the field at which it is refused."""


@on_sqlite
def test_what_a_step_is_told_is_read_at_its_field(two, program):
    for path, step, said, field in NOT_UNDERSTOOD:
        document = two.ash.ids["drafts" if path == "invoices" else path]
        answer = program.step(f"/{path}/{document}", step, **said)
        assert answer.status_code == 422, answer.text
        assert list(answer.json["fields"]) == [field]


@on_sqlite
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_each_role_takes_the_steps_that_its_page_would_offer(app, two, role):
    """Sales and money for planners, work for those who do it, nothing for analysts."""
    program = a_program(app, role)
    planner = role in (Role.OWNER, Role.OFFICE, Role.ESTIMATOR)
    crew = role in (Role.CREW, Role.SUBCONTRACTOR)
    expected = {
        ("leads", "postpone"): 200 if planner else 403,
        ("estimates", "revise"): 200 if planner else 403,
        ("invoices", "void"): 409 if planner else 403,
        ("services", "start"): 200 if planner or crew else 403,
        ("workorders", "cancel"): 409 if planner else 403,
    }
    said = {"postpone": {"until": "2026-05-01"}}

    got = {
        (path, name): program.step(f"/{path}/{two.ash.ids[path]}", name, **said.get(name, {})).status_code
        for path, name in expected
    }

    assert got == expected


@on_sqlite
def test_a_crew_takes_no_step_at_work_of_others(app, two):
    crew = a_program(app, Role.CREW)

    assert crew.step(f"/services/{two.birch.ids['services']}", "start").status_code == 404
    assert crew.get(f"/workorders/{two.birch.ids['workorders']}/steps").status_code == 404


@on_sqlite
def test_the_history_knows_the_person_and_the_door(app, two, rows):
    a_program(app, Role.ESTIMATOR).step(f"/invoices/{two.ash.ids['drafts']}", "issue")

    with rows() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.entity == "Invoice").order_by(AuditEntry.id.desc())
        ).first()
        pete = session.scalars(select(User).where(User.role == Role.ESTIMATOR)).one()
        assert entry is not None
        assert entry.door == "api"
        assert pete.name in str(vars(entry))
        assert session.scalar(select(func.count()).select_from(JournalEntry))
