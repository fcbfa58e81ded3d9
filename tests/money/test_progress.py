"""Bills of a contract against figures that can be added up by hand [M15-M17, V12, V15]."""

from __future__ import annotations

from decimal import Decimal

import pytest

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.money.calculator import calculate
from admin_app.money.contract import Billed, Contract, contract_of, joined, unbilled
from admin_app.money.draft import Draft, Portion, Tax
from admin_app.money.progress import bill_amount, bill_lines, bill_nets, bill_percent, bill_rest
from tests.money.contracts import a_contract, a_line, eur

VAT = Tax("VAT", Decimal(19))
REDUCED = Tax("Reduced", Decimal(7))
THIRDS = Tax("T", Decimal("7.25"))


def percent(number: str) -> Portion:
    return Portion(percent=Decimal(number))


def a_thousand() -> Contract:
    """[V15]"""
    return a_contract(a_line("1000.00", "T"), taxes=(THIRDS,))


def test_a_thousand_in_thirds_has_the_tax_of_the_thousand():
    """[V15, M16]: three times 24.17 would be a cent more than the tax of the whole."""
    contract, billed, bills = a_thousand(), Billed(), []

    for _ in range(2):
        bills.append(bill_amount(contract, billed, eur("333.33")))
        billed = billed.plus(bills[-1])
    bills.append(bill_rest(contract, billed))

    assert [str(bill.net) for bill in bills] == ["333.33", "333.33", "333.34"]
    assert [str(bill.tax) for bill in bills] == ["24.17", "24.17", "24.16"]
    assert [bill.closing for bill in bills] == [False, False, True]
    assert [str(bill.taxes[0].adjustment) for bill in bills] == ["0.00", "0.00", "-0.01"]


def test_the_left_over_cent_is_named_in_the_derivation():
    """[L7]"""
    contract = a_thousand()
    billed = Billed()
    for _ in range(2):
        billed = billed.plus(bill_amount(contract, billed, eur("333.33")))

    leaves = bill_rest(contract, billed).derivation.leaves()

    assert [(leaf.label, str(leaf.amount)) for leaf in leaves] == [
        ("Work", "333.34"),
        ("On this bill alone", "24.17"),
        ("Left-over cents", "-0.01"),
    ]


def test_an_amount_that_is_all_that_is_left_closes_the_contract():
    """[M16]: whichever way the last bill was asked for."""
    contract = a_thousand()
    billed = Billed({"a": eur("666.66")}, {"T": eur("48.34")})

    bill = bill_amount(contract, billed, eur("333.34"))

    assert (str(bill.tax), bill.closing) == ("24.16", True)


def test_a_bill_of_a_service_keeps_its_quantity_and_shows_the_contracts_discount():
    """[M17, V12]: 10.00 off three lines of 19.99; the first carries the cent."""
    contract = a_contract(*[a_line("19.99")] * 3, discount=Portion(amount=eur("10.00")))

    first = bill_lines(contract, Billed(), ["a"])
    others = bill_rest(contract, Billed().plus(first))

    assert [(str(line.discount), str(line.net)) for line in first.lines] == [("3.34", "16.65")]
    assert [str(line.discount) for line in others.lines] == ["3.33", "3.33"]
    assert str(first.total + others.total) == "49.97"


def test_a_part_of_a_line_is_one_piece_that_says_of_what():
    contract = a_contract(a_line("50.00", quantity="10"), discount=percent("10"))

    line = bill_percent(contract, Billed(), Decimal(30)).lines[0]

    assert (str(line.quantity), str(line.unit_price), str(line.discount)) == ("1", "135.00", "0.00")
    assert (str(line.net), line.part) == ("135.00", "135.00 of 450.00")


def test_what_is_left_of_a_service_is_billed_when_it_is_completed():
    contract = a_contract(a_line("100.00", "VAT"), a_line("50.00", "VAT"), taxes=(VAT,))
    third = bill_percent(contract, Billed(), Decimal(20))

    bill = bill_lines(contract, Billed().plus(third), ["a"])

    assert [(line.key, str(line.net)) for line in bill.lines] == [("a", "80.00")]
    assert not bill.closing


