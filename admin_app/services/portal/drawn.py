"""A signature drawn on a screen becomes a picture of ours: redrawn as PNG, so that nothing but strokes is left [54]."""

from __future__ import annotations

import io
import warnings
from typing import IO, BinaryIO

from PIL import Image, UnidentifiedImageError

from admin_app.kernel.errors import Invalid

LARGEST_POSTED = 400_000
"""Characters of the form field, and bytes of the picture."""
MOST_PIXELS = 4_000_000
SIDE = 900
"""Pixels of the longer side: sharp at eight centimetres of paper."""
UNREADABLE = "The drawing cannot be read; draw it once more, or only type your name"


def draw_signature(content: IO[bytes]) -> BinaryIO | None:
    """The strokes in black on white, cut to what was drawn; None where nothing was.  Raises Invalid for no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(content, formats=("PNG",)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Invalid(UNREADABLE)
                strokes = picture.convert("RGBA").getchannel("A")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, UnidentifiedImageError):
        raise Invalid(UNREADABLE) from None
    except (OSError, SyntaxError, ValueError, EOFError) as trouble:
        raise Invalid(UNREADABLE) from trouble
    box = strokes.getbbox()
    if box is None:
        return None
    ink = strokes.crop(box)
    ink.thumbnail((SIDE, SIDE))
    paper = Image.new("L", (ink.width + 16, ink.height + 16), 255)
    paper.paste(0, (8, 8), ink)
    drawn = io.BytesIO()
    paper.save(drawn, "PNG", optimize=True)
    drawn.seek(0)
    return drawn
