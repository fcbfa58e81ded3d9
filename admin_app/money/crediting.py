"""What a credit note says: net, taxes and total of what is taken back of an invoice, to the cent [M25, I8].

Values only.  `Creditable` is what is left of an invoice; three ways lead from it to a `Credit`::

    credit_all(left)                     # everything that is left: all credits together equal the invoice
    credit_amount(left, amount)          # so much, tax included, spread over what is left of lines and taxes
    credit_lines(left, {line_id: net})   # so much of these lines, in the terms of the invoice's prices

Whoever takes the last of a tax's lines takes the rest of that tax, so no cent of it stays behind (Dolibarr#27972).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up, share_by_largest_remainder
from admin_app.money.bill_taxes import Charging, taxes_of_part
from admin_app.money.derivation import Step, sum_of
from admin_app.money.taxes import TaxedLine


@dataclass(frozen=True, slots=True)
class CreditableLine:
    """A line of the invoice and what is left of it, after discounts and earlier credits, in the invoice's terms."""

    id: int
    description: str
    left: Money
    taxes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditableTax:
    """A tax of the invoice and what is left of it; `rate` in percent, None where an import did not say."""

    name: str
    rate: Decimal | None
    left: Money


@dataclass(frozen=True, slots=True)
class Creditable:
    """What of an invoice can still be credited; `charging` None: its rates are not all known."""

    currency: str
    lines: tuple[CreditableLine, ...]
    taxes: tuple[CreditableTax, ...] = ()
    charging: Charging | None = None
    in_prices: bool = False

    @property
    def tax(self) -> Money:
        """All that is left of its taxes."""
        return Money.total((one.left for one in self.taxes), self.currency)

    @property
    def total(self) -> Money:
        """All that is left of it, tax included."""
        lines = Money.total((line.left for line in self.lines), self.currency)
        return lines if self.in_prices else lines + self.tax


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """What is credited of one line, in the terms of the invoice's prices."""

    id: int
    description: str
    net: Money
    taxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreditedTax:
    """What is credited of one tax: `base` net of tax."""

    name: str
    rate: Decimal | None
    base: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note: net + tax = total; `derivation` is the tree of the total."""

    lines: tuple[CreditedLine, ...]
    taxes: tuple[CreditedTax, ...]
    net: Money
    tax: Money
    total: Money
    derivation: Step


def credit_all(left: Creditable) -> Credit:
    """Everything that is left of the invoice; raises Unmet when nothing is."""
    nets = {line.id: line.left for line in left.lines}
    return _credit(left, nets, {tax.name: tax.left for tax in left.taxes}, "all that is left")


def credit_amount(left: Creditable, amount: Money) -> Credit:
    """A credit of exactly `amount`, tax included, in proportion to what is left of each line and tax.

    Raises Invalid for nothing, Unmet for more than is left.
    """
    if amount.minor <= 0:
        raise Invalid("A credit is more than nothing", {"amount": "Enter what is credited, above zero"})
    if amount > left.total:
        raise Unmet(f"At most {left.total} {left.total.currency} of this invoice can still be credited")
    if amount == left.total:
        return credit_all(left)
    rule = f"{amount} of the {left.total} that is left"
    taxes = [tax.left.minor for tax in left.taxes]
    lines = [line.left.minor for line in left.lines]
    if left.in_prices:
        line_shares = share_by_largest_remainder(amount.minor, lines)
        tax_shares = [round_half_up(Fraction(tax * amount.minor, left.total.minor)) for tax in taxes]
    else:  # taxes first: of two equal remainders the tax takes the cent, as half up would
        shares = share_by_largest_remainder(amount.minor, [*taxes, *lines])
        tax_shares, line_shares = shares[: len(taxes)], shares[len(taxes) :]
    nets = {line.id: Money(share, left.currency) for line, share in zip(left.lines, line_shares, strict=True)}
    by_name = {
        tax.name: Money(share, left.currency) for tax, share in zip(left.taxes, tax_shares, strict=True)
    }
    return _credit(left, nets, by_name, rule)


def credit_lines(left: Creditable, nets: Mapping[int, Money]) -> Credit:
    """So much of these lines, by their id, with the tax that belongs to it.

    Raises Unmet for a line of another invoice and for more than is left of one.
    """
    lines = {line.id: line for line in left.lines}
    for line_id, net in nets.items():
        line = lines.get(line_id)
        if line is None:
            raise Unmet("A line that was chosen is not on this invoice")
        if not _within(net, line.left):
            raise Unmet(f"Of “{line.description}” {line.left} is left to credit, not {net}")
    chosen = {line_id: net for line_id, net in nets.items() if net}
    if not chosen:
        raise Invalid("A credit is more than nothing", {"lines": "Choose a line and what is credited of it"})
    return _credit(left, chosen, _taxes_of(left, chosen), "of the lines")


def _within(part: Money, whole: Money) -> bool:
    """Whether a part lies between nothing and the whole, which may be negative."""
    zero = Money.zero(whole.currency)
    return zero <= part <= whole if whole >= zero else whole <= part <= zero


def _taxes_of(left: Creditable, nets: Mapping[int, Money]) -> dict[str, Money]:
    """The tax of these parts of lines: as the document rounds it, the rest where a tax's last line goes."""
    zero = Money.zero(left.currency)
    if left.charging is None:
        return {tax.name: _in_proportion(left, tax, nets) for tax in left.taxes}
    now = [
        TaxedLine(place, nets[line.id], line.taxes)
        for place, line in enumerate(left.lines)
        if line.id in nets
    ]
    later = [
        TaxedLine(place, rest, line.taxes)
        for place, line in enumerate(left.lines)
        if (rest := line.left - nets.get(line.id, zero))
    ]
    unbilled = {tax.name: tax.left for tax in left.taxes}
    return {tax.name: tax.amount for tax in taxes_of_part(left.charging, now, later, unbilled)}