def test_a_service_is_not_billed_twice():
    """[M17]"""
    contract = a_contract(a_line("100.00", description="Felling"), a_line("50.00"))
    billed = Billed().plus(bill_lines(contract, Billed(), ["a"]))

    with pytest.raises(Unmet, match="“Felling” is already billed in full"):
        bill_lines(contract, billed, ["a", "b"])


def test_a_service_whose_bill_was_credited_is_billed_again():
    """[M17, M24]: what was credited is not in what was billed."""
    contract = a_thousand()

    bill = bill_lines(contract, Billed(), ["a"])
    again = bill_lines(contract, Billed({}, {"T": eur("0.00")}), ["a"])

    assert (again.total, again.closing) == (bill.total, True)


def test_a_service_that_is_gone_from_the_contract_is_refused():
    with pytest.raises(Unmet, match="not in the contract any more"):
        bill_lines(a_thousand(), Billed(), ["z"])


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (lambda c, b: bill_percent(c, b, Decimal(50)), "50 % of the contract is 500.00, but"),
        (lambda c, b: bill_amount(c, b, eur("400.01")), "400.01 was asked, but"),
    ],
)
def test_never_more_than_is_left_is_billed(asked, sentence):
    """[M15]: more needs a change order."""
    contract = a_thousand()
    billed = Billed().plus(bill_percent(contract, Billed(), Decimal(60)))

    with pytest.raises(Unmet) as refusal:
        asked(contract, billed)

    assert refusal.value.sentence == f"{sentence} of the 1000.00 of the contract only 400.00 is left to bill"


def test_a_percentage_may_miss_the_rest_by_less_than_a_cent():
    """Half of 0.05 is 0.03 and the other half is 0.02."""
    contract = a_contract(a_line("0.05"))
    half = bill_percent(contract, Billed(), Decimal(50))

    other = bill_percent(contract, Billed().plus(half), Decimal(50))

    assert (str(half.total), str(other.total), other.closing) == ("0.03", "0.02", True)


@pytest.mark.parametrize("number", ["0", "-5", "100.01", "NaN", "0.0001"])
def test_a_percentage_that_is_none_is_refused(number):
    with pytest.raises(Invalid) as refusal:
        bill_percent(a_contract(a_line("100.00")), Billed(), Decimal(number))

    assert set(refusal.value.fields) == {"percent"}


def test_an_amount_of_nothing_is_refused():
    with pytest.raises(Invalid) as refusal:
        bill_amount(a_thousand(), Billed(), eur("0.00"))

    assert set(refusal.value.fields) == {"amount"}


def test_a_contract_that_is_billed_in_full_has_no_other_bill():
    """[D7]"""
    contract = a_thousand()
    billed = Billed().plus(bill_rest(contract, Billed()))

    with pytest.raises(Unmet, match="billed in full; nothing is left to bill"):
        bill_rest(contract, billed)


def test_a_contract_that_comes_to_nothing_has_no_bill():
    """[D7]: no invoice over nothing."""
    contract = a_contract(a_line("100.00", "VAT", discount=percent("100")), taxes=(VAT,))

    with pytest.raises(Unmet, match=r"comes to 0.00; there is nothing to bill"):
        bill_rest(contract, Billed())


def test_a_service_that_costs_nothing_stands_on_one_bill():
    contract = a_contract(a_line("100.00"), a_line("80.00", discount=percent("100")))
    half = bill_percent(contract, Billed(), Decimal(50))

    rest = bill_rest(contract, Billed().plus(half))

    assert [line.key for line in half.lines] == ["a"]
    assert [(line.key, str(line.discount), str(line.net)) for line in rest.lines] == [
        ("a", "0.00", "50.00"),
        ("b", "80.00", "0.00"),
    ]


