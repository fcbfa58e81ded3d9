"""Retainage: a part of each progress invoice is billed and not due until it is released [M20, 79].

It is no discount: the invoice, its tax and its total stay what they are.  The part held back is a receivable of
its own; releasing it makes it due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.models import RetainageBase
from admin_app.money.derivation import Step, rounded
from admin_app.money.draft import Portion, check_portion


@dataclass(frozen=True, slots=True)
class Retained:
    """A bill's total in two: `held` until release, `due` by the terms of the invoice."""

    held: Money
    due: Money
    step: Step


@dataclass(frozen=True, slots=True)
class Holding:
    """What is still held back of an invoice, and the day from which it may be released, where one was agreed."""

    key: str
    number: str
    held: Money
    release_on: date | None


@dataclass(frozen=True, slots=True)
class Release:
    """What is released of a holding; the rest stays held."""

    key: str
    number: str
    amount: Money


def retain(percent: Decimal, of: RetainageBase, net: Money, total: Money) -> Retained:
    """Hold back `percent` of a bill, rounded half up; held + due = total, and never more is held than billed.

    Raises Invalid for a percentage below 0 or above 100.
    """
    check_portion(Portion(percent=percent), "retainage", total.currency)
    base = max(net if of is RetainageBase.NET else total, Money.zero(total.currency))
    held = min(Portion(percent=percent).of(base), max(total, Money.zero(total.currency)))
    exact = Fraction(base.minor) * Fraction(percent) / 100
    step = rounded("Retained", f"{percent:f} % of the {of.value} {base}", exact, held)
    return Retained(held, total - held, step)


def release(
    holdings: Sequence[Holding], amount: Money, on: date, *, early: bool = False
) -> tuple[Release, ...]:
    """Release `amount`, of what may be released first, first; of equal days by number.

    Raises Invalid for nothing, Unmet for more than is held, or held for a later day unless `early` says that the
    customer pays before it.
    """
    if amount.minor <= 0:
        raise Invalid(f"A release of {amount} releases nothing", {"amount": "This releases nothing"})
    currency = amount.currency
    held = Money.total((one.held for one in holdings), currency)
    if amount > held:
        raise Unmet(f"{amount} is more than the {held} that is held back")
    ripe = [one for one in holdings if early or one.release_on is None or one.release_on <= on]
    ready = Money.total((one.held for one in ripe), currency)
    if amount > ready:
        raise Unmet(
            f"{ready} of the {held} held back may be released on {on:%-d %B %Y}; the rest is held longer"
        )
    found = []
    left = amount
    for one in sorted(ripe, key=lambda one: (one.release_on or date.min, one.number, one.key)):
        part = min(left, one.held)
        if part.minor > 0:
            found.append(Release(one.key, one.number, part))
            left -= part
    return tuple(found)
