"""The paper: read back as text, the same bytes everywhere, nothing lost, nothing evaluated [M8, M11, 58, L7]."""

import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import NamedTuple

import pytest
from PIL import Image

from admin_app.documents.content import (
    Columns,
    Derivation,
    Fact,
    FieldKind,
    Form,
    FormField,
    Line,
    PaperKind,
    RowKind,
    TaxRow,
    TotalRow,
)
from admin_app.documents.pdf import render_pdf
from admin_app.documents.printed import locale_of, print_bare_money, print_money
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from tests.documents import samples
from tests.documents.reading import letters, pages, reader, text
from tests.documents.test_content import EVERY_KIND
from tests.house.house import ROOT

PICTURES = {"oak": samples.a_picture(), "pen": samples.a_picture(300, 80, "JPEG")}


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


@pytest.mark.parametrize("sample", EVERY_KIND)
def test_everything_said_is_printed(sample):
    content = sample()

    read = letters(render_pdf(content, PICTURES))

    said = [content.number, content.title, content.intro, content.closing, content.order_number]
    said += [content.payment_text, content.payment_reference, content.crew_notes]
    said += [
        content.sender.legal_name,
        content.sender.footer,
        content.sender.tax_id,
        content.sender.registration,
    ]
    said += [*content.sender.address, content.sender.phone, content.sender.email, content.sender.website]
    said += [content.recipient.name, content.recipient.contact, content.recipient.tax_id, *content.site]
    said += [
        *content.recipient.address,
        *(part for fact in content.facts for part in (fact.label, fact.value)),
    ]
    for line in content.lines:
        said += [line.position, line.section, line.alternative, line.description, line.details, line.unit]
    for row in content.statement:
        said += [row.document, row.text]
    for form in content.forms:
        said += [form.title, *(field.label for field in form.fields), *form.signatures]
    said += [content.signed.name, content.signed.content_hash] if content.signed else []
    for words in said:
        assert re.sub(r"\s+", "", words or "") in read


def test_an_invoice_says_when_and_how_to_pay():
    read = text(render_pdf(samples.an_invoice_with_deposits()))

    assert "Amount due by 2 Apr 2026 €568.60" in read
    assert "IBAN DE89\xa03704\xa00044\xa00532\xa00130\xa000" in read
    assert "BIC COBADEFFXXX" in read and "Reference N-2026-00042" in read
    assert "Scan with your banking app" in read
    assert "Part 3 of 3" in read and "Your order PO 4711" in read


@pytest.mark.parametrize("boxes", [0, 1, 2, 3])
def test_what_is_written_by_hand_has_the_width_of_the_paper(boxes):
    """However many boxes stand before it: a question beside a box would leave no room for its answer."""
    question = "Where is the first-aid kit, and who gives first aid?"
    form = Form("Safety", (*(FormField(f"Box {n}") for n in range(boxes)), FormField(question, FieldKind.TEXT)))

    read = text(render_pdf(replace(samples.a_workorder(), forms=(form,))))

    assert question in read
    assert all(f"Box {n}" in read for n in range(boxes))


def test_a_credit_note_names_its_invoice_and_asks_for_nothing():
    read = text(render_pdf(samples.a_credit_note()))

    assert "Corrects N-2026-00042 of 3 Mar 2026" in read
    assert "IBAN" not in read and "Amount due" not in read


def test_what_is_settled_asks_for_nothing():
    content = samples.sample_invoice(2)
    assert content.sums
    settled = replace(content, sums=replace(content.sums, prepaid=content.sums.total, due="0.00"))

    read = text(render_pdf(settled))

    assert "IBAN" not in read and "Scan" not in read


@pytest.mark.parametrize("kind", [kind for kind in PaperKind if kind is not PaperKind.STATEMENT])
def test_a_draft_says_so_on_every_page(kind):
    content = replace(samples.sample_invoice(60), kind=kind, number=None)

    read = pages(render_pdf(content))

    assert len(read) > 1
    assert all("Draft" in page for page in read)
    assert not any("IBAN" in page for page in read), "nobody pays a draft"


def test_what_has_a_number_is_no_draft():
    assert "Draft" not in text(render_pdf(samples.sample_invoice(3)))