def test_lines_that_give_back_cannot_be_left_for_later():
    """[I6]: 1000 of a contract of 800 would be billed."""
    contract = a_contract(a_line("1000.00"), a_line("200.00", quantity="-1"))

    with pytest.raises(Unmet, match=r"come to 1000.00, but only 800.00 is left to bill; bill the lines that"):
        bill_lines(contract, Billed(), ["a"])

    assert str(bill_lines(contract, Billed(), ["a", "b"]).total) == "800.00"


def test_nor_those_that_give_back_one_tax():
    """[I6]: net would fit, VAT would not."""
    contract = a_contract(
        a_line("1000.00", "VAT"), a_line("100.00"), a_line("50.00", "VAT", quantity="-1"), taxes=(VAT,)
    )

    with pytest.raises(Unmet, match=r"come to 1000.00 with VAT, but only 950.00 is left to bill with VAT"):
        bill_lines(contract, Billed(), ["a"])


def test_lines_that_only_give_back_are_no_bill():
    contract = a_contract(a_line("1000.00"), a_line("200.00", quantity="-1"))

    with pytest.raises(Unmet, match=r"give 200.00 back to the customer; a credit note does that"):
        bill_lines(contract, Billed(), ["b"])


def test_a_part_of_what_gives_back_is_a_negative_quantity():
    """An e-invoice allows no negative price (EN 16931, BR-27)."""
    contract = a_contract(a_line("1000.00"), a_line("-200.00"))

    half = bill_percent(contract, Billed(), Decimal(50))

    assert [(str(line.quantity), str(line.unit_price), str(line.net)) for line in half.lines] == [
        ("1", "500.00", "500.00"),
        ("-1", "100.00", "-100.00"),
    ]


def test_each_rate_is_closed_by_the_bill_of_its_last_line():
    """[M16]: the reduced line is done before the contract is."""
    contract = a_contract(a_line("100.10", "Reduced"), a_line("100.00", "VAT"), taxes=(VAT, REDUCED))
    billed, reduced = Billed(), []
    for _ in range(2):
        bill = bill_amount(contract, billed, eur("66.70"))
        billed = billed.plus(bill)
        reduced += [tax.amount for tax in bill.taxes if tax.name == "Reduced"]

    bill = bill_lines(contract, billed, ["a"])

    reduced += [tax.amount for tax in bill.taxes if tax.name == "Reduced"]
    assert not bill.closing
    assert str(Money.total(reduced, "EUR")) == "7.01"


def test_an_inclusive_contract_keeps_its_gross_and_its_tax():
    """[M7, M16]: 1000.00 with 19 % inside holds 159.66, in thirds 53.22, 53.22 and 53.22."""
    contract = a_contract(a_line("1000.00", "VAT"), taxes=(VAT,), prices_include_tax=True)
    billed, bills = Billed(), []
    for _ in range(2):
        bills.append(bill_amount(contract, billed, eur("333.33")))
        billed = billed.plus(bills[-1])
    bills.append(bill_rest(contract, billed))

    assert [str(bill.total) for bill in bills] == ["333.33", "333.33", "333.34"]
    assert [str(bill.tax) for bill in bills] == ["53.22", "53.22", "53.22"]
    assert [str(bill.net) for bill in bills] == ["280.11", "280.11", "280.12"]


def test_the_left_over_cent_inside_a_price_moves_between_net_and_tax():
    """[M7]: a third of 100.00 holds 5.322 of 15.97; the last one 5.33, and its price stays 33.34."""
    contract = a_contract(a_line("100.00", "VAT"), taxes=(VAT,), prices_include_tax=True)
    billed = Billed()
    for _ in range(2):
        billed = billed.plus(bill_amount(contract, billed, eur("33.33")))

    last = bill_rest(contract, billed)

    assert (str(last.total), str(last.tax), str(last.net)) == ("33.34", "5.33", "28.01")
    assert (str(last.taxes[0].base), str(last.taxes[0].adjustment)) == ("28.01", "0.01")


