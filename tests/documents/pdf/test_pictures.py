"""Pictures and logos are printed; one that cannot be never stops the paper."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from admin_app.documents.pdf import render_pdf
from tests.documents import samples
from tests.documents.pdf.pictures import PICTURES, a_kept
from tests.documents.pdf.placed import pieces
from tests.documents.reading import pages, reader, text


def test_pictures_are_printed_and_a_lost_one_is_named():
    content = samples.an_estimate_with_options()

    def pictures(pdf):
        return sum(len(page.images) for page in reader(pdf).pages)

    assert pictures(render_pdf(content, PICTURES)) == 1
    for lost in ({}, {"oak": b"no picture"}, {"oak": PICTURES["oak"][:300]}, {"oak": b"<svg/>"}):
        pdf = render_pdf(content, lost)
        assert pictures(pdf) == 0
        assert "The picture is not available." in text(pdf)


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
