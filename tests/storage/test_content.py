"""What an upload is, its content says; its name is a label (security.md; issue 2, bad input: `../../x.svg`)."""

import io
import zipfile

import pytest
from PIL import Image

from admin_app.kernel.errors import Invalid
from admin_app.storage.content import CSV, DOCX, JPEG, ODT, PDF, PNG, TEXT, XLSX, label_for, type_of
from admin_app.storage.pictures import PREVIEW_SIDE, preview_of


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> io.BytesIO:
    drawn = io.BytesIO()
    Image.new("RGB", size, (10, 120, 90)).save(drawn, kind, **options)
    drawn.seek(0)
    return drawn


def packed(**parts: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    file.seek(0)
    return file


def document(*names: str, mimetype: bytes | None = None) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        if mimetype is not None:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, b"x")
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (picture("PNG"), "photo.png", PNG),
        (picture("JPEG"), "photo.png", JPEG),
        (picture("PNG"), "../../x.svg", PNG),
        (io.BytesIO(b"%PDF-1.7\n%..."), "offer.pdf", PDF),
        (document("[Content_Types].xml", "word/document.xml"), "letter.docx", DOCX),
        (document("[Content_Types].xml", "xl/workbook.xml"), "letter.docx", XLSX),
        (document("content.xml", mimetype=b"application/vnd.oasis.opendocument.text"), "a.odt", ODT),
        (io.BytesIO("Grüße\nan alle".encode()), "note.txt", TEXT),
        (io.BytesIO("Größe;1\n".encode("latin-1")), "list.csv", CSV),
    ],
)
def test_the_content_decides(content, name, kind):
    assert type_of(content, name) is kind
    assert content.tell() == 0


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.txt"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "../../x.svg"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "x.png"),
        (b"<!doctype html><script>alert(1)</script>", "page.txt"),
        (b"harmless\n<script>alert(1)</script>", "page.csv"),
        (b"MZ\x90\x00" + bytes(200), "setup.txt"),
        (b"plain words", "words.html"),
        (b"with a \x00 in it", "note.txt"),
        (b"PK\x03\x04 not really", "letter.docx"),
        (packed(**{"photos__a.png": b"x"}).getvalue(), "photos.zip"),
        (
            document("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin").getvalue(),
            "macro.docx",
        ),
    ],
)
def test_markup_programs_and_strangers_are_refused(content, name):
    with pytest.raises(Invalid):
        type_of(io.BytesIO(content), name)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../x.svg", "x.png"),
        ("C:\\Users\\ann\\Roof.PNG", "Roof.png"),
        ("roof", "roof.png"),
        (".png", "png.png"),
        ("a\x00b\x1b.png", "ab.png"),
        ("", "file.png"),
        ("x" * 500 + ".png", "x" * 196 + ".png"),
    ],
)
def test_a_label_has_no_folders_and_the_true_ending(name, label):
    assert label_for(name, PNG) == label


def test_a_preview_is_small_turned_upright_and_bare():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    exif[0x010E] = "taken at the client's house"
    original = picture("JPEG", (2000, 1000), exif=exif)

    with Image.open(preview_of(original)) as small:
        assert small.format == "WEBP"
        assert small.size == (PREVIEW_SIDE // 2, PREVIEW_SIDE)
        assert not dict(small.getexif())
    assert original.tell() == 0


def test_a_transparent_picture_keeps_its_transparency():
    drawn = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(drawn, "PNG")

    with Image.open(preview_of(drawn)) as small:
        assert small.mode == "RGBA"


@pytest.mark.parametrize(
    "content", [b"GIF89a<script>alert(1)</script>", b"\x89PNG\r\n\x1a\n", picture().getvalue()[:60]]
)
def test_what_only_begins_like_a_picture_is_refused(content):
    with pytest.raises(Invalid, match="cannot be read"):
        preview_of(io.BytesIO(content))


def test_a_picture_that_unpacks_to_too_much_is_refused():
    bomb = io.BytesIO()
    Image.new("1", (12_000, 6_000)).save(bomb, "PNG")

    with pytest.raises(Invalid, match="million pixels"):
        preview_of(bomb)