def test_a_tax_rounded_on_each_line_is_the_whole_contracts_in_the_end():
    """[M6, V3]: 12.78 + 2.56 = 15.34, a cent above the rounding of the document."""
    tax = Tax("T", Decimal(23))
    contract = a_contract(a_line("55.55", "T"), a_line("11.11", "T"), taxes=(tax,), tax_mode=TaxMode.LINE)

    first = bill_lines(contract, Billed(), ["a"])
    last = bill_rest(contract, Billed().plus(first))

    assert [str(first.tax), str(last.tax)] == ["12.78", "2.56"]


def test_a_tax_on_tax_is_charged_on_the_cents_too():
    """[M6]: 24.16 of plain tax on the last third, so the compound tax is charged on 357.50."""
    compound = Tax("C", Decimal(10), compound=True)
    contract = a_contract(a_line("1000.00", "T", "C"), taxes=(THIRDS, compound))
    billed = Billed()
    for _ in range(2):
        billed = billed.plus(bill_amount(contract, billed, eur("333.33")))

    last = bill_rest(contract, billed)

    assert [(tax.name, str(tax.base), str(tax.amount)) for tax in last.taxes] == [
        ("T", "333.34", "24.16"),
        ("C", "357.50", "35.75"),
    ]
    assert str(billed.taxes["C"] + last.taxes[1].amount) == "107.25"


def test_a_long_series_of_small_bills_leaves_no_heap_of_tax_to_the_last():
    """A hundred bills of 0.06 round 7.25 % down to nothing each; 0.44 would be left to the last one."""
    contract, billed = a_contract(a_line("6.00", "T"), taxes=(THIRDS,)), Billed()
    for _ in range(99):
        billed = billed.plus(bill_amount(contract, billed, eur("0.06")))

    last = bill_rest(contract, billed)

    assert str(billed.taxes["T"] + last.tax) == "0.44"
    assert last.tax <= eur("0.05")


def test_a_change_order_adds_to_the_contract():
    """[M15]"""
    extra = Draft("EUR", (a_line("100.00", "T"),), (THIRDS,))
    contract = joined([a_thousand(), contract_of(extra, calculate(extra), ["x"])])

    bill = bill_rest(contract, Billed().plus(bill_rest(a_thousand(), Billed())))

    assert (str(contract.value), str(contract.total)) == ("1100.00", "1179.75")
    assert [line.key for line in bill.lines] == ["x"]
    assert str(bill.tax) == "7.25"


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (a_contract(a_line("1"), currency="USD"), "in EUR, its change order in USD"),
        (a_contract(a_line("1"), tax_mode=TaxMode.LINE), "round or include"),
        (
            a_contract(a_line("1", "T"), taxes=(Tax("T", Decimal(8)),), first_key="x"),
            "T is 7.25 % in the estimate and 8 %",
        ),
    ],
)
def test_a_change_order_that_is_taxed_differently_is_refused(other, sentence):
    with pytest.raises(Unmet, match=sentence):
        joined([a_thousand(), other])


def test_more_billed_than_the_contract_says_is_not_billed_again():
    """[M19]: the estimate was lowered after a bill."""
    contract = a_thousand()
    billed = Billed({"a": eur("1200.00")}, {"T": eur("87.00")})

    assert str(unbilled(contract, billed)) == "-200.00"
    with pytest.raises(Unmet, match=r"give 214.50 back"):
        bill_rest(contract, billed)
    with pytest.raises(Unmet, match="nothing is left"):
        bill_percent(contract, billed, Decimal(10))


def test_what_was_billed_outside_the_contract_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="not in the contract"):
        bill_rest(a_thousand(), Billed({"z": eur("1.00")}))
    with pytest.raises(ValueError, match="not in the contract"):
        bill_rest(a_thousand(), Billed({}, {"Z": eur("1.00")}))


@pytest.mark.parametrize("keys", [[], ["a", "b"]])
def test_a_contract_has_a_key_for_each_line(keys):
    draft = Draft("EUR", (a_line("1.00"),))

    with pytest.raises(ValueError, match="one key a line"):
        contract_of(draft, calculate(draft), keys)


