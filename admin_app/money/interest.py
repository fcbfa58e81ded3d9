"""Interest on what is overdue: simple, by the day, capped, never on interest [M41, 80].

::

    terms = InterestTerms(annual_rate=Decimal("9.12"), flat_fee=Money.of("40", "EUR"), cap_percent=Decimal(10))
    charge = interest_on(terms, invoice_total, due_on, steps, until=today)
    charge.amount      # what may be charged now; charge.derivation explains it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up
from admin_app.money.derivation import Step, rounded, sum_of
from admin_app.money.draft import HIGHEST_RATE

DAY_COUNT = "actual/365"
"""Every calendar day counts, a year has 365; said wherever a rate is said."""
DAYS_OF_YEAR = 365


@dataclass(frozen=True, slots=True)
class InterestTerms:
    """What the company agreed on: percent a year, a fee once, and at most so many percent of the document.

    Raises Invalid for a rate, fee or cap that cannot be meant.
    """

    annual_rate: Decimal = Decimal(0)
    flat_fee: Money | None = None
    cap_percent: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse numbers below zero or out of the world."""
        for field, number in (("annual_rate", self.annual_rate), ("cap_percent", self.cap_percent)):
            if number is not None and not (number.is_finite() and 0 <= number <= HIGHEST_RATE):
                why = f"this lies between 0 and {HIGHEST_RATE} percent"
                raise Invalid(f"{field}: {why}", {field: why})
        if self.flat_fee is not None and self.flat_fee.minor < 0:
            raise Invalid("flat_fee: a fee cannot be negative", {"flat_fee": "a fee cannot be negative"})


@dataclass(frozen=True, slots=True)
class BalanceStep:
    """What was open of the document from this day on: after a payment, a credit note, a reversal.

    Interest charged earlier is no part of it, or interest would be charged on interest.
    """

    day: date
    balance: Money


@dataclass(frozen=True, slots=True)
class Interest:
    """What may be charged now: interest + fee − what the cap cuts off − what was charged before = amount."""

    amount: Money
    interest: Money
    fee: Money
    cut_off: Money
    days: int
    """Days on which something was overdue."""
    derivation: Step


def interest_on(
    terms: InterestTerms,
    total: Money,
    due_on: date,
    steps: Iterable[BalanceStep],
    until: date,
    charged_before: Money | None = None,
) -> Interest:
    """Simple interest on the balance of a document over `total`, for the days after `due_on` up to `until`.

    Before the first step all of `total` was open; on the day of a payment its part counts no more.  The sum over
    all periods is rounded once, half up.  `charged_before` is what was charged for this document already: the
    rest is charged, the fee not twice, and the cap holds for all of it.  Never below zero.
    """
    zero = Money.zero(total.currency)
    periods = [one for one in _periods(total, due_on, steps, until) if one[0].minor > 0]
    days = sum(length for _, length in periods)
    weighted = sum(balance.minor * length for balance, length in periods)
    exact = Fraction(weighted) * Fraction(terms.annual_rate) / 100 / DAYS_OF_YEAR
    interest = Money(round_half_up(exact), total.currency)
    fee = terms.flat_fee if terms.flat_fee is not None and days else zero
    cut_off = _above_the_cap(terms, total, interest + fee)
    due = interest + fee - cut_off
    charged = min(charged_before or zero, due)
    times = " + ".join(f"{balance} × {length} days" for balance, length in periods) or "nothing overdue"
    rule = f"{terms.annual_rate:f} % a year, {DAY_COUNT}, of {times}"
    children = [rounded("Interest", rule, exact, interest)]
    if fee:
        children.append(Step("Fee", fee, "once for a document that is overdue"))
    if cut_off:
        cap = f"at most {terms.cap_percent:f} % of {total}"
        children.append(Step("Above the limit", -cut_off, cap))
    if charged:
        children.append(Step("Charged before", -charged, "interest and fees of this document"))
    derivation = sum_of("Interest to charge", "interest and fee, within the limit", children, total.currency)
    return Interest(derivation.amount, interest, fee, cut_off, days, derivation)


def _periods(
    total: Money, due_on: date, steps: Iterable[BalanceStep], until: date
) -> Iterator[tuple[Money, int]]:
    """The balances after the due date, each with its number of days; of several on one day the last counts."""
    by_day = {step.day: step.balance for step in steps}
    since, balance = due_on, total
    for day in sorted(by_day):
        if day >= until:
            break
        if day > since:
            yield balance, (day - since).days
            since = day
        balance = by_day[day]
    if until > since:
        yield balance, (until - since).days


def _above_the_cap(terms: InterestTerms, total: Money, charge: Money) -> Money:
    """By how much the charge is above the limit."""
    zero = Money.zero(total.currency)
    if terms.cap_percent is None:
        return zero
    most = Fraction(total.minor) * Fraction(terms.cap_percent) / 100
    return max(charge - Money(round_half_up(most), total.currency), zero)
