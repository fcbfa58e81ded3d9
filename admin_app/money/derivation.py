"""Why a total is what it is: a tree whose leaves add up to its root, with every rounding named [M8, L7]."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from admin_app.kernel.currency import minor_digits
from admin_app.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Step:
    """One amount of the derivation: what it is, by which rule, and of which smaller amounts."""

    label: str
    amount: Money
    rule: str
    children: tuple[Step, ...] = ()
    rounding: Fraction = Fraction(0)
    """What rounding added to the exact value, in minor units."""

    def leaves(self) -> tuple[Step, ...]:
        """The amounts that nothing explains further; they add up to this one."""
        if not self.children:
            return (self,)
        return tuple(leaf for child in self.children for leaf in child.leaves())

    def to_json(self) -> dict[str, Any]:
        """The tree as plain dicts; amounts are decimal text, `rounding` stands where there is any."""
        found: dict[str, Any] = {"label": self.label, "amount": str(self.amount), "rule": self.rule}
        if self.rounding:
            found["rounding"] = in_major_units(self.rounding, self.amount.currency)
        found["children"] = [child.to_json() for child in self.children]
        return found


def sum_of(label: str, rule: str, children: list[Step], currency: str) -> Step:
    """A step that is the sum of others."""
    return Step(label, Money.total((child.amount for child in children), currency), rule, tuple(children))


def rounded(label: str, rule: str, exact: Fraction, amount: Money) -> Step:
    """A leaf whose amount is `exact` (minor units) rounded, or adjusted by a left-over cent; the rule says so."""
    difference = Fraction(amount.minor) - exact
    if difference:
        rule = f"{rule} = {in_major_units(exact, amount.currency)}, rounded to {amount}"
    else:
        rule = f"{rule} = {amount}"
    return Step(label, amount, rule, rounding=difference)


def in_major_units(exact: Fraction, currency: str) -> str:
    """Minor units as decimal text in major units; an endless fraction is cut after six more digits: "3.3333333…"."""
    places = minor_digits(currency) + 6
    scaled = exact * 10**6
    digits = abs(scaled.numerator) // scaled.denominator
    sign = "-" if exact < 0 else ""
    text = str(digits).rjust(places + 1, "0")
    whole, decimals = text[: len(text) - places], text[len(text) - places :]
    endless = scaled.denominator != 1
    if not endless:
        kept = decimals.rstrip("0")
        decimals = kept.ljust(minor_digits(currency), "0")
    return f"{sign}{whole}.{decimals}{'…' if endless else ''}" if decimals else f"{sign}{whole}"
