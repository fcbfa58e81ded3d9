"""Money by hand: what was billed, what came in, and who owed what at the end of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from tests.reports.oracle.by_hand import (
    Fact,
    by_hand,
    mean_of,
)
from tests.reports.oracle.tables import Row, Tables


def issued(tables: Tables, as_of: date) -> list[Row]:
    return [row for row in tables["invoice"] if row["state"] == "issued" and row["issued_on"] <= as_of]


def brand_of_customer(tables: Tables, customer: int) -> Any:
    return tables.by_id("customer_group")[customer]["brand_id"]


def estimator_of(tables: Tables, invoice: Row) -> Any:
    """Who won the latest revision of its contract, else the estimator of its project."""
    winners = [
        (row["revision"], row["won_by_id"])
        for row in tables["estimate"]
        if invoice["estimate_id"] in (row["id"], row["base_id"])
        and invoice["estimate_id"] is not None
        and row["won_by_id"] is not None
    ]
    if winners:
        return max(winners)[1]
    project = tables.by_id("project").get(invoice["project_id"])
    return project["estimator_id"] if project else None


def source_of(tables: Tables, project_id: int | None) -> Any:
    leads = [row for row in tables["lead"] if project_id is not None and row["project_id"] == project_id]
    if not leads:
        return None
    first = min(leads, key=lambda row: (row["asked_on"], row["id"]))
    source = tables.by_id("lead_source").get(first["source_id"])
    return source["name"] if source else None


def of_invoice(tables: Tables, row: Row, amount: int, day: date | None = None, **more: Any) -> Fact:
    """A fact about an invoice, with all by which bills are split."""
    key = ("of invoice", row["id"])
    if key not in tables.kept:
        tables.kept[key] = {
            "document_kind": row["kind"],
            "estimator": estimator_of(tables, row),
            "source": source_of(tables, row["project_id"]),
        }
    return Fact(
        day=day or row["issued_on"],
        customer=row["group_id"],
        amount=amount,
        currency=row["currency"],
        project=row["project_id"],
        brand=row["brand_id"] or brand_of_customer(tables, row["group_id"]),
        more=tables.kept[key] | more,
    )


def of_note(tables: Tables, note: Row, amount: int, **more: Any) -> Fact:
    invoice = tables.by_id("invoice")[note["invoice_id"]]
    fact = of_invoice(tables, invoice, amount, note["issued_on"], **more)
    return replace(fact, brand=note["brand_id"], currency=note["currency"])


def notes(tables: Tables, as_of: date) -> list[Row]:
    return [row for row in tables["credit_note"] if row["issued_on"] <= as_of]


def deposits(tables: Tables, invoice: Row, column: str) -> int:
    uses = tables.by("deposit_use", "invoice_id").get(invoice["id"], [])
    return sum(row[column] for row in uses) if invoice["deducted"] else 0


def net(tables: Tables, row: Row) -> int:
    return int(row["total"] - row["tax"] - deposits(tables, row, "net"))


# --- billed ---


def by_line(tables: Tables, as_of: date) -> list[Fact]:
    """Lines; discount, tax in the prices and deposits for themselves."""
    facts = []
    for row in issued(tables, as_of):
        pieces = [
            (line["net"], line["description"])
            for line in tables.by("invoice_line", "invoice_id").get(row["id"], [])
        ]
        if row["discount"]:
            pieces.append((-row["discount"], "Discount"))
        if row["prices_include_tax"]:
            pieces.append((-row["tax"], "Tax in prices"))
        if row["deducted"]:
            uses = tables.by("deposit_use", "invoice_id").get(row["id"], [])
            pieces += [(-use["net"], "Deposits billed before") for use in uses]
        facts += [of_invoice(tables, row, amount, service=service) for amount, service in pieces]
    for note in notes(tables, as_of):
        lines = tables.by("credit_note_line", "credit_note_id").get(note["id"], [])
        facts += [of_note(tables, note, -line["net"], service=line["description"]) for line in lines]
        rest = sum(line["net"] for line in lines) - note["subtotal"]
        inside = tables.by_id("invoice")[note["invoice_id"]]["prices_include_tax"]
        if rest:
            facts.append(of_note(tables, note, rest, service="Tax in prices" if inside else "Not on a line"))
    return facts


@by_hand("invoiced", finer=by_line)
def invoiced(tables: Tables, as_of: date) -> list[Fact]:
    bills = [of_invoice(tables, row, net(tables, row)) for row in issued(tables, as_of)]
    return bills + [of_note(tables, note, -note["subtotal"]) for note in notes(tables, as_of)]


@by_hand("invoiced_gross")
def invoiced_gross(tables: Tables, as_of: date) -> list[Fact]:
    bills = [of_invoice(tables, row, row["total"] - row["deducted"]) for row in issued(tables, as_of)]
    return bills + [of_note(tables, note, -note["total"]) for note in notes(tables, as_of)]


@by_hand("tax")
def tax(tables: Tables, as_of: date) -> list[Fact]:
    bills = [
        of_invoice(tables, row, row["tax"] - deposits(tables, row, "tax")) for row in issued(tables, as_of)
    ]
    return bills + [of_note(tables, note, -note["tax"]) for note in notes(tables, as_of)]


@by_hand("credit_notes")
def credit_notes(tables: Tables, as_of: date) -> list[Fact]:
    return [of_note(tables, note, note["subtotal"], reason=note["reason"]) for note in notes(tables, as_of)]


@by_hand("invoices")
def invoices(tables: Tables, as_of: date) -> list[Fact]:
    return [replace(of_invoice(tables, row, 1), currency=None) for row in issued(tables, as_of)]


@by_hand("average_invoice", mean_of)
def average_invoice(tables: Tables, as_of: date) -> list[Fact]:
    return [of_invoice(tables, row, net(tables, row)) for row in issued(tables, as_of)]


# --- cash ---


def received(tables: Tables, as_of: date) -> list[Row]:
    return [row for row in tables["payment"] if row["state"] == "received" and row["paid_on"] <= as_of]


def of_payment(tables: Tables, row: Row, amount: int) -> Fact:
    return Fact(
        row["paid_on"],
        row["group_id"],
        amount,
        row["currency"],
        row["project_id"],
        brand_of_customer(tables, row["group_id"]),
        {"method": row["method"]},
    )


@by_hand("refunds")
def refunds(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row in tables["refund"]:
        if row["refunded_on"] > as_of:
            continue
        if row["payment_id"] is not None:
            project = tables.by_id("payment")[row["payment_id"]]["project_id"]
        else:
            note = tables.by_id("credit_note")[row["credit_note_id"]]
            project = tables.by_id("invoice")[note["invoice_id"]]["project_id"]
        facts.append(
            Fact(
                row["refunded_on"],
                row["group_id"],
                row["amount"],
                row["currency"],
                project,
                brand_of_customer(tables, row["group_id"]),
                {"method": row["method"], "reason": row["reason"]},
            )
        )
    return facts


@by_hand("collected")
def collected(tables: Tables, as_of: date) -> list[Fact]:
    came = [of_payment(tables, row, row["amount"]) for row in received(tables, as_of)]
    return came + [replace(one, amount=-one.amount) for one in refunds(tables, as_of)]


@by_hand("payments")
def payments(tables: Tables, as_of: date) -> list[Fact]:
    return [replace(of_payment(tables, row, 1), currency=None) for row in received(tables, as_of)]


@by_hand("written_off")
def written_off(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row in tables["write_off"]:
        invoice = tables.by_id("invoice")[row["invoice_id"]]
        for day, amount in ((row["written_off_on"], row["amount"]), (row["taken_back_on"], -row["amount"])):
            if day is not None and day <= as_of:
                facts.append(of_invoice(tables, invoice, amount, day, reason=row["kind"]))
    return facts
