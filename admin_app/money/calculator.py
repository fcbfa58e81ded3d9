"""The one calculator: lines, discounts and taxes → totals and their derivation [M3-M8, M22].

A pure function.  Form, page, PDF, portal, mail and report show its stored result; nothing else in the
program works out a total.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up, share_by_largest_remainder
from admin_app.money.derivation import Step, rounded, sum_of
from admin_app.money.draft import Draft, DraftLine, Portion, check, check_size, refuse
from admin_app.money.taxes import TaxedLine, TaxTotal, taxes_in_prices, taxes_on_top

__all__ = ["LineTotal", "TaxTotal", "Totals", "calculate", "frozen_deposit"]


@dataclass(frozen=True, slots=True)
class LineTotal:
    """One line: `net` is after its own discount and before the document's; `share` is its part of that one.

    Where prices include tax, all of them include it.
    """

    gross: Money
    discount: Money
    net: Money
    share: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document comes to; `derivation` is the tree whose root is `total`.

    subtotal (Σ line nets) − discount = net, net + tax − allowance = total.  Where prices include tax,
    subtotal and discount include it and net = subtotal − discount − tax [M7].
    """

    currency: str
    subtotal: Money
    discount: Money
    net: Money
    tax: Money
    allowance: Money
    total: Money
    deposit: Money | None
    lines: tuple[LineTotal, ...]
    taxes: tuple[TaxTotal, ...]
    derivation: Step


def calculate(draft: Draft) -> Totals:
    """The totals of a draft; raises Invalid with the path of the field that makes no sense."""
    check(draft)
    priced = [_price(line, index, draft.currency) for index, line in enumerate(draft.lines)]
    subtotal = Money.total((line.net for line in priced), draft.currency)
    discount, shares = _document_discount(draft, subtotal, priced)
    taxed = [
        TaxedLine(index, line.net - share, draft.lines[index].taxes)
        for index, (line, share) in enumerate(zip(priced, shares, strict=True))
    ]
    charge = taxes_in_prices if draft.prices_include_tax else taxes_on_top
    taxes = charge(taxed, draft.taxes, draft.tax_mode)
    tax = Money.total((one.amount for one in taxes), draft.currency)
    net = subtotal - discount - tax if draft.prices_include_tax else subtotal - discount
    allowance = _allowance(draft, net + tax)
    total = net + tax - allowance
    check_size(total, "total")
    return Totals(
        currency=draft.currency,
        subtotal=subtotal,
        discount=discount,
        net=net,
        tax=tax,
        allowance=allowance,
        total=total,
        deposit=None if draft.deposit is None else frozen_deposit(draft.deposit, total),
        lines=tuple(
            LineTotal(line.gross, line.discount, line.net, share)
            for line, share in zip(priced, shares, strict=True)
        ),
        taxes=tuple(taxes),
        derivation=_derive(draft, priced, shares, discount, taxes, allowance),
    )


@dataclass(frozen=True, slots=True)
class _PricedLine:
    """A line with its amounts, and the steps that explain them."""

    gross: Money
    discount: Money
    net: Money
    step: Step


def _price(line: DraftLine, index: int, currency: str) -> _PricedLine:
    """Gross is quantity × price rounded; the discount is taken off that *rounded* gross [M3].

    Taking it off the exact product would leave a cent of a line that is discounted by 100 %.
    """
    exact = Fraction(line.quantity) * Fraction(line.unit_price) * 10 ** Money.minor_units(currency)
    gross = Money(round_half_up(exact), currency)
    check_size(gross, f"lines[{index}]")
    label = line.description or f"Line {index + 1}"
    step = rounded(label, f"{line.quantity:f} × {line.unit_price:f}", exact, gross)
    if line.discount is None:
        return _PricedLine(gross, Money.zero(currency), gross, step)
    if line.discount.amount is not None and line.discount.amount > max(gross, Money.zero(currency)):
        why = f"a discount of {line.discount.amount} is more than the line, which is {gross}"
        raise refuse(f"lines[{index}].discount.amount", why)
    discount = line.discount.of(gross)
    explained = _taken_off("Discount of the line", line.discount, gross)
    gross_step = Step("Gross", gross, step.rule, rounding=step.rounding)
    whole = sum_of(label, "gross less the discount of the line", [gross_step, explained], currency)
    return _PricedLine(gross, discount, gross - discount, whole)


