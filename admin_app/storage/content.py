"""What an upload is, decided by its content and a short list; its name is only a label (security.md, "Requests").

Markup that a browser would run (HTML, SVG) and programs are refused, whatever they are called.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import puremagic

from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text

LONGEST_NAME = 200
HEAD_BYTES = 64 * 1024
MOST_PARTS = 5_000
"""Files that a document packed as ZIP may hold; more is an attack or a mistake."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """One of the accepted types: its MIME name, the ending of its files, and whether it is a picture."""

    mime: str
    ending: str
    is_picture: bool = False


JPEG = ContentType("image/jpeg", ".jpg", is_picture=True)
PNG = ContentType("image/png", ".png", is_picture=True)
WEBP = ContentType("image/webp", ".webp", is_picture=True)
GIF = ContentType("image/gif", ".gif", is_picture=True)
PDF = ContentType("application/pdf", ".pdf")
TEXT = ContentType("text/plain", ".txt")
CSV = ContentType("text/csv", ".csv")
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
DOCX = ContentType(_OPEN_XML + "wordprocessingml.document", ".docx")
XLSX = ContentType(_OPEN_XML + "spreadsheetml.sheet", ".xlsx")
ODT = ContentType("application/vnd.oasis.opendocument.text", ".odt")
ODS = ContentType("application/vnd.oasis.opendocument.spreadsheet", ".ods")
MP4 = ContentType("video/mp4", ".mp4")
MOV = ContentType("video/quicktime", ".mov")

BY_MAGIC = {kind.mime: kind for kind in (JPEG, PNG, WEBP, GIF, PDF, MP4, MOV)}
ACCEPTED = (*BY_MAGIC.values(), DOCX, XLSX, ODT, ODS, TEXT, CSV)
IN_WORDS = (
    "pictures (JPEG, PNG, WebP, GIF), PDF, Word, Excel and OpenDocument files, plain text, CSV, MP4 and MOV"
)

_MARKUP = re.compile(rb"<\s*(!doctype|html|svg|script|\?xml|head|body|iframe|math)", re.IGNORECASE)
_OTHER_ENDINGS = {
    ".jpeg": ".jpg",
    ".jpe": ".jpg",
    ".jfif": ".jpg",
    ".m4v": ".mp4",
    ".text": ".txt",
    ".log": ".txt",
}


def type_of(content: BinaryIO, name: str) -> ContentType:
    """The accepted type of `content`, whose position is put back to its start.

    `name` decides only between kinds of plain text.  Raises Invalid for everything that is not on the list.
    """
    content.seek(0)
    head = content.read(HEAD_BYTES)
    content.seek(0)
    if not head:
        raise Invalid("This file is empty")
    found = _by_magic(head) or _packed(content, head) or _plain_text(head, name)
    content.seek(0)
    if found is None:
        raise Invalid(f"Files of this type are not kept. Accepted are {IN_WORDS}")
    return found


def label_for(name: str, kind: ContentType) -> str:
    """The name under which a file is shown: no folders, no control characters, and the ending of its true type."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    try:
        bare = clean_text(bare, 10_000)
    except Invalid:
        bare = "".join(c for c in bare if c.isprintable())
    bare = bare.strip(". ") or "file"
    stem, dot, ending = bare.rpartition(".")
    shown = f".{ending.lower()}" if dot else ""
    if _OTHER_ENDINGS.get(shown, shown) == kind.ending:
        return f"{stem[: LONGEST_NAME - len(shown)]}{shown}"
    # An ending that is not the content's is part of the label at best; "x.svg" with a picture inside becomes x.png.
    return f"{(stem or bare)[: LONGEST_NAME - len(kind.ending)]}{kind.ending}"


def _by_magic(head: bytes) -> ContentType | None:
    """The type by the first bytes, for pictures, films and PDF."""
    try:
        matches = puremagic.magic_string(head)
    except puremagic.PureError:
        return None
    best = matches[0].confidence if matches else 0
    for match in matches:
        kind = BY_MAGIC.get(match.mime_type)
        if kind is not None and match.confidence >= best:
            return None if kind is PDF and not head.startswith(b"%PDF-") else kind
    return None


def _packed(content: BinaryIO, head: bytes) -> ContentType | None:
    """Word, Excel and OpenDocument files are ZIP archives known by their parts; nothing is unpacked here."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
            if len(names) > MOST_PARTS or any("vbaProject" in name for name in names):
                return None
            if "[Content_Types].xml" in names:
                return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= LONGEST_NAME:
                said = archive.read("mimetype").decode("ascii", "replace").strip()
                return next((kind for kind in (ODT, ODS) if kind.mime == said), None)
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, OSError):
        return None
    return None


def _plain_text(head: bytes, name: str) -> ContentType | None:
    """Plain text is what decodes, holds no control characters and is no markup; only .txt and .csv are kept."""
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    kind = {".txt": TEXT, ".text": TEXT, ".log": TEXT, ".csv": CSV}.get(ending)
    if kind is None or _MARKUP.search(head):
        return None
    text = head.decode("utf-8", "ignore") if _is_utf8(head) else head.decode("latin-1")
    return None if any(ord(c) < 32 and c not in "\t\n\r\f" for c in text) else kind


def _is_utf8(head: bytes) -> bool:
    """Whether the bytes are UTF-8, but for a character cut off at the end."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3
    return True
