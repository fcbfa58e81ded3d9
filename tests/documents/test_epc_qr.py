"""The code of a transfer, field by field (EPC069-12)."""

from dataclasses import replace

import pytest

from admin_app.documents.content import PaperKind
from admin_app.documents.epc_qr import is_iban, transfer_svg, transfer_text
from tests.documents import samples

FIELDS = "service version charset kind bic name iban amount purpose structured text".split()


def fields(content) -> dict[str, str]:
    """The code's text, decoded as a banking app does."""
    said = transfer_text(content)
    assert said is not None
    return dict(zip(FIELDS, said.split("\n"), strict=False))


def test_the_code_says_who_gets_how_much_and_why():
    assert fields(samples.an_invoice_with_deposits()) == {
        "service": "BCD",
        "version": "002",
        "charset": "1",
        "kind": "SCT",
        "bic": "COBADEFFXXX",
        "name": "North Tree Care GmbH",
        "iban": "DE89370400440532013000",
        "amount": "EUR568.60",
        "purpose": "",
        "structured": "",
        "text": "N-2026-00042",
    }


def test_a_bic_that_is_none_is_left_out():
    content = samples.sample_invoice()

    assert fields(replace(content, sender=replace(content.sender, bic="ask us")))["bic"] == ""
    assert fields(replace(content, sender=replace(content.sender, bic=None)))["bic"] == ""


def test_blanks_in_the_account_and_line_breaks_in_the_text_do_no_harm():
    content = replace(samples.sample_invoice(), payment_reference="N-1\nEUR1.00")
    content = replace(content, sender=replace(content.sender, iban="de89 3704 0044 0532 0130 00"))

    assert fields(content)["iban"] == "DE89370400440532013000"
    assert fields(content)["text"] == "N-1 EUR1.00"


@pytest.mark.parametrize(
    "change",
    [
        {"number": None},
        {"currency": "CHF"},
        {"kind": PaperKind.CREDIT_NOTE},
        {"kind": PaperKind.ESTIMATE},
        {"sums": None},
        {"sums": replace(samples.sample_invoice().sums, due="0.00")},  # type: ignore[type-var]
        {"sums": replace(samples.sample_invoice().sums, due="-5.00")},  # type: ignore[type-var]
        {"sums": replace(samples.sample_invoice().sums, due="1000000000.00")},  # type: ignore[type-var]
        {"sender": replace(samples.NORTH, iban="DE89370400440532013001")},
        {"sender": replace(samples.NORTH, iban=None)},
    ],
)
def test_there_is_no_code_where_there_is_nothing_to_transfer_or_nowhere_to(change):
    assert transfer_text(replace(samples.sample_invoice(), **change)) is None


@pytest.mark.parametrize(
    ("account", "valid"),
    [
        ("GB82 WEST 1234 5698 7654 32", True),
        ("NL91ABNA0417164300", True),
        ("GB82 WEST 1234 5698 7654 33", False),
        ("12345678", False),
        (None, False),
    ],
)
def test_an_iban_is_known_by_its_check_digits(account, valid):
    assert is_iban(account) is valid


def test_the_drawing_is_the_same_every_time():
    assert transfer_svg("BCD\n002") == transfer_svg("BCD\n002") != transfer_svg("BCD\n003")
