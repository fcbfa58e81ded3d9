"""The calculator against figures that can be added up by hand [M1-M8, M22, vectors of requirements 4.4]."""

from __future__ import annotations

from decimal import Decimal

import pytest

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.money.calculator import Totals, calculate
from admin_app.money.draft import Draft, DraftLine, Portion, Tax

VAT = Tax("VAT", Decimal(19))


def a_line(price: str, *taxes: str, quantity: str = "1", **but) -> DraftLine:
    return DraftLine(Decimal(quantity), Decimal(price), taxes=taxes, **but)


def percent(number: str) -> Portion:
    return Portion(percent=Decimal(number))


def amount(text: str, currency: str = "EUR") -> Portion:
    return Portion(amount=Money.of(text, currency))


def the_total(*lines: DraftLine, taxes: tuple[Tax, ...] = (), currency: str = "EUR", **but) -> Totals:
    return calculate(Draft(currency, lines, taxes, **but))


def test_gst_and_qst_are_each_rounded_alone():
    """[V1, M1]: half-even would give 344.92."""
    totals = the_total(
        a_line("300.00", "GST", "QST"),
        taxes=(Tax("GST", Decimal(5)), Tax("QST", Decimal("9.975"))),
    )

    assert [str(tax.amount) for tax in totals.taxes] == ["15.00", "29.93"]
    assert str(totals.total) == "344.93"


@pytest.mark.parametrize(("mode", "tax"), [(TaxMode.DOCUMENT, "15.33"), (TaxMode.LINE, "15.34")])
def test_a_cent_lies_between_rounding_per_document_and_per_line(mode, tax):
    """[V3, M6]"""
    totals = the_total(
        a_line("55.55", "T"), a_line("11.11", "T"), taxes=(Tax("T", Decimal(23)),), tax_mode=mode
    )

    assert str(totals.tax) == tax


@pytest.mark.parametrize(("mode", "tax"), [(TaxMode.DOCUMENT, "4.55"), (TaxMode.LINE, "4.56")])
def test_three_lines_of_ten_ten(mode, tax):
    """[V4, M6]"""
    lines = [a_line("10.10", "T")] * 3

    assert str(the_total(*lines, taxes=(Tax("T", Decimal(15)),), tax_mode=mode).tax) == tax


def test_a_discount_before_tax_lowers_the_tax():
    """[V6, M4]"""
    totals = the_total(a_line("8500", "VAT"), taxes=(VAT,), discount=amount("7500"))

    assert (str(totals.net), str(totals.tax), str(totals.total)) == ("1000.00", "190.00", "1190.00")


def test_a_line_that_gives_money_back_lowers_the_tax_too():
    """[V6] as two lines."""
    totals = the_total(a_line("8500", "VAT"), a_line("7500", "VAT", quantity="-1"), taxes=(VAT,))

    assert (str(totals.net), str(totals.tax), str(totals.total)) == ("1000.00", "190.00", "1190.00")


def test_a_tax_inside_the_price_never_moves_the_total():
    """[V8, M7]: adding 19 % to the rounded net would make 353.89."""
    totals = the_total(a_line("340.00", "VAT"), a_line("13.90", "VAT"), taxes=(VAT,), prices_include_tax=True)

    assert (str(totals.total), str(totals.tax), str(totals.net)) == ("353.90", "56.51", "297.39")


def test_ten_euros_off_three_equal_lines():
    """[V12, M4]: three times 3.33 would lose a cent."""
    totals = the_total(*[a_line("19.99")] * 3, discount=amount("10.00"))

    assert [str(line.share) for line in totals.lines] == ["3.34", "3.33", "3.33"]
    assert str(totals.total) == "49.97"


def test_a_discount_over_two_rates_is_shared_before_taxing():
    """[V13, M4]"""
    totals = the_total(
        a_line("200.00", "A"),
        a_line("100.00", "B"),
        taxes=(Tax("A", Decimal(20)), Tax("B", Decimal(5))),
        discount=amount("50.00"),
    )

    assert [str(line.share) for line in totals.lines] == ["33.33", "16.67"]
    assert [str(tax.amount) for tax in totals.taxes] == ["33.33", "4.17"]


def test_seventy_five_off_975_at_24_percent_is_216():
    """[M4]: rounding per line gave 216.01 elsewhere."""
    lines = [a_line(price, "T") for price in ("325.00", "325.00", "325.00")]

    totals = the_total(*lines, taxes=(Tax("T", Decimal(24)),), discount=amount("75"))

    assert str(totals.tax) == "216.00"


