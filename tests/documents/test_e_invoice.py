"""The e-invoice: its schema, the sum rules of EN 16931 on random documents, its place in the paper."""

import re
from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from admin_app.documents.content import (
    DocumentContent,
    Line,
    PaperKind,
    Sums,
    TaxRow,
)
from admin_app.documents.e_invoice import einvoice_xml, embed
from admin_app.documents.pdf import render_pdf
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.money.calculator import calculate
from admin_app.money.draft import Draft, DraftLine, Portion, Tax
from tests.documents import samples
from tests.documents.reading import reader, text

NAMES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}


class Read:
    """An e-invoice as another program reads it."""

    def __init__(self, xml: bytes) -> None:
        self.root = etree.fromstring(xml)

    def all(self, path: str, of=None):
        return (self.root if of is None else of).xpath(path, namespaces=NAMES)

    def said(self, path: str, of=None) -> str | None:
        found = self.all(path, of)
        return found[0].text if found else None

    def amount(self, path: str, of=None) -> Decimal:
        return Decimal(self.said(path, of) or "0")

    def sums(self, path: str, of=None) -> Decimal:
        return sum((Decimal(one.text) for one in self.all(path, of)), Decimal(0))


SUMMARY = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation"
ALLOWANCES = "//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge"
BREAKDOWN = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"


def content_of(draft: Draft, prepaid: Money) -> DocumentContent:
    """The document of a calculated draft, as a service fills it from the stored result."""
    totals = calculate(draft)
    return replace(
        samples.sample_invoice(0),
        currency=draft.currency,
        lines=tuple(
            Line(
                line.description or f"Work {index}",
                quantity=format(line.quantity, "f"),
                unit_price=format(line.unit_price, "f"),
                discount=str(total.discount) if total.discount else None,
                net=str(total.net),
                taxes=line.taxes,
            )
            for index, (line, total) in enumerate(zip(draft.lines, totals.lines, strict=True))
        ),
        taxes=tuple(
            TaxRow(tax.name, format(tax.rate, "f"), str(tax.base), str(tax.amount), "S" if tax.rate else "Z")
            for tax in totals.taxes
        ),
        sums=Sums(
            str(totals.subtotal),
            str(totals.discount),
            str(totals.net),
            str(totals.tax),
            str(totals.total),
            str(prepaid),
            str(totals.total - prepaid),
        ),
    )


@some.composite
def drafts(draw) -> Draft:
    """A document of one to six lines under up to three rates, with discounts."""
    taxes = (Tax("full", Decimal("19")), Tax("low", Decimal("5.5")), Tax("none", Decimal(0)))
    percent = some.decimals(0, 100, places=2, allow_nan=False).map(lambda p: Portion(percent=p))
    line = some.builds(
        DraftLine,
        quantity=some.decimals("0.0001", 500, places=4, allow_nan=False),
        unit_price=some.decimals(0, 900, places=4, allow_nan=False),
        discount=some.none() | percent,
        taxes=some.sampled_from([("full",), ("low",), ("none",)]),
    )
    mode = draw(some.sampled_from(TaxMode))
    # Yen rounded line by line may be a whole unit off, which no reader would take.
    currencies = ["EUR", "CHF", "JPY"] if mode is TaxMode.DOCUMENT else ["EUR", "CHF"]
    return Draft(
        draw(some.sampled_from(currencies)),
        tuple(draw(some.lists(line, min_size=1, max_size=6))),
        taxes,
        tax_mode=mode,
        discount=draw(some.none() | percent),
    )


