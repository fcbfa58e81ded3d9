"""Reading documents through the API: fields as declared, amounts as text, pages, filters, papers [12]."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event

from admin_app.api.resources import RESOURCES
from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.models.field import Kind, Surface, fields_on
from admin_app.policy import holds, rights_of
from admin_app.web.database import db
from seeds.builders import a_group
from tests.api.program import Program, a_program
from tests.house.test_isolation import contents
from tests.signing import on_sqlite

PATHS = [resource.path for resource in RESOURCES]


def test_a_list_and_its_documents_are_read(two, program):
    for path in PATHS:
        page = program.get(f"/{path}")
        one = program.get(f"/{path}/{two.ash.ids[path]}")

        assert page.status_code == one.status_code == 200, path
        listed = {item["id"]: item for item in page.json["items"]}
        assert {two.ash.ids[path], two.birch.ids[path]} <= set(listed)
        assert page.json["next"] is None
        assert listed[two.ash.ids[path]].items() <= one.json.items()
        assert two.ash.word in one.text


@on_sqlite
def test_every_field_declared_for_programs_is_there(two, program):
    """One declaration a field: nothing is listed by hand."""
    for resource in RESOURCES:
        one = program.get(f"/{resource.path}/{two.ash.ids[resource.path]}").json
        told = fields_on(resource.entity, Surface.API)
        assert {bound.key for bound in told if bound.kind is not Kind.CHILDREN} <= set(one), resource.path


def test_an_invoice_says_what_its_page_says(two, program):
    one = program.get(f"/invoices/{two.ash.ids['invoices']}").json

    assert one["currency"] == "EUR"
    amounts = [one[key] for key in ("subtotal", "tax", "total", "balance")]
    assert amounts == ["98.76", "19.75", "118.51", "106.17"]
    assert one["standing"] == "partly paid"
    assert (one["state"], one["issued_on"]) == ("issued", "2026-03-17")
    assert one["group"] == {"id": two.ash.ids["customers"], "name": "Ashgrove house"}
    assert [line["net"] for line in one["lines"]] == ["98.76"]
    assert [line["taxes"] for line in one["lines"]] == [["VAT"]]
    assert one["taxes"] == [{"name": "VAT", "rate": "20", "base": "98.76", "amount": "19.75"}]
    assert one["derivation"]["amount"] == one["total"]


def test_a_customer_comes_with_its_people_and_addresses(two, program):
    one = program.get(f"/customers/{two.ash.ids['customers']}").json

    (clara,) = one["memberships"]
    assert clara["contact"] == {"id": two.ash.ids["contacts"], "name": "Clara Ashgrove"}
    assert clara["is_primary"] is True
    assert one["addresses"] == []
    assert one["balance"]


def test_estimates_credit_notes_and_workorders_carry_their_parts(two, program):
    estimate = program.get(f"/estimates/{two.ash.ids['estimates']}").json
    credit = program.get(f"/credit-notes/{two.ash.ids['credit-notes']}").json
    work = program.get(f"/workorders/{two.ash.ids['workorders']}").json

    assert [line["net"] for line in estimate["lines"]] == ["100.00", "50.00"]
    assert estimate["total"] == estimate["derivation"]["amount"] == "180.00"
    assert estimate["taxes"][0]["amount"] == "30.00"
    assert credit["taxes"] == [{"name": "VAT", "rate": "20", "base": "10.00", "amount": "2.00"}]
    assert [line["net"] for line in credit["lines"]] == ["10.00"]
    assert [service["state"] for service in work["services"]] == ["open", "open"]
    assert [one["name"] for one in work["crew"]] == ["Cem Yılmaz", "Sue Kowalski"]


def test_a_list_is_walked_page_by_page_and_what_is_new_comes_last(two, program, rows):
    with rows() as session:
        for number in range(5):
            a_group(session, name=f"Customer {number}")
    seen: list[str] = []

    page = program.get("/customers", limit="3")
    seen += [item["name"] for item in page.json["items"]]
    with rows() as session:
        a_group(session, name="A newcomer")
    while page.json["next"]:
        link = re.fullmatch(r'<([^>]+)>; rel="next"', page.headers["Link"])
        assert link is not None
        assert link[1] == page.json["next"]
        page = program.client.get(link[1], headers=program.headers)
        seen += [item["name"] for item in page.json["items"]]

    assert seen == ["Ashgrove house", "Birchmoor house", *(f"Customer {n}" for n in range(5)), "A newcomer"]
    assert "Link" not in page.headers


def test_lists_are_narrowed_by_state_customer_project_and_change(two, program):
    def ids(path: str, **asked: str) -> set[str]:
        answer = program.get(path, **asked)
        assert answer.status_code == 200, answer.text
        return {item["id"] for item in answer.json["items"]}

    assert ids("/invoices", state="draft") == {two.ash.ids["drafts"], two.birch.ids["drafts"]}
    assert ids("/invoices", state="draft", customer=two.ash.ids["customers"]) == {two.ash.ids["drafts"]}
    assert ids("/estimates", project=two.birch.ids["projects"]) == {two.birch.ids["estimates"]}
    assert ids("/payments", updated_since="2026-03-17T09:30:00Z") == {
        two.ash.ids["payments"],
        two.birch.ids["payments"],
    }
    assert ids("/payments", updated_since="2026-03-17T10:30:01+01:00") == set()


NO_FILTERS: tuple[tuple[dict[str, str], str], ...] = (
    ({"stat": "draft"}, "stat"),
    ({"state": "lost"}, "state"),
    ({"customer": "nobody"}, "customer"),
    ({"customer": "a\x00b"}, "customer"),
    ({"project": "x" * 300}, "project"),
    ({"updated_since": "yesterday"}, "updated_since"),
    ({"updated_since": "2026-03-17T09:30:00"}, "updated_since"),
    ({"updated_since": "0001-01-01T00:00:00+23:59"}, "updated_since"),
    ({"limit": "0"}, "limit"),
    ({"limit": "many"}, "limit"),
    ({"cursor": "nowhere"}, "cursor"),
    ({"cursor": "WzAsLTFd"}, "cursor"),
)
"""What an address asks, and the field at which it is refused."""


@on_sqlite
def test_what_a_list_does_not_understand_is_said_at_its_field(two, program):
    """A filter that was left out in silence would show more than was asked for."""
    for asked, field in NO_FILTERS:
        answer = program.get("/invoices", **asked)
        assert answer.status_code == 422, asked
        assert list(answer.json["fields"]) == [field]


@on_sqlite
def test_a_page_has_an_end_whatever_is_asked(two, program):
    assert program.get("/customers", limit="999999999999").status_code == 200


def test_papers_are_read_as_pdf(two, program):
    papers = [resource.path for resource in RESOURCES if resource.paper]

    assert len(papers) == 5
    for path in papers:
        answer = program.get(f"/{path}/{two.ash.ids[path]}/pdf")
        assert answer.status_code == 200, path
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")
        assert "attachment" in answer.headers["Content-Disposition"]


@on_sqlite
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_each_role_reads_what_the_policy_says(app, two, role):
    program = a_program(app, role)
    for resource in RESOURCES:
        may = holds(_actor(role), rights_of(resource.entity).read)
        answer = program.get(f"/{resource.path}")
        assert (answer.status_code == 200) == may, resource.path
        assert may or answer.status_code == 403


def _actor(role: Role) -> Actor:
    return Actor(ActorKind.STAFF, "somebody", 1, role)


@on_sqlite
@pytest.mark.parametrize("role", [Role.CREW, Role.SUBCONTRACTOR], ids=str)
def test_a_crew_reads_its_own_work_without_money_and_nothing_else(app, two, role):
    """Generated from the url map: a new address is tried as soon as it exists."""
    program = a_program(app, role)
    told: list[str] = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api.") or "GET" not in (rule.methods or ()):
            continue
        kind = rule.rule.split("/")[3]
        for customer in (two.ash, two.birch):
            path = rule.rule.replace("<public_id>", customer.ids.get(kind, "x"))
            answer = program.client.get(path, headers=program.headers)
            said = answer.data.decode(errors="replace")
            if "Birchmoor" in said or re.search(r"98\.76|12\.34|100\.00|50\.00|106\.17", said):
                told.append(path)
            if customer is two.birch and "public_id" in rule.arguments and answer.status_code < 403:
                told.append(path)

    work = program.get(f"/workorders/{two.ash.ids['workorders']}")
    assert work.status_code == 200
    assert work.json is not None
    assert "net" not in work.json["services"][0]
    assert told == []


@on_sqlite
def test_a_page_costs_the_same_statements_whatever_its_length(app, two, program):
    for resource in RESOURCES:
        one = _statements(app, program, f"/{resource.path}?limit=1")
        assert _statements(app, program, f"/{resource.path}?limit=50") == one, resource.path


def _statements(app: Any, program: Program, path: str) -> int:
    program.client.get(f"/api/v1{path}", headers=program.headers)  # the token was used just now
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert program.client.get(f"/api/v1{path}", headers=program.headers).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_reading_changes_nothing(app, two, program, database):
    """Of what looking may write only the last use of the token is there, and that was a moment ago."""
    program.get("/customers")
    before = contents(database)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and "GET" in (rule.methods or ()):
            kind = rule.rule.split("/")[3]
            path = rule.rule.replace("<public_id>", two.ash.ids.get(kind, "")).replace("<name>", "invoiced")
            assert program.client.get(path, headers=program.headers).status_code == 200, path
            program.client.head(path, headers=program.headers)

    assert contents(database) == before


@on_sqlite
def test_a_secret_stays_a_secret(two, program):
    """What a declaration does not give to programs they never see."""
    invoice = program.get(f"/invoices/{two.ash.ids['invoices']}").json
    estimate = program.get(f"/estimates/{two.ash.ids['estimates']}").json

    assert not {"tax_mode", "imported", "interest_of_id"} & set(invoice)
    assert not {"won_by_id", "not_sent", "state_since"} & set(estimate)
