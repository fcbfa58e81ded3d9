"""Where things stand: pages with head and number, the window of the envelope, room for the longest names."""

import re
from dataclasses import replace

import pytest

from admin_app.documents.content import Fact, FieldKind, Form, FormField
from admin_app.documents.pdf import render_pdf
from admin_app.documents.printed import locale_of, print_bare_money
from admin_app.kernel.money import Money
from tests.documents import samples
from tests.documents.pdf.placed import pieces
from tests.documents.reading import letters, pages, reader, text


@pytest.mark.parametrize("boxes", [0, 1, 2, 3])
def test_what_is_written_by_hand_has_the_width_of_the_paper(boxes):
    """However many boxes stand before it: a question beside a box would leave no room for its answer."""
    question = "Where is the first-aid kit, and who gives first aid?"
    form = Form(
        "Safety", (*(FormField(f"Box {n}") for n in range(boxes)), FormField(question, FieldKind.TEXT))
    )

    read = text(render_pdf(replace(samples.a_workorder(), forms=(form,))))

    assert question in read
    assert all(f"Box {n}" in read for n in range(boxes))


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


@pytest.mark.parametrize(("country", "width"), [("DE", 595), ("US", 612), (None, 595)])
def test_the_paper_is_the_size_of_the_country(country, width):
    content = samples.sample_invoice(1)
    content = replace(content, sender=replace(content.sender, country=country))

    assert int(reader(render_pdf(content)).pages[0].mediabox.width) == width
