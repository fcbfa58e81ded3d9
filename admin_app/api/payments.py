"""Money that came in, booked by a program: once, however often it asks [A27, M26, M31]."""

from __future__ import annotations

from typing import Any

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue

from admin_app.api.documents import mount, reader
from admin_app.api.door import operation
from admin_app.api.once import KEY_PARAMETER, once
from admin_app.api.reading import amount, body, day, fields_of_object, linked, listed, text, wrong
from admin_app.api.resources import RESOURCES
from admin_app.api.schema import AMOUNT, TEXT, Schema, ref
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.models import CustomerGroup, Invoice, Payment, PaymentWay, Project
from admin_app.policy import Permission
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, currency, office_session

PAYMENTS = next(resource for resource in RESOURCES if resource.entity is Payment)
MOST_INVOICES = 200

FIELDS: dict[str, Schema] = {
    "customer": {**TEXT, "description": "The id of who paid"},
    "amount": {**AMOUNT, "description": "What was received, tip included"},
    "currency": {**TEXT, "description": "Empty: the company's"},
    "paid_on": {"type": "string", "format": "date", "description": "Empty: today"},
    "method": {"type": "string", "enum": [way.value for way in PaymentWay]},
    "tip": {**AMOUNT, "description": "A part of the amount that no invoice receives"},
    "project": {**TEXT, "description": "The project it was taken for: its next invoice takes what is left"},
    "reference": {**TEXT, "maxLength": 120},
    "note": {**TEXT, "maxLength": 400},
    "invoices": {
        "type": "array",
        "maxItems": MOST_INVOICES,
        "items": {
            "type": "object",
            "properties": {
                "invoice": {**TEXT, "description": "Its id"},
                "amount": {**AMOUNT, "description": "Empty: as much as both sides allow"},
            },
            "required": ["invoice"],
            "additionalProperties": False,
        },
    },
}
"""What a payment says."""


@rule(Permission.MONEY_WRITE)
def book_payment() -> ResponseReturnValue:
    """Book a payment and use it for the invoices that are named; the rest stays with the customer."""
    session, who = office_session(), actor()
    said = body(tuple(FIELDS))
    form = _form(said)

    def book() -> Payment:
        return record_payment(session, form, who, clock())

    payment = once("payments", form, Payment, book)
    session.expire(payment)
    answer = jsonify(reader().whole(PAYMENTS, payment))
    answer.status_code = 201
    answer.headers["Location"] = url_for("api.read_payments", public_id=payment.public_id)
    return answer


def _form(said: dict[str, Any]) -> PaymentForm:
    """The body as the service understands it; raises Invalid at the field."""
    given = {name: value for name, value in said.items() if value is not None}
    for name in ("customer", "amount"):
        if name not in given:
            raise wrong(name, f"The {name} is missing")
    session, who = office_session(), actor()
    unit = _currency(given)
    project = linked(session, Project, given["project"], who, "project") if "project" in given else None
    return PaymentForm(
        group_id=linked(session, CustomerGroup, given["customer"], who, "customer").id,
        project_id=project.id if project else None,
        amount=amount(given["amount"], "amount", unit),
        paid_on=day(given["paid_on"], "paid_on") if "paid_on" in given else clock().today(),
        method=_method(given.get("method", PaymentWay.TRANSFER.value)),
        tip=amount(given["tip"], "tip", unit) if "tip" in given else None,
        reference=text(given.get("reference", ""), "reference", 120) or None,
        note=text(given.get("note", ""), "note", 400) or None,
        uses=tuple(
            _use(one, f"invoices[{index}]", unit)
            for index, one in enumerate(listed(given.get("invoices", []), "invoices", MOST_INVOICES))
        ),
    )


def _currency(given: dict[str, Any]) -> str:
    written = text(given.get("currency", currency()), "currency", 3)
    try:
        return Money.zero(written).currency
    except Invalid as refusal:
        raise wrong("currency", refusal.sentence) from None


def _method(said: object) -> PaymentWay:
    try:
        return PaymentWay(text(said, "method", 40))
    except ValueError:
        offered = ", ".join(way.value for way in PaymentWay)
        raise wrong("method", f"This is not one of: {offered}") from None


def _use(said: object, path: str, unit: str) -> Use:
    fields = fields_of_object(said, ("invoice", "amount"), path)
    invoice = linked(office_session(), Invoice, fields.get("invoice"), actor(), f"{path}.invoice")
    wanted = fields.get("amount")
    return Use(invoice.id, None if wanted is None else amount(wanted, f"{path}.amount", unit))


def _doc() -> dict[str, Any]:
    payment: Schema = {
        "type": "object",
        "properties": FIELDS,
        "required": ["customer", "amount"],
        "additionalProperties": False,
    }
    return operation(
        "Book a payment",
        ref("PaymentWhole"),
        status=201,
        told="The payment",
        parameters=[KEY_PARAMETER],
        requestBody={"required": True, "content": {"application/json": {"schema": payment}}},
    )


mount("/payments", book_payment, endpoint="book_payment", doc=_doc(), method="POST")