def test_an_inclusive_total_can_be_five_hundred():
    """[M7]: a round price stays reachable whatever the rate."""
    totals = the_total(a_line("500.00", "VAT"), taxes=(VAT,), prices_include_tax=True)

    assert str(totals.total) == "500.00"
    assert totals.net + totals.tax == totals.total


def test_several_inclusive_rates_share_the_tax_by_largest_remainder():
    """Design section 11: net = round(gross / (1 + Σ rates)); 100 / 1.14975 = 86.975 → 86.98, tax 13.02."""
    totals = the_total(
        a_line("100.00", "GST", "QST"),
        taxes=(Tax("GST", Decimal(5)), Tax("QST", Decimal("9.975"))),
        prices_include_tax=True,
    )

    assert str(totals.net) == "86.98"
    assert [str(tax.amount) for tax in totals.taxes] == ["4.35", "8.67"]
    assert str(totals.total) == "100.00"


def test_a_line_discount_is_taken_off_the_rounded_gross():
    """[M3]: 3 × 3.335 = 10.005 → 10.01; half of 10.01 is 5.005 → 5.01; half of 10.005 would be 5.00."""
    totals = the_total(a_line("3.335", quantity="3", discount=percent("50")))

    line = totals.lines[0]
    assert (str(line.gross), str(line.discount), str(line.net)) == ("10.01", "5.01", "5.00")


def test_all_of_it_off_is_exactly_nothing():
    """[M3]: −0.01 and 0.01 have both been seen elsewhere."""
    totals = the_total(
        a_line("3.335", "VAT", quantity="3", discount=percent("100")),
        a_line("0.015", "VAT", discount=percent("100")),
        taxes=(VAT,),
    )
    whole = the_total(a_line("3.335", "VAT", quantity="3"), taxes=(VAT,), discount=percent("100"))

    assert str(totals.total) == str(whole.total) == "0.00"


def test_a_compound_tax_is_charged_on_the_plain_one_too():
    """[M6]: 10 % on 100 + 5."""
    totals = the_total(
        a_line("100", "GST", "PST"),
        a_line("50", "PST"),
        taxes=(Tax("GST", Decimal(5)), Tax("PST", Decimal(10), compound=True)),
    )

    assert [(str(tax.base), str(tax.amount)) for tax in totals.taxes] == [
        ("100.00", "5.00"),
        ("155.00", "15.50"),
    ]


def test_a_compound_tax_inside_the_price_comes_out_again():
    """100 + 5 + 10.50 = 115.50."""
    totals = the_total(
        a_line("115.50", "GST", "PST"),
        taxes=(Tax("GST", Decimal(5)), Tax("PST", Decimal(10), compound=True)),
        prices_include_tax=True,
    )

    assert str(totals.net) == "100.00"
    assert [(str(tax.base), str(tax.amount)) for tax in totals.taxes] == [
        ("100.00", "5.00"),
        ("105.00", "10.50"),
    ]


def test_an_allowance_after_tax_leaves_the_tax_alone():
    """[M5, I1]"""
    totals = the_total(a_line("100", "VAT"), taxes=(VAT,), allowance=percent("2"))

    assert (str(totals.tax), str(totals.allowance), str(totals.total)) == ("19.00", "2.38", "116.62")


def test_a_deposit_is_a_fixed_part_of_the_gross_total():
    """[M22]"""
    totals = the_total(a_line("100", "VAT"), taxes=(VAT,), deposit=percent("33.333"))

    assert str(totals.deposit) == "39.67"


def test_yen_have_no_decimals_and_dinars_three():
    """[M1]: minor units follow the currency."""
    assert str(the_total(a_line("333.5", quantity="1"), currency="JPY").total) == "334"
    assert str(the_total(a_line("0.0005"), currency="TND").total) == "0.001"


def test_untaxed_lines_and_unused_taxes_stay_out_of_the_tax_rows():
    totals = the_total(a_line("100"), a_line("1", "VAT"), taxes=(VAT, Tax("Other", Decimal(5))))

    assert [(tax.name, str(tax.base)) for tax in totals.taxes] == [("VAT", "1.00")]