def _document_discount(draft: Draft, subtotal: Money, priced: list[_PricedLine]) -> tuple[Money, list[Money]]:
    """The discount before tax and each line's share of it; the shares add up to it exactly [M4]."""
    if draft.discount is None:
        return Money.zero(draft.currency), [Money.zero(draft.currency)] * len(priced)
    if draft.discount.amount is not None and draft.discount.amount > max(
        subtotal, Money.zero(draft.currency)
    ):
        why = f"a discount of {draft.discount.amount} is more than the subtotal, which is {subtotal}"
        raise refuse("discount.amount", why)
    discount = draft.discount.of(subtotal)
    shares = share_by_largest_remainder(discount.minor, [line.net.minor for line in priced])
    return discount, [Money(share, draft.currency) for share in shares]


def _allowance(draft: Draft, gross_total: Money) -> Money:
    """What is let off after tax for settling early; tax and its base stay as they are [M5]."""
    if draft.allowance is None:
        return Money.zero(draft.currency)
    allowance = draft.allowance.of(gross_total)
    if allowance > max(gross_total, Money.zero(draft.currency)):
        raise refuse("allowance.amount", f"an allowance of {allowance} is more than the total, {gross_total}")
    return allowance


def frozen_deposit(portion: Portion, total: Money) -> Money:
    """What is asked beforehand, of the total including tax, as a fixed amount from now on [M22].

    Raises Invalid for a deposit that rounds to nothing or is more than the total.
    """
    field = "deposit.percent" if portion.percent is not None else "deposit.amount"
    deposit = portion.of(total)
    if deposit.minor <= 0:
        raise refuse(field, f"a deposit of {deposit} asks for nothing")
    if deposit > total:
        raise refuse(field, f"a deposit of {deposit} is more than the total, which is {total}")
    return deposit


def _derive(
    draft: Draft,
    priced: list[_PricedLine],
    shares: list[Money],
    discount: Money,
    taxes: list[TaxTotal],
    allowance: Money,
) -> Step:
    """The tree: total ← net (lines, discount shares, tax inside the prices), taxes, allowance."""
    currency = draft.currency
    parts = [line.step for line in priced]
    if draft.discount is not None:
        subtotal = Money.total((line.net for line in priced), currency)
        spread = [
            _share_step(line.step.label, line.net, share, draft.discount.exactly(subtotal), subtotal)
            for line, share in zip(priced, shares, strict=True)
        ]
        rule = f"{draft.discount} of {subtotal}, spread over the lines so that no cent is lost"
        parts.append(sum_of("Discount", rule, spread, currency))
    net_rule = "lines less discount"
    if draft.prices_include_tax:
        net_rule = "lines less discount, less the tax that the prices contain"
        parts += [Step(f"{tax.name} inside the prices", -tax.amount, tax.step.rule) for tax in taxes]
    children = [sum_of("Net", net_rule, parts, currency), *(tax.step for tax in taxes)]
    if draft.allowance is not None:
        gross_total = Money.total((child.amount for child in children), currency)
        children.append(_taken_off("Settlement allowance", draft.allowance, gross_total))
    return sum_of("Total", "net and taxes" + (" less allowance" if allowance else ""), children, currency)


def _taken_off(label: str, portion: Portion, base: Money) -> Step:
    """A percent or a fixed amount that is taken off `base`, as a leaf."""
    amount = portion.of(base)
    rule = f"{portion} of {base}" if portion.percent is not None else "fixed amount"
    leaf = rounded(label, rule, portion.exactly(base), amount)
    return Step(label, -amount, leaf.rule, rounding=-leaf.rounding)


def _share_step(label: str, net: Money, share: Money, discount: Fraction, subtotal: Money) -> Step:
    """A line's share of the document discount; the left-over cent is named where it landed."""
    exact = discount * net.minor / subtotal.minor if subtotal else Fraction(0)
    leaf = rounded(label, f"share of {net} in {subtotal}", exact, share)
    return Step(label, -share, leaf.rule, rounding=-leaf.rounding)