def test_keys_and_contracts_are_not_there_twice():
    with pytest.raises(ValueError, match="same key"):
        joined([a_thousand(), a_thousand()])
    with pytest.raises(ValueError, match="needs an estimate"):
        joined([])


@pytest.mark.parametrize(
    ("included", "rates", "price", "steps"),
    [
        (False, ["19", "9.975"], "0.12", ["0.08", "0.03", "0.01"]),
        (True, ["19"], "0.10", ["0.03", "0.02", "0.02", "0.02", "0.01"]),
        (True, ["20", "9.975"], "0.21", ["0.05", "0.02", "0.02", "0.09", "0.02", "0.01"]),
    ],
)
def test_bills_of_a_few_cents_never_fall_below_nothing(included, rates, price, steps):
    """[I6]: each of these left a negative tax or net to its last bill before the rest was guarded."""
    taxes = tuple(Tax(f"T{at}", Decimal(rate)) for at, rate in enumerate(rates))
    names = [tax.name for tax in taxes]
    contract = a_contract(a_line(price, *names), taxes=taxes, prices_include_tax=included)
    billed = Billed()

    for step in steps:
        bill = bill_amount(contract, billed, eur(step))
        billed = billed.plus(bill)
        assert min(bill.net.minor, *(tax.amount.minor for tax in bill.taxes)) >= 0

    assert bill.closing


def test_tax_rounded_on_each_line_waits_for_the_closing_bill_line_by_line():
    """[M6, M16]: twenty halves of 0.10 carry 0.01 each, and the closing bill nothing more."""
    contract = a_contract(*[a_line("0.10", "T")] * 20, taxes=(Tax("T", Decimal(10)),), tax_mode=TaxMode.LINE)

    half = bill_percent(contract, Billed(), Decimal(50))
    rest = bill_rest(contract, Billed().plus(half))

    assert [(str(bill.tax), str(bill.taxes[0].adjustment)) for bill in (half, rest)] == [
        ("0.20", "0.00"),
        ("0.00", "-0.20"),
    ]


def test_a_draft_is_worked_out_again_when_it_is_issued():
    """[M16]: another bill was issued meanwhile, so this one is the closing one and takes the cent."""
    contract = a_thousand()
    draft = bill_amount(contract, Billed(), eur("333.34"))
    billed = Billed({"a": eur("666.66")}, {"T": eur("48.34")})

    bill = bill_nets(contract, billed, {line.key: line.net for line in draft.lines})

    assert (str(draft.tax), draft.closing) == ("24.17", False)
    assert (str(bill.tax), bill.closing) == ("24.16", True)


def test_a_draft_of_what_was_billed_meanwhile_is_not_issued():
    """[M17, I6]"""
    contract = a_contract(
        a_line("1000.00", description="Felling"), a_line("300.00"), a_line("200.00", quantity="-1")
    )
    billed = Billed().plus(bill_lines(contract, Billed(), ["b"]))
    half = {"a": eur("500.00")}

    with pytest.raises(Unmet, match=r"come to 1000.00, but only 800.00 is left to bill"):
        bill_nets(contract, billed, {"a": eur("1000.00")})
    with pytest.raises(Unmet, match=r"“Felling”: 600.00 is on this bill, but only 500.00 is left to bill"):
        bill_nets(contract, billed.plus(bill_nets(contract, billed, half)), {"a": eur("600.00")})
    with pytest.raises(Unmet, match="not in the contract any more"):
        bill_nets(contract, billed, {"z": eur("1.00")})


def test_nothing_new_is_asked_where_the_contract_was_billed_to_nothing():
    contract = a_contract(a_line("100.00"), a_line("100.00", quantity="-1"), a_line("50.00"))
    billed = Billed().plus(bill_lines(contract, Billed(), ["c"]))

    with pytest.raises(Unmet, match=r"a bill of 0.00; there is nothing to ask for"):
        bill_rest(contract, billed)
