"""Money booked by a program: once, at its fields, for invoices of who paid [M26, M27, M31]."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import Payment
from tests.api.program import a_program
from tests.signing import on_sqlite


def test_a_payment_is_booked_and_used_for_the_invoices_it_names(two, program):
    invoice = two.ash.ids["invoices"]

    answer = program.post(
        "/payments",
        {
            "customer": two.ash.ids["customers"],
            "amount": "120.00",
            "tip": "2.00",
            "paid_on": "2026-03-16",
            "method": "cash",
            "reference": "R-7",
            "project": two.ash.ids["projects"],
            "invoices": [{"invoice": invoice, "amount": "100.00"}],
        },
    )

    assert answer.status_code == 201, answer.text
    booked = answer.json
    assert (booked["amount"], booked["tip"], booked["unallocated"]) == ("120.00", "2.00", "18.00")
    assert (booked["paid_on"], booked["method"], booked["currency"]) == ("2026-03-16", "cash", "EUR")
    assert booked["project"]["name"] == "Ashgrove project"
    assert program.get(f"/invoices/{invoice}").json["balance"] == "6.17"
    assert program.client.get(answer.headers["Location"], headers=program.headers).json == booked


def test_the_same_key_books_once_and_another_body_not_at_all(two, program, rows):
    said = {"customer": two.birch.ids["customers"], "amount": "10.00"}

    first = program.post("/payments", said, key="k")
    again = program.post("/payments", said, key="k")
    other = program.post("/payments", said | {"amount": "11.00"}, key="k")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json == again.json
    with rows() as session:
        assert session.scalar(select(func.count()).where(Payment.amount.in_((1000, 1100)))) == 1


NO_PAYMENTS: tuple[tuple[dict[str, object], str], ...] = (
    ({"customer": None}, "customer"),
    ({"customer": "nobody"}, "customer"),
    ({"amount": None}, "amount"),
    ({"amount": 10.5}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": "ten"}, "amount"),
    ({"amount": "NaN"}, "amount"),
    ({"amount": "1e3"}, "amount"),
    ({"amount": "0"}, "amount"),
    ({"amount": "-5"}, "amount"),
    ({"amount": "9" * 40}, "amount"),
    ({"amount": "1.005"}, "amount"),
    ({"tip": "11.00"}, "tip"),
    ({"currency": "XXQ"}, "currency"),
    ({"paid_on": "2026-03-18"}, "paid_on"),
    ({"method": "barter"}, "method"),
    ({"project": "nobody"}, "project"),
    ({"reference": "x" * 121}, "reference"),
    ({"reference": "a\x00b"}, "reference"),
    ({"invoices": {}}, "invoices"),
    ({"invoices": ["x"]}, "invoices[0]"),
    ({"invoices": [{}]}, "invoices[0].invoice"),
    ({"invoices": [{"invoice": "x"}]}, "invoices[0].invoice"),
    ({"invoices": [{"invoice": "x", "amout": "1"}]}, "invoices[0].amout"),
    ({"group_id": 1}, "group_id"),
)
"""What is said beside a good payment, and the field at which it is refused."""


@on_sqlite
def test_what_is_no_payment_is_said_at_its_field(two, program, rows):
    good = {"customer": two.ash.ids["customers"], "amount": "10.00"}

    answers = [(program.post("/payments", good | but), field) for but, field in NO_PAYMENTS]

    for answer, field in answers:
        assert answer.status_code == 422, answer.text
        assert list(answer.json["fields"]) == [field]
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 2


@on_sqlite
def test_a_payment_is_not_used_for_an_invoice_of_somebody_else(two, program, rows):
    answer = program.post(
        "/payments",
        {
            "customer": two.ash.ids["customers"],
            "amount": "10.00",
            "invoices": [{"invoice": two.birch.ids["invoices"]}],
        },
    )

    assert answer.status_code == 409
    assert answer.json["detail"].endswith("belongs to another customer")
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 2


@on_sqlite
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_only_those_who_book_money_book_it(app, two, role):
    answer = a_program(app, role).post("/payments", {"customer": two.ash.ids["customers"], "amount": "10.00"})

    assert answer.status_code == (201 if role in (Role.OWNER, Role.OFFICE, Role.ESTIMATOR) else 403)