def test_four_hundred_lines_fill_many_pages_with_head_and_number():
    content = samples.sample_invoice(400)

    read = pages(render_pdf(content))

    assert len(read) > 12
    for index, page in enumerate(read, start=1):
        assert f"Page {index} of {len(read)}" in page
    with_lines = [
        page for page in read if re.search(r"^\d+ ?\n?(Crown|Removal|Stump|Hedge|Chipping)", page, re.M)
    ]
    assert len(with_lines) > 11
    assert all("Description" in page and "Amount" in page for page in with_lines), "the head returns"
    assert all("N-2026-00042" in page for page in read)
    whole = "".join(read)
    for line in content.lines:
        assert line.net and print_bare_money(Money.of(line.net, "EUR"), locale_of("en_GB")) in whole


def test_the_totals_stay_together():
    # Some number of lines leaves no room for all of them on the first page.
    for lines in range(6, 18):
        content = samples.sample_invoice(lines)
        read = pages(render_pdf(content))
        holding = [page for page in read if "Services" in page]
        assert len(holding) == 1
        assert all(row.label in holding[0] for row in content.totals)


ENDLESS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
WIDE = " ".join(["Wilhelmina"] * 12)


def test_the_longest_names_stay_on_the_paper():
    content = samples.sample_invoice(2)
    content = replace(
        content,
        title=WIDE,
        sender=replace(content.sender, name=WIDE, address=(ENDLESS, WIDE), footer=f"{WIDE} {ENDLESS}"),
        recipient=replace(content.recipient, name=ENDLESS, contact=WIDE, address=(WIDE, ENDLESS)),
        facts=(Fact(ENDLESS, ENDLESS), Fact("x" * 90, WIDE)),
        lines=(replace(content.lines[0], description=ENDLESS * 2, details="y" * 900, unit=ENDLESS),),
        payment_reference=ENDLESS,
    )

    pdf = render_pdf(content)

    read = letters(pdf)
    for said in (ENDLESS, WIDE, "x" * 90):
        assert re.sub(r"\s", "", said) in read
    assert read.count("y") >= 900
    for piece in pieces(pdf):
        # By a thrifty guess of its width.
        assert 50 < piece.begin < piece.paper - 50 - 0.42 * piece.size * len(piece.said), piece


def test_the_letterhead_does_not_run_into_the_name():
    content = samples.sample_invoice(1)
    content = replace(content, sender=replace(content.sender, name=WIDE, address=(WIDE, ENDLESS)))

    contact = [piece for piece in pieces(render_pdf(content)) if piece.size < 8 and piece.height > 730]

    assert len(contact) > 6
    assert all(piece.begin > 330 for piece in contact)


def test_the_recipient_stands_in_the_window_of_the_envelope():
    # DIN 5008, form B: 45 to 90 mm from the top, 20 to 105 mm from the left of an A4 page.
    millimetre = 72 / 25.4
    content = samples.an_invoice_with_deposits()
    wanted = {content.recipient.name, content.recipient.contact, *content.recipient.address}

    found = [piece for piece in pieces(render_pdf(content)) if piece.said in wanted and piece.size == 10.5]

    assert len(found) == len(wanted)
    for piece in found:
        assert (841.89 - piece.height - piece.size) / millimetre > 45
        assert (841.89 - piece.height) / millimetre < 90
        assert 20 < piece.begin / millimetre < 105


def test_a_long_unit_leaves_room_for_the_description():
    line = replace(samples.sample_invoice(1).lines[0], description="Planting", unit=f"u{ENDLESS}")

    (unit,) = [
        piece
        for piece in pieces(render_pdf(replace(samples.sample_invoice(1), lines=(line,))))
        if piece.said.startswith("uDonau")
    ]

    assert unit.begin > 250


class Piece(NamedTuple):
    """A run of text: where it begins and how large it is, in points."""

    said: str
    begin: float
    height: float
    size: float
    paper: float


def pieces(pdf: bytes) -> list[Piece]:
    """Every run of text of the paper."""
    found: list[Piece] = []
    for page in reader(pdf).pages:
        paper = float(page.mediabox.width)

        def look(said, outer, inner, _font, size, paper=paper):
            if said.strip():
                begin, height = inner[4] * outer[0] + outer[4], inner[5] * outer[3] + outer[5]
                found.append(Piece(said.strip(), begin, height, size, paper))

        page.extract_text(visitor_text=look)
    return found


def test_names_of_other_scripts_are_printed():
    content = samples.sample_invoice(1)
    names = ("Дмитрий Ёлкин", "Ελένη Παπαδοπούλου", "Żaneta Nguyễn", "שרה כהן")
    content = replace(content, recipient=replace(content.recipient, address=names))

    read = text(render_pdf(content))

    for name in names[:3]:
        assert name in read
    assert all(word in read for word in names[3].split())
    assert "letters that are not in the typeface" not in read


