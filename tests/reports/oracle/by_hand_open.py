"""What is open by hand as of a day, how old it is, how late it is paid, and the quotients that follow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from tests.reports.oracle.by_hand import (
    HANDS,
    Fact,
    Hand,
    Question,
    Value,
    by_hand,
    divided,
    mean_of,
    median_of,
)
from tests.reports.oracle.by_hand_money import (
    invoiced,
    invoiced_gross,
    issued,
    notes,
    of_invoice,
    of_note,
    of_payment,
)
from tests.reports.oracle.tables import Row, Tables


def used(tables: Tables, column: str, key: int, as_of: date) -> int:
    uses = tables.by("allocation", column).get(key, [])
    return sum(row["amount"] for row in uses if row["effective_on"] <= as_of)


def paid_back(tables: Tables, column: str, key: int, as_of: date) -> int:
    rows = tables.by("refund", column).get(key, [])
    return sum(row["amount"] for row in rows if row["refunded_on"] <= as_of)


def lost(tables: Tables, invoice: Row, as_of: date, kind: str | None = None) -> int:
    return sum(
        row["amount"]
        for row in tables.by("write_off", "invoice_id").get(invoice["id"], [])
        if row["written_off_on"] <= as_of
        and (row["taken_back_on"] is None or row["taken_back_on"] > as_of)
        and kind in (None, row["kind"])
    )


def held(invoice: Row, as_of: date) -> int:
    released = invoice["released_on"] is not None and invoice["released_on"] <= as_of
    return 0 if released else int(invoice["retained"])


def left_of(tables: Tables, row: Row, as_of: date) -> int:
    """Of a void one nothing, less what was used for it until that was taken back."""
    asked = row["total"] - row["deducted"] - held(row, as_of) if row["state"] == "issued" else 0
    return int(asked - used(tables, "invoice_id", row["id"], as_of) - lost(tables, row, as_of))


def bucket(day: date | None, as_of: date) -> str:
    late = (as_of - day).days if day is not None else 0
    for most, name in ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90")):
        if late <= most:
            return name
    return "91+"


@by_hand("receivable")
def receivable(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row in tables["invoice"]:
        if row["state"] == "draft" or row["issued_on"] > as_of:
            continue
        left = left_of(tables, row, as_of)
        if left:
            by_due, by_issue = bucket(row["due_on"], as_of), bucket(row["issued_on"], as_of)
            facts.append(of_invoice(tables, row, left, bucket=by_due, bucket_by_issue=by_issue))
    return facts


@by_hand("overdue")
def overdue(tables: Tables, as_of: date) -> list[Fact]:
    return [one for one in receivable(tables, as_of) if one.more["bucket"] != "current"]


@by_hand("unallocated")
def unallocated(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row in tables["payment"]:
        if row["state"] not in ("received", "reversed") or row["paid_on"] > as_of:
            continue
        payable = row["amount"] - row["tip"] if row["state"] == "received" else 0
        back = min(paid_back(tables, "payment_id", row["id"], as_of), payable)
        left = payable - used(tables, "payment_id", row["id"], as_of) - back
        if left:
            facts.append(of_payment(tables, row, left))
    return facts


@by_hand("open_credits")
def open_credits(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row in notes(tables, as_of):
        left = row["total"] - used(tables, "credit_note_id", row["id"], as_of)
        left -= paid_back(tables, "credit_note_id", row["id"], as_of)
        if left:
            facts.append(of_note(tables, row, left))
    return facts


@by_hand("ageing")
def ageing(tables: Tables, as_of: date) -> list[Fact]:
    facts = receivable(tables, as_of)
    for kind, found in (("credit", open_credits), ("unallocated", unallocated)):
        words = {"bucket": kind, "bucket_by_issue": kind}
        nobody = {"document_kind": None, "estimator": None, "source": None}
        facts += [
            replace(one, amount=-one.amount, more=nobody | one.more | words) for one in found(tables, as_of)
        ]
    return facts


@by_hand("retained")
def retained(tables: Tables, as_of: date) -> list[Fact]:
    return [of_invoice(tables, row, held(row, as_of)) for row in issued(tables, as_of) if held(row, as_of)]


# --- how fast it comes in ---

divided("dso", receivable, invoiced_gross, factor=90, window=90)


def owed_in_window(tables: Tables, as_of: date) -> list[Fact]:
    """Open 90 days before, and asked for since."""
    before = as_of - timedelta(days=90)
    facts = list(receivable(tables, before))
    for row in issued(tables, as_of):
        if row["issued_on"] > before:
            facts.append(of_invoice(tables, row, row["total"] - row["deducted"] - row["retained"]))
        if row["retained"] and row["released_on"] is not None and before < row["released_on"] <= as_of:
            facts.append(of_invoice(tables, row, row["retained"], row["released_on"]))
    since = [note for note in notes(tables, as_of) if note["issued_on"] > before]
    return facts + [of_note(tables, note, -note["total"]) for note in since]


def came_in(tables: Tables, as_of: date) -> list[Fact]:
    still = [replace(one, amount=-one.amount) for one in receivable(tables, as_of)]
    return owed_in_window(tables, as_of) + still


def could_come_in(tables: Tables, as_of: date) -> list[Fact]:
    not_due = [one for one in receivable(tables, as_of) if one.more["bucket"] == "current"]
    return owed_in_window(tables, as_of) + [replace(one, amount=-one.amount) for one in not_due]


divided("cei", came_in, could_come_in)


def paid(tables: Tables, as_of: date) -> list[tuple[Row, date]]:
    """Invoices that money settled, with the day of the last use for them."""
    back = {row["reverses_id"] for row in tables["allocation"] if row["effective_on"] <= as_of}
    found = []
    for row in issued(tables, as_of):
        standing = [
            use
            for use in tables.by("allocation", "invoice_id").get(row["id"], [])
            if use["effective_on"] <= as_of and use["amount"] > 0 and use["id"] not in back
        ]
        with_money = any(use["payment_id"] is not None for use in standing)
        if with_money and not left_of(tables, row, as_of) and not lost(tables, row, as_of, "bad debt"):
            found.append((row, max(use["effective_on"] for use in standing)))
    return found


@by_hand("days_late", mean_of)
def days_late(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row, day in paid(tables, as_of):
        late = (day - row["due_on"]).days
        facts.append(replace(of_invoice(tables, row, late, day, days=late), currency=None))
    return facts


@by_hand("days_late_median", median_of)
def days_late_median(tables: Tables, as_of: date) -> list[Fact]:
    return days_late(tables, as_of)


@by_hand("invoices_paid")
def invoices_paid(tables: Tables, as_of: date) -> list[Fact]:
    return [replace(one, amount=1) for one in days_late(tables, as_of)]


def ten_largest(facts: list[Fact]) -> Value:
    customers: dict[int | None, int] = defaultdict(int)
    for fact in facts:
        customers[fact.customer] += fact.amount
    whole = sum(customers.values())
    largest = sum(sorted(customers.values())[::-1][:10])
    return Decimal(largest) / whole if whole > 0 else None


@by_hand("concentration", value_of_facts=ten_largest)
def concentration(tables: Tables, as_of: date) -> list[Fact]:
    return invoiced(tables, as_of)


def counted_back(sides: list[list[Fact]], question: Question) -> Value:
    """Take month by month of sales off what is open, the latest first, and count the days."""
    owed = sum(fact.amount for fact in sides[0])
    sales: dict[tuple[int, int], int] = defaultdict(int)
    for fact in sides[1]:
        sales[fact.day.year, fact.day.month] += fact.amount
    if not any(amount > 0 for amount in sales.values()):
        return None
    days, last = Decimal(0), question.as_of
    for _ in range(60):
        if owed <= 0:
            return days
        sold = sales[last.year, last.month]
        if sold >= owed:
            return days + Decimal(owed) * last.day / sold
        days, owed = days + last.day, owed - max(0, sold)
        last = last.replace(day=1) - timedelta(days=1)
    return None


HANDS["dso_count_back"] = Hand((receivable, invoiced_gross), counted_back)
