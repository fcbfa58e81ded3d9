"""What goes into the calculator: the lines, discounts and taxes of one document, checked [M2-M7, M22]."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.currency import minor_digits
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import LARGEST_MINOR, Money
from admin_app.kernel.rounding import TaxMode, round_half_up

MOST_LINES = 2000
"""Longer documents are a mistake of the program that sends them."""
MOST_TAXES = 20
HIGHEST_RATE = Decimal(1000)
"""Percent; excise on spirits is above 100, nothing is above this."""
PLACES = 4
"""Decimals of quantities and unit prices [M2]."""
RATE_PLACES = 4
"""Decimals of percentages: Quebec's 9.975 must fit [M2]."""
LARGEST_QUANTITY = Decimal(10**9)
LARGEST_PRICE = Decimal(10**12)


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of an amount: by percent (10 = a tenth) or as a fixed amount, never both."""

    percent: Decimal | None = None
    amount: Money | None = None

    def exactly(self, base: Money) -> Fraction:
        """The part of `base` in minor units, before rounding."""
        if self.amount is not None:
            return Fraction(self.amount.minor)
        return Fraction(base.minor) * Fraction(self.percent or 0) / 100

    def of(self, base: Money) -> Money:
        """The part of `base`, rounded half away from zero."""
        return Money(round_half_up(self.exactly(base)), base.currency)

    def __str__(self) -> str:
        """ "10 %" or "5.00"."""
        return str(self.amount) if self.amount is not None else f"{format(self.percent or 0, 'f')} %"


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax of the document: `rate` in percent; a compound tax is also charged on the plain taxes [M6]."""

    name: str
    rate: Decimal
    compound: bool = False


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line: a negative quantity or price gives money back; `taxes` names the taxes that it carries."""

    quantity: Decimal
    unit_price: Decimal
    description: str = ""
    discount: Portion | None = None
    taxes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything the total of a document depends on, and nothing else."""

    currency: str
    lines: tuple[DraftLine, ...]
    taxes: tuple[Tax, ...] = ()
    tax_mode: TaxMode = TaxMode.DOCUMENT
    prices_include_tax: bool = False
    discount: Portion | None = None
    """Before tax, spread over the lines [M4]."""
    allowance: Portion | None = None
    """Settlement allowance after tax, of the gross total; it leaves the tax as it is [M5]."""
    deposit: Portion | None = None
    """Of the total; frozen as an amount [M22]."""


def refuse(field: str, why: str) -> Invalid:
    """The refusal of one field of a draft, named by its path: `lines[2].quantity`."""
    return Invalid(f"{field}: {why}", {field: why})


def check(draft: Draft) -> None:
    """Refuse, with the path of the field, what no document can be calculated from."""
    try:
        minor_digits(draft.currency)
    except Invalid as refusal:
        raise refuse("currency", refusal.sentence) from None
    if not draft.lines:
        raise refuse("lines", "at least one line is needed")
    if len(draft.lines) > MOST_LINES:
        raise refuse("lines", f"{len(draft.lines)} lines are too many; at most {MOST_LINES} fit")
    _check_taxes(draft.taxes)
    known = {tax.name for tax in draft.taxes}
    for index, line in enumerate(draft.lines):
        _check_line(line, f"lines[{index}]", known, draft.currency)
    for name in ("discount", "allowance", "deposit"):
        portion: Portion | None = getattr(draft, name)
        if portion is not None:
            check_portion(portion, name, draft.currency)


def _check_taxes(taxes: tuple[Tax, ...]) -> None:
    if len(taxes) > MOST_TAXES:
        raise refuse("taxes", f"{len(taxes)} taxes are too many; at most {MOST_TAXES} fit")
    seen: set[str] = set()
    for index, tax in enumerate(taxes):
        if not tax.name.strip():
            raise refuse(f"taxes[{index}].name", "a tax needs a name")
        if tax.name in seen:
            raise refuse(f"taxes[{index}].name", f"“{tax.name}” is there twice")
        seen.add(tax.name)
        _check_number(tax.rate, f"taxes[{index}].rate", RATE_PLACES, HIGHEST_RATE)
        if tax.rate < 0:
            raise refuse(f"taxes[{index}].rate", "a tax rate cannot be negative")


def _check_line(line: DraftLine, path: str, known: set[str], currency: str) -> None:
    _check_number(line.quantity, f"{path}.quantity", PLACES, LARGEST_QUANTITY)
    _check_number(line.unit_price, f"{path}.unit_price", PLACES, LARGEST_PRICE)
    for index, name in enumerate(line.taxes):
        if name not in known:
            raise refuse(f"{path}.taxes[{index}]", f"“{name[:40]}” is not among the taxes of the document")
        if name in line.taxes[:index]:
            raise refuse(f"{path}.taxes[{index}]", f"“{name[:40]}” is there twice")
    if line.discount is not None:
        check_portion(line.discount, f"{path}.discount", currency)


def check_portion(portion: Portion, path: str, currency: str) -> None:
    """Refuse what is neither a percentage up to 100 nor an amount in `currency`."""
    if (portion.percent is None) == (portion.amount is None):
        raise refuse(path, "give either a percent or an amount")
    if portion.percent is not None:
        _check_number(portion.percent, f"{path}.percent", RATE_PLACES, LARGEST_QUANTITY)
        if not 0 <= portion.percent <= 100:
            raise refuse(f"{path}.percent", f"{portion.percent:f} is not between 0 and 100 percent")
    if portion.amount is not None:
        if portion.amount.currency != currency:
            raise refuse(
                f"{path}.amount", f"the amount is in {portion.amount.currency}, the document in {currency}"
            )
        if portion.amount.minor < 0:
            raise refuse(f"{path}.amount", "an amount here cannot be negative")


def _check_number(number: Decimal, path: str, places: int, largest: Decimal) -> None:
    if not isinstance(number, Decimal) or not number.is_finite():
        raise refuse(path, "this is not a number")
    if abs(number) > largest:
        raise refuse(path, f"{number:.8g} is too much; at most {largest:f}")
    if number != round(number, places):
        raise refuse(path, f"{number:f} has more than {places} decimals")


def check_size(amount: Money, path: str) -> None:
    """Refuse a result that no office could book."""
    if abs(amount.minor) > LARGEST_MINOR:
        raise refuse(path, f"{amount} {amount.currency} is more than this office can book")
