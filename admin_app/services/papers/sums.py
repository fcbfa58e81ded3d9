"""The rows under the lines of a paper, from the stored result of the calculator [M8, A79]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from admin_app.documents.content import RowKind, TaxRow, TotalRow
from admin_app.kernel.money import Money
from admin_app.models import CustomerGroup, TaxProfile
from admin_app.services.papers.words import Words


class StoredTax(Protocol):
    """A tax row of an estimate, invoice or credit note."""

    @property
    def name(self) -> str:
        """As printed: VAT 20 %."""
        ...

    @property
    def rate(self) -> Decimal | None:
        """In percent; None: imported, not known."""
        ...

    @property
    def base(self) -> int:
        """What it is charged on, in minor units."""
        ...

    @property
    def amount(self) -> int:
        """In minor units."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored sums of a document, in minor units; where prices include tax, subtotal and discount include it."""

    currency: str
    subtotal: int
    discount: int
    tax: int
    total: int
    prices_include_tax: bool = False

    def written(self, minor: int) -> str:
        """An amount as the frozen content writes it: "1234.50"."""
        return str(Money(minor, self.currency))

    @property
    def net(self) -> int:
        """Before tax, after the discount."""
        return self.total - self.tax


def total_rows(
    sums: Stored, taxes: Sequence[StoredTax], words: Words, *, with_subtotal: bool = True
) -> tuple[TotalRow, ...]:
    """Services, discount, subtotal, each tax, total."""
    rows: list[TotalRow] = []
    if sums.discount:
        rows.append(TotalRow(words("services"), sums.written(sums.subtotal)))
        rows.append(TotalRow(words("discount"), sums.written(-sums.discount), RowKind.DEDUCTION))
    if sums.prices_include_tax:
        rows.append(TotalRow(words("total"), sums.written(sums.total), RowKind.STRONG))
        rows += [TotalRow(words("included", name=tax.name), sums.written(tax.amount)) for tax in taxes]
        return tuple(rows)
    if with_subtotal and (taxes or sums.discount):
        rows.append(TotalRow(words("net"), sums.written(sums.net)))
    rows += [TotalRow(tax.name, sums.written(tax.amount)) for tax in taxes]
    rows.append(TotalRow(words("total"), sums.written(sums.total), RowKind.STRONG))
    return tuple(rows)


def tax_rows(
    sums: Stored, taxes: Sequence[StoredTax], group: CustomerGroup, words: Words
) -> tuple[TaxRow, ...]:
    """Each tax with its base; a customer without tax has one row that says why [A15]."""
    found = tuple(
        TaxRow(
            name=tax.name,
            rate=plain(tax.rate) if tax.rate is not None else "0",
            base=sums.written(tax.base),
            amount=sums.written(tax.amount),
            category="S" if tax.rate else "Z",
        )
        for tax in taxes
    )
    if found or group.tax_profile is TaxProfile.STANDARD:
        return found
    reverse = group.tax_profile is TaxProfile.REVERSE_CHARGE
    return (
        TaxRow(
            name=words("reverse" if reverse else "exempt"),
            rate="0",
            base=sums.written(sums.net),
            amount=sums.written(0),
            category="AE" if reverse else "E",
            reason=words("reverse_reason" if reverse else "exempt_reason"),
        ),
    )


def plain(number: Decimal) -> str:
    """A quantity, price or rate as decimal text without needless zeros: "2.25", "10"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
