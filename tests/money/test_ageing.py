"""How late open money is [M37, I13, V21]."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.money import Money, UnlikeCurrencies
from admin_app.money.ageing import Bucket, OpenItem, age, bucket_of, bucket_of_days
from tests.money.contracts import eur

TODAY = date(2026, 5, 31)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-400, "current"),
        (0, "current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91+"),
        (4000, "91+"),
    ],
)
def test_every_day_late_has_its_bucket(days, bucket):
    """[M37]: no gap and no day in two buckets; due today is not late (Odoo#30195 was off by one)."""
    assert bucket_of_days(days) == bucket
    assert bucket_of(TODAY - timedelta(days=days), TODAY) == bucket


def test_what_has_no_due_date_is_not_late():
    assert bucket_of(None, TODAY) is Bucket.CURRENT


def test_the_keys_and_their_order_are_stable():
    """Design section 11: API, CSV and charts rely on them."""
    assert [*Bucket] == ["current", "1-30", "31-60", "61-90", "91+", "credit", "unallocated"]
    assert Bucket.of_days() == tuple(Bucket)[:5]


def test_an_invoice_of_april_paid_in_june_is_a_month_late_at_the_end_of_may():
    """[V21]"""
    found = age([OpenItem(date(2026, 4, 30), eur("100.00"))], TODAY, "EUR")

    assert {bucket.value: str(amount) for bucket, amount in found.items() if amount} == {"31-60": "100.00"}


def test_credit_and_unallocated_money_stand_in_their_own_columns():
    """[M37]: they are never taken off a bucket."""
    items = [OpenItem(TODAY, eur("100.00")), OpenItem(date(2026, 1, 1), eur("50.00"))]

    found = age(items, TODAY, "EUR", credit=eur("30.00"), unallocated=eur("20.00"))

    assert {bucket.value: str(amount) for bucket, amount in found.items() if amount} == {
        "current": "100.00",
        "91+": "50.00",
        "credit": "-30.00",
        "unallocated": "-20.00",
    }


def test_another_currency_is_not_added():
    """[M9]"""
    with pytest.raises(UnlikeCurrencies):
        age([OpenItem(TODAY, Money.of("1.00", "USD"))], TODAY, "EUR")


@given(
    st.lists(
        st.builds(
            OpenItem,
            due_on=st.none() | st.dates(date(2025, 1, 1), date(2027, 1, 1)),
            balance=st.integers(0, 10**9).map(lambda minor: Money(minor, "EUR")),
        )
    ),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
)
def test_the_buckets_are_the_balance(items, credit, unallocated):
    """[I13, I12]"""
    found = age(items, TODAY, "EUR", credit=Money(credit, "EUR"), unallocated=Money(unallocated, "EUR"))

    assert set(found) == set(Bucket)
    owed = Money.total((item.balance for item in items), "EUR")
    assert Money.total(found.values(), "EUR") == owed - Money(credit, "EUR") - Money(unallocated, "EUR")
