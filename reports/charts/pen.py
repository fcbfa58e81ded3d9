"""What pictures are drawn with: text that is measured and cut, an axis from zero with round ticks [128]."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from babel.numbers import format_compact_decimal, format_decimal
from PIL import ImageDraw, ImageFont

from admin_app.documents.glyphs import FONTS, UNKNOWN, covered
from reports.charts.palette import LIGHT

WIDTH, HEIGHT = 800, 420
INK, MUTED, LINE, SURFACE = LIGHT["@ink"], LIGHT["@muted"], LIGHT["@line"], LIGHT["@surface"]


@lru_cache(maxsize=64)
def font(size: int, *, bold: bool = False, script: str = "NotoSans") -> ImageFont.FreeTypeFont:
    """The face of our letters in that size (pixels)."""
    return ImageFont.truetype(FONTS / f"{script}-{'Bold' if bold else 'Regular'}.ttf", size)


def _script_of(text: str) -> str:
    """The face that has these letters: names may be Hebrew or Arabic."""
    for letter in text:
        if "\u0590" <= letter <= "\u05ff":
            return "NotoSansHebrew"
        if "\u0600" <= letter <= "\u06ff":
            return "NotoSansArabic"
    return "NotoSans"


def drawable(text: str) -> str:
    """The text with a mark in place of each letter that our fonts lack: never a silent blank."""
    letters = covered()
    return "".join(one if one in letters else UNKNOWN for one in text)


@dataclass(frozen=True)
class Box:
    """A part of the picture, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Pen:
    """Draws words and shapes."""

    draw: ImageDraw.ImageDraw

    def width(self, text: str, size: int, *, bold: bool = False) -> float:
        """How many pixels a text takes."""
        return float(font(size, bold=bold, script=_script_of(text)).getlength(drawable(text)))

    def write(
        self,
        at: tuple[float, float],
        text: str,
        size: int,
        *,
        bold: bool = False,
        colour: str = INK,
        anchor: str = "la",
    ) -> None:
        """Text at a point; `anchor` as Pillow names it ("ra": right-aligned under its top)."""
        face = font(size, bold=bold, script=_script_of(text))
        self.draw.text(at, drawable(text), font=face, fill=colour, anchor=anchor)

    def cut(self, text: str, size: int, most: float, *, bold: bool = False) -> str:
        """The text, or its beginning and an ellipsis where it is wider than `most` pixels."""
        if self.width(text, size, bold=bold) <= most:
            return text
        kept = text
        while kept and self.width(f"{kept.rstrip()}…", size, bold=bold) > most:
            kept = kept[:-1]
        return f"{kept.rstrip()}…"

    def wrapped(self, text: str, size: int, most: float, *, lines: int) -> list[str]:
        """The text in so many lines at most; what does not fit is cut."""
        found: list[str] = [""]
        for word in text.split():
            longer = f"{found[-1]} {word}".strip()
            if found[-1] and self.width(longer, size) > most:
                found.append(word)
            else:
                found[-1] = longer
        if len(found) > lines:
            found = [*found[: lines - 1], " ".join(found[lines - 1 :])]
        return [self.cut(line, size, most) for line in found]

    def bar(self, box: Box, colour: str, *, hatched: bool = False) -> None:
        """A bar; a hatched one for a period that is not whole."""
        area = (round(box.left), round(box.top), round(box.right) - 1, round(box.bottom) - 1)
        if area[2] < area[0] or area[3] < area[1]:
            return
        if not hatched:
            self.draw.rectangle(area, fill=colour)
            return
        left, top, right, bottom = area
        self.draw.rectangle(area, outline=colour, width=1)
        height = bottom - top
        for start in range(left - height, right, 6):
            first, last = max(start, left), min(start + height, right)
            if last > first:
                self.draw.line((first, bottom - (first - start), last, bottom - (last - start)), fill=colour)


@dataclass(frozen=True)
class Scale:
    """An axis that holds zero: from `least` to `most` in round steps."""

    least: float
    most: float
    step: float

    @classmethod
    def of(cls, values: list[float], ticks: int = 5) -> Scale:
        """The axis on which these values fit."""
        least, most = min([0.0, *values]), max([0.0, *values])
        if least == most:
            most = 1.0
        rough = (most - least) / ticks
        ten = 10.0 ** math.floor(math.log10(rough))
        step = next(part * ten for part in (1, 2, 2.5, 5, 10) if part * ten >= rough * 0.999)
        return cls(math.floor(least / step) * step, math.ceil(most / step) * step, step)

    def share(self, value: float) -> float:
        """Where a value lies, from 0 at the beginning to 1 at the end."""
        return (value - self.least) / (self.most - self.least)

    @property
    def ticks(self) -> list[float]:
        """The round values at which lines are drawn."""
        count = round((self.most - self.least) / self.step)
        return [self.least + place * self.step for place in range(count + 1)]

    def label(self, tick: float, locale: Locale, unit: str = "") -> str:
        """A tick in few letters: "20K"."""
        if abs(self.most) >= 10_000 or abs(self.least) >= 10_000:
            text = str(format_compact_decimal(round(tick, 6), locale=locale, fraction_digits=1))
        else:
            digits = "#,##0" if self.most - self.least >= 1_000 else "#,##0.##"
            text = str(format_decimal(round(tick, 6), format=digits, locale=locale))
        return f"{text}{unit}"
