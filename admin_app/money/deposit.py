"""Deposits: what is asked beforehand, the deposit invoice with its tax, what later bills take off [M21-M24].

::

    amount = ask_deposit(Portion(percent=Decimal(30)), contract.total)
    invoice = deposit_bill(contract, amount, "Deposit for estimate E-00012")
    deductions = deduct(open_deposits, bill.total)

A payment on account without tax (kind a of M21) needs the first line only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode, round_half_up, share_by_largest_remainder
from admin_app.money.bill_taxes import BillTax
from admin_app.money.calculator import frozen_deposit
from admin_app.money.contract import Bill, BillLine, Contract, taxed
from admin_app.money.derivation import Step, rounded, sum_of
from admin_app.money.draft import Portion, Tax, check_portion


@dataclass(frozen=True, slots=True)
class OpenDeposit:
    """A deposit invoice and what no bill has taken off yet: `net`, and each tax by its name."""

    key: str
    number: str
    issued_on: date
    net: Money
    taxes: Mapping[str, Money]

    @property
    def total(self) -> Money:
        """With tax."""
        return self.net + Money.total(self.taxes.values(), self.net.currency)

    def less(self, deduction: Deduction) -> OpenDeposit:
        """What stays open once a bill has taken this off."""
        taxes = {name: amount - deduction.taxes[name] for name, amount in self.taxes.items()}
        return OpenDeposit(self.key, self.number, self.issued_on, self.net - deduction.net, taxes)


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a bill takes off for one deposit invoice, as the bill shows it: number, day, net, tax per rate."""

    key: str
    number: str
    issued_on: date
    net: Money
    taxes: Mapping[str, Money]

    @property
    def total(self) -> Money:
        """With tax: by so much the bill asks for less."""
        return self.net + Money.total(self.taxes.values(), self.net.currency)


def ask_deposit(portion: Portion, total: Money, asked_before: Money | None = None) -> Money:
    """The deposit of an order as an amount that stays, whatever happens to the order later [M22].

    `portion` is of `total`, tax included; `asked_before` are the deposits already asked of the same order,
    which together may not exceed it [M23].  Raises Invalid where it rounds to nothing or is above the order.
    """
    check_portion(portion, "deposit", total.currency)
    amount = frozen_deposit(portion, total)
    if asked_before and amount + asked_before > total:
        field = "deposit.percent" if portion.percent is not None else "deposit.amount"
        left = max(total - asked_before, Money.zero(total.currency))
        why = f"a deposit of {amount} and the {asked_before} asked before are more than the order; {left} is left"
        raise Invalid(f"{field}: {why}", {field: why})
    return amount


def deposit_bill(contract: Contract, amount: Money, description: str) -> Bill:
    """The deposit invoice over `amount`, tax included: its net and taxes are in proportion the contract's [M21b].

    One line for all lines of the contract that carry the same taxes; its prices are before tax, whatever the
    contract's are.  Net and taxes share the amount by largest remainder, so that they are exactly it; the
    `adjustment` of a tax says by how many cents that differs from base × rate.  It bills nothing of the
    contract: it never goes into `Billed`.  Raises Unmet above the contract, Invalid for nothing.
    """
    if amount.minor <= 0:
        raise Invalid(f"A deposit of {amount} asks for nothing", {"amount": "This asks for nothing"})
    if amount > contract.total:
        raise Unmet(f"A deposit of {amount} is more than the contract, which is {contract.total}")
    nets = _nets_by_taxes(contract)
    steps = _in_proportion(
        amount,
        contract.total,
        [
            # Taxes first: of two equal remainders the tax takes the cent, as half up would.
            *((f"{one.tax.name} {one.tax.rate:f} %", one.amount) for one in contract.taxes),
            *((description, net) for net in nets.values()),
        ],
    )
    tax_steps, net_steps = steps[: len(contract.taxes)], steps[len(contract.taxes) :]
    lines = [
        _line(f"deposit-{number}", description, step.amount, names)
        for number, (names, step) in enumerate(zip(nets, net_steps, strict=True), start=1)
    ]
    taxes = _taxes([one.tax for one in contract.taxes], tax_steps, lines)
    net_step = sum_of("Net", "the deposit before tax", net_steps, amount.currency)
    derivation = sum_of("Total", "net and taxes", [net_step, *tax_steps], amount.currency)
    return Bill(
        currency=amount.currency,
        lines=tuple(line for line in lines if line.net),
        taxes=tuple(taxes),
        tax_mode=TaxMode.DOCUMENT,
        prices_include_tax=False,
        subtotal=net_step.amount,
        net=net_step.amount,
        tax=derivation.amount - net_step.amount,
        total=derivation.amount,
        closing=False,
        derivation=derivation,
    )