def _in_proportion(left: Creditable, tax: CreditableTax, nets: Mapping[int, Money]) -> Money:
    """The part of a tax that nobody knows the rate of."""
    carrying = [line for line in left.lines if tax.rate is None or tax.name in line.taxes]
    whole = sum(line.left.minor for line in carrying)
    part = sum(nets[line.id].minor for line in carrying if line.id in nets)
    if not whole:
        return Money.zero(left.currency)
    return Money(round_half_up(Fraction(tax.left.minor * part, whole)), left.currency)


def _credit(left: Creditable, nets: Mapping[int, Money], taxes: Mapping[str, Money], rule: str) -> Credit:
    """The credit of these parts; raises Unmet where they come to nothing."""
    currency = left.currency
    lines = tuple(
        CreditedLine(line.id, line.description, nets[line.id], line.taxes)
        for line in left.lines
        if nets.get(line.id)
    )
    of_lines = Money.total((line.net for line in lines), currency)
    tax = Money.total(taxes.values(), currency)
    net = of_lines - tax if left.in_prices else of_lines
    if (net + tax).minor <= 0:
        raise Unmet("This credit comes to nothing; there is nothing to give back")
    credited = tuple(
        _credited_tax(left, one, taxes[one.name], lines) for one in left.taxes if taxes.get(one.name)
    )
    return Credit(lines, credited, net, tax, net + tax, _derive(left, lines, credited, rule))


def _credited_tax(
    left: Creditable, tax: CreditableTax, amount: Money, lines: tuple[CreditedLine, ...]
) -> CreditedTax:
    """The tax with the net that it was charged on."""
    base = Money.total((line.net for line in lines if tax.name in line.taxes), left.currency)
    return CreditedTax(tax.name, tax.rate, base - amount if left.in_prices else base, amount)


def _derive(
    left: Creditable, lines: tuple[CreditedLine, ...], taxes: tuple[CreditedTax, ...], rule: str
) -> Step:
    """The tree of the total: lines and taxes, or the taxes inside the prices [L7]."""
    parts = [Step(line.description or f"Line {line.id}", line.net, rule) for line in lines]
    if left.in_prices:
        parts += [Step(f"{tax.name} inside the prices", -tax.amount, rule) for tax in taxes]
    net = sum_of("Net", "what is credited of the lines", parts, left.currency)
    told = [Step(_label(tax), tax.amount, "the part of the invoice's tax") for tax in taxes]
    return sum_of("Total", "net and taxes", [net, *told], left.currency)


def _label(tax: CreditedTax) -> str:
    return tax.name if tax.rate is None else f"{tax.name} {tax.rate:f} %"