@settings(max_examples=60, deadline=None)
@given(drafts(), some.integers(0, 100))
def test_the_sums_of_any_document_follow_the_rules_of_the_standard(draft, paid):
    total = calculate(draft).total
    prepaid = Money(total.minor * paid // 100, draft.currency)

    read = Read(einvoice_xml(content_of(draft, prepaid)))

    of = {
        term: read.amount(f"{SUMMARY}/ram:{name}")
        for term, name in {
            106: "LineTotalAmount",
            107: "AllowanceTotalAmount",
            108: "ChargeTotalAmount",
            109: "TaxBasisTotalAmount",
            110: "TaxTotalAmount",
            112: "GrandTotalAmount",
            113: "TotalPrepaidAmount",
            115: "DuePayableAmount",
        }.items()
    }
    nets = "//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    assert of[106] == read.sums(nets), "BR-CO-10"
    assert of[107] == read.sums(f"{ALLOWANCES}/ram:ActualAmount"), "BR-CO-11"
    assert of[108] == 0, "BR-CO-12: there are no charges"
    assert of[109] == of[106] - of[107] + of[108], "BR-CO-13"
    assert of[110] == read.sums(f"{BREAKDOWN}/ram:CalculatedAmount"), "BR-CO-14"
    assert of[112] == of[109] + of[110], "BR-CO-15"
    assert of[115] == of[112] - of[113], "BR-CO-16"
    cent = Decimal(1).scaleb(-Money.minor_units(draft.currency))
    for tax in read.all(BREAKDOWN):
        exact = read.amount("ram:BasisAmount", tax) * read.amount("ram:RateApplicablePercent", tax) / 100
        amount = read.amount("ram:CalculatedAmount", tax)
        if draft.tax_mode is TaxMode.DOCUMENT:
            assert amount == exact.quantize(cent, ROUND_HALF_UP), "BR-CO-17"
        else:
            assert abs(amount - exact) < 1, "BR-CO-17, as readers check it"
    assert bases_by_rate(read) == {
        (
            tax.findtext("ram:CategoryCode", namespaces=NAMES),
            read.amount("ram:RateApplicablePercent", tax),
        ): read.amount("ram:BasisAmount", tax)
        for tax in read.all(BREAKDOWN)
    }, "BR-S-08, BR-Z-08"


def bases_by_rate(read: Read) -> dict[tuple[str | None, Decimal], Decimal]:
    """Σ line nets − Σ allowances by category and rate, from the XML alone."""
    found: dict[tuple[str | None, Decimal], Decimal] = defaultdict(Decimal)
    for line in read.all("//ram:SpecifiedLineTradeSettlement"):
        key = (
            read.said("ram:ApplicableTradeTax/ram:CategoryCode", line),
            read.amount("ram:ApplicableTradeTax/ram:RateApplicablePercent", line),
        )
        found[key] += read.amount(
            "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount", line
        )
    for allowance in read.all(ALLOWANCES):
        key = (
            read.said("ram:CategoryTradeTax/ram:CategoryCode", allowance),
            read.amount("ram:CategoryTradeTax/ram:RateApplicablePercent", allowance),
        )
        found[key] -= read.amount("ram:ActualAmount", allowance)
    return dict(found)


@settings(max_examples=40, deadline=None)
@given(drafts(), some.sampled_from(Sums.__slots__), some.integers(1, 10**6))
def test_a_sum_that_is_wrong_is_refused(draft, name, minor):
    content = content_of(draft, Money.zero(draft.currency))
    assume(name != "allowance" and content.sums)
    assert content.sums
    wrong = Money.of(getattr(content.sums, name), draft.currency) + Money(minor, draft.currency)

    with pytest.raises(Unmet, match="BR-CO-1"):
        einvoice_xml(replace(content, sums=replace(content.sums, **{name: str(wrong)})))


def test_an_invoice_with_deposits_says_what_was_paid_and_to_which_numbers():
    read = Read(einvoice_xml(samples.an_invoice_with_deposits()))

    assert read.said("//rsm:ExchangedDocument/ram:TypeCode") == "380"
    assert read.said("//rsm:ExchangedDocument/ram:ID") == "N-2026-00042"
    assert read.said(f"{SUMMARY}/ram:TotalPrepaidAmount") == "695.00"
    assert read.said(f"{SUMMARY}/ram:DuePayableAmount") == "568.60"
    earlier = [one.text for one in read.all("//ram:InvoiceReferencedDocument/ram:IssuerAssignedID")]
    assert earlier == ["N-2026-00011", "N-2026-00023"]
    assert [one.text for one in read.all(f"{ALLOWANCES}/ram:ActualAmount")] == ["100.00", "20.00"]
    line = read.all("//ram:IncludedSupplyChainTradeLineItem")[0]
    assert read.said(".//ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount", line) == "50.00"
    assert read.said("//ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID") == "PO 4711"


def test_the_parties_are_named_with_their_numbers():
    read = Read(einvoice_xml(samples.an_invoice_with_deposits()))
    seller, buyer = read.all("//ram:SellerTradeParty")[0], read.all("//ram:BuyerTradeParty")[0]

    assert read.said("ram:Name", seller) == "North Tree Care GmbH"
    assert read.said(".//ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']", seller) == "DE123456789"
    assert read.said(".//ram:CountryID", seller) == read.said(".//ram:CountryID", buyer) == "DE"
    assert read.said(".//ram:PostcodeCode", buyer) == "24105"
    assert read.said(".//ram:LineOne", buyer) == "12 Mill Lane"
    assert read.said(".//ram:SpecifiedTaxRegistration/ram:ID", buyer) == "DE987654321"
    assert read.said("//ram:IBANID") == "DE89370400440532013000"
    assert read.said("//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode") == "58"


def test_a_credit_note_is_of_type_381_and_names_its_invoice():
    read = Read(einvoice_xml(samples.a_credit_note()))

    assert read.said("//rsm:ExchangedDocument/ram:TypeCode") == "381"
    assert read.said("//ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == "N-2026-00042"
    assert read.said(f"{SUMMARY}/ram:GrandTotalAmount") == "119.00", "amounts are positive"
    assert not read.all("//ram:SpecifiedTradeSettlementPaymentMeans"), "nobody is asked to pay it"


def test_a_deposit_invoice_needs_no_day_of_delivery():
    content = replace(samples.sample_invoice(1), kind=PaperKind.DEPOSIT_INVOICE, delivered_on=None)

    read = Read(einvoice_xml(content))

    assert read.said("//rsm:ExchangedDocument/ram:TypeCode") == "386"
    assert not read.all("//ram:ActualDeliverySupplyChainEvent"), "no day is invented"


def test_units_have_their_codes():
    line = samples.sample_invoice(1).lines[0]
    units = ("h", "Std.", "m²", "pcs", "trees", None)
    content = replace(samples.sample_invoice(1), lines=tuple(replace(line, unit=unit) for unit in units))
    content = replace(
        content,
        taxes=(TaxRow("VAT", "19", "273.00", "51.87"),),
        sums=Sums("273.00", "0.00", "273.00", "51.87", "324.87", "0.00", "324.87"),
    )

    codes = [one.get("unitCode") for one in Read(einvoice_xml(content)).all("//ram:BilledQuantity")]

    assert codes == ["HUR", "HUR", "MTK", "H87", "C62", "C62"]


def test_a_price_is_never_negative():
    # BR-27: money given back on a line is a negative quantity.
    back = Line("Returned", quantity="1", unit_price="-5.50", net="-5.50", taxes=("VAT",))
    content = replace(
        samples.sample_invoice(1),
        lines=(*samples.sample_invoice(1).lines, back),
        taxes=(TaxRow("VAT", "19", "40.00", "7.60"),),
        sums=Sums("40.00", "0.00", "40.00", "7.60", "47.60", "0.00", "47.60"),
    )

    read = Read(einvoice_xml(content))

    assert [one.text for one in read.all("//ram:NetPriceProductTradePrice/ram:ChargeAmount")] == [
        "45.5",
        "5.5",
    ]
    assert [one.text for one in read.all("//ram:BilledQuantity")] == ["1", "-1"]


def test_what_was_not_chosen_is_not_billed():
    content = samples.sample_invoice(1)
    offered = Line("Offered", quantity="1", unit_price="9.00", net="9.00", chosen=False)

    read = Read(einvoice_xml(replace(content, lines=(*content.lines, offered))))

    assert len(read.all("//ram:IncludedSupplyChainTradeLineItem")) == 1


NO_TAX = Sums("45.50", "0.00", "45.50", "0.00", "45.50", "0.00", "45.50")


@pytest.mark.parametrize(
    ("category", "reason"), [("E", "Small business"), ("AE", "Reverse charge"), ("G", "Export"), ("Z", None)]
)
def test_what_is_not_taxed_says_why(category, reason):
    content = replace(
        samples.sample_invoice(1),
        recipient=replace(samples.CLARA, tax_id="FR12345678901", country="FR"),
        taxes=(TaxRow("VAT", "0", "45.50", "0.00", category, reason),),
        sums=NO_TAX,
    )

    read = Read(einvoice_xml(content))

    assert read.said(f"{BREAKDOWN}/ram:CategoryCode") == category
    assert read.said(f"{BREAKDOWN}/ram:ExemptionReason") == reason
    assert read.said(f"{BREAKDOWN}/ram:RateApplicablePercent") == "0"


def test_outside_vat_no_vat_number_stands_in_it():
    # BR-O-02 to BR-O-05.
    content = replace(
        samples.sample_invoice(1),
        taxes=(TaxRow("VAT", "0", "45.50", "0.00", "O", "Not subject"),),
        sums=NO_TAX,
    )

    read = Read(einvoice_xml(content))

    assert not read.all("//ram:SpecifiedTaxRegistration")
    assert not read.all("//ram:RateApplicablePercent")
    assert read.said("//ram:SellerTradeParty/ram:SpecifiedLegalOrganization/ram:ID") == "HRB 4711 Kiel"


def test_a_supply_within_the_union_names_the_country_of_delivery():
    # BR-IC-11, BR-IC-12.
    content = replace(
        samples.sample_invoice(1),
        recipient=replace(samples.CLARA, tax_id="FR12345678901", country="FR"),
        taxes=(TaxRow("VAT", "0", "45.50", "0.00", "K", "Intra-community supply"),),
        sums=NO_TAX,
    )

    read = Read(einvoice_xml(content))

    assert read.said("//ram:ShipToTradeParty//ram:CountryID") == "FR"
    assert read.all("//ram:ActualDeliverySupplyChainEvent")


def test_what_xml_cannot_carry_is_left_out_and_the_rest_is_kept():
    content = replace(samples.sample_invoice(1), title='a\x00b <b> & "c" \ufffe 山')

    read = Read(einvoice_xml(content))

    assert read.said("//ram:IncludedNote/ram:Content") == 'ab <b> & "c"  山'


LINE = samples.sample_invoice(1).lines[0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": PaperKind.ESTIMATE}, "it is a paper of kind “estimate”, no invoice"),
        ({"number": None}, "it has no number yet"),
        ({"issued_on": None}, "it has no date"),
        ({"sender": replace(samples.NORTH, tax_id=None)}, "the brand has no tax number"),
        ({"sender": replace(samples.NORTH, country=None)}, "the brand has no country"),
        ({"recipient": replace(samples.CLARA, country=None)}, "the customer has no country"),
        ({"sender": replace(samples.NORTH, tax_id="12/345", registration=None)}, "BR-CO-26"),
        ({"sums": None}, "its sums are not known"),
        ({"taxes": ()}, "it has no tax"),
        ({"lines": ()}, "it has no line"),
        ({"lines": (replace(LINE, net=None),)}, "line 1 has no amount"),
        ({"lines": (replace(LINE, taxes=()),)}, "line 1 carries no taxes"),
        ({"lines": (replace(LINE, taxes=("GST", "QST")),)}, "line 1 carries 2 taxes"),
        ({"lines": (replace(LINE, taxes=("GST",)),)}, "which the document does not explain"),
        ({"prices_include_tax": True}, "its prices include tax"),
        ({"due_on": None, "payment_text": None}, "BR-CO-25"),
        ({"taxes": (TaxRow("VAT", "0", "45.50", "0.00", "E"),)}, "does not say why"),
        (
            {"taxes": (TaxRow("VAT", "0", "45.50", "0.00", "AE", "x"),)},
            "needs the VAT number of the customer",
        ),
        ({"taxes": (TaxRow("VAT", "0", "45.50", "0.00"),)}, "has the rate 0 % in category S"),
        ({"taxes": (TaxRow("VAT", "19", "45.50", "9.65"),)}, "BR-CO-14.*BR-CO-17"),
        ({"sums": Sums("45.50", "5.50", "40.00", "8.65", "48.65", "0.00", "48.65")}, "BR-CO-11"),
    ],
)
def test_what_is_missing_is_named(change, sentence):
    with pytest.raises(Unmet, match=sentence):
        einvoice_xml(replace(samples.sample_invoice(1), **change))


def test_an_allowance_after_tax_has_no_place_there():
    content = samples.sample_invoice(1)
    assert content.sums

    with pytest.raises(Unmet, match="allowance after tax"):
        einvoice_xml(replace(content, sums=replace(content.sums, allowance="1.00")))


def test_everything_that_is_missing_is_named_at_once():
    sender = replace(samples.NORTH, tax_id=None, country=None)

    with pytest.raises(Unmet) as refusal:
        einvoice_xml(replace(samples.sample_invoice(1), sender=sender, number=None))

    assert refusal.value.sentence == (
        "The e-invoice cannot be written: it has no number yet; the brand has no tax number; "
        "the brand has no country."
    )


def test_the_paper_carries_the_xml_and_stays_the_same_paper():
    content = samples.an_invoice_with_deposits()
    pdf, xml = render_pdf(content), einvoice_xml(content)

    joined = embed(pdf, xml)

    found = reader(joined)
    assert joined.startswith(b"%PDF") and joined.count(b"%PDF-1") == 1, "nothing stands before the paper"
    assert found.attachments["factur-x.xml"] == [xml]
    assert text(joined) == text(pdf)
    assert found.xmp_metadata is not None
    assert (found.xmp_metadata.pdfaid_part, found.xmp_metadata.pdfaid_conformance) == ("3", "B")
    assert re.search(rb"<fx:ConformanceLevel>EN 16931<", joined), "the Factur-X description"
    assert "/StructTreeRoot" in found.root_object and "/OutputIntents" in found.root_object


def test_the_e_invoice_has_the_same_bytes_at_any_moment():
    content = samples.a_credit_note()
    pdf, xml = render_pdf(content), einvoice_xml(content)
    first = embed(pdf, xml)

    stamps = re.findall(rb"D(?::|\\072)(\d{14})|>(\d{4}-\d\d-\d\dT[\d:]+\+00:00)<", first)

    assert {stamp for pair in stamps for stamp in pair if stamp} == {
        b"20260303000000",
        b"2026-03-03T00:00:00+00:00",
    }
    assert embed(pdf, xml) == first


def test_tax_that_is_a_whole_unit_off_is_refused():
    lines = tuple(Line(f"Work {index}", net="3", taxes=("VAT",)) for index in range(8))
    content = replace(
        samples.sample_invoice(1),
        currency="JPY",
        lines=lines,
        taxes=(TaxRow("VAT", "19", "24", "8"),),
        sums=Sums("24", "0", "24", "8", "32", "0", "32"),
    )

    with pytest.raises(Unmet, match="19 % of 24 is not 8"):
        einvoice_xml(content)
