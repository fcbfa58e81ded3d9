"""Bills of a contract: by completed services, by percent, by amount, and the closing one [M15-M17, M22-M24, V15].

What is left is always contract − already billed, never 100 % − Σ percent.  Whatever the steps, the bills add up
to the contract: line by line, tax by tax, in total.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up, share_by_largest_remainder
from admin_app.money.bill_taxes import BillTax, taxes_of_part
from admin_app.money.contract import (
    Bill,
    Billed,
    BillLine,
    Contract,
    ContractLine,
    taxed,
    unbilled,
    unbilled_nets,
    unbilled_taxes,
)
from admin_app.money.derivation import Step, rounded, sum_of


def bill_lines(contract: Contract, billed: Billed, keys: Collection[str]) -> Bill:
    """The bill of completed services: what is not yet billed of each line in `keys` [M17].

    Raises Unmet for a line that is not in the contract or already billed whole, and where the bill would be
    above what is left, because lines that give money back are not on it.
    """
    rests = unbilled_nets(contract, billed)
    lines = {line.key: line for line in contract.lines}
    for key in keys:
        if key not in lines:
            raise Unmet("A service that was chosen is not in the contract any more; open the list again")
        if not rests[key] and key in billed.nets:
            raise Unmet(f"{_named(lines[key])} is already billed in full")
    chosen = {key: rests[key] for key in keys}
    _refuse_more_than_is_left(contract, rests, chosen)
    return _bill(contract, billed, chosen)


def bill_percent(contract: Contract, billed: Billed, percent: Decimal) -> Bill:
    """The bill of `percent` of the contract's value, spread over what is not yet billed of each line.

    Percent of the whole contract, not of the rest.  Raises Invalid for a percentage that is none, Unmet where
    less is left; a rounding of less than a cent does not count as less.
    """
    if not percent.is_finite() or not 0 < percent <= 100:
        raise _refuse("percent", "A percentage to bill lies above 0 and is at most 100")
    exact = Fraction(contract.value.minor) * Fraction(percent) / 100
    amount = Money(round_half_up(exact), contract.currency)
    left = unbilled(contract, billed)
    if amount > left and exact - left.minor < 1:
        amount = left
    return _bill_part(contract, billed, amount, f"{percent:f} % of the contract is {amount}", "percent")


def bill_amount(contract: Contract, billed: Billed, amount: Money) -> Bill:
    """The bill of a fixed amount, spread over what is not yet billed of each line.

    The amount is in the terms of the contract's prices, because only those can be met to the cent: before tax,
    or with tax where the prices include it.  Raises Invalid for nothing, Unmet where less is left.
    """
    return _bill_part(contract, billed, amount, f"{amount} was asked", "amount")


def bill_rest(contract: Contract, billed: Billed) -> Bill:
    """The closing bill: everything that is left, with the left-over cents of net and tax [M16, M19].

    A line that costs nothing and was on no bill yet is on this one.  Raises Unmet when nothing is left [D7].
    """
    rests = unbilled_nets(contract, billed)
    return _bill(
        contract, billed, {key: rest for key, rest in rests.items() if rest or key not in billed.nets}
    )


def bill_nets(contract: Contract, billed: Billed, nets: Mapping[str, Money]) -> Bill:
    """The bill of exactly these amounts by key of the line: a draft is worked out again when it is issued.

    Raises Unmet for a line that is gone from the contract, and for more than is left of one by now.
    """
    rests = unbilled_nets(contract, billed)
    named = {line.key: _named(line) for line in contract.lines}
    for key, net in nets.items():
        if key not in rests:
            raise Unmet("A line of this bill is not in the contract any more; write the bill again")
        rest = rests[key]
        if (net > rest) if rest.minor >= 0 else (net < rest):
            raise Unmet(f"{named[key]}: {net} is on this bill, but {_only(rest)} left to bill")
    _refuse_more_than_is_left(contract, rests, nets)
    return _bill(contract, billed, nets)


def _bill_part(contract: Contract, billed: Billed, amount: Money, what: str, field: str) -> Bill:
    """The bill of `amount`, each line giving in proportion to what is left of it."""
    if amount.minor <= 0:
        raise _refuse(field, f"{what}; that asks for nothing")
    left = unbilled(contract, billed)
    if amount > left:
        raise Unmet(f"{what}, but of the {contract.value} of the contract {_only(left)} left to bill")
    rests = unbilled_nets(contract, billed)
    if amount == left:
        return bill_rest(contract, billed)
    shares = share_by_largest_remainder(amount.minor, [rest.minor for rest in rests.values()])
    parts = zip(rests, shares, strict=True)
    return _bill(contract, billed, {key: Money(share, contract.currency) for key, share in parts if share})


def _refuse_more_than_is_left(
    contract: Contract, rests: Mapping[str, Money], chosen: Mapping[str, Money]
) -> None:
    """Lines chosen without those that give back could bill more than the contract, net or of one tax [I6].

    Of a tax, a cent a line is let pass: a spread by largest remainder may be off by as much where lines that give
    back leave next to nothing of it.
    """
    zero = Money.zero(contract.currency)
    kinds: list[str | None] = [None, *(one.tax.name for one in contract.taxes)]
    for name in kinds:
        carrying = [line.key for line in contract.lines if name is None or name in line.taxes]
        left = Money.total((rests[key] for key in carrying), contract.currency)
        asked = Money.total((chosen[key] for key in carrying if key in chosen), contract.currency)
        spread = Money(len(carrying) if name else 0, contract.currency)
        if asked > max(left, zero) + spread:
            with_tax = f" with {name}" if name else ""
            raise Unmet(
                f"These services come to {asked}{with_tax}, but {_only(left)} left to bill{with_tax}; "
                "bill the lines that give money back together with them"
            )


def _bill(contract: Contract, billed: Billed, nets: Mapping[str, Money]) -> Bill:
    """The bill of these amounts by key of the line; raises Unmet where it would not ask for anything."""
    currency = contract.currency
    rests = unbilled_nets(contract, billed)
    afterwards = {key: rest - nets.get(key, Money.zero(currency)) for key, rest in rests.items()}
    left = {key: rest for key, rest in afterwards.items() if rest}
    lines = tuple(
        _bill_line(line, nets[line.key], rests[line.key], first=line.key not in billed.nets)
        for line in contract.lines
        if line.key in nets
    )
    taxes = taxes_of_part(
        contract.charging,
        taxed(contract.lines, nets),
        taxed(contract.lines, left),
        unbilled_taxes(contract, billed),
    )
    subtotal = Money.total((line.net for line in lines), currency)
    tax = Money.total((one.amount for one in taxes), currency)
    net = subtotal - tax if contract.prices_include_tax else subtotal
    if (net + tax).minor <= 0:
        raise Unmet(_why_nothing(contract, billed, net + tax))
    return Bill(
        currency=currency,
        lines=lines,
        taxes=tuple(taxes),
        tax_mode=contract.tax_mode,
        prices_include_tax=contract.prices_include_tax,
        subtotal=subtotal,
        net=net,
        tax=tax,
        total=net + tax,
        closing=not left,
        derivation=_derive(contract, nets, lines, taxes),
    )


def _bill_line(line: ContractLine, net: Money, rest: Money, *, first: bool) -> BillLine:
    """The whole line as it was agreed, or a part of it as one piece at its amount."""
    if first and net == line.net:
        return BillLine(
            line.key, line.description, line.quantity, line.unit_price, line.discount, net, line.taxes
        )
    return BillLine(
        key=line.key,
        description=line.description,
        quantity=Decimal(-1 if net.minor < 0 else 1),
        unit_price=abs(net).decimal,
        discount=Money.zero(net.currency),
        net=net,
        taxes=line.taxes,
        part=f"{net} of {line.net}" if net != rest else f"{net} of {line.net}, the rest",
    )


def _derive(
    contract: Contract, nets: Mapping[str, Money], lines: tuple[BillLine, ...], taxes: list[BillTax]
) -> Step:
    """The tree of the total: lines (with their discounts), taxes with their left-over cents [L7, M8]."""
    agreed = {line.key: line for line in contract.lines}
    parts = [_line_step(agreed[line.key], line) for line in lines]
    rule = "what is billed of the lines"
    if contract.prices_include_tax:
        rule = "what is billed of the lines, less the tax that the prices contain"
        parts += [Step(f"{tax.name} inside the prices", -tax.amount, tax.step.rule) for tax in taxes]
    net = sum_of("Net", rule, parts, contract.currency)
    return sum_of("Total", "net and taxes", [net, *(tax.step for tax in taxes)], contract.currency)


def _line_step(agreed: ContractLine, line: BillLine) -> Step:
    """Quantity × price and its discount of a whole line; of a part, the amount."""
    label = line.description or f"Line {line.key}"
    if line.part:
        return Step(label, line.net, line.part)
    exact = Fraction(line.quantity) * Fraction(line.unit_price) * 10 ** Money.minor_units(line.net.currency)
    gross = rounded(label, f"{line.quantity:f} × {line.unit_price:f}", exact, agreed.gross)
    if not line.discount:
        return gross
    children = [
        Step("Gross", gross.amount, gross.rule, rounding=gross.rounding),
        Step("Discount", -line.discount, "of the line, and its share of the contract's discount"),
    ]
    return sum_of(label, "gross less discount", children, line.net.currency)


def _why_nothing(contract: Contract, billed: Billed, total: Money) -> str:
    """Why there is no such bill, as a sentence."""
    if total.minor < 0:
        return f"This would give {abs(total)} back to the customer; a credit note does that"
    if not contract.value and not contract.tax:
        return f"The contract comes to {contract.total}; there is nothing to bill"
    if not any(unbilled_nets(contract, billed).values()):
        return "The contract is billed in full; nothing is left to bill"
    return f"This would be a bill of {total}; there is nothing to ask for"


def _only(left: Money) -> str:
    """ "only 12.00 is" or "nothing is", as a sentence goes on about what is left."""
    return f"only {left} is" if left.minor > 0 else "nothing is"


def _named(line: ContractLine) -> str:
    """The line as a sentence names it."""
    return f"“{line.description}”" if line.description else "This service"


def _refuse(field: str, sentence: str) -> Invalid:
    """The refusal of what was typed into one field."""
    return Invalid(sentence, {field: sentence})
