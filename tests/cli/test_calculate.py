"""`sawhorse calculate FILE` as a stranger uses it (design section 11)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from admin_app.cli.calculate import calculate

DRAFT: dict[str, Any] = {
    "currency": "EUR",
    "tax_mode": "document",
    "prices_include_tax": False,
    "lines": [
        {
            "description": "Labour",
            "quantity": "2.25",
            "unit_price": "64.22",
            "discount": {"percent": "10"},
            "taxes": ["GST", "QST"],
        },
        {"description": "Déplacement", "quantity": 1, "unit_price": "20.00", "taxes": []},
    ],
    "taxes": [{"name": "GST", "rate": "5"}, {"name": "QST", "rate": "9.975", "compound": False}],
    "discount": {"amount": "5.00"},
    "deposit": {"percent": "50"},
}


def run(text: str | bytes) -> Result:
    return CliRunner().invoke(calculate, ["-"], input=text)


def but(**changes: Any) -> str:
    return json.dumps(DRAFT | changes)


def test_the_totals_of_a_document_are_printed_as_decimal_text(tmp_path):
    """2.25 × 64.22 = 144.495 → 144.50; − 14.45 = 130.05; 5.00 off 150.05 is 4.33 and 0.67."""
    file = tmp_path / "document.json"
    file.write_text(json.dumps(DRAFT))

    result = CliRunner().invoke(calculate, [str(file)])

    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["lines"] == [
        {"gross": "144.50", "discount": "14.45", "net": "130.05"},
        {"gross": "20.00", "discount": "0.00", "net": "20.00"},
    ]
    assert {key: answer[key] for key in ("subtotal", "discount", "net", "tax", "total", "deposit")} == {
        "subtotal": "150.05",
        "discount": "5.00",
        "net": "145.05",
        "tax": "18.83",
        "total": "163.88",
        "deposit": "81.94",
    }
    assert answer["taxes"] == [
        {"name": "GST", "rate": "5", "base": "125.72", "amount": "6.29"},
        {"name": "QST", "rate": "9.975", "base": "125.72", "amount": "12.54"},
    ]
    assert answer["derivation"]["amount"] == "163.88"
    assert {"label", "amount", "rule", "children"} <= answer["derivation"].keys()


def test_standard_input_and_a_byte_order_mark_are_read():
    result = run(b"\xef\xbb\xbf" + but(deposit=None).encode())

    assert result.exit_code == 0
    assert json.loads(result.stdout)["deposit"] is None


def test_an_allowance_is_shown_where_one_was_given():
    """[M5]"""
    assert json.loads(run(but(allowance={"amount": "3.88"})).stdout)["allowance"] == "3.88"


def line(**changes: Any) -> dict[str, Any]:
    return {"quantity": "1", "unit_price": "1"} | changes


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "not JSON"),
        ("{", "line 1"),
        (b"\xff\xfe", "not UTF-8"),
        ("[" * 100_000, "not JSON"),
        ('{"currency": ' + "1" * 5000 + "}", "far too long"),
        ("[]", "file"),
        ('{"currency": "EUR", "currency": "USD"}', "currency"),
        (but(currency=None), "currency"),
        (but(currency="EURO"), "currency"),
        (but(currency=5), "currency"),
        (but(discont={"amount": "1"}), "discont"),
        (but(lines=None), "lines"),
        (but(lines=[]), "lines"),
        (but(lines={}), "lines"),
        (but(lines=["x"]), "lines[0]"),
        (but(lines=[line(), line(), line(quantity="two")]), "lines[2].quantity"),
        (but(lines=[line(quantity=None)]), "lines[0].quantity"),
        (but(lines=[{"quantity": "1"}]), "lines[0].unit_price"),
        (but(lines=[line(quantity=2.5)]), "lines[0].quantity: write 2.5 in quotes"),
        ('{"currency": "EUR", "lines": [{"quantity": NaN, "unit_price": "1"}]}', "lines[0].quantity"),
        (but(lines=[line(quantity="1e3")]), "lines[0].quantity"),
        (but(lines=[line(quantity="NaN")]), "lines[0].quantity"),
        (but(lines=[line(quantity="1,5")]), "lines[0].quantity"),
        (but(lines=[line(quantity=True)]), "lines[0].quantity"),
        (but(lines=[line(quantity="9" * 5000)]), "lines[0].quantity"),
        (but(lines=[line(unit_price="1.00005")]), "lines[0].unit_price"),
        (but(lines=[line(taxes=["VAT"])]), "lines[0].taxes[0]"),
        (but(lines=[line(taxes="GST")]), "lines[0].taxes"),
        (but(lines=[line(description="a\u0000b")]), "lines[0].description"),
        (but(lines=[line(discount={"percent": "1", "amount": "1"})]), "lines[0].discount"),
        (but(lines=[line(discount={"amount": "0.005"})]), "lines[0].discount.amount"),
        (but(lines=[line(discount="10%")]), "lines[0].discount"),
        (but(lines=[line(price="10")]), "lines[0].price"),
        (but(taxes=[{"name": "GST", "rate": "-5"}]), "taxes[0].rate"),
        (but(taxes=[{"name": "GST", "rate": "5", "compound": "yes"}]), "taxes[0].compound"),
        (but(taxes=[{"rate": "5"}]), "taxes[0].name"),
        (but(tax_mode="both"), "tax_mode"),
        (but(prices_include_tax="no"), "prices_include_tax"),
        (but(deposit={"percent": "100.01"}), "deposit.percent"),
        (but(deposit={"amount": "0.00"}), "deposit.amount"),
    ],
)
def test_bad_input_is_one_sentence_on_standard_error_that_names_the_field(text, named):
    result = run(text)

    assert result.exit_code != 0
    assert result.stdout == ""
    assert named in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    for path in ("nowhere.json", str(tmp_path)):
        result = CliRunner().invoke(calculate, [path])

        assert result.exit_code != 0
        assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_of_many_megabytes_is_refused():
    assert "too large" in run(b" " * (10 * 1024 * 1024 + 1)).stderr
