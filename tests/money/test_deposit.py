"""Deposits: asked, invoiced with their tax, taken off later bills to the cent [M21-M24, V1]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up
from admin_app.money.contract import Bill
from admin_app.money.deposit import Deduction, OpenDeposit, ask_deposit, deduct, deposit_bill
from admin_app.money.draft import Portion, Tax
from tests.money.contracts import a_contract, a_line, contracts, eur

VAT = Tax("VAT", Decimal(19))
REDUCED = Tax("Reduced", Decimal(7))


def percent(number: str) -> Portion:
    return Portion(percent=Decimal(number))


def opened(bill: Bill, number: str = "D-1", issued_on: date = date(2026, 3, 1)) -> OpenDeposit:
    """The deposit invoice as nothing is taken off it yet."""
    return OpenDeposit(number, number, issued_on, bill.net, {tax.name: tax.amount for tax in bill.taxes})


def test_a_deposit_is_an_amount_of_the_total_with_tax():
    """[M22]"""
    assert ask_deposit(percent("30"), eur("344.93")) == eur("103.48")
    assert ask_deposit(Portion(amount=eur("100.00")), eur("344.93")) == eur("100.00")


@pytest.mark.parametrize(
    ("portion", "field"),
    [
        (percent("0.001"), "deposit.percent"),
        (percent("0"), "deposit.percent"),
        (percent("100.01"), "deposit.percent"),
        (Portion(amount=eur("344.94")), "deposit.amount"),
        (Portion(amount=Money.of("1.00", "USD")), "deposit.amount"),
    ],
)
def test_a_deposit_of_nothing_or_above_the_whole_is_refused(portion, field):
    """[M22]"""
    with pytest.raises(Invalid) as refusal:
        ask_deposit(portion, eur("344.93"))

    assert set(refusal.value.fields) == {field}


def test_all_deposits_of_an_order_together_do_not_exceed_it():
    """[M23, ERPNext#43709]"""
    assert ask_deposit(percent("50"), eur("100.00"), eur("50.00")) == eur("50.00")
    with pytest.raises(Invalid, match=r"asked before are more than the order; 49.99 is left"):
        ask_deposit(percent("50"), eur("100.00"), eur("50.01"))


def test_a_deposit_invoice_carries_the_taxes_of_the_contract():
    """100 of 1190 + 107 [M21b]: 1297.00 in all, so 77.10, 7.71, 14.65 and 0.54."""
    contract = a_contract(a_line("1000.00", "VAT"), a_line("100.00", "Reduced"), taxes=(VAT, REDUCED))

    bill = deposit_bill(contract, eur("100.00"), "Deposit for E-00012")

    assert [(line.taxes, str(line.net)) for line in bill.lines] == [
        (("VAT",), "77.10"),
        (("Reduced",), "7.71"),
    ]
    assert [(tax.name, str(tax.base), str(tax.amount)) for tax in bill.taxes] == [
        ("VAT", "77.10", "14.65"),
        ("Reduced", "7.71", "0.54"),
    ]
    assert str(bill.total) == "100.00"


def test_a_round_deposit_stays_round():
    """[Odoo#135262]: 100.00 became 99.99 elsewhere."""
    contract = a_contract(a_line("297.39", "VAT"), taxes=(VAT,))

    bill = deposit_bill(contract, eur("100.00"), "Deposit")

    assert (str(bill.net), str(bill.tax), str(bill.total)) == ("84.03", "15.97", "100.00")


def test_a_deposit_of_everything_is_the_contracts_net_and_taxes():
    """[V1]"""
    contract = a_contract(
        a_line("300.00", "GST", "QST"), taxes=(Tax("GST", Decimal(5)), Tax("QST", Decimal("9.975")))
    )

    bill = deposit_bill(contract, eur("344.93"), "Deposit")

    assert [str(bill.net), *(str(tax.amount) for tax in bill.taxes)] == ["300.00", "15.00", "29.93"]


def test_a_deposit_of_an_inclusive_contract_is_split_before_tax():
    contract = a_contract(a_line("500.00", "VAT"), taxes=(VAT,), prices_include_tax=True)

    bill = deposit_bill(contract, eur("250.00"), "Deposit")

    assert (str(bill.net), str(bill.tax), bill.prices_include_tax) == ("210.08", "39.92", False)


def test_a_tax_on_tax_has_the_plain_tax_in_its_base():
    compound = Tax("C", Decimal(10), compound=True)
    contract = a_contract(a_line("100.00", "VAT", "C"), a_line("100.00", "VAT"), taxes=(VAT, compound))

    bill = deposit_bill(contract, contract.total, "Deposit")

    assert [(tax.name, str(tax.base), str(tax.amount)) for tax in bill.taxes] == [
        ("VAT", "200.00", "38.00"),
        ("C", "119.00", "11.90"),
    ]


def test_a_deposit_invoice_above_the_contract_is_refused():
    contract = a_contract(a_line("100.00"))

    with pytest.raises(Unmet, match=r"more than the contract, which is 100.00"):
        deposit_bill(contract, eur("100.01"), "Deposit")
    with pytest.raises(Invalid, match="asks for nothing"):
        deposit_bill(contract, eur("0.00"), "Deposit")


def test_several_bills_take_a_deposit_off_step_by_step():
    """[M24, Odoo#187504]: the third bill is asked for, not turned into a credit note."""
    contract = a_contract(a_line("1000.00", "VAT"), taxes=(VAT,))
    deposit = opened(deposit_bill(contract, eur("500.00"), "Deposit"))

    taken: list[Deduction] = []
    for total in ("200.00", "200.00", "790.00"):
        deduction = deduct([deposit], eur(total))[0]
        deposit = deposit.less(deduction)
        taken.append(deduction)

    assert [str(one.total) for one in taken] == ["200.00", "200.00", "100.00"]
    assert [str(one.net) for one in taken] == ["168.07", "168.07", "84.03"]
    assert [str(one.taxes["VAT"]) for one in taken] == ["31.93", "31.93", "15.97"]
    assert deduct([deposit], eur("100.00")) == ()


def test_the_oldest_deposit_is_taken_off_first():
    contract = a_contract(a_line("1000.00"))
    later = opened(deposit_bill(contract, eur("100.00"), "Deposit"), "D-1", date(2026, 4, 1))
    earlier = opened(deposit_bill(contract, eur("50.00"), "Deposit"), "D-2", date(2026, 3, 1))

    found = deduct([later, earlier], eur("60.00"))

    assert [(one.number, str(one.total)) for one in found] == [("D-2", "50.00"), ("D-1", "10.00")]


@pytest.mark.parametrize("total", ["0.00", "-5.00"])
def test_a_bill_that_asks_for_nothing_takes_nothing_off(total):
    deposit = opened(deposit_bill(a_contract(a_line("1000.00")), eur("100.00"), "Deposit"))

    assert deduct([deposit], eur(total)) == ()


def test_a_deposit_that_was_credited_before_is_not_taken_off():
    """[M24]: what is open of it is nothing."""
    deposit = OpenDeposit("D-1", "D-1", date(2026, 3, 1), eur("0.00"), {"VAT": eur("0.00")})

    assert deduct([deposit], eur("100.00")) == ()


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.data())
def test_a_deposit_invoice_is_exactly_what_was_asked(data):
    """[M21b, M22, L7]"""
    contract = data.draw(contracts())
    amount = Money(data.draw(st.integers(1, contract.total.minor)), contract.currency)

    bill = deposit_bill(contract, amount, "Deposit")

    assert bill.total == amount == bill.net + bill.tax == bill.derivation.amount
    assert Money.total((line.net for line in bill.lines), bill.currency) == bill.net
    assert Money.total((tax.amount for tax in bill.taxes), bill.currency) == bill.tax
    assert Money.total((leaf.amount for leaf in bill.derivation.leaves()), bill.currency) == amount
    for tax in bill.taxes:
        exact = Fraction(tax.base.minor) * Fraction(tax.rate) / 100
        assert tax.amount.minor == round_half_up(exact) + tax.adjustment.minor
    if amount == contract.total:
        assert bill.net == contract.net
        assert [tax.amount for tax in bill.taxes] == [one.amount for one in contract.taxes]


