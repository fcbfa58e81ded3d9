"""The taxes of one bill among several of the same contract: each part rounded, the whole exact [M6, M7, M16].

A bill's tax is what the calculator makes of its lines alone.  The bill that takes the last of a tax's lines
takes the rest of that tax too, so that the parts add up to the tax of the whole; `adjustment` names the cents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode, round_half_up
from admin_app.money.derivation import Step, rounded, sum_of
from admin_app.money.draft import Tax
from admin_app.money.taxes import TaxedLine, TaxTotal, taxes_in_prices, taxes_on_top

MOST_LEFT_OVER = 5
"""Minor units of one tax that may wait for the closing bill.

Up to nine bills cannot drift further, so of them only the closing one is adjusted.  A longer series is brought
back on the way; a hundred small bills would otherwise leave half a euro of tax to a last bill of a few cents.
"""


@dataclass(frozen=True, slots=True)
class BillTax:
    """One tax of a bill: `rate` in percent of `base`; `adjustment` is what left-over cents add to the amount.

    Per document and on top of the prices, amount = round(base × rate) + adjustment.
    """

    name: str
    rate: Decimal
    base: Money
    amount: Money
    adjustment: Money
    step: Step


@dataclass(frozen=True, slots=True)
class Charging:
    """How a contract is taxed: its taxes in their order, where they are rounded, whether prices contain them."""

    taxes: tuple[Tax, ...]
    mode: TaxMode
    in_prices: bool

    def of(self, lines: Sequence[TaxedLine]) -> dict[str, TaxTotal]:
        """What these lines carry when nothing else is billed, by the name of the tax."""
        charge = taxes_in_prices if self.in_prices else taxes_on_top
        return {tax.name: tax for tax in charge(lines, self.taxes, self.mode)}


def taxes_of_part(
    charging: Charging, now: Sequence[TaxedLine], later: Sequence[TaxedLine], unbilled: Mapping[str, Money]
) -> list[BillTax]:
    """The taxes of the lines billed `now`, of which `unbilled` (by name) is still to come, `later` included.

    Lines with nothing on them are left out of `later` by the caller.  A plain tax comes before the compound
    one that is charged on it, whatever their order, and is told in the order of the contract.
    """
    alone, afterwards = charging.of(now), charging.of(later)
    adjustments: dict[str, Money] = {}
    found: dict[str, BillTax] = {}
    for tax in sorted(charging.taxes, key=lambda one: one.compound):
        if tax.name not in alone:
            continue
        own = _on_what_was_charged(charging, tax, alone[tax.name], now, adjustments)
        amount = _settled(charging, tax, own, afterwards.get(tax.name), now, later, unbilled[tax.name])
        adjustments[tax.name] = amount - own.amount
        found[tax.name] = _bill_tax(own, amount, unbilled[tax.name], closes=tax.name not in afterwards)
    if charging.in_prices:
        found = {name: _by_subtraction(charging, tax, now, adjustments) for name, tax in found.items()}
    return [found[tax.name] for tax in charging.taxes if tax.name in found]


def _settled(
    charging: Charging,
    tax: Tax,
    own: TaxTotal,
    due_later: TaxTotal | None,
    now: Sequence[TaxedLine],
    later: Sequence[TaxedLine],
    unbilled: Money,
) -> Money:
    """The amount of one tax: its own rounding, unless too little or too much would be left for the others."""
    if due_later is None:
        return unbilled
    amount = own.amount.minor
    left, due = unbilled.minor - amount, due_later.amount.minor
    if abs(left - due) > _patience(charging, tax, [*now, *later]):
        amount = unbilled.minor - due
    here, there = _worth(now, tax), _worth(later, tax)
    if min(here + there) >= 0:
        least, most = 0, unbilled.minor
        if charging.in_prices:  # neither this bill nor the rest may be less than the tax inside it
            least, most = max(least, most - sum(there)), min(most, sum(here))
        amount = max(least, min(amount, most))
    return Money(amount, unbilled.currency)


def _patience(charging: Charging, tax: Tax, lines: Sequence[TaxedLine]) -> int:
    """How many minor units of this tax may wait for the closing bill.

    Of several taxes inside one price none: the net is what they leave, and cents of each would add up in it.
    """
    carrying = [line for line in lines if tax.name in line.taxes]
    if charging.in_prices and any(len(line.taxes) > 1 for line in carrying):
        return 0
    roundings = len(carrying) if charging.mode is TaxMode.LINE else 1
    return MOST_LEFT_OVER * roundings


def _worth(lines: Sequence[TaxedLine], tax: Tax) -> list[int]:
    """Minor units of each line that carries the tax."""
    return [line.amount.minor for line in lines if tax.name in line.taxes]


def _on_what_was_charged(
    charging: Charging, tax: Tax, own: TaxTotal, now: Sequence[TaxedLine], adjustments: Mapping[str, Money]
) -> TaxTotal:
    """A compound tax on top is charged on the plain taxes as this bill shows them, left-over cents included."""
    moved = _sum_of_shared(tax, charging, now, adjustments) if tax.compound else None
    if charging.in_prices or charging.mode is TaxMode.LINE or not moved:
        return own
    base = own.base + moved
    exact = Fraction(base.minor) * Fraction(tax.rate) / 100
    amount = Money(round_half_up(exact), base.currency)
    step = rounded(own.step.label, f"{tax.rate:f} % of {base}", exact, amount)
    return TaxTotal(own.name, own.rate, base, amount, step)


def _sum_of_shared(
    tax: Tax, charging: Charging, now: Sequence[TaxedLine], adjustments: Mapping[str, Money]
) -> Money:
    """The left-over cents of the plain taxes that stand on a line with this one."""
    beside = {name for line in now if tax.name in line.taxes for name in line.taxes}
    plain = {one.name for one in charging.taxes if not one.compound}
    cents = [cent for name, cent in adjustments.items() if name in beside & plain]
    return Money.total(cents, now[0].amount.currency)


def _bill_tax(own: TaxTotal, amount: Money, unbilled: Money, *, closes: bool) -> BillTax:
    """The tax with the step that explains it; left-over cents are a leaf of their own."""
    adjustment = amount - own.amount
    step = own.step
    if adjustment:
        rule = (
            f"so that all bills together carry the tax of the contract, of which {unbilled} was not yet billed"
            if closes
            else f"so that no more than the {unbilled} not yet billed is charged in the end"
        )
        alone = Step("On this bill alone", own.amount, step.rule, step.children, step.rounding)
        cents = Step("Left-over cents", adjustment, rule)
        step = sum_of(step.label, "this bill alone, and the left-over cents", [alone, cents], amount.currency)
    return BillTax(own.name, own.rate, own.base, amount, adjustment, step)


def _by_subtraction(
    charging: Charging, tax: BillTax, now: Sequence[TaxedLine], adjustments: Mapping[str, Money]
) -> BillTax:
    """Inside a fixed price the base gives what the taxes on the same lines take [M7]."""
    declared = next(one for one in charging.taxes if one.name == tax.name)
    beside = {name for line in now if tax.name in line.taxes for name in line.taxes}
    cents = [cent for name, cent in adjustments.items() if name in beside]
    base = tax.base - Money.total(cents, tax.base.currency)
    if declared.compound:
        base += _sum_of_shared(declared, charging, now, adjustments)
    return BillTax(tax.name, tax.rate, base, tax.amount, tax.adjustment, tax.step)
