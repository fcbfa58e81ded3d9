"""Whatever is billed in whatever steps, it adds up to the contract [M15-M17, I6, L7]."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode, round_half_up
from admin_app.money.contract import Billed
from tests.money.contracts import contracts, series_of_bills

pytestmark = pytest.mark.repeats

# A contract that gives more back than it takes is drawn now and then, and thrown away.
FILTERED = settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@FILTERED
@given(st.data())
def test_the_bills_of_a_contract_are_the_contract(data):
    """[M16, I6]"""
    contract = data.draw(contracts())
    bills = data.draw(series_of_bills(contract))

    billed = Billed()
    for bill in bills:
        billed = billed.plus(bill)
    for line in contract.lines:
        assert billed.nets.get(line.key, Money.zero(contract.currency)) == line.net
    for one in contract.taxes:
        assert billed.taxes.get(one.tax.name, Money.zero(contract.currency)) == one.amount
    assert Money.total((bill.net for bill in bills), contract.currency) == contract.net
    assert Money.total((bill.total for bill in bills), contract.currency) == contract.total


@FILTERED
@given(st.data())
def test_where_nothing_is_given_back_no_part_is_below_zero_or_above_the_contract(data):
    """[I6, M15]"""
    contract = data.draw(contracts())
    bills = data.draw(series_of_bills(contract))

    if min(line.net.minor for line in contract.lines) < 0:
        return
    if contract.prices_include_tax and any(len(line.taxes) > 2 for line in contract.lines):
        return  # the largest remainders of three taxes may jump by a cent when the price grows by one
    for bill in bills:
        assert 0 <= bill.net.minor <= contract.net.minor
        assert all(line.net.minor >= 0 for line in bill.lines)
        assert all(tax.amount.minor >= 0 for tax in bill.taxes)


@FILTERED
@given(st.data())
def test_every_line_of_a_bill_is_quantity_times_price_less_discount(data):
    """[M3]: a database check proves it of every invoice."""
    contract = data.draw(contracts())
    for bill in data.draw(series_of_bills(contract)):
        for line in bill.lines:
            exact = (
                Fraction(line.quantity) * Fraction(line.unit_price) * 10 ** Money.minor_units(bill.currency)
            )
            assert round_half_up(exact) - line.discount.minor == line.net.minor
            assert line.quantity == round(line.quantity, 4)
            assert line.unit_price == round(line.unit_price, 4)


@FILTERED
@given(st.data())
def test_a_bill_adds_up_and_its_derivation_explains_the_total(data):
    """[I1, L7]"""
    contract = data.draw(contracts())
    for bill in data.draw(series_of_bills(contract)):
        assert bill.subtotal == Money.total((line.net for line in bill.lines), bill.currency)
        assert bill.tax == Money.total((tax.amount for tax in bill.taxes), bill.currency)
        assert bill.total == bill.net + bill.tax
        assert bill.subtotal == (bill.total if bill.prices_include_tax else bill.net)
        assert bill.derivation.amount == bill.total
        leaves = bill.derivation.leaves()
        assert Money.total((leaf.amount for leaf in leaves), bill.currency) == bill.total


@FILTERED
@given(st.data())
def test_a_tax_is_its_base_times_its_rate_and_the_cents_it_names(data):
    """[I3, M6]"""
    contract = data.draw(contracts(prices_include_tax=False, tax_mode=TaxMode.DOCUMENT))
    for bill in data.draw(series_of_bills(contract)):
        for tax in bill.taxes:
            exact = Fraction(tax.base.minor) * Fraction(tax.rate) / 100
            assert tax.amount.minor == round_half_up(exact) + tax.adjustment.minor


@FILTERED
@given(st.data())
def test_only_the_last_bill_of_a_contract_closes_it(data):
    contract = data.draw(contracts())
    bills = data.draw(series_of_bills(contract))

    assert [bill.closing for bill in bills] == [False] * (len(bills) - 1) + [True]
