"""An invoice that was a mistake is void: it keeps its number and stays on the list [M10, M13]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Invoice
from admin_app.money.ledger import Books
from admin_app.services.take import move, open_step


def void_invoice(session: Session, invoice: Invoice, actor: Actor, clock: Clock) -> Invoice:
    """Take an issued invoice out of the books on its issue date, recorded now.

    The deposits that it deducted and the lines of the contract that it billed are free again: only issued bills hold
    them [M17, M24].  Raises Unmet for a draft, for one that is paid, credited, written off or deducted as a deposit,
    in part or whole, and in a locked period.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    step = open_step(session, invoice, "void", actor, clock)
    Books(session, actor, clock).void(invoice)
    move(session, invoice, step, actor, clock)
    return invoice
