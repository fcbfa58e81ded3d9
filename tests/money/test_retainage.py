"""Money that is billed and held back [M20, 79]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.models import RetainageBase
from admin_app.money.retainage import Holding, release, retain
from tests.money.contracts import eur

MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)


def a_holding(number: str, held: str, on: date | None = MARCH) -> Holding:
    return Holding(number, number, eur(held), on)


@pytest.mark.parametrize(
    ("of", "held", "due"), [(RetainageBase.NET, "100.00", "1090.00"), (RetainageBase.GROSS, "119.00", "1071.00")]
)
def test_a_tenth_is_held_back_of_net_or_of_gross(of, held, due):
    """[M20]: which one is the company's to say; the tax stays what it is."""
    kept = retain(Decimal(10), of, eur("1000.00"), eur("1190.00"))

    assert (str(kept.held), str(kept.due)) == (held, due)
    assert kept.step.amount == kept.held
    assert kept.step.rule.startswith(f"10 % of the {of} ")


def test_half_a_cent_is_held_back():
    assert retain(Decimal(5), RetainageBase.NET, eur("0.30"), eur("0.36")).held == eur("0.02")


@pytest.mark.parametrize("percent", ["-1", "100.1", "NaN"])
def test_a_percentage_that_is_none_is_refused(percent):
    with pytest.raises(Invalid):
        retain(Decimal(percent), RetainageBase.NET, eur("1.00"), eur("1.00"))


def test_a_release_takes_what_may_be_released_first():
    holdings = [a_holding("N-2", "50.00"), a_holding("N-3", "70.00", JUNE), a_holding("N-1", "30.00", None)]

    assert [(one.number, str(one.amount)) for one in release(holdings, eur("60.00"), MARCH)] == [
        ("N-1", "30.00"),
        ("N-2", "30.00"),
    ]


def test_what_may_be_released_earlier_goes_before_a_lower_number():
    holdings = [a_holding("N-1", "50.00", JUNE), a_holding("N-2", "70.00", MARCH)]

    assert [one.number for one in release(holdings, eur("60.00"), JUNE)] == ["N-2"]


def test_nothing_is_released_before_its_day_unless_the_customer_pays_early():
    holdings = [a_holding("N-1", "50.00"), a_holding("N-2", "70.00", JUNE)]

    with pytest.raises(Unmet, match=r"50.00 of the 120.00 held back may be released on 1 March 2026"):
        release(holdings, eur("50.01"), MARCH)

    assert [one.number for one in release(holdings, eur("50.01"), MARCH, early=True)] == ["N-1", "N-2"]
    assert [one.number for one in release(holdings, eur("120.00"), JUNE)] == ["N-1", "N-2"]


def test_more_than_is_held_is_not_released():
    with pytest.raises(Unmet, match=r"50.01 is more than the 50.00 that is held back"):
        release([a_holding("N-1", "50.00")], eur("50.01"), MARCH)
    with pytest.raises(Invalid, match="releases nothing"):
        release([a_holding("N-1", "50.00")], eur("0.00"), MARCH)


@given(
    st.integers(0, 100_000).map(lambda n: Decimal(n).scaleb(-3)),
    st.sampled_from(RetainageBase),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
)
def test_what_is_held_and_what_is_due_are_the_bill(percent, of, net, tax):
    """[M20]"""
    total = Money(net + tax, "EUR")

    kept = retain(percent, of, Money(net, "EUR"), total)

    assert kept.held + kept.due == total
    assert min(kept.held.minor, kept.due.minor) >= 0


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=5), st.lists(st.integers(1, 1_000), max_size=6))
def test_releases_in_any_steps_release_exactly_what_was_held(amounts, steps):
    holdings = {
        str(at): Holding(str(at), f"N-{at}", Money(minor, "EUR"), MARCH) for at, minor in enumerate(amounts)
    }
    left = sum(amounts)
    for step in [*steps, left]:
        if not left:
            break
        amount = min(step, left)
        for one in release(list(holdings.values()), Money(amount, "EUR"), MARCH):
            was = holdings[one.key]
            assert 0 < one.amount.minor <= was.held.minor
            holdings[one.key] = Holding(was.key, was.number, was.held - one.amount, MARCH)
        left -= amount

    assert not any(one.held for one in holdings.values())
