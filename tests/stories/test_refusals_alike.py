"""The office says no in the same words on its pages, through the API and by the command [L15, issue "Bad input"].

Each case tries one thing that must not happen by the page and by the API, on documents that stand alike, and holds the
two answers together.  What only one door can even ask for is tried there.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.kernel.money import Money
from admin_app.models import (
    Company,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceState,
    Lead,
    Payment,
    Project,
    Service,
    WorkOrder,
)
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.services.void_invoice import void_invoice
from tests.api.conftest import program, two  # noqa: F401  the same two customers
from tests.api.program import Customer, Program, World
from tests.cli.typing import type_command
from tests.forms import send
from tests.signing import on_sqlite

pytestmark = on_sqlite


@dataclass
class Doors:
    """One customer, ann at the desk, and a program with her rights."""

    desk: FlaskClient
    program: Program
    customer: Customer
    rows: Any
    numbers: dict[str, int]

    def page(self, path: str, **typed: str) -> tuple[int, str]:
        """Send a form; the status and the words of the page that follows."""
        answer = send(self.desk, path, typed)
        status = answer.status_code
        if status == 302:
            answer = self.desk.get(answer.location)
        return status, html.unescape(answer.text)

    def step(self, path: str, name: str, **said: Any) -> dict[str, Any]:
        answer = self.program.step(f"/{path}/{self.customer.ids[path]}", name, **said)
        problem = answer.json
        assert isinstance(problem, dict)
        return problem

    def change(self, act: Callable[[Any], object]) -> None:
        """Bring the documents to where the case begins."""
        with self.rows() as session:
            act(session)


@pytest.fixture
def doors(two: World, program: Program, signed_in: FlaskClient, rows: Any) -> Doors:  # noqa: F811
    kinds = {
        "projects": Project,
        "leads": Lead,
        "estimates": Estimate,
        "workorders": WorkOrder,
        "services": Service,
        "invoices": Invoice,
        "drafts": Invoice,
        "payments": Payment,
    }
    with rows() as session:
        numbers = {
            name: session.scalars(select(kind.id).where(kind.public_id == two.ash.ids[name])).one()
            for name, kind in kinds.items()
        }
    return Doors(signed_in, program, two.ash, rows, numbers | {"customers": two.ash.id})


def alike(page: tuple[int, str], problem: dict[str, Any], status: int = 409) -> None:
    """The page says the sentence of the API, and both say no."""
    assert problem["status"] == status, problem
    assert page[0] in (status, 302)  # a page that stays where it is says it there
    assert problem["detail"] in page[1]


def lock_the_books(session: Any) -> None:
    session.get_one(Company, 1).locked_until = date(2026, 3, 31)


def test_an_invoice_is_issued_in_a_locked_period(doors):
    doors.change(lock_the_books)
    path = f"/admin/billing/invoices/{doors.numbers['drafts']}/issue"

    answer = doors.program.step(f"/invoices/{doors.customer.ids['drafts']}", "issue")

    alike(doors.page(path), answer.json)
    assert "locked until 31 March 2026" in answer.json["detail"]


def test_the_button_is_pressed_twice(doors):
    """The second press, and a page that is older than what stands there, find the step taken."""
    path = f"/admin/billing/invoices/{doors.numbers['drafts']}/issue"
    assert doors.page(path)[0] == 302

    again = doors.program.step(f"/invoices/{doors.customer.ids['drafts']}", "issue")

    alike(doors.page(path), again.json)
    assert again.json["detail"] == "This invoice is issued; to issue it must be draft"
    with doors.rows() as session:
        assert session.get_one(Invoice, doors.numbers["drafts"]).state is InvoiceState.ISSUED


def test_an_invoice_that_is_paid_is_made_void(doors):
    page = doors.page(f"/admin/billing/invoices/{doors.numbers['invoices']}/void")

    alike(page, doors.step("invoices", "void"))


def test_an_estimate_is_confirmed_twice(doors):
    project, estimate = doors.numbers["projects"], doors.numbers["estimates"]
    page = doors.page(f"/admin/projects/{project}/estimates/{estimate}/step/confirm", way="told", how="Again")

    alike(page, doors.step("estimates", "confirm", how="Again"))


def test_an_estimate_is_confirmed_after_its_day(doors):
    def wait_too_long(session: Any) -> None:
        estimate = session.get_one(Estimate, doors.numbers["estimates"])
        estimate.state, estimate.confirmed_on = EstimateState.SENT, None
        estimate.expires_on = date(2026, 3, 1)

    doors.change(wait_too_long)
    project, estimate = doors.numbers["projects"], doors.numbers["estimates"]
    page = doors.page(f"/admin/projects/{project}/estimates/{estimate}/step/confirm", way="told", how="Late")

    problem = doors.step("estimates", "confirm", how="Late")

    alike(page, problem)
    assert problem["detail"] == "This estimate expired on 1 March 2026; revise it to send it again"
    assert problem["guard"] == "in_time"


def test_work_is_started_without_its_safety_form(doors):
    page = doors.page(f"/admin/jobs/{doors.numbers['workorders']}/steps/start")

    alike(page, doors.step("workorders", "start"))


def test_a_service_is_completed_twice(doors):
    assert doors.program.step(f"/services/{doors.customer.ids['services']}", "complete").status_code == 200
    page = doors.page(
        f"/admin/jobs/{doors.numbers['workorders']}/services", one=f"{doors.numbers['services']}:complete"
    )

    alike(page, doors.step("services", "complete"))


def test_a_lead_is_put_off_to_yesterday(doors):
    page = doors.page(f"/admin/projects/{doors.numbers['projects']}/lead/postpone", until="2026-03-16")

    alike(page, doors.step("leads", "postpone", until="2026-03-16"))


def test_an_invoice_receives_more_than_it_asks_for(doors):
    number = doors.numbers["invoices"]
    page = doors.page(
        f"/admin/customers/{doors.numbers['customers']}/payments/new",
        amount="500.00",
        paid_on="2026-03-17",
        method="cash",
        currency="EUR",
        spread="chosen",
        **{f"use-{number}": "500.00"},
    )

    use = {"invoice": doors.customer.ids["invoices"], "amount": "500.00"}
    answer = doors.program.post(
        "/payments", {"customer": doors.customer.ids["customers"], "amount": "500.00", "invoices": [use]}
    )

    alike(page, answer.json)
    assert "left to pay, less than 500.00" in answer.json["detail"]


def test_a_payment_is_of_nothing(doors):
    page = doors.page(
        f"/admin/customers/{doors.numbers['customers']}/payments/new",
        amount="0",
        paid_on="2026-03-17",
        method="cash",
        currency="EUR",
        spread="credit",
    )
    answer = doors.program.post("/payments", {"customer": doors.customer.ids["customers"], "amount": "0"})

    assert (page[0], answer.status_code) == (422, 422)
    assert answer.json["fields"]["amount"] in page[1]


def test_a_payment_for_a_void_invoice_or_one_of_somebody_else(doors, two, ann, clock):  # noqa: F811
    """No page offers these invoices; the API answers what the services say to everybody."""
    said: list[str] = []

    def make_it_void(session: Any) -> None:
        draft = session.get_one(Invoice, doors.numbers["drafts"])
        void_invoice(session, issue_invoice(session, draft, ann, clock), ann, clock)

    doors.change(make_it_void)
    birch = two.birch.ids["invoices"]
    wanted = [doors.customer.ids["drafts"], birch]
    with doors.rows() as session:
        for public_id in wanted:
            invoice = session.scalars(select(Invoice).where(Invoice.public_id == public_id)).one()
            form = PaymentForm(
                doors.numbers["customers"],
                Money.of("5", "EUR"),
                clock.today(),
                uses=(Use(invoice.id, Money.of("5", "EUR")),),
            )
            with pytest.raises(Exception) as refused:
                record_payment(session, form, ann, clock)
            said.append(str(refused.value))
            session.rollback()

    answers = [
        doors.program.post(
            "/payments",
            {
                "customer": doors.customer.ids["customers"],
                "amount": "5",
                "invoices": [{"invoice": public_id, "amount": "5"}],
            },
        )
        for public_id in wanted
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert [answer.json["detail"] for answer in answers] == said
    assert "is void" in said[0]
    assert "belongs to another customer" in said[1]


@pytest.mark.parametrize(
    ("terms", "typed", "field"),
    [
        ({"discount": {"amount": "500.00"}}, {"discount": "500.00"}, "discount.amount"),
        ({"discount": {"percent": "101"}}, {"discount": "101 %"}, "discount.percent"),
        ({"deposit": {"percent": "101"}}, {"deposit": "101 %"}, "deposit.percent"),
        ({"deposit": {"amount": "900.00"}}, {"deposit": "900.00"}, "deposit.amount"),
    ],
    ids=[
        "discount above the subtotal",
        "discount over 100 %",
        "deposit over 100 %",
        "deposit above the total",
    ],
)
def test_a_document_that_cannot_be(doors, tmp_path, terms, typed, field):
    """Page, API and command: one calculator, one sentence."""
    draft = {
        "currency": "EUR",
        "lines": [{"description": "Work", "quantity": "1", "unit_price": "100.00", "taxes": []}],
        **terms,
    }
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(draft))
    revised = doors.step("estimates", "revise")["document"]
    with doors.rows() as session:
        number = session.scalars(select(Estimate.id).where(Estimate.public_id == revised["id"])).one()
    path = f"/admin/projects/{doors.numbers['projects']}/estimates/{number}"
    mark = doors.desk.get(f"{path}/edit").text.split('name="mark" value="')[1].split('"')[0]

    by_command = type_command({}, "calculate", str(file))
    by_api = doors.program.post("/calculate", draft)
    status, page = doors.page(
        f"{path}/edit",
        mark=mark,
        title="Offer",
        **{"lines-0-description": "Work", "lines-0-quantity": "1", "lines-0-unit_price": "100.00"},
        **typed,
    )

    assert by_api.status_code == status == 422
    assert by_command.exit_code == 1
    assert by_command.stderr == f"Error: {by_api.json['detail']}\n"
    why = by_api.json["fields"][field]
    assert why[:1].upper() + why[1:] in page


def test_a_negative_quantity_is_no_offer(doors, tmp_path):
    """On an estimate the page refuses it; what is only worked out is money back, by the API and the command alike."""
    with doors.rows() as session:
        estimate = session.get_one(Estimate, doors.numbers["estimates"])
        estimate.state, estimate.confirmed_on = EstimateState.DRAFT, None
    path = f"/admin/projects/{doors.numbers['projects']}/estimates/{doors.numbers['estimates']}/edit"
    mark = doors.desk.get(path).text.split('name="mark" value="')[1].split('"')[0]
    draft = {"currency": "EUR", "lines": [{"quantity": "-2", "unit_price": "100.00"}]}
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(draft))

    line = {"lines-0-description": "Back", "lines-0-quantity": "-2", "lines-0-unit_price": "100.00"}
    status, _ = doors.page(path, mark=mark, title="Offer", **line)
    by_api = doors.program.post("/calculate", draft).json
    by_command = json.loads(type_command({}, "calculate", str(file)).stdout)

    assert status == 422
    assert by_api == by_command
    assert by_api["total"] == "-200.00"


def test_a_confirmed_estimate_is_thrown_away(doors):
    """No program deletes documents; the page says what to do instead."""
    project, estimate = doors.numbers["projects"], doors.numbers["estimates"]
    status, page = doors.page(f"/admin/projects/{project}/estimates/{estimate}/discard")
    answer = doors.program.client.delete(
        f"/api/v1/estimates/{doors.customer.ids['estimates']}", headers=doors.program.headers
    )

    assert status == 409
    assert "estimate" in page
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    with doors.rows() as session:
        assert session.get(Estimate, estimate) is not None
