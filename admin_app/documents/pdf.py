"""Sets a document on paper: PDF/A-3b, the same bytes for the same content on every machine [M11].

One compiler a process, because it keeps fonts and templates; a lock, because it sets one document at a time.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import typst
from PIL import Image, UnidentifiedImageError

from admin_app.documents.content import DocumentContent
from admin_app.documents.glyphs import FONTS
from admin_app.documents.paper import Picture, set_paper

TEMPLATES = FONTS.parent / "templates"

_ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
_ORIENTATION, _UPRIGHT = 0x0112, 4
"""The mark by which a camera says how it was held, and the last of its values that does not lay it on its side."""

_NO_PICTURES: Mapping[str, bytes] = {}


def render_pdf(content: DocumentContent, pictures: Mapping[str, bytes] = _NO_PICTURES) -> bytes:
    """The paper as PDF/A-3b, as plain PDF while it has no date.

    `pictures` holds the bytes of logo, photos and signature under their keys.  A picture that is absent, broken
    or of another kind than PNG, JPEG (but CMYK) or WebP is left out; of a photo, a line says so in its place.  Raises
    Invalid for an amount that its currency cannot carry.
    """
    return _press().print(content, pictures)


class Press:
    """The typesetter with its fonts and its template; sets one document at a time."""

    def __init__(self) -> None:
        """Read the fonts: this takes longer than a document does."""
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        self._template = (TEMPLATES / "paper.typ").read_bytes()
        self._compiler = typst.Compiler(root=str(TEMPLATES), font_paths=fonts)
        self._lock = threading.Lock()

    def print(self, content: DocumentContent, pictures: Mapping[str, bytes]) -> bytes:
        """The PDF of one document."""
        readable = {
            key: (found, pictures[key])
            for key in _wanted(content)
            if key in pictures and (found := _readable(pictures[key]))
        }
        paper = set_paper(content, {key: found for key, (found, _) in readable.items()})
        if not readable:
            return self._set(content, paper, TEMPLATES)
        with tempfile.TemporaryDirectory(prefix="sawhorse-pictures-") as folder:
            for found, picture in readable.values():
                Path(folder, found["file"]).write_bytes(picture)
            try:
                return self._set(content, paper, Path(folder))
            except typst.TypstError:
                # A picture that one reader took and the other did not: the letter matters more than it.
                return self._set(content, set_paper(content, {}), TEMPLATES)

    def _set(self, content: DocumentContent, paper: dict[str, Any], folder: Path) -> bytes:
        """Set `paper` with the pictures in `folder`."""
        with self._lock:
            found = self._compiler.compile(
                self._template,
                root=str(folder),
                format="pdf",
                sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)},
                # The archive wants a date; a draft that has none yet is not for the archive.
                pdf_standards=["a-3b"] if content.issued_on else [],
            )
        assert isinstance(found, bytes)
        return found


@cache
def _press() -> Press:
    """The press of this process."""
    return Press()


def _wanted(content: DocumentContent) -> set[str]:
    """The keys of the pictures that the document shows."""
    keys = {content.sender.logo, *(line.photo for line in content.lines)}
    keys.add(content.signed.picture if content.signed else None)
    return {key for key in keys if key}


def _readable(picture: bytes) -> Picture | None:
    """Under which name and in which shape a picture can be printed, None of one that cannot."""
    try:
        with Image.open(BytesIO(picture)) as image:
            kind, (width, height) = image.format or "", image.size
            if image.getexif().get(_ORIENTATION, 1) > _UPRIGHT:
                width, height = height, width
            if kind not in _ENDINGS or image.mode == "CMYK":  # the archive would want its printing profile
                return None
            image.draft("L", (1, 1))  # of a JPEG, the smallest reading that still meets every byte
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return {"file": f"{sha256(picture).hexdigest()}.{_ENDINGS[kind]}", "shape": width / height}
