"""Brands: bank details behind the password, colour, numbers, and the logo drawn anew [141, W23-W25]."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from admin_app.kernel.errors import Invalid
from admin_app.models import (
    Brand,
    DocumentKind,
    NumberSeries,
    OutboxMessage,
)
from admin_app.services.brand_logo import draw_logo
from admin_app.storage.folder import FolderStorage
from tests.admin.settings.pages import edit, picture, the_brand, typed_into, upload
from tests.forms import send
from tests.signing import PASSWORD, on_sqlite


@on_sqlite
def test_a_new_brand_gets_a_short_name_of_its_own(office, rows):
    for _ in range(2):
        shown = typed_into(office.get("/admin/settings/brands/new"))
        office.post("/admin/settings/brands/new", data=shown | {"name": "Harbour Gutters", "key": ""})

    with rows() as session:
        assert session.scalars(select(Brand.key).order_by(Brand.id)).all() == ["harbour", "harbour2"]


def test_a_new_default_brand_takes_the_place_of_the_old(office, rows):
    shown = typed_into(office.get("/admin/settings/brands/new"))
    office.post("/admin/settings/brands/new", data=shown | {"name": "Hill", "is_default": "y"})

    with rows() as session:
        assert session.scalars(select(Brand.name).where(Brand.is_default)).all() == ["Hill"]


@on_sqlite
def test_other_bank_details_ask_for_the_password(office, rows):
    answer = edit(office, "/admin/settings/brands/1", iban="DE02120300000000202051")

    assert answer.status_code == 422
    assert "Type your password to save this change" in answer.text
    assert "DE02120300000000202051" in answer.text, "what was typed is kept"
    assert the_brand(rows).iban == "GB33BUKB20201555555555"


@on_sqlite
@pytest.mark.parametrize(("typed", "status"), [("wrong", 422), (PASSWORD, 302)])
def test_bank_details_change_only_with_the_right_password(office, rows, typed, status):
    answer = edit(office, "/admin/settings/brands/1", iban="DE02120300000000202051", your_password=typed)

    assert answer.status_code == status
    assert (the_brand(rows).iban == "DE02120300000000202051") is (status == 302)


@on_sqlite
def test_other_bank_details_are_told_to_the_company(office, rows):
    edit(office, "/admin/settings/brands/1", iban="DE02120300000000202051", your_password=PASSWORD)

    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert mail.recipient == "office@ashworth.test"
        assert mail.subject == "The bank details of Harbour were changed"
        assert "Ann Ashworth" in mail.body


@on_sqlite
def test_guessing_the_password_at_the_desk_is_counted(office):
    answers = [
        edit(office, "/admin/settings/brands/1", iban=f"X{n}", your_password="guess").status_code
        for n in range(9)
    ]

    assert answers == [422] * 8 + [429]


@on_sqlite
@pytest.mark.parametrize("accent", ["red", "#12345", "#12345g", "url(x)"])
def test_a_colour_is_a_colour(office, accent):
    assert edit(office, "/admin/settings/brands/1", accent=accent).status_code == 422


def test_the_next_number_goes_forward_only(office, rows):
    def set_series(number):
        return send(
            office,
            "/admin/settings/brands/1/series",
            {"document": "invoice", "prefix": "H-", "next_number": number, "digits": "4"},
        ).status_code

    assert set_series("120") == 302
    assert set_series("119") == 422
    assert set_series("0") == 422
    assert set_series("many") == 422
    assert set_series("121") == 302
    with rows() as session:
        kept = session.scalars(select(NumberSeries)).one()
        assert (kept.document, kept.prefix, kept.next_number, kept.digits) == (
            DocumentKind.INVOICE,
            "H-",
            121,
            4,
        )


@on_sqlite
def test_an_unknown_kind_of_document_has_no_numbers(office):
    assert send(office, "/admin/settings/brands/1/series", {"document": "spell"}).status_code == 404


@on_sqlite
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_and_shown(office, rows, settings, kind):
    assert upload(office, picture(kind), "../../x.svg").status_code == 302

    shown = office.get("/admin/settings/brands/1/logo")
    assert shown.mimetype == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(shown.data)) as drawn:
        assert drawn.format == "PNG"
        assert drawn.size == (800, 267)
    assert len(list(FolderStorage(settings.files).stored_keys())) == 1


@on_sqlite
def test_what_hides_in_a_picture_is_gone(office):
    hiding = picture("JPEG")
    with Image.open(hiding) as image:
        exif = image.getexif()
        exif[270] = "<script>alert(1)</script>"
        told = io.BytesIO()
        image.save(told, "JPEG", exif=exif, comment=b"<?php evil ?>")
    told.seek(0)
    assert b"<script>" in told.getvalue()

    upload(office, told)

    assert b"<script>" not in office.get("/admin/settings/brands/1/logo").data


@on_sqlite
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG pictures can carry scripts"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<SVG/>', "SVG pictures can carry scripts"),
        (b"GIF89a<script>alert(1)</script>", "A logo is a PNG, JPEG or WebP picture"),
        (b"<html><script>alert(1)</script>", "A logo is a PNG, JPEG or WebP picture"),
        (picture().getvalue()[:200], "damaged"),
        (b"", "Choose a picture first"),
        (picture("PNG", (6000, 6000), "1").getvalue(), "more than 25 million pixels"),
    ],
    ids=["svg", "svg in xml", "gif", "html", "cut off", "empty", "bomb"],
)
def test_what_is_no_logo_is_refused_with_a_sentence(office, rows, settings, content, sentence):
    answer = upload(office, io.BytesIO(content))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert the_brand(rows).logo_key is None
    assert list(FolderStorage(settings.files).stored_keys()) == []


def test_a_heavy_file_is_not_read_to_its_end():
    endless = io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"x" * 6_000_000)

    with pytest.raises(Invalid, match="larger than 5 MB"):
        draw_logo(endless)
    assert endless.tell() == 5_000_001


@on_sqlite
def test_a_logo_can_be_taken_off(office, rows):
    upload(office, picture())

    send(office, "/admin/settings/brands/1/logo", {"remove": "1"})

    assert the_brand(rows).logo_key is None
    assert office.get("/admin/settings/brands/1/logo").status_code == 404
