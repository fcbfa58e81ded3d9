"""Amounts stand on the paper as the page prints them, with how they came about [M8, 58, L7]."""

from dataclasses import replace

import pytest

from admin_app.documents.content import Columns, Derivation, PaperKind, RowKind, TaxRow, TotalRow
from admin_app.documents.pdf import render_pdf
from admin_app.documents.printed import locale_of, print_bare_money, print_money
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from tests.documents import samples
from tests.documents.pdf.pictures import PICTURES
from tests.documents.reading import pages, text
from tests.documents.test_content import EVERY_KIND


@pytest.mark.parametrize("sample", EVERY_KIND)
@pytest.mark.parametrize("language", ["en_GB", "de"])
def test_every_total_stands_on_the_paper_as_the_page_prints_it(sample, language):
    content = replace(sample(), language=language)

    read = text(render_pdf(content, PICTURES))

    for row in content.totals:
        printed = print_money(Money.of(row.amount, content.currency), locale_of(language))
        assert f"{row.label} {printed}" in read
    bare = [line.net for line in content.lines if line.net and content.columns.line_totals]
    bare += [tax.amount for tax in content.taxes if len(content.taxes) > 1]
    bare += [amount for one in content.deposits for amount in (one.net, one.tax, one.total)]
    bare += [amount for row in content.statement for amount in (row.debit, row.credit, row.balance) if amount]
    bare += [one.amount for one in content.settlements]
    for amount in bare:
        assert print_bare_money(Money.of(amount, content.currency), locale_of(language)) in read


@pytest.mark.parametrize(
    ("columns", "head", "absent"),
    [
        (Columns(), "Quantity Unit price EUR Amount EUR", "Tax Amount"),
        (Columns(unit_price=False), "Quantity Amount EUR", "Unit price"),
        (Columns(quantity=False), "Unit price EUR Amount EUR", "Quantity"),
        (Columns(line_totals=False), "Quantity Unit price EUR", "Amount EUR"),
        (Columns(taxes=True), "Unit price EUR Tax Amount EUR", "nothing"),
    ],
)
def test_the_customer_sees_the_columns_that_were_chosen(columns, head, absent):
    content = replace(samples.sample_invoice(2), columns=columns, kind=PaperKind.ESTIMATE)

    read = text(render_pdf(content)).replace("\xa0", " ")

    assert head in read
    assert absent not in read
    assert "€265.97" in read or "Total" in read, "the totals are always shown"


def test_no_money_reaches_the_crew():
    read = text(render_pdf(samples.a_workorder()))

    assert "EUR" not in read and "€" not in read


def test_unit_prices_keep_their_four_decimals():
    content = samples.sample_invoice(1)
    content = replace(content, lines=(replace(content.lines[0], quantity="2.25", unit_price="64.2235"),))

    assert "2.25 64.2235" in text(render_pdf(content))


def test_the_appendix_tells_how_the_total_came_about_when_asked():
    content = samples.an_invoice_with_deposits()

    with_it, without = (pages(render_pdf(replace(content, appendix=asked))) for asked in (True, False))

    assert len(with_it) == len(without) + 1
    assert "How this total came about" in with_it[-1]
    for words in ("2 × 450.00 = 900.00", "-85.00", "19 % of 900.00 = 171.00", "1,263.60"):
        assert words in with_it[-1].replace("\n", " ")


def test_a_rounding_is_named_in_the_appendix():
    tree = Derivation("Total", "0.33", "1 / 3", "-0.0033333333…")
    content = replace(samples.a_receipt(), derivation=tree, appendix=True)

    assert "rounding -0.0033333333…" in text(render_pdf(content))


def test_a_tax_that_is_not_charged_says_why():
    content = replace(
        samples.sample_invoice(1), taxes=(TaxRow("VAT 0", "0", "45.50", "0.00", "AE", "Reverse charge"),)
    )

    assert "VAT 0: Reverse charge" in text(render_pdf(content))


def test_prices_that_include_tax_say_so():
    with_tax, without = (
        replace(samples.sample_invoice(1), prices_include_tax=said) for said in (True, False)
    )

    assert "Prices include tax." in text(render_pdf(with_tax))
    assert "Prices include tax." not in text(render_pdf(without))


def test_an_amount_that_printing_would_round_is_refused():
    content = replace(samples.a_receipt(), totals=(TotalRow("Received", "600.005", RowKind.STRONG),))

    with pytest.raises(Invalid, match="more decimals"):
        render_pdf(content)
