"""A draft invoice is written: its lines in order, and what they come to so far [M3, M8].

Nothing is posted and no number is taken; issuing works everything out again (`issue_invoice.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Invoice, InvoiceLine, InvoiceState, TaxRate
from admin_app.money.calculator import calculate
from admin_app.policy import Permission, demand
from admin_app.services.line_places import put_into_places
from admin_app.services.read_values import read_values
from admin_app.services.reckon_invoice import draft_of

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was typed: `values` by field of InvoiceLine, `taxes` by name; `id` of a line that exists."""

    values: Mapping[str, Any]
    taxes: tuple[str, ...] = ()
    id: int | None = None


def write_lines(session: Session, invoice: Invoice, lines: Sequence[Line], actor: Actor) -> Invoice:
    """Give a draft these lines instead of those it has, and its totals so far.

    Raises Unmet for an issued invoice, Invalid whose fields are named "lines-<place>-<field>".
    """
    demand(actor, Permission.MONEY_WRITE)
    if invoice.state is not InvoiceState.DRAFT:
        raise Unmet(f"Invoice {invoice} is issued: its lines stand")
    if len(lines) > MOST_LINES:
        raise Invalid(f"At most {MOST_LINES} lines fit on an invoice")
    read = _read(session, invoice, lines, actor)
    _replace(session, invoice, lines, read)
    _keep_sums(session, invoice)
    session.flush()  # what the database refuses belongs to these lines
    return invoice


def _read(session: Session, invoice: Invoice, lines: Sequence[Line], actor: Actor) -> list[dict[str, Any]]:
    """The typed values of every line; raises Invalid with all that is wrong."""
    known = set(session.scalars(select(TaxRate.name)))
    found: list[dict[str, Any]] = []
    wrong: dict[str, str] = {}
    for place, line in enumerate(lines):
        try:
            read = read_values(session, InvoiceLine, line.values, actor, currency=invoice.currency)
            found.append({bound.key: value for bound, value in read.items()})
        except Invalid as refusal:
            wrong.update({f"lines-{place}-{key}": said for key, said in refusal.fields.items()})
        unknown = [name for name in line.taxes if name not in known]
        if unknown:
            wrong[f"lines-{place}-tax"] = f"There is no tax called “{unknown[0][:40]}”"
    if wrong:
        raise Invalid("Some lines need another look", wrong)
    return found


def _replace(
    session: Session, invoice: Invoice, lines: Sequence[Line], read: Sequence[dict[str, Any]]
) -> None:
    """Take away what is not wanted, put the rest in its place, then add what is new."""
    existing = {line.id: line for line in invoice.lines}
    kept = {place: existing.pop(line.id) for place, line in enumerate(lines, start=1) if line.id in existing}
    for gone in existing.values():
        session.delete(gone)
    session.flush()  # a place is free only when its line is gone
    put_into_places(
        session, kept, behind=max((line.position for line in invoice.lines), default=0) + len(lines)
    )
    for place, (line, values) in enumerate(zip(lines, read, strict=True), start=1):
        if place in kept:
            for key, value in values.items():
                setattr(kept[place], key, value)
            kept[place].tax_names = list(line.taxes)
        else:
            session.add(
                InvoiceLine(
                    invoice_id=invoice.id, position=place, net=0, tax_names=list(line.taxes), **values
                )
            )
    session.flush()
    session.expire(invoice, ["lines"])


def _keep_sums(session: Session, invoice: Invoice) -> None:
    """What the lines come to now, so that lists and the form say it; the calculator is the only one who adds."""
    totals = calculate(draft_of(session, invoice))
    for line, sums in zip(invoice.lines, totals.lines, strict=True):
        line.net = sums.net.minor
    if totals.total.minor < 0:
        raise Unmet(f"This comes to {totals.total}; give money back by a refund or a credit note")
    invoice.subtotal, invoice.tax = totals.subtotal.minor, totals.tax.minor
    invoice.total = totals.total.minor
