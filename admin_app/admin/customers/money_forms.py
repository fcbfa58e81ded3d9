"""What was typed into the money pop-ups, as the services take it; everything wrong is told at its field at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from admin_app.admin.customers.sheet import Sheet
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_id
from admin_app.models import Invoice
from admin_app.models.field import BoundField, Kind, field_named
from admin_app.records.values import Reading, parse, typed
from admin_app.services.record_payment import PaymentForm, Use

OLDEST, CHOSEN, PROJECT, CREDIT, PROPOSED = "oldest", "chosen", "project", "credit", "proposed:"
"""What becomes of a payment: the invoices due first, those written beside it, a project's next invoice, none of them
yet; or a proposal, whose uses follow the word."""


def read_typed(sheet: Sheet, values: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The typed texts as values of their fields, links by their number; raises Invalid with a sentence for each that
    is none.
    """
    read: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for question in sheet.questions:
        bound, text = question.bound, values.get(question.bound.key, "")
        if bound.kind is Kind.LINK:
            read[bound.key] = parse_id(text)
            continue
        try:
            read[bound.key] = parse(bound, text, reading) if isinstance(text, str) else text
            if read[bound.key] is None and question.required:
                wrong[bound.key] = f"{bound.label} is missing"
        except Invalid as refusal:
            wrong[bound.key] = refusal.sentence
    if wrong:
        raise Invalid("Some fields need another look", wrong)
    return read


def read_payment(
    sheet: Sheet, values: Mapping[str, Any], group_id: int, currency: str, reading: Reading
) -> PaymentForm:
    """The payment as typed, in `currency`, for no invoice yet; raises Invalid with fields."""
    read = read_typed(sheet, values, replace(reading, currency=currency))
    return PaymentForm(
        group_id=group_id,
        amount=Money(read["amount"], currency),
        tip=Money(read["tip"], currency) if read.get("tip") else None,
        paid_on=read["paid_on"],
        method=read["method"],
        reference=read.get("reference"),
        note=read.get("note"),
    )


def chosen_uses(
    form: Mapping[str, str], invoices: list[Invoice], currency: str, reading: Reading
) -> tuple[Use, ...]:
    """The invoices that receive the payment, by what the form says; raises Invalid for an amount that is none.

    Only invoices that were offered are looked at: ids in a form are checked like ids in an address.
    """
    offered = [invoice for invoice in invoices if invoice.currency == currency]
    spread = form.get("spread", CREDIT)
    if spread == OLDEST:
        return tuple(Use(invoice.id) for invoice in offered)
    if spread != CHOSEN:
        return ()
    uses, wrong = [], {}
    amount_field: BoundField = field_named(Invoice, "balance")
    for invoice in offered:
        text = form.get(f"use-{invoice.id}", "")
        try:
            minor = parse(amount_field, text, replace(reading, currency=currency))
        except Invalid as refusal:
            wrong[f"use-{invoice.id}"] = refusal.sentence
            continue
        if minor:
            uses.append(Use(invoice.id, Money(minor, currency)))
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)
    if not uses:
        raise Invalid("Write beside each invoice how much of the payment it receives, or choose another way")
    return tuple(uses)


def preset(sheet: Sheet, reading: Reading, **values: Any) -> Sheet:
    """Fill questions that nobody has answered yet: today's date, the amount still open (minor units)."""
    for key, value in values.items():
        if key in sheet:
            question = sheet[key]
            question.value = typed(question.bound, value, reading)
    return sheet
