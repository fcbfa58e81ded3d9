"""The accounts of the books: debits are positive, credits negative (design section 4)."""

from __future__ import annotations

from admin_app.models import PaymentWay

RECEIVABLE = "receivable"
"""What customers owe on issued invoices."""
REVENUE = "revenue"
"""What was billed, net of tax."""
ADVANCES = "advances"
"""Money received and not yet used for an invoice; its balance, turned round, is `unallocated`."""
TIPS = "tips"
"""The part of payments that no invoice receives [M30]."""
TAX = "tax:"
"""Prefix: one account a tax, by its printed name."""
CASH = "cash:"
"""Prefix: one account a way of paying."""
TAX_AS_IMPORTED = "tax:as imported"
"""Tax of imported invoices whose rate is not known; none is inferred (design section 11)."""


def tax(name: str) -> str:
    """The account of one tax."""
    return f"{TAX}{name}"


def cash(way: PaymentWay) -> str:
    """The account of one way of paying."""
    return f"{CASH}{way.value}"
