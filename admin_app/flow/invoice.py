"""How an invoice moves: issued, or void; paid, overdue and the like are derived [M10-M13, 4.2]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from admin_app.flow.machine import Event, Flow, Guard, Step
from admin_app.kernel.money import Money
from admin_app.models import Invoice
from admin_app.models.invoice import InvoiceState as S
from admin_app.policy import Permission as P


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What an invoice alone cannot know; amounts in minor units of its currency."""

    today: date
    issue_on: date
    locked_until: date | None = None
    allocated: int = 0
    credit_notes: int = 0
    """How many credit notes stand on it."""
    used_as_deposit_by: str = ""
    """The issued bill that deducts this deposit invoice."""


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


HAS_LINES = Guard(
    "has_lines", lambda i, f: bool(i.lines), "An invoice needs at least one line", "lines", "Add a line"
)
ISSUE_DAY_IS_OPEN = Guard(
    "issue_day_is_open",
    lambda i, f: f.locked_until is None or f.issue_on > f.locked_until,
    lambda i, f: (
        f"The books are locked until {_day(f.locked_until)}; nothing can be booked on {_day(f.issue_on)}"
    ),
    "issue_date",
    "Choose a later day",
)
PERIOD_IS_OPEN = Guard(
    "period_is_open",
    lambda i, f: f.locked_until is None or i.issued_on is None or i.issued_on > f.locked_until,
    lambda i, f: f"The books are locked until {_day(f.locked_until)}; write a credit note instead",
    "credit",
    "Write credit note",
)


def _paid_sentence(invoice: Invoice, facts: InvoiceFacts) -> str:
    paid = Money(facts.allocated, invoice.currency)
    return f"{paid} {paid.currency} is paid on invoice {invoice}; take the payment back from it first"


NOTHING_ALLOCATED = Guard(
    "nothing_allocated", lambda i, f: f.allocated == 0, _paid_sentence, "payments", "Open the payments"
)
NOTHING_CREDITED = Guard(
    "nothing_credited",
    lambda i, f: f.credit_notes == 0 and i.written_off == 0,
    "A part of this invoice is credited or written off; credit the rest instead",
    "credit",
    "Write credit note",
)
NOT_DEDUCTED = Guard(
    "not_deducted",
    lambda i, f: not f.used_as_deposit_by,
    lambda i, f: f"Invoice {f.used_as_deposit_by} deducts this deposit; void that one first",
    "invoice",
    "Open that invoice",
)

INVOICE: Flow = Flow(
    "invoice",
    S,
    (
        Step(
            "issue",
            (S.DRAFT,),
            S.ISSUED,
            P.MONEY_WRITE,
            (HAS_LINES, ISSUE_DAY_IS_OPEN),
            (Event("invoice_issued"),),
            label="Issue invoice",
            by="issue_invoice",
        ),
        Step(
            "void",
            (S.ISSUED,),
            S.VOID,
            P.MONEY_WRITE,
            (NOTHING_CREDITED, NOTHING_ALLOCATED, NOT_DEDUCTED, PERIOD_IS_OPEN),
            (Event("invoice_voided"),),
            label="Void invoice",
            danger=True,
            by="void_invoice",
        ),
    ),
)
