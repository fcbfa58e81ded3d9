"""What a bill does not ask for now: deposits that were invoiced before, and what is held back [M20, M21, M23, M24].

Both are worked out when a draft is written and again when it is issued, so that a deposit credited or used meanwhile
is not deducted twice, and one refunded or voided is billed again.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.money import Money
from admin_app.models import Estimate, Invoice, RetainageBase
from admin_app.money.deposit import deduct
from admin_app.money.retainage import retain
from admin_app.services.keep_bill import keep_deductions, open_deposits


def deduct_deposits(session: Session, invoice: Invoice) -> None:
    """Take the open deposit invoices of the contract off this bill, the oldest first, up to the bill."""
    total = Money(invoice.total, invoice.currency)
    keep_deductions(session, invoice, deduct(open_deposits(session, invoice), total))


def hold_back(session: Session, invoice: Invoice, base: RetainageBase) -> None:
    """Hold back what the contract's estimate says, of what this bill still asks for [M20]."""
    first = session.get_one(Estimate, invoice.estimate_id)
    asks = Money(invoice.total - invoice.deducted, invoice.currency)
    if not first.retainage_percent or asks.minor <= 0:
        invoice.retained = 0
    else:
        net = Money(invoice.total - invoice.tax, invoice.currency)
        total = Money(invoice.total, invoice.currency)
        held = retain(first.retainage_percent, base, net, total).held
        invoice.retained = min(held, asks).minor
    session.flush()
