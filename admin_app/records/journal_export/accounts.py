"""From the accounts of our books to those of another program: the mapping, its defaults, and what it must not miss.

The families are those of `money.accounts`.  SKR03 and SKR04 are the charts of accounts that DATEV publishes; the
numbers proposed are accounts without automatic tax, because our entries carry their tax as postings of their own.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from admin_app.kernel.errors import Invalid
from admin_app.models import PaymentWay
from admin_app.money import accounts


@dataclass(frozen=True, slots=True)
class MappedAccount:
    """An account of the other program: its code, and the name a person reads."""

    code: str
    name: str


AccountMapping = Mapping[str, MappedAccount]
"""Account of our books ("tax:VAT 20") → account of the other program."""


class Root(enum.StrEnum):
    """The five kinds of accounts, in beancount's words."""

    ASSETS = "Assets"
    LIABILITIES = "Liabilities"
    EQUITY = "Equity"
    INCOME = "Income"
    EXPENSES = "Expenses"


class Chart(enum.StrEnum):
    """Charts of accounts for which codes are proposed."""

    OWN = "own"
    """Our own words as codes, for programs that have no numbers."""
    SKR03 = "SKR03"
    SKR04 = "SKR04"


@dataclass(frozen=True, slots=True)
class Family:
    """What an account is: its kind, its name, and its codes in the two German charts."""

    root: Root
    name: str
    skr03: str
    skr04: str

    def code(self, chart: Chart, account: str) -> str:
        """The code proposed for an account of this family."""
        return {Chart.SKR03: self.skr03, Chart.SKR04: self.skr04}.get(chart, account)


_TAX = Family(Root.LIABILITIES, "Tax", "1770", "3800")
_CASH = Family(Root.ASSETS, "Cash", "1360", "1460")
_FAMILIES: dict[str, Family] = {
    # 1400 (1200) is filled by DATEV from the customers' own accounts and takes no entries; 1410 (1210) does.
    accounts.RECEIVABLE: Family(Root.ASSETS, "Receivable", "1410", "1210"),
    accounts.REVENUE: Family(Root.INCOME, "Revenue", "8200", "4200"),
    accounts.ADVANCES: Family(Root.LIABILITIES, "Advances", "1710", "3250"),
    accounts.TIPS: Family(Root.LIABILITIES, "Tips", "1590", "1370"),
    "deposits": Family(Root.LIABILITIES, "Deposits", "1719", "3260"),
    "credits": Family(Root.LIABILITIES, "Credits", "1700", "3500"),
    "retained": Family(Root.ASSETS, "Retained", "1500", "1300"),
    "write_off": Family(Root.EXPENSES, "Write-offs", "2400", "6930"),
    "allowance": Family(Root.EXPENSES, "Allowances", "8730", "4730"),
    "fees": Family(Root.EXPENSES, "Payment fees", "4970", "6855"),
    accounts.cash(PaymentWay.TRANSFER): Family(Root.ASSETS, "Bank", "1200", "1800"),
    accounts.cash(PaymentWay.DIRECT_DEBIT): Family(Root.ASSETS, "Bank, direct debits", "1200", "1800"),
    accounts.cash(PaymentWay.CASH): Family(Root.ASSETS, "Cash in hand", "1000", "1600"),
    accounts.cash(PaymentWay.CHEQUE): Family(Root.ASSETS, "Cheques", "1330", "1550"),
    # The card provider holds the money until it pays out: a clearing account.
    accounts.cash(PaymentWay.CARD): Family(Root.ASSETS, "Card clearing", "1360", "1460"),
    accounts.cash(PaymentWay.OTHER): Family(Root.ASSETS, "Other payments", "1360", "1460"),
}


def family_of(account: str) -> Family | None:
    """What an account of our books is, or None for one that no rule here knows."""
    if account in _FAMILIES:
        return _FAMILIES[account]
    if account.startswith(accounts.TAX):
        return _TAX
    return _CASH if account.startswith(accounts.CASH) else None


def default_mapping(ours: Iterable[str], chart: Chart = Chart.OWN) -> dict[str, MappedAccount]:
    """The proposal with which an office begins; an account that no rule knows is left for a person to map."""
    proposed = {}
    for account in sorted(ours):
        family = family_of(account)
        if family is not None:
            _, _, detail = account.partition(":")
            name = family.name if account in _FAMILIES else f"{family.name}, {detail}"
            proposed[account] = MappedAccount(family.code(chart, account), name)
    return proposed


def require_mapped(ours: Iterable[str], mapping: AccountMapping) -> None:
    """Raise Invalid that lists every account without a code; `fields` has one sentence for each."""
    missing = sorted(
        account for account in ours if account not in mapping or not mapping[account].code.strip()
    )
    if missing:
        listed = ", ".join(f"“{account}”" for account in missing)
        word = "This account has" if len(missing) == 1 else f"These {len(missing)} accounts have"
        raise Invalid(
            f"{word} no account in the other program: {listed}",
            dict.fromkeys(missing, "Enter the code of the account in the other program"),
        )
