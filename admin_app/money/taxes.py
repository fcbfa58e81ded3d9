"""Taxes of a document: on top of the prices or inside them, per document or per line [M6, M7]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode, round_half_up, share_by_largest_remainder
from admin_app.money.derivation import Step, rounded, sum_of
from admin_app.money.draft import Tax


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """One tax of the document: `rate` in percent of `base`; `step` explains the amount."""

    name: str
    rate: Decimal
    base: Money
    amount: Money
    step: Step


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """What a line is worth after every discount, and the names of its taxes."""

    index: int
    amount: Money
    taxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A tax on some lines: one rounding."""

    base: Money
    exact: Fraction
    amount: Money
    where: str
    rule: str


def taxes_on_top(lines: Sequence[TaxedLine], taxes: Sequence[Tax], mode: TaxMode) -> list[TaxTotal]:
    """Each tax on its own base; per document it is rounded once, per line on each line [M6].

    A compound tax is charged on the net and on the plain taxes of the same lines.
    """
    found = []
    for tax in taxes:
        carrying = [line for line in lines if tax.name in line.taxes]
        if mode is TaxMode.LINE:
            parts = [_on_top([line], tax, taxes) for line in carrying]
        else:
            parts = [_on_top(carrying, tax, taxes)] if carrying else []
        if parts:
            found.append(_total(tax, parts))
    return found


def taxes_in_prices(lines: Sequence[TaxedLine], taxes: Sequence[Tax], mode: TaxMode) -> list[TaxTotal]:
    """The taxes that prices already contain; the price stays what it was, to the cent [M7].

    Lines that carry the same taxes are taken together (per line: each alone).  One tax is
    gross × r / (1 + r), rounded; of several, net = gross / (1 + Σ rates) is rounded and the taxes share the
    rest by largest remainder.
    """
    parts: dict[str, list[_Part]] = {tax.name: [] for tax in taxes}
    for together in _groups(lines, mode):
        carried = [tax for tax in taxes if tax.name in together[0].taxes]
        for tax, part in zip(carried, _inside(together, carried), strict=True):
            parts[tax.name].append(part)
    return [_total(tax, parts[tax.name]) for tax in taxes if parts[tax.name]]


def _on_top(lines: Sequence[TaxedLine], tax: Tax, taxes: Sequence[Tax]) -> _Part:
    """One rounding of one tax over `lines`, all of which carry it."""
    base = Money.total((line.amount for line in lines), lines[0].amount.currency)
    if tax.compound:
        for plain in taxes:
            both = [line for line in lines if plain.name in line.taxes and not plain.compound]
            if both:
                base += _on_top(both, plain, taxes).amount
    exact = Fraction(base.minor) * Fraction(tax.rate) / 100
    amount = Money(round_half_up(exact), base.currency)
    return _Part(base, exact, amount, _where(lines), f"{tax.rate:f} % of {base}")


def _inside(lines: Sequence[TaxedLine], taxes: Sequence[Tax]) -> list[_Part]:
    """The part of each tax in the prices of `lines`, which all carry exactly these taxes."""
    if not taxes:
        return []
    gross = Money.total((line.amount for line in lines), lines[0].amount.currency)
    plain = sum((Fraction(tax.rate) / 100 for tax in taxes if not tax.compound), Fraction(0))
    rates = [Fraction(tax.rate) / 100 * (1 + plain if tax.compound else 1) for tax in taxes]
    factor = sum(rates, Fraction(1))
    exact = [gross.minor * rate / factor for rate in rates]
    if len(taxes) == 1:
        amounts = [round_half_up(exact[0])]
    else:
        net = round_half_up(gross.minor / factor)
        scale = lcm(*(rate.denominator for rate in rates))
        amounts = share_by_largest_remainder(gross.minor - net, [int(rate * scale) for rate in rates])
    net_minor = gross.minor - sum(amounts)
    plain_minor = sum(a for a, tax in zip(amounts, taxes, strict=True) if not tax.compound)
    return [
        _Part(
            base=Money(net_minor + (plain_minor if tax.compound else 0), gross.currency),
            exact=share,
            amount=Money(amount, gross.currency),
            where=_where(lines),
            rule=f"{tax.rate:f} % inside {gross}",
        )
        for tax, share, amount in zip(taxes, exact, amounts, strict=True)
    ]


def _groups(lines: Sequence[TaxedLine], mode: TaxMode) -> Iterable[list[TaxedLine]]:
    """Lines whose tax is rounded together."""
    if mode is TaxMode.LINE:
        return [[line] for line in lines]
    groups: dict[frozenset[str], list[TaxedLine]] = {}
    for line in lines:
        groups.setdefault(frozenset(line.taxes), []).append(line)
    return groups.values()


def _total(tax: Tax, parts: Sequence[_Part]) -> TaxTotal:
    """The parts of one tax added up, with the step that explains them."""
    currency = parts[0].amount.currency
    rate = f"{tax.rate:f} %"
    label = tax.name if tax.name.endswith(f" {rate}") else f"{tax.name} {rate}"
    steps = [rounded(part.where, part.rule, part.exact, part.amount) for part in parts]
    if len(steps) == 1:
        step = Step(label, steps[0].amount, steps[0].rule, rounding=steps[0].rounding)
    else:
        step = sum_of(label, "rounded part by part, then added up", steps, currency)
    base = Money.total((part.base for part in parts), currency)
    return TaxTotal(tax.name, tax.rate, base, step.amount, step)


def _where(lines: Sequence[TaxedLine]) -> str:
    """Which lines, for a reader: "line 3", "lines 1, 2, 5" or, of a long document, "40 lines"."""
    if len(lines) > 8:
        return f"{len(lines)} lines"
    numbers = ", ".join(str(line.index + 1) for line in lines)
    return f"line{'s' if len(lines) > 1 else ''} {numbers}"