def test_arabic_is_joined_and_read_back():
    content = samples.sample_invoice(1)
    content = replace(content, recipient=replace(content.recipient, name="محمد الأمين"))

    read = text(render_pdf(content))

    assert "محمد" in read and "الأمين" in read


def test_a_language_without_words_runs_as_its_english_words_do():
    # English words set from right to left would read "2026/04/Amount due by 02".
    pdf = render_pdf(replace(samples.sample_invoice(2), language="ar_EG"))

    assert str(reader(pdf).root_object["/Lang"]) == "en"
    assert "Amount due by" in text(pdf) and "165.41" in text(pdf)
    assert "�" not in text(pdf)


def test_a_letter_that_no_font_has_is_shown_and_named():
    content = samples.sample_invoice(1)
    content = replace(content, recipient=replace(content.recipient, name="山田太郎"))

    read = text(render_pdf(content))

    assert "����" in read
    assert "� stands for letters that are not in the typeface: U+5C71, U+7530, U+592A, U+90CE" in read


def test_nothing_that_was_typed_is_evaluated():
    # The template language, its paths and its maths are only text here.
    typed = '#panic("x") *bold* _it_ $x^2$ <label> @ref \\ #image("/etc/passwd") // gone /* gone */ `raw` "quoted"'
    content = samples.sample_invoice(1)
    content = replace(
        content, intro=typed, title=typed, lines=(replace(content.lines[0], description=typed),)
    )

    assert letters(render_pdf(content)).count(re.sub(r"\s", "", typed)) == 3


def test_a_placeholder_that_was_typed_stays_what_it_is():
    content = replace(samples.a_signed_estimate(), title="{n} of {count}")
    assert content.signed
    content = replace(content, signed=replace(content.signed, name="{day}"))

    read = text(render_pdf(content, PICTURES))

    assert "{n} of {count}" in read and "Signed by {day} on" in read


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


def test_options_say_what_is_in_the_total():
    read = text(render_pdf(samples.an_estimate_with_options(), PICTURES))

    assert (
        "Leave the wood as logs on site Alternative, chosen: Wood" in read
        or "Alternative, chosen: Wood" in read
    )
    assert "Alternative: Wood · Not included in the total" in read
    assert "Optional · Not included in the total" in read
    assert "Revision 2" in read and "Valid until 3 Apr 2026" in read


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


def test_pictures_are_printed_and_a_lost_one_is_named():
    content = samples.an_estimate_with_options()

    def pictures(pdf):
        return sum(len(page.images) for page in reader(pdf).pages)

    assert pictures(render_pdf(content, PICTURES)) == 1
    for lost in ({}, {"oak": b"no picture"}, {"oak": PICTURES["oak"][:300]}, {"oak": b"<svg/>"}):
        pdf = render_pdf(content, lost)
        assert pictures(pdf) == 0
        assert "The picture is not available." in text(pdf)


def a_kept(mode: str, kind: str, **how: object) -> bytes:
    """A plain picture of 300 by 200 in a mode and a kind."""
    kept = BytesIO()
    Image.new(mode, (300, 200)).save(kept, kind, **how)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("I;16", "PNG"),
        ("L", "JPEG"),
        ("RGB", "JPEG"),
        ("RGB", "WEBP"),
    ],
)
def test_pictures_of_every_usual_kind_are_printed(mode, kind):
    pdf = render_pdf(samples.an_estimate_with_options(), {"oak": a_kept(mode, kind)})

    assert "not available" not in text(pdf)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        samples.a_picture(800, 600, "JPEG")[:-100],
        samples.a_picture(800, 600, "PNG")[:-500],
        samples.a_picture(800, 600, "PNG")[:-20],
        samples.a_picture(800, 600, "WEBP")[:-500],
        a_kept("CMYK", "JPEG"),
        a_kept("RGB", "TIFF"),
        a_kept("RGB", "GIF"),
    ],
)
def test_a_picture_that_cannot_be_printed_never_stops_the_paper(broken):
    pdf = render_pdf(samples.an_estimate_with_options(), {"oak": broken})

    assert "The picture is not available." in text(pdf)


def test_a_photo_that_was_taken_sideways_keeps_its_shape():
    # 300 × 200 is set 28 mm high; turned upright it may be 32 mm high.
    turned = Image.Exif()
    turned[0x0112] = 6
    photos = (a_kept("RGB", "JPEG"), a_kept("RGB", "JPEG", exif=turned))

    lying, upright = (
        next(
            piece.height
            for piece in pieces(render_pdf(samples.an_estimate_with_options(), {"oak": photo}))
            if piece.said == "The wood"
        )
        for photo in photos
    )

    assert lying - upright == pytest.approx((32 - 28) * 72 / 25.4, abs=0.1)


