"""An invoice that was a mistake is void: it keeps its number and stays on the list [M10, M13]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import Invoice, InvoiceState
from admin_app.money.ledger import Books, lock_customer


def void_invoice(session: Session, invoice: Invoice, actor: Actor, clock: Clock) -> Invoice:
    """Take an issued invoice out of the books on its issue date, recorded now.

    Raises Unmet for a draft, for one that money was used for, and in a locked period.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    lock_customer(session, invoice.group_id)
    if invoice.state is not InvoiceState.ISSUED:
        raise Unmet(f"Invoice {invoice} is {invoice.state.value}; only an issued one can be void")
    if invoice.balance != invoice.total:
        paid = Money(invoice.total - invoice.balance, invoice.currency)
        raise Unmet(
            f"{paid} {paid.currency} is paid on invoice {invoice}; take the payment back from it first"
        )
    Books(session, actor, clock).void(invoice)
    invoice.state = InvoiceState.VOID
    session.flush()  # the list shows it void from here on
    return invoice
