"""Reads our papers back as a reader's program does."""

from __future__ import annotations

import re
from io import BytesIO

from pypdf import PdfReader


def reader(pdf: bytes) -> PdfReader:
    """The file, opened."""
    return PdfReader(BytesIO(pdf), strict=True)


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in reader(pdf).pages]


def text(pdf: bytes) -> str:
    """The whole text, its white space (not its no-break spaces) as single blanks."""
    return re.sub(r"[ \n]+", " ", " ".join(pages(pdf)))


def letters(pdf: bytes) -> str:
    """The whole text without any blank: for words that a line or a typesetter broke."""
    return re.sub(r"[\s\u200b]+", "", "".join(pages(pdf)))
