"""The contract: what a confirmed estimate and its change orders come to, and what is billed of it [M15-M17].

Values only; `money/progress.py` makes the bills::

    contract = contract_of(draft, calculate(draft), keys)
    first = bill_percent(contract, Billed(), Decimal(30))
    last = bill_rest(contract, Billed().plus(first))

Amounts of lines are in the terms of the contract's prices: before tax, or with it where the prices include it.
A settlement allowance is not part of a contract: it is taken when the customer pays early [M5].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.money.bill_taxes import BillTax, Charging
from admin_app.money.calculator import Totals
from admin_app.money.derivation import Step
from admin_app.money.draft import Draft, Tax
from admin_app.money.taxes import TaxedLine


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One service: `net` is after its own discount and its share of the document's; `gross` before both."""

    key: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    gross: Money
    net: Money
    taxes: tuple[str, ...] = ()

    @property
    def discount(self) -> Money:
        """Its own discount and its share of the document's."""
        return self.gross - self.net


@dataclass(frozen=True, slots=True)
class ContractTax:
    """A tax of the contract and what it comes to in all."""

    tax: Tax
    amount: Money


@dataclass(frozen=True, slots=True)
class Contract:
    """What the customer agreed to, line by line and tax by tax; keys of lines and names of taxes are unique."""

    currency: str
    lines: tuple[ContractLine, ...]
    taxes: tuple[ContractTax, ...] = ()
    tax_mode: TaxMode = TaxMode.DOCUMENT
    prices_include_tax: bool = False

    @property
    def value(self) -> Money:
        """The sum of the lines, in the terms of the prices: what `bill_percent` takes its part of."""
        return Money.total((line.net for line in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        """All taxes together."""
        return Money.total((one.amount for one in self.taxes), self.currency)

    @property
    def net(self) -> Money:
        """Without tax."""
        return self.value - self.tax if self.prices_include_tax else self.value

    @property
    def total(self) -> Money:
        """With tax: what the customer pays in all."""
        return self.net + self.tax

    @property
    def charging(self) -> Charging:
        """How its lines are taxed."""
        return Charging(tuple(one.tax for one in self.taxes), self.tax_mode, self.prices_include_tax)


@dataclass(frozen=True, slots=True)
class Bill:
    """What one invoice says: Σ line nets = subtotal; net + tax = total; `derivation` is the tree of the total.

    The discounts stand on the lines, so a bill has none of its own.  Where prices include tax, lines and
    subtotal include it and net = subtotal − tax.
    """

    currency: str
    lines: tuple[BillLine, ...]
    taxes: tuple[BillTax, ...]
    tax_mode: TaxMode
    prices_include_tax: bool
    subtotal: Money
    net: Money
    tax: Money
    total: Money
    closing: bool
    """Whether nothing of the contract is left to bill after this one."""
    derivation: Step


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill: net = round(quantity × unit price) − discount, always [M3].

    A line billed at once keeps the quantity and price of the contract; a part is one piece at its amount and
    says in `part` of what ("333.33 of 1000.00").  What gives back has the quantity −1, never a negative price.
    """

    key: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    discount: Money
    net: Money
    taxes: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class Billed:
    """What was billed so far: by key of the line and by name of the tax; what was credited is subtracted.

    A key that is there was on a bill, with 0.00 too; a line whose bill was void or wholly credited is not.
    """

    nets: Mapping[str, Money] = field(default_factory=dict)
    taxes: Mapping[str, Money] = field(default_factory=dict)

    def plus(self, bill: Bill) -> Billed:
        """What is billed once this bill is issued as well."""
        nets, taxes = dict(self.nets), dict(self.taxes)
        zero = Money.zero(bill.currency)
        for line in bill.lines:
            nets[line.key] = nets.get(line.key, zero) + line.net
        for tax in bill.taxes:
            taxes[tax.name] = taxes.get(tax.name, zero) + tax.amount
        return Billed(nets, taxes)


def contract_of(draft: Draft, totals: Totals, keys: Sequence[str]) -> Contract:
    """The contract that a calculated draft is; `keys` name its lines, in their order.

    Lines that nobody chose (optional, alternatives) are left out of the draft beforehand.  Raises ValueError
    for keys that do not fit the lines.
    """
    if len(keys) != len(draft.lines) or len(set(keys)) != len(keys):
        raise ValueError("a contract needs one key a line, each a different one")
    amounts = {tax.name: tax.amount for tax in totals.taxes}
    return Contract(
        currency=draft.currency,
        lines=tuple(
            ContractLine(
                key=key,
                description=line.description,
                quantity=line.quantity,
                unit_price=line.unit_price,
                gross=priced.gross,
                net=priced.net - priced.share,
                taxes=line.taxes,
            )
            for key, line, priced in zip(keys, draft.lines, totals.lines, strict=True)
        ),
        taxes=tuple(ContractTax(tax, amounts[tax.name]) for tax in draft.taxes if tax.name in amounts),
        tax_mode=draft.tax_mode,
        prices_include_tax=draft.prices_include_tax,
    )


def joined(contracts: Sequence[Contract]) -> Contract:
    """An estimate and its change orders as one contract; each keeps the cents it was agreed with [M15].

    Raises ValueError for none at all or a key that is there twice, Unmet where they are taxed differently.
    """
    if not contracts:
        raise ValueError("a contract needs an estimate")
    first = contracts[0]
    for other in contracts[1:]:
        if other.currency != first.currency:
            raise Unmet(f"The estimate is in {first.currency}, its change order in {other.currency}")
        if (other.tax_mode, other.prices_include_tax) != (first.tax_mode, first.prices_include_tax):
            raise Unmet("The estimate and its change order round or include their taxes differently")
    lines = tuple(line for contract in contracts for line in contract.lines)
    if len({line.key for line in lines}) != len(lines):
        raise ValueError("two lines of a contract have the same key")
    return Contract(first.currency, lines, _joined_taxes(contracts), first.tax_mode, first.prices_include_tax)


def unbilled_nets(contract: Contract, billed: Billed) -> dict[str, Money]:
    """What is left of each line, by its key; negative where more was billed than the contract now says."""
    _refuse_strangers(billed.nets, (line.key for line in contract.lines), "line")
    zero = Money.zero(contract.currency)
    return {line.key: line.net - billed.nets.get(line.key, zero) for line in contract.lines}


def unbilled_taxes(contract: Contract, billed: Billed) -> dict[str, Money]:
    """What is left of each tax, by its name."""
    _refuse_strangers(billed.taxes, (one.tax.name for one in contract.taxes), "tax")
    zero = Money.zero(contract.currency)
    return {one.tax.name: one.amount - billed.taxes.get(one.tax.name, zero) for one in contract.taxes}


def unbilled(contract: Contract, billed: Billed) -> Money:
    """What is left of the contract's value, in the terms of its prices [M16]."""
    return Money.total(unbilled_nets(contract, billed).values(), contract.currency)


def taxed(lines: Sequence[ContractLine], nets: Mapping[str, Money]) -> list[TaxedLine]:
    """The lines that are in `nets`, with their amounts there, as the tax of a document wants them."""
    return [
        TaxedLine(index, nets[line.key], line.taxes) for index, line in enumerate(lines) if line.key in nets
    ]


def _joined_taxes(contracts: Iterable[Contract]) -> tuple[ContractTax, ...]:
    """The taxes of all, added up by name."""
    found: dict[str, ContractTax] = {}
    for one in (tax for contract in contracts for tax in contract.taxes):
        known = found.get(one.tax.name)
        if known is not None and known.tax != one.tax:
            raise Unmet(
                f"{one.tax.name} is {known.tax.rate:f} % in the estimate and {one.tax.rate:f} % in its change order; "
                "name the new rate differently"
            )
        amount = one.amount if known is None else known.amount + one.amount
        found[one.tax.name] = ContractTax(one.tax, amount)
    return tuple(found.values())


def _refuse_strangers(billed: Mapping[str, Money], known: Iterable[str], kind: str) -> None:
    """What was billed without standing in the contract would be lost from what is left: a program's mistake."""
    strangers = billed.keys() - set(known)
    if strangers:
        raise ValueError(f"billed a {kind} that is not in the contract: {sorted(strangers)}")
