"""Money is whole cents of one currency [M1, M9]."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.currency import CURRENCIES, minor_digits
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import LARGEST_MINOR, Money, UnlikeCurrencies
from admin_app.kernel.rounding import round_half_up, share_by_largest_remainder


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.345", "EUR", 1235),
        ("-12.345", "EUR", -1235),
        ("29.925", "EUR", 2993),  # half-even would give 2992
        ("0.004", "EUR", 0),
        ("-0.004", "EUR", 0),
        ("499.5", "JPY", 500),
        ("1.0005", "TND", 1001),
        ("7", "EUR", 700),
        ("0.00005", "CLF", 1),
    ],
)
def test_half_a_cent_goes_away_from_zero_in_the_digits_of_the_currency(text, currency, minor):
    assert Money.of(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("amount", [1.5, 0.1, True, None, b"1", [1]])
def test_floats_and_other_strangers_are_turned_away(amount: Any):
    with pytest.raises(TypeError):
        Money.of(amount, "EUR")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1e3",
        "NaN",
        "Infinity",
        "-inf",
        "1,5",
        "1_000",
        "٣",
        "1.2.3",
        "--1",
        "0x1",
        "1" * 19,
        "0." + "1" * 13,
    ],
)
def test_anything_but_plain_digits_is_refused_with_a_sentence(text):
    with pytest.raises(Invalid, match="is not a number"):
        Money.of(text, "EUR")


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+30"), Decimal("1E-30")])
def test_exotic_decimals_are_refused(amount):
    with pytest.raises(Invalid):
        Money.of(amount, "EUR")


def test_more_than_the_office_can_book_is_refused():
    with pytest.raises(Invalid, match="more than this office can book"):
        Money.of(Decimal(LARGEST_MINOR + 1) / 100, "EUR")


def test_money_holds_whole_minor_units_only():
    for amount in (1.0, True, Decimal(1), "1"):
        with pytest.raises(TypeError):
            Money(amount, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["", "EURO", "eur", "XXX", None, 3])
def test_a_currency_that_does_not_exist_is_refused(code: Any):
    with pytest.raises(Invalid, match="is not a currency"):
        Money(1, code)


def test_currencies_have_their_own_number_of_decimals():
    assert (minor_digits("EUR"), Money.minor_units("JPY"), minor_digits("KWD"), minor_digits("CLF")) == (
        2,
        0,
        3,
        4,
    )
    assert len(CURRENCIES) == len(set(CURRENCIES)) > 160


def test_money_prints_what_it_reads():
    assert str(Money(-5, "EUR")) == "-0.05"
    assert str(Money(500, "JPY")) == "500"
    assert str(Money(1, "TND")) == "0.001"
    assert Money.of("0.10", "EUR").decimal == Decimal("0.10")


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), st.sampled_from(CURRENCIES))
def test_every_amount_survives_its_own_text(minor, currency):
    assert Money.of(str(Money(minor, currency)), currency).minor == minor


def test_unlike_currencies_never_meet():
    euro, dollar = Money(1, "EUR"), Money(1, "USD")

    for meeting in (
        lambda: euro + dollar,
        lambda: euro - dollar,
        lambda: euro < dollar,
        lambda: euro <= dollar,
        lambda: euro > dollar,
        lambda: euro >= dollar,
        lambda: Money.total([euro, dollar], "EUR"),
    ):
        with pytest.raises(UnlikeCurrencies):
            meeting()
    assert euro != dollar


def test_money_adds_and_multiplies_with_whole_numbers_only():
    ten = Money(10, "EUR")

    assert ten + ten - Money(5, "EUR") == Money(15, "EUR")
    assert 3 * ten == ten * 3 == Money(30, "EUR")
    assert abs(-ten) == ten and not Money.zero("EUR") and ten
    assert Money.total([], "EUR") == Money.zero("EUR")
    assert ten > Money(9, "EUR") and ten >= ten and ten <= ten and not ten < ten
    for strange in (1.5, True, Decimal(2)):
        with pytest.raises(TypeError):
            ten * strange
    with pytest.raises(TypeError):
        ten + 1


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_never_further_than_half_and_symmetric(numerator, denominator):
    exact = Fraction(numerator, denominator)

    rounded = round_half_up(exact)

    assert abs(rounded - exact) <= Fraction(1, 2)
    assert round_half_up(-exact) == -rounded


def test_a_half_goes_away_from_zero():
    assert [round_half_up(Decimal(x)) for x in ("0.5", "1.5", "2.5", "-0.5", "-2.5", "2.4")] == [
        1,
        2,
        3,
        -1,
        -3,
        2,
    ]


def test_ten_euros_off_three_equal_lines_lose_no_cent():
    """[M4, V12]: rounding each share alone would take off 9.99."""
    assert share_by_largest_remainder(1000, [1999, 1999, 1999]) == [334, 333, 333]


def test_shares_follow_the_weights():
    """[V13]"""
    assert share_by_largest_remainder(5000, [20000, 10000]) == [3333, 1667]


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**9), min_size=1).filter(sum))
def test_shares_add_up_and_none_is_a_unit_away_from_its_proportion(amount, weights):
    shares = share_by_largest_remainder(amount, weights)

    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(amount * weight, sum(weights))) < 1


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(-(10**6), 10**6), min_size=1).filter(sum))
def test_shares_add_up_with_lines_that_give_money_back(amount, weights):
    shares = share_by_largest_remainder(amount, weights)

    assert sum(shares) == amount
    assert share_by_largest_remainder(-amount, weights) == [-share for share in shares]


def test_nothing_is_shared_over_nothing_and_something_is_not():
    assert share_by_largest_remainder(0, [0, 0]) == [0, 0]
    assert share_by_largest_remainder(0, []) == []
    with pytest.raises(ValueError, match="add up to 0"):
        share_by_largest_remainder(5, [1, -1])