open_deposits = st.builds(
    OpenDeposit,
    key=st.uuids().map(str),
    number=st.sampled_from(["D-1", "D-2", "D-3"]),
    issued_on=st.dates(date(2026, 1, 1), date(2026, 1, 5)),
    net=st.integers(0, 10_000).map(lambda n: Money(n, "EUR")),
    taxes=st.fixed_dictionaries(
        {name: st.integers(0, 2_000).map(lambda n: Money(n, "EUR")) for name in ("GST", "QST")}
    ),
)


@given(st.lists(open_deposits, max_size=4), st.lists(st.integers(-100, 20_000), max_size=6))
def test_bills_take_back_exactly_the_net_and_taxes_of_the_deposits(deposits, totals):
    """[I7, M24]: stepwise or at once, and never above a bill or a deposit."""
    still = {one.key: one for one in deposits}
    taken: list[Deduction] = []
    for total in [Money(minor, "EUR") for minor in totals] + [eur("1000.00")]:
        found = deduct(list(still.values()), total)
        assert Money.total((one.total for one in found), "EUR") <= max(total, eur("0.00"))
        for one in found:
            assert one.total.minor > 0
            assert min(one.net.minor, *(amount.minor for amount in one.taxes.values())) >= 0
            still[one.key] = still[one.key].less(one)
        taken += found

    for deposit in deposits:
        mine = [one for one in taken if one.key == deposit.key]
        assert Money.total((one.net for one in mine), "EUR") == deposit.net
        for name, amount in deposit.taxes.items():
            assert Money.total((one.taxes[name] for one in mine), "EUR") == amount
