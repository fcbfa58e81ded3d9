"""Whether text can be read on a colour, and the nearest colour on which it can [116].

Relative luminance and contrast ratio as defined by the W3C's Web Content Accessibility Guidelines 2.2 ("relative
luminance", "contrast ratio"; success criterion 1.4.3 asks 4.5 to 1 of text).  Colours are written "#1a2b3c".
"""

from __future__ import annotations

import re

READABLE = 4.5
"""The ratio that WCAG 2.2, 1.4.3 (level AA) asks of text of common size."""
BLACK, WHITE = "#000000", "#ffffff"

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_WEIGHTS = (0.2126, 0.7152, 0.0722)
"""How much red, green and blue add to the light of a colour (sRGB, as WCAG states them)."""
_STEPS = 255
"""One step more or less of the brightest channel: no colour between the proposals is passed over."""


def is_colour(text: str) -> bool:
    """Whether this is a colour as we write them: a hash and six hex digits."""
    return _COLOUR.fullmatch(text) is not None


def luminance(colour: str) -> float:
    """How light a colour is, from 0 (black) to 1 (white).  Raises ValueError for what is no colour."""
    return sum(weight * _linear(channel) for weight, channel in zip(_WEIGHTS, _channels(colour), strict=True))


def ratio(one: str, other: str) -> float:
    """The contrast of two colours, from 1 (the same) to 21 (black and white), whichever comes first."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(one: str, other: str) -> bool:
    """Whether text in one of the colours can be read on the other."""
    return ratio(one, other) >= READABLE


def readable_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour; one of them always reaches 4.5 to 1."""
    return max((WHITE, BLACK), key=lambda ink: ratio(ink, colour))


def darkened_until(colour: str, background: str, wanted: float = READABLE) -> str:
    """The colour, darkened no more than it takes to stand out from a background by the wanted ratio.

    Unchanged where it does already; black where nothing lighter does.
    """
    return _moved_until(colour, BLACK, background, wanted)


def lightened_until(colour: str, background: str, wanted: float = READABLE) -> str:
    """The colour, lightened no more than it takes; white where nothing darker stands out enough."""
    return _moved_until(colour, WHITE, background, wanted)


def _moved_until(colour: str, towards: str, background: str, wanted: float) -> str:
    """The first colour on the straight way to black or white that reaches the ratio, the end of the way else."""
    start, end = _channels(colour), _channels(towards)
    for step in range(_STEPS + 1):
        moved = [round(here + (there - here) * step / _STEPS) for here, there in zip(start, end, strict=True)]
        proposal = "#" + "".join(f"{channel:02x}" for channel in moved)
        if ratio(proposal, background) >= wanted:
            return proposal
    return towards


def _channels(colour: str) -> tuple[int, int, int]:
    if not is_colour(colour):
        raise ValueError(f"{colour!r} is no colour")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
