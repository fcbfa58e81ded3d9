"""Interest on what is overdue [M41, 80]."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up
from admin_app.money.interest import BalanceStep, InterestTerms, interest_on
from tests.money.contracts import eur

DUE = date(2026, 3, 1)


def terms(rate: str = "9.12", fee: str | None = None, cap: str | None = None) -> InterestTerms:
    return InterestTerms(
        Decimal(rate), None if fee is None else eur(fee), None if cap is None else Decimal(cap)
    )


def after(days: int) -> date:
    return DUE + timedelta(days=days)


def test_thirty_days_of_a_thousand():
    """1000 × 9.12 % × 30 / 365 = 7.4958…"""
    charge = interest_on(terms(), eur("1000.00"), DUE, [], after(30))

    assert (str(charge.amount), charge.days) == ("7.50", 30)
    assert charge.derivation.children[0].rule.startswith("9.12 % a year, actual/365, of 1000.00 × 30 days")


def test_half_a_cent_is_charged():
    """365.00 at 5 % is 0.05 a day; half of that for 182.50 is 0.025 → 0.03."""
    assert interest_on(terms("5"), eur("182.50"), DUE, [], after(1)).amount == eur("0.03")


@pytest.mark.parametrize("until", [-10, 0])
def test_what_is_due_today_costs_nothing(until):
    charge = interest_on(terms(fee="40.00"), eur("1000.00"), DUE, [], after(until))

    assert (str(charge.amount), charge.days) == ("0.00", 0)


def test_a_payment_counts_from_its_day():
    """10 days of 1000 and 20 of 400: 2.4986… + 1.9989… = 4.4975…, rounded once."""
    paid = BalanceStep(after(10), eur("400.00"))

    charge = interest_on(terms(), eur("1000.00"), DUE, [paid], after(30))

    assert (str(charge.amount), charge.days) == ("4.50", 30)
    assert "1000.00 × 10 days + 400.00 × 20 days" in charge.derivation.children[0].rule


def test_what_was_paid_before_the_due_date_costs_nothing():
    paid = BalanceStep(after(-5), eur("0.00"))

    assert interest_on(terms(fee="40.00"), eur("1000.00"), DUE, [paid], after(30)).amount == eur("0.00")


def test_a_payment_that_came_back_costs_again():
    """Paid after 10 days, bounced on day 20: 20 of 30 days."""
    steps = [BalanceStep(after(20), eur("1000.00")), BalanceStep(after(10), eur("0.00"))]

    charge = interest_on(terms("3.65"), eur("1000.00"), DUE, steps, after(30))

    assert (str(charge.amount), charge.days) == ("2.00", 20)


def test_of_several_changes_on_one_day_the_last_counts():
    steps = [BalanceStep(after(10), eur("500.00")), BalanceStep(after(10), eur("0.00"))]

    assert interest_on(terms("3.65"), eur("1000.00"), DUE, steps, after(30)).days == 10


def test_more_paid_than_billed_earns_nothing():
    steps = [BalanceStep(after(10), eur("-500.00"))]

    assert interest_on(terms("3.65"), eur("1000.00"), DUE, steps, after(30)).amount == eur("1.00")


def test_a_year_has_365_days_and_a_leap_year_one_more():
    leap = interest_on(terms("10"), eur("365.00"), date(2027, 7, 1), [], date(2028, 7, 1))

    assert str(leap.amount) == "36.60"


def test_the_fee_is_charged_once():
    first = interest_on(terms("3.65", fee="40.00"), eur("1000.00"), DUE, [], after(10))
    again = interest_on(terms("3.65", fee="40.00"), eur("1000.00"), DUE, [], after(20), first.amount)

    assert [str(first.amount), str(again.amount)] == ["41.00", "1.00"]


def test_interest_is_never_charged_on_interest():
    """[M41]: what was charged before is not in the balance, so ten charges are one."""
    charged = eur("0.00")
    for day in range(10, 101, 10):
        charged += interest_on(terms("3.65"), eur("1000.00"), DUE, [], after(day), charged).amount

    assert charged == eur("10.00") == interest_on(terms("3.65"), eur("1000.00"), DUE, [], after(100)).amount


def test_the_limit_holds_for_everything_that_is_charged():
    """[M41]"""
    limited = terms("36.5", fee="40.00", cap="10")
    first = interest_on(limited, eur("1000.00"), DUE, [], after(30))
    again = interest_on(limited, eur("1000.00"), DUE, [], after(300), first.amount)
    nothing = interest_on(limited, eur("1000.00"), DUE, [], after(400), first.amount + again.amount)

    assert [str(one.amount) for one in (first, again, nothing)] == ["70.00", "30.00", "0.00"]
    assert [(leaf.label, str(leaf.amount)) for leaf in again.derivation.leaves()] == [
        ("Interest", "300.00"),
        ("Fee", "40.00"),
        ("Above the limit", "-240.00"),
        ("Charged before", "-70.00"),
    ]


def test_more_charged_before_than_is_due_is_not_given_back():
    assert interest_on(terms(), eur("1000.00"), DUE, [], after(1), eur("99.00")).amount == eur("0.00")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("annual_rate", {"rate": "-1"}),
        ("annual_rate", {"rate": "NaN"}),
        ("cap_percent", {"cap": "-0.1"}),
        ("flat_fee", {"fee": "-1.00"}),
    ],
)
def test_terms_that_cannot_be_meant_are_refused(field, wrong):
    with pytest.raises(Invalid) as refusal:
        terms(**wrong)

    assert set(refusal.value.fields) == {field}


balance_steps = st.builds(
    BalanceStep,
    day=st.integers(-20, 120).map(after),
    balance=st.integers(0, 200_000).map(lambda minor: Money(minor, "EUR")),
)


@given(
    st.integers(0, 30_000).map(lambda n: Decimal(n).scaleb(-3)),
    st.lists(balance_steps, max_size=5),
    st.integers(-10, 120),
)
def test_interest_is_the_sum_of_its_days_rounded_once(rate, steps, length):
    """Day by day: what was open on each late day, without any period."""
    total = eur("1500.00")
    open_on = {after(day): total.minor for day in range(max(0, length))}
    for day in open_on:
        for step in sorted(steps, key=lambda one: one.day):
            if step.day <= day:
                open_on[day] = step.balance.minor
    exact = Fraction(sum(open_on.values())) * Fraction(rate) / 36_500

    charge = interest_on(InterestTerms(rate), total, DUE, steps, after(length))

    assert charge.amount.minor == round_half_up(exact)
    assert charge.days == sum(1 for minor in open_on.values() if minor)
    leaves = charge.derivation.leaves()
    assert Money.total((leaf.amount for leaf in leaves), "EUR") == charge.amount


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 50))
def test_charging_in_two_steps_is_charging_once(first, second, cap):
    limited = terms("7.3", fee="15.00", cap=str(cap))
    early, late = sorted((first, second))
    before = interest_on(limited, eur("730.00"), DUE, [], after(early)).amount

    then = interest_on(limited, eur("730.00"), DUE, [], after(late), before).amount

    assert before + then == interest_on(limited, eur("730.00"), DUE, [], after(late)).amount
    assert then.minor >= 0
