"""Which characters our fonts can draw, and what is printed where they cannot [never a silent blank].

A letter that the fonts lack is printed as "�", and the foot of the document lists the code of each one, so
that nothing of a name is lost.  Fonts of the machine are never asked: the same paper, everywhere.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache
from importlib import resources
from pathlib import Path

FONTS = Path(str(resources.files("admin_app.documents"))) / "fonts"
"""The folder of the shipped fonts."""

UNKNOWN = "\N{REPLACEMENT CHARACTER}"

# Joiners and direction marks have no shape of their own; the text engine reads them.
_SHAPELESS = frozenset("\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad")
# Variation selectors ask for another shape of the letter before them; ours has one shape.
_SELECTORS = frozenset(chr(code) for code in range(0xFE00, 0xFE10))
LONGEST_WORD = 28
"""Letters of a word that fit into the narrowest column."""

_BREAK_EVERY = 14
_WORD = re.compile(r"[^\s\u200b]+")


class Glyphs:
    """Prints text with what the fonts have, and remembers what they have not: one for each document."""

    def __init__(self) -> None:
        """Nothing missed yet."""
        self._covered = covered()
        self.missing: dict[str, None] = {}

    def said(self, words: str, *, longest: int = LONGEST_WORD) -> str:
        """The text as it can be printed: newlines stay, other control characters become blanks.

        A word of more than `longest` letters gets places to break; where there is room for it, it gets none,
        so that it can be copied whole.
        """
        if words.isascii() and words.isprintable() and len(words) <= LONGEST_WORD:
            return words
        composed = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n"))
        printed = "".join(one if one in self._covered else self._instead_of(one) for one in composed)
        if len(printed) <= longest:
            return printed
        return _WORD.sub(lambda word: _breakable(word.group(), longest), printed)

    def _instead_of(self, one: str) -> str:
        """What stands for a character that is not in the fonts."""
        if one == "\n" or one in _SHAPELESS:
            return one
        if one in _SELECTORS:
            return ""
        if unicodedata.category(one) in ("Cc", "Zs", "Zl", "Zp"):
            return " "
        plainer = unicodedata.normalize("NFKC", one)
        if all(part in self._covered for part in plainer):
            return plainer  # a fullwidth yen, a ligature, a circled number
        self.missing[one] = None
        return UNKNOWN

    def codes(self) -> list[str]:
        """The codes of what could not be drawn, in the order met: "U+5C71"."""
        return [f"U+{ord(one):04X}" for one in self.missing]


def _breakable(word: str, longest: int) -> str:
    """An endless word with places to break it, so that it cannot run off the paper."""
    if len(word) <= longest or any(
        unicodedata.bidirectional(letter) in ("R", "AL", "NSM") for letter in word
    ):
        return word  # a break would tear joined letters, or a mark from its letter
    return "\u200b".join(word[at : at + _BREAK_EVERY] for at in range(0, len(word), _BREAK_EVERY))


@cache
def covered() -> frozenset[str]:
    """Every character that one of the shipped regular fonts draws."""
    found: set[int] = set()
    for font in sorted(FONTS.glob("*-Regular.ttf")):
        found |= _characters(font.read_bytes())
    # A control character has no business on paper, though a font may map one.
    return frozenset(one for one in map(chr, found) if unicodedata.category(one) not in ("Cc", "Co", "Cs"))


def _characters(font: bytes) -> set[int]:
    """The codes in the character map of a TrueType font (formats 4 and 12 of its cmap table)."""
    table = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, table + 2)
    found: set[int] = set()
    for index in range(count):
        (offset,) = struct.unpack_from(">I", font, table + 4 + 8 * index + 4)
        (kind,) = struct.unpack_from(">H", font, table + offset)
        if kind == 4:
            found |= _format_4(font, table + offset)
        elif kind == 12:
            found |= _format_12(font, table + offset)
    return found


def _table(font: bytes, tag: bytes) -> int:
    """Where a table begins."""
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        name, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError(f"The font has no table {tag.decode()}")


def _format_4(font: bytes, at: int) -> set[int]:
    """Segments of the basic plane; glyph 0 is no glyph."""
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 2 * doubled)
    offsets_at = at + 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", font, offsets_at)
    found = set()
    for index, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            if offset:
                (glyph,) = struct.unpack_from(
                    ">H", font, offsets_at + 2 * index + offset + 2 * (code - start)
                )
            else:
                glyph = code + delta & 0xFFFF
            if glyph:
                found.add(code)
    return found


def _format_12(font: bytes, at: int) -> set[int]:
    """Groups of all planes."""
    (count,) = struct.unpack_from(">I", font, at + 12)
    found: set[int] = set()
    for index in range(count):
        start, end, _ = struct.unpack_from(">III", font, at + 16 + 12 * index)
        found.update(range(start, end + 1))
    return found
