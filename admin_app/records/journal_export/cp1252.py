"""Names of all scripts in Windows-1252, the only code page that DATEV files may have."""

from __future__ import annotations

import unicodedata

from admin_app.kernel.text import fold


class Transcriber:
    """Writes text with the characters there are, and counts what it had to change.

    `replaced` are characters that Windows-1252 lacks, `numbers` document numbers that could not stay as they are.
    """

    def __init__(self) -> None:
        """Begin with nothing changed."""
        self.replaced = 0
        self.numbers = 0

    def write(self, text: str, longest: int, *, ascii_only: bool = False) -> str:
        """The text on one line, at most `longest` characters; "Łódź" becomes "Lódz", what has no like becomes "?"."""
        visible = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
        one_line = " ".join(visible.split())
        return "".join(self._one(c, ascii_only=ascii_only) for c in one_line)[:longest].strip()

    def remarks(self) -> tuple[str, ...]:
        """What to tell the person who exports."""
        told = []
        if self.replaced:
            told.append(f"Characters that Windows-1252 lacks and that were replaced: {self.replaced:,}")
        if self.numbers:
            told.append(f"Entries whose document number was written as DATEV takes it: {self.numbers:,}")
        return tuple(told)

    def _one(self, character: str, *, ascii_only: bool) -> str:
        is_there = _can(character, "cp1252")
        self.replaced += not is_there
        if is_there and (character.isascii() or not ascii_only):
            return character
        bare = fold(character)
        if character.isupper():
            bare = bare.upper()
        return bare if bare and _can(bare, "ascii") else "?"


def _can(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
