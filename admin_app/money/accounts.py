"""The accounts of the books: debits are positive, credits negative (design section 4)."""

from __future__ import annotations

from admin_app.models import PaymentWay

RECEIVABLE = "receivable"
"""What customers owe on issued invoices."""
RETAINED = "retained"
"""What was billed and is held back until the work has proved itself; not yet due [M20]."""
REVENUE = "revenue"
"""What was billed, net of tax."""
DEPOSITS = "deposits"
"""What deposit invoices billed, net of tax, until a later bill deducts it [M21]."""
ADVANCES = "advances"
"""Money received and not yet used for an invoice; its balance, turned round, is `unallocated`."""
CREDITS = "credits"
"""What credit notes gave and no invoice has used yet; its balance, turned round, are the open credits [M25]."""
TIPS = "tips"
"""The part of payments that no invoice receives [M30]."""
WRITE_OFF = "write_off"
"""What nobody will pay any more [81]."""
ALLOWANCE = "allowance"
"""What was let off for paying early [M5]."""
FEES = "fees"
"""What the card provider keeps of a payout."""
TAX = "tax:"
"""Prefix: one account a tax, by its printed name."""
CASH = "cash:"
"""Prefix: one account a way of paying."""
AS_IMPORTED = "as imported"
"""The name of tax whose rate is not known."""
TAX_AS_IMPORTED = TAX + AS_IMPORTED
"""Tax of imported invoices whose rate is not known; none is inferred (design section 11)."""


def tax(name: str) -> str:
    """The account of one tax."""
    return f"{TAX}{name}"


def cash(way: PaymentWay) -> str:
    """The account of one way of paying."""
    return f"{CASH}{way.value}"
