"""Small pictures of large ones: drawn anew, so that nothing but pixels is left of what somebody sent (X3, X4)."""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from admin_app.kernel.errors import Invalid

MOST_PIXELS = 60_000_000
"""The pictures of the largest phone cameras fit; a picture that unpacks to more is refused."""
PREVIEW_SIDE = 480
PREVIEW_TYPE = "image/webp"

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def preview_of(content: BinaryIO) -> BinaryIO:
    """A WebP of at most 480 pixels a side, turned as the camera was held, without any metadata.

    Raises Invalid for what only begins like a picture and for too many pixels; `content` is put back to its start.
    """
    content.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(content, formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Invalid(_too_large())
                picture.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
                return _drawn(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(_too_large()) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as trouble:
        raise Invalid("This picture cannot be read; it may be damaged") from trouble
    finally:
        content.seek(0)


def _drawn(picture: Image.Image) -> BinaryIO:
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    plain = upright.convert("RGBA" if has_alpha else "RGB")
    plain.info.clear()
    drawn = io.BytesIO()
    plain.save(drawn, "WEBP", quality=80)
    drawn.seek(0)
    return drawn


def _too_large() -> str:
    return f"This picture has more than {MOST_PIXELS // 1_000_000} million pixels; send a smaller one"
