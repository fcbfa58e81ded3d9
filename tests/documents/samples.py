"""Documents for the tests of this room: one of each kind, with amounts that add up by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

from PIL import Image, ImageDraw

from admin_app.documents.content import (
    Columns,
    Deposit,
    Derivation,
    DocumentContent,
    Fact,
    FieldKind,
    Form,
    FormField,
    Line,
    PaperKind,
    Recipient,
    Reference,
    RowKind,
    Sender,
    Settlement,
    Signed,
    StatementRow,
    Sums,
    TaxRow,
    TotalRow,
)

NORTH = Sender(
    name="North Tree Care",
    legal_name="North Tree Care GmbH",
    address=("Lindenweg 4", "24103 Kiel"),
    postcode="24103",
    city="Kiel",
    country="DE",
    email="office@north-tree.example",
    phone="+49 431 555010",
    website="north-tree.example",
    tax_id="DE123456789",
    registration="HRB 4711 Kiel",
    bank_name="Förde Sparkasse",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    accent="#2f6f4f",
    footer="Managing director Ann Oakes. Work is guaranteed for two years.",
)

CLARA = Recipient(
    name="Clara Lindqvist",
    address=("12 Mill Lane", "24105 Kiel"),
    postcode="24105",
    city="Kiel",
    country="DE",
    email="clara@example.com",
)

WORKS = (
    ("Crown reduction of an oak by 30 %", "Climbing crew of two, branches over the roof lowered by rope"),
    ("Removal of dead wood", None),
    ("Stump grinding to 30 cm below ground", "Access through the gate of the neighbour"),
    ("Hedge cutting", "Both sides and the top, cuttings taken away"),
    ("Chipping and disposal", None),
)


def decimal(cents: int) -> str:
    """Cents as the text of an amount."""
    return format(Decimal(cents).scaleb(-2), "f")


def sample_invoice(lines: int = 30) -> DocumentContent:
    """An invoice of so many lines, 19 % tax, no discount; every amount adds up."""
    items, subtotal = [], 0
    for index in range(lines):
        title, details = WORKS[index % len(WORKS)]
        quantity, price = 1 + index % 4, 4550 + 125 * index
        net = quantity * price
        subtotal += net
        items.append(
            Line(
                position=str(index + 1),
                description=title,
                details=details,
                quantity=str(quantity),
                unit="h" if index % 2 else None,
                unit_price=decimal(price),
                net=decimal(net),
                taxes=("VAT",),
            )
        )
    tax = (subtotal * 19 + 50) // 100
    total = subtotal + tax
    return DocumentContent(
        kind=PaperKind.INVOICE,
        currency="EUR",
        sender=NORTH,
        recipient=CLARA,
        number="N-2026-00042",
        title="Crown reduction, Mill Lane",
        issued_on=date(2026, 3, 3),
        due_on=date(2026, 4, 2),
        delivered_on=date(2026, 2, 27),
        order_number="PO 4711",
        facts=(Fact("Estimate", "E-2026-00017"), Fact("Estimator", "Pete Oakes")),
        site=("Mill Lane 12", "24105 Kiel"),
        intro="Thank you for your trust. For the work in your garden we charge:",
        closing="Kind regards\nAnn Oakes",
        lines=tuple(items),
        totals=(
            TotalRow("Services", decimal(subtotal)),
            TotalRow("VAT 19 %", decimal(tax)),
            TotalRow("Total", decimal(total), RowKind.STRONG),
            TotalRow("Amount due", decimal(total), RowKind.STRONG),
        ),
        sums=Sums(
            subtotal=decimal(subtotal),
            discount="0.00",
            net=decimal(subtotal),
            tax=decimal(tax),
            total=decimal(total),
            prepaid="0.00",
            due=decimal(total),
        ),
        taxes=(TaxRow("VAT", "19", decimal(subtotal), decimal(tax)),),
        payment_text="30 days net.",
        payment_reference="N-2026-00042",
    )


def an_invoice_with_deposits() -> DocumentContent:
    """1,000.00 at 19 % and 200.00 at 7 %, 10 % off both, two deposits and a payment taken off."""
    return replace(
        sample_invoice(0),
        recipient=replace(
            CLARA, name="Lindqvist & Daughters KG", contact="Clara Lindqvist", tax_id="DE987654321"
        ),
        part=(3, 3),
        lines=(
            Line(
                "Crown reduction of an oak by 30 %",
                position="1",
                section="Trees",
                details="Climbing crew of two, branches over the roof lowered by rope",
                quantity="2",
                unit="trees",
                unit_price="450.00",
                discount="50.00",
                discount_note=None,
                net="850.00",
                taxes=("VAT 19",),
            ),
            Line(
                "Stump grinding",
                position="2",
                section="Trees",
                quantity="1.5",
                unit="h",
                unit_price="100.00",
                net="150.00",
                taxes=("VAT 19",),
            ),
            Line(
                "Field maple, 10-12 cm, with root ball",
                position="3",
                section="Planting",
                quantity="2",
                unit="pcs",
                unit_price="100.00",
                net="200.00",
                taxes=("VAT 7",),
            ),
        ),
        columns=Columns(taxes=True),
        totals=(
            TotalRow("Services", "1200.00"),
            TotalRow("Discount 10 %", "-120.00", RowKind.DEDUCTION),
            TotalRow("Subtotal", "1080.00"),
            TotalRow("VAT 19 % on 900.00", "171.00"),
            TotalRow("VAT 7 % on 180.00", "12.60"),
            TotalRow("Total", "1263.60", RowKind.STRONG),
            TotalRow("Deposit N-2026-00011 of 5 Jan 2026", "-357.00", RowKind.DEDUCTION),
            TotalRow("Deposit N-2026-00023 of 9 Feb 2026", "-238.00", RowKind.DEDUCTION),
            TotalRow("Paid on 1 Mar 2026", "-100.00", RowKind.DEDUCTION),
            TotalRow("Amount due", "568.60", RowKind.STRONG),
        ),
        sums=Sums("1200.00", "120.00", "1080.00", "183.60", "1263.60", "695.00", "568.60"),
        taxes=(
            TaxRow("VAT 19", "19", "900.00", "171.00"),
            TaxRow("VAT 7", "7", "180.00", "12.60"),
        ),
        deposits=(
            Deposit("N-2026-00011", date(2026, 1, 5), "300.00", "57.00", "357.00"),
            Deposit("N-2026-00023", date(2026, 2, 9), "200.00", "38.00", "238.00"),
        ),
        derivation=Derivation(
            "Total",
            "1263.60",
            "net and taxes",
            children=(
                Derivation(
                    "Net",
                    "1080.00",
                    "lines less discount",
                    children=(
                        Derivation(
                            "Crown reduction of an oak by 30 %",
                            "850.00",
                            "gross less the discount of the line",
                            children=(
                                Derivation("Gross", "900.00", "2 × 450.00 = 900.00"),
                                Derivation("Discount of the line", "-50.00", "fixed amount"),
                            ),
                        ),
                        Derivation("Stump grinding", "150.00", "1.5 × 100.00 = 150.00"),
                        Derivation("Field maple, 10-12 cm, with root ball", "200.00", "2 × 100.00 = 200.00"),
                        Derivation(
                            "Discount",
                            "-120.00",
                            "10 % of 1200.00, spread over the lines so that no cent is lost",
                            children=(
                                Derivation(
                                    "Crown reduction of an oak by 30 %",
                                    "-85.00",
                                    "share of 850.00 in 1200.00",
                                ),
                                Derivation("Stump grinding", "-15.00", "share of 150.00 in 1200.00"),
                                Derivation(
                                    "Field maple, 10-12 cm, with root ball",
                                    "-20.00",
                                    "share of 200.00 in 1200.00",
                                ),
                            ),
                        ),
                    ),
                ),
                Derivation("VAT 19 %", "171.00", "19 % of 900.00 = 171.00"),
                Derivation("VAT 7 %", "12.60", "7 % of 180.00 = 12.60"),
            ),
        ),
        appendix=True,
    )


def an_estimate_with_options() -> DocumentContent:
    """Two alternatives, one optional line, the second revision; not signed yet."""
    return replace(
        sample_invoice(0),
        kind=PaperKind.ESTIMATE,
        number="E-2026-00017",
        revision=2,
        title="Safe trees over the conservatory",
        due_on=None,
        delivered_on=None,
        order_number=None,
        expires_on=date(2026, 4, 3),
        facts=(Fact("Estimator", "Pete Oakes"),),
        intro="Dear Clara,\n\nthe oak over your conservatory is healthy, but it carries dead wood. We would reduce "
        "the crown by a third and leave it balanced. You choose what happens with the wood.",
        closing="Once you agree, we propose two dates within three weeks.\n\nKind regards\nPete Oakes",
        lines=(
            Line(
                "Crown reduction of an oak by 30 %",
                position="1",
                section="Trees",
                details="Climbing crew of two, branches over the roof lowered by rope.\nRoof protected with mats.",
                quantity="1",
                unit_price="780.00",
                net="780.00",
                photo="oak",
            ),
            Line(
                "Leave the wood as logs on site",
                position="2a",
                section="The wood",
                alternative="Wood",
                quantity="1",
                unit_price="60.00",
                net="60.00",
                chosen=True,
            ),
            Line(
                "Take everything away",
                position="2b",
                section="The wood",
                alternative="Wood",
                quantity="1",
                unit_price="240.00",
                net="240.00",
                chosen=False,
            ),
            Line(
                "Grind the old stump",
                position="3",
                section="While we are there",
                optional=True,
                details="30 cm below ground, filled with the chips",
                quantity="1.25",
                unit="h",
                unit_price="96.00",
                net="120.00",
                chosen=False,
            ),
        ),
        totals=(
            TotalRow("Services", "840.00"),
            TotalRow("VAT 19 %", "159.60"),
            TotalRow("Total", "999.60", RowKind.STRONG),
            TotalRow("Deposit on acceptance, 30 %", "299.88"),
        ),
        sums=None,
        taxes=(TaxRow("VAT", "19", "840.00", "159.60"),),
        payment_text=None,
        payment_reference=None,
    )


def a_signed_estimate() -> DocumentContent:
    """The same, agreed to."""
    return replace(
        an_estimate_with_options(), signed=Signed("Clara Lindqvist", date(2026, 3, 9), "ab" * 32, "pen")
    )


def a_workorder() -> DocumentContent:
    """For the crew: no money, boxes to tick, forms to fill in."""
    return replace(
        sample_invoice(0),
        kind=PaperKind.WORKORDER,
        number="W-2026-00009",
        due_on=None,
        order_number=None,
        facts=(Fact("Crew", "Sam, Kim"), Fact("Start", "8:00")),
        intro=None,
        closing=None,
        lines=(
            Line(
                "Crown reduction of an oak by 30 %",
                position="1",
                quantity="1",
                done=True,
                details="Branches over the roof lowered by rope",
            ),
            Line("Stump grinding", position="2", quantity="1.25", unit="h", done=False),
            Line("Chipping and disposal", position="3", quantity="1", done=False),
        ),
        columns=Columns(unit_price=False, line_totals=False),
        totals=(),
        sums=None,
        taxes=(),
        payment_text=None,
        payment_reference=None,
        crew_notes="The dog is friendly. Park in the yard, not on the lawn.\nKey under the third pot.",
        forms=(
            Form(
                "Before the job",
                tuple(
                    FormField(label)
                    for label in (
                        "Helmets, eye and ear protection",
                        "Rope and harness checked",
                        "Drop zone marked",
                        "Power lines looked for",
                        "First-aid kit at hand",
                        "Neighbours told",
                    )
                ),
                0,
                ("Crew leader",),
            ),
            Form(
                "Report",
                (
                    FormField("Arrived", FieldKind.TEXT),
                    FormField("Left", FieldKind.TEXT),
                    FormField("Chipper hours", FieldKind.NUMBER),
                    FormField("Fuel, litres", FieldKind.NUMBER),
                ),
                4,
                ("Crew leader", "Customer"),
            ),
        ),
    )


def a_statement() -> DocumentContent:
    """Four entries of an account, 412.30 left."""
    return replace(
        sample_invoice(0),
        kind=PaperKind.STATEMENT,
        number=None,
        title="1 January to 31 March 2026",
        issued_on=date(2026, 3, 31),
        due_on=None,
        delivered_on=None,
        order_number=None,
        facts=(Fact("Customer", "C-0815"),),
        site=(),
        intro="This is your account with us. The balance at the end is open.",
        lines=(),
        statement=(
            StatementRow(date(2026, 1, 1), "Balance brought forward", "0.00"),
            StatementRow(
                date(2026, 1, 5), "Invoice N-2026-00011", "357.00", "Deposit for the oak", debit="357.00"
            ),
            StatementRow(date(2026, 1, 19), "Payment", "0.00", "Transfer, N-2026-00011", credit="357.00"),
            StatementRow(
                date(2026, 3, 3),
                "Invoice N-2026-00042",
                "512.30",
                "Crown reduction, Mill Lane",
                debit="512.30",
            ),
            StatementRow(date(2026, 3, 20), "Payment", "412.30", "Cash", credit="100.00"),
        ),
        totals=(TotalRow("Balance", "412.30", RowKind.STRONG),),
        sums=Sums("869.30", "0.00", "869.30", "0.00", "869.30", "457.00", "412.30"),
        taxes=(),
        payment_text="Due on 2 April.",
        payment_reference="C-0815",
    )


def a_credit_note() -> DocumentContent:
    """One of the hours is taken back."""
    return replace(
        sample_invoice(0),
        kind=PaperKind.CREDIT_NOTE,
        number="NC-2026-00003",
        due_on=None,
        preceding=(Reference("N-2026-00042", date(2026, 3, 3)),),
        intro="We take back one hour of grinding that was not needed.",
        lines=(
            Line(
                "Stump grinding",
                position="1",
                quantity="1",
                unit="h",
                unit_price="100.00",
                net="100.00",
                taxes=("VAT",),
            ),
        ),
        totals=(
            TotalRow("Services", "100.00"),
            TotalRow("VAT 19 %", "19.00"),
            TotalRow("Credited to you", "119.00", RowKind.STRONG),
        ),
        sums=Sums("100.00", "0.00", "100.00", "19.00", "119.00", "0.00", "119.00"),
        taxes=(TaxRow("VAT", "19", "100.00", "19.00"),),
        payment_text=None,
        payment_reference=None,
    )


def a_receipt() -> DocumentContent:
    """One payment that settles two invoices."""
    return replace(
        sample_invoice(0),
        kind=PaperKind.RECEIPT,
        number="P-1204",
        title=None,
        due_on=None,
        delivered_on=None,
        order_number=None,
        facts=(Fact("Paid by", "Card ending in 4242"),),
        intro="Thank you, your payment has arrived.",
        lines=(),
        totals=(TotalRow("Received", "600.00", RowKind.STRONG),),
        sums=None,
        taxes=(),
        settlements=(
            Settlement("N-2026-00042", "568.60", date(2026, 3, 3)),
            Settlement("Kept as credit", "31.40"),
        ),
        payment_text=None,
        payment_reference=None,
    )


def a_picture(width: int = 320, height: int = 240, kind: str = "PNG") -> bytes:
    """A tree as a child draws it."""
    image = Image.new("RGB", (width, height), "#dbe7f0")
    draw = ImageDraw.Draw(image)
    draw.rectangle((width * 0.46, height * 0.5, width * 0.54, height), fill="#6b4a2f")
    draw.ellipse((width * 0.25, height * 0.1, width * 0.75, height * 0.65), fill="#2f6f4f")
    kept = BytesIO()
    image.save(kept, kind)
    return kept.getvalue()