def test_a_logo_takes_the_place_of_the_name():
    content = samples.sample_invoice(1)
    content = replace(content, sender=replace(content.sender, logo="logo"))
    kept = BytesIO()
    Image.new("RGBA", (600, 200), (0, 0, 0, 0)).save(kept, "PNG")

    assert len(reader(render_pdf(content, {"logo": kept.getvalue()})).pages[0].images) >= 1
    assert "North Tree Care" in pages(render_pdf(content))[0], "without its bytes the name stands there"


def test_an_amount_that_printing_would_round_is_refused():
    content = replace(samples.a_receipt(), totals=(TotalRow("Received", "600.005", RowKind.STRONG),))

    with pytest.raises(Invalid, match="more decimals"):
        render_pdf(content)


@pytest.mark.parametrize(("country", "width"), [("DE", 595), ("US", 612), (None, 595)])
def test_the_paper_is_the_size_of_the_country(country, width):
    content = samples.sample_invoice(1)
    content = replace(content, sender=replace(content.sender, country=country))

    assert int(reader(render_pdf(content)).pages[0].mediabox.width) == width


@pytest.mark.parametrize("sample", EVERY_KIND)
def test_the_file_claims_archive_quality_and_tells_its_title(sample):
    content = sample()
    found = reader(render_pdf(content, PICTURES))

    claim = found.xmp_metadata
    assert claim is not None
    assert (claim.pdfaid_part, claim.pdfaid_conformance) == ("3", "B")
    assert found.metadata and found.metadata.title
    assert (content.number or "Statement") in found.metadata.title
    assert found.metadata.author == content.sender.name
    assert "/StructTreeRoot" in found.root_object, "a screen reader finds its way"
    assert found.metadata.creation_date and found.metadata.creation_date.date() == content.issued_on


def test_all_fonts_are_embedded():
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader(render_pdf(samples.sample_invoice(3))).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]  # a page has resources
    }

    assert fonts
    assert all(re.fullmatch(r"/[A-Z]{6}\+NotoSans.*", font) for font in fonts)


def test_the_same_content_gives_the_same_bytes_whatever_was_printed_before():
    first = render_pdf(samples.an_invoice_with_deposits(), PICTURES)
    render_pdf(samples.an_estimate_with_options(), PICTURES)

    assert render_pdf(samples.an_invoice_with_deposits(), PICTURES) == first
    assert render_pdf(samples.sample_invoice(3)) != first


PRINT_ALL = """
import hashlib
from admin_app.documents.pdf import render_pdf
from tests.documents import test_pdf
for sample in test_pdf.EVERY_KIND:
    print(hashlib.sha256(render_pdf(sample(), test_pdf.PICTURES)).hexdigest())
"""


def test_another_process_elsewhere_prints_the_same_bytes(tmp_path):
    # Another folder, another zone, another locale, no fonts of the machine, another hash seed.
    ours = [hashlib.sha256(render_pdf(sample(), PICTURES)).hexdigest() for sample in EVERY_KIND]

    theirs = subprocess.run(
        [sys.executable, "-c", PRINT_ALL],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(tmp_path),
            "TZ": "Pacific/Auckland",
            "LC_ALL": "C",
            "HOME": str(tmp_path),
            "PYTHONHASHSEED": "7",
            "SOURCE_DATE_EPOCH": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert theirs.stdout.split() == ours


def test_a_draft_without_a_date_is_stable_too():
    content = replace(samples.sample_invoice(1), number=None, issued_on=None)

    assert render_pdf(content) == render_pdf(content)


def test_many_threads_print_at_once():
    papers = [replace(samples.sample_invoice(2), number=f"N-{index}") for index in range(12)]

    with ThreadPoolExecutor(6) as pool:
        printed = list(pool.map(render_pdf, papers))

    for paper, pdf in zip(papers, printed, strict=True):
        assert f"Invoice {paper.number}" in text(pdf)


def test_an_empty_document_is_still_a_letter():
    content = replace(
        samples.a_receipt(),
        totals=(),
        settlements=(),
        intro=None,
        closing=None,
        facts=(),
        site=(),
        issued_on=date(2026, 1, 1),
    )

    assert "Receipt P-1204" in text(render_pdf(content))


def test_a_line_needs_no_more_than_its_description():
    content = replace(samples.sample_invoice(0), lines=(Line("Advice"),), totals=())

    assert "Advice" in text(render_pdf(content))