LINE = a_line("10", "VAT")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("EUR", ()), "lines"),
        (Draft("EUR", (a_line("1"),) * 2001), "lines"),
        (Draft("XXX", (LINE,), (VAT,)), "currency"),
        (Draft("EUR", (LINE,)), "lines[0].taxes[0]"),
        (Draft("EUR", (a_line("1", "VAT", "VAT"),), (VAT,)), "lines[0].taxes[1]"),
        (Draft("EUR", (a_line("1"), a_line("1", quantity="NaN"))), "lines[1].quantity"),
        (Draft("EUR", (a_line("Infinity"),)), "lines[0].unit_price"),
        (Draft("EUR", (a_line("1.00001"),)), "lines[0].unit_price"),
        (Draft("EUR", (a_line("1", quantity="1e12"),)), "lines[0].quantity"),
        (Draft("EUR", (a_line("1e12", quantity="1e9"),)), "lines[0]"),
        (Draft("EUR", (a_line("9999999999999"),)), "lines[0].unit_price"),
        (Draft("EUR", (a_line("1000000000000", quantity="9"),) * 3), "total"),
        (Draft("EUR", (LINE,), (Tax("VAT", Decimal(-1)),)), "taxes[0].rate"),
        (Draft("EUR", (LINE,), (Tax("VAT", Decimal("1.00001")),)), "taxes[0].rate"),
        (Draft("EUR", (LINE,), (Tax("VAT", Decimal(1001)),)), "taxes[0].rate"),
        (Draft("EUR", (LINE,), (VAT, VAT)), "taxes[1].name"),
        (Draft("EUR", (LINE,), (Tax(" ", Decimal(1)),)), "taxes[0].name"),
        (Draft("EUR", (LINE,), tuple(Tax(f"T{n}", Decimal(1)) for n in range(21))), "taxes"),
        (Draft("EUR", (LINE,), (VAT,), discount=Portion()), "discount"),
        (Draft("EUR", (LINE,), (VAT,), discount=percent("100.1")), "discount.percent"),
        (Draft("EUR", (LINE,), (VAT,), discount=percent("-1")), "discount.percent"),
        (Draft("EUR", (LINE,), (VAT,), discount=amount("10.01")), "discount.amount"),
        (Draft("EUR", (LINE,), (VAT,), discount=amount("-1")), "discount.amount"),
        (Draft("EUR", (LINE,), (VAT,), discount=amount("1", "USD")), "discount.amount"),
        (Draft("EUR", (a_line("10", discount=amount("10.01")),)), "lines[0].discount.amount"),
        (Draft("EUR", (a_line("-10", discount=amount("1")),)), "lines[0].discount.amount"),
        (Draft("EUR", (LINE,), (VAT,), allowance=amount("11.91")), "allowance.amount"),
        (Draft("EUR", (LINE,), (VAT,), deposit=percent("0.01")), "deposit.percent"),
        (Draft("EUR", (LINE,), (VAT,), deposit=percent("101")), "deposit.percent"),
        (Draft("EUR", (LINE,), (VAT,), deposit=amount("11.91")), "deposit.amount"),
        (Draft("EUR", (LINE,), (VAT,), deposit=amount("0")), "deposit.amount"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused_by_the_name_of_its_field(draft, field):
    """[M22] among others: a deposit that rounds to 0.00 or exceeds the total."""
    with pytest.raises(Invalid) as refusal:
        calculate(draft)

    assert list(refusal.value.fields) == [field]
    assert refusal.value.sentence.startswith(field)


def test_the_derivation_names_the_cent_that_rounding_made():
    """[L7]"""
    totals = the_total(a_line("300.00", "QST"), taxes=(Tax("QST", Decimal("9.975")),))

    tax = totals.derivation.to_json()["children"][1]
    assert tax == {
        "label": "QST 9.975 %",
        "amount": "29.93",
        "rule": "9.975 % of 300.00 = 29.925, rounded to 29.93",
        "rounding": "0.005",
        "children": [],
    }


def test_the_derivation_names_where_the_left_over_cent_of_a_discount_went():
    """[L7, M4]"""
    totals = the_total(*[a_line("19.99")] * 3, discount=amount("10.00"))

    net = totals.derivation.children[0]
    shares = net.children[-1].children
    assert [str(step.amount) for step in shares] == ["-3.34", "-3.33", "-3.33"]
    assert shares[0].rule == "share of 19.99 in 59.97 = 3.33333333…, rounded to 3.34"
