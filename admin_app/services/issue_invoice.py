"""A draft becomes an invoice: totals worked out, a number taken, the books written [M6, M8, M10].

What it comes to is `reckon_invoice`'s to say, also for bills of a contract; what follows (money of the project is used
for it, its paper is frozen) stands in `reactions.py` under "invoice_issued".
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import DocumentKind, Invoice
from admin_app.money.ledger import Books
from admin_app.services.facts import Said
from admin_app.services.keep_bill import refuse_lost_deposits
from admin_app.services.reckon_invoice import reckon
from admin_app.services.take import move, open_step
from admin_app.services.take_number import brand_for, is_before_last, out_of_order, take_number


def issue_invoice(
    session: Session,
    invoice: Invoice,
    actor: Actor,
    clock: Clock,
    issued_on: date | None = None,
    due_on: date | None = None,
    earlier_because: str = "",
) -> Invoice:
    """Issue a draft: today unless `issued_on` says otherwise, due by the brand's terms unless `due_on` does.

    `earlier_because` is the reason for which owner or office date it before the last number of its series; the
    history keeps it.  Raises Unmet for a document that is no draft or comes to less than nothing, for a day before
    the last number's, for deposits that are used up meanwhile, and in a locked period; Invalid, by the path of the
    field, for lines that make no sense.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    day = issued_on or clock.today()
    said = Said(issue_on=day, due_on=due_on)
    step = open_step(session, invoice, "issue", actor, clock, said)
    brand = brand_for(session, invoice.brand_id or invoice.group.brand_id)
    reason = earlier_because if is_before_last(session, brand, DocumentKind.INVOICE, day) else ""
    with out_of_order(session, actor, reason) as because:
        with session.no_autoflush:  # one change of the record, one line on its timeline
            reckon(session, invoice)
            refuse_lost_deposits(session, invoice)
            number = take_number(session, brand, DocumentKind.INVOICE, day, because)
            invoice.brand_id = brand.id
            invoice.number = _free_number(session, number)
            invoice.issued_on = day
            invoice.due_on = due_on or invoice.due_on or day + timedelta(days=brand.payment_terms_days)
            Books(session, actor, clock).issue(invoice)
        move(session, invoice, step, actor, clock, said)
    return invoice


def _free_number(session: Session, number: str) -> str:
    """The number, unless an invoice that moved in from elsewhere carries it already; raises Unmet."""
    if session.scalar(select(Invoice.id).where(Invoice.number == number)) is not None:
        raise Unmet(f"Number {number} belongs to an imported invoice; change the prefix of the number series")
    return number