def deduct(deposits: Sequence[OpenDeposit], bill_total: Money) -> tuple[Deduction, ...]:
    """What a bill over `bill_total` (tax included) takes off for open deposit invoices, the oldest first.

    Never more than the bill: what is over waits for the next one, so that no bill turns into a credit note
    [M24, Odoo#187504].  A part takes net and taxes in proportion to what is open of them; whoever takes the
    last of a deposit takes exactly what is left of each.  Which deposits count (paid, not credited) is the
    caller's to say.
    """
    found = []
    left = bill_total
    for deposit in sorted(deposits, key=lambda one: (one.issued_on, one.number, one.key)):
        part = min(deposit.total, left)
        if part.minor <= 0:
            continue
        weights = [deposit.net.minor, *(amount.minor for amount in deposit.taxes.values())]
        net, *taxes = (
            Money(share, part.currency) for share in share_by_largest_remainder(part.minor, weights)
        )
        names = dict(zip(deposit.taxes, taxes, strict=True))
        found.append(Deduction(deposit.key, deposit.number, deposit.issued_on, net, names))
        left -= part
    return tuple(found)


def _nets_by_taxes(contract: Contract) -> dict[tuple[str, ...], Money]:
    """The contract's net without tax, by the taxes that the lines carry, in the order of the lines."""
    groups: dict[tuple[str, ...], list[str]] = {}
    order = [one.tax.name for one in contract.taxes]
    for line in contract.lines:
        groups.setdefault(tuple(name for name in order if name in line.taxes), []).append(line.key)
    agreed = {line.key: line.net for line in contract.lines}
    found = {}
    for names, keys in groups.items():
        nets = {key: agreed[key] for key in keys}
        worth = Money.total(nets.values(), contract.currency)
        if contract.prices_include_tax:
            inside = contract.charging.of(taxed(contract.lines, nets))
            worth -= Money.total((tax.amount for tax in inside.values()), contract.currency)
        found[names] = worth
    return found


def _line(key: str, description: str, net: Money, taxes: tuple[str, ...]) -> BillLine:
    """One piece at its net; what gives back has a negative quantity."""
    return BillLine(
        key=key,
        description=description,
        quantity=Decimal(-1 if net.minor < 0 else 1),
        unit_price=abs(net).decimal,
        discount=Money.zero(net.currency),
        net=net,
        taxes=taxes,
    )


def _in_proportion(amount: Money, whole: Money, parts: Sequence[tuple[str, Money]]) -> list[Step]:
    """`amount` shared over labelled parts of `whole` by largest remainder, each with what it was rounded from."""
    shares = share_by_largest_remainder(amount.minor, [part.minor for _, part in parts])
    return [
        rounded(
            label,
            f"{amount} of {whole}, so of {part}",
            Fraction(amount.minor * part.minor, whole.minor),
            Money(share, amount.currency),
        )
        for (label, part), share in zip(parts, shares, strict=True)
    ]


def _taxes(taxes: Sequence[Tax], steps: Sequence[Step], lines: Sequence[BillLine]) -> list[BillTax]:
    """The taxes with their bases; a compound one is charged on the plain taxes of its lines too."""
    plain = {tax.name: step.amount for tax, step in zip(taxes, steps, strict=True) if not tax.compound}
    found = []
    for tax, step in zip(taxes, steps, strict=True):
        carrying = [line for line in lines if tax.name in line.taxes]
        base = sum(line.net.minor for line in carrying)
        if tax.compound:
            base += sum(_on_these(name, charged, carrying, lines) for name, charged in plain.items())
        expected = Money(round_half_up(Fraction(base) * Fraction(tax.rate) / 100), step.amount.currency)
        found.append(
            BillTax(
                tax.name,
                tax.rate,
                Money(base, step.amount.currency),
                step.amount,
                step.amount - expected,
                step,
            )
        )
    return found


def _on_these(name: str, charged: Money, some: Sequence[BillLine], lines: Sequence[BillLine]) -> int:
    """How much of a plain tax falls on some of its lines, in minor units."""
    whole = sum(line.net.minor for line in lines if name in line.taxes)
    part = sum(line.net.minor for line in some if name in line.taxes)
    return round_half_up(Fraction(charged.minor * part, whole)) if whole else 0
