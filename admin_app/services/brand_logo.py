"""The logo of a brand or of a look: a picture drawn anew as PNG, so that nothing but its pixels is left [W25].

Two halves, because reading a picture takes longer than a transaction may be open: :func:`draw_logo` knows no
database, :func:`keep_logo` writes its row.  The file of the logo before is swept by the worker.
"""

from __future__ import annotations

import io
import warnings
from typing import IO, BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.models import Brand, PortalLook
from admin_app.policy import Permission, demand
from admin_app.storage.folder import FolderStorage

LARGEST_FILE = 5_000_000
"""Bytes that an upload may have."""
MOST_PIXELS = 25_000_000
LOGO_SIDE = 800
"""Pixels of the longer side: sharp on paper at seven centimetres."""
LARGEST_DRAWN = 8_000_000

ACCEPTED = "A logo is a PNG, JPEG or WebP picture"


def draw_logo(content: IO[bytes]) -> BinaryIO:
    """The picture as PNG, upright, at most 800 pixels a side, without metadata.

    Raises Invalid for SVG (it can carry scripts), other types, damaged pictures, too many bytes or pixels.
    """
    raw = content.read(LARGEST_FILE + 1)
    if not raw:
        raise Invalid("Choose a picture first")
    if len(raw) > LARGEST_FILE:
        raise Invalid(f"This file is larger than {LARGEST_FILE // 1_000_000} MB; send a smaller one")
    if b"<svg" in raw[:4096].lower():
        raise Invalid(f"SVG pictures can carry scripts and are not taken. {ACCEPTED}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Invalid(_too_large())
                return _drawn(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(_too_large()) from None
    except UnidentifiedImageError:
        raise Invalid(ACCEPTED) from None
    except (OSError, SyntaxError, ValueError, EOFError) as trouble:
        raise Invalid("This picture cannot be read; it may be damaged") from trouble


def keep_logo(
    session: Session, storage: FolderStorage, whose: Brand | PortalLook, logo: BinaryIO, actor: Actor
) -> None:
    """Store the drawn logo, then name it in the row that shows it."""
    demand(actor, Permission.SETTINGS)
    whose.logo_key = storage.store(logo, limit=LARGEST_DRAWN).key
    session.flush()


def remove_logo(session: Session, whose: Brand | PortalLook, actor: Actor) -> None:
    """Let a brand go without a logo, or a look fall back to the one behind it."""
    demand(actor, Permission.SETTINGS)
    whose.logo_key = None
    session.flush()


def _drawn(picture: Image.Image) -> BinaryIO:
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LOGO_SIDE, LOGO_SIDE))
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    plain = upright.convert("RGBA" if has_alpha else "RGB")
    plain.info.clear()
    drawn = io.BytesIO()
    plain.save(drawn, "PNG", optimize=True)
    drawn.seek(0)
    return drawn


def _too_large() -> str:
    return f"This picture has more than {MOST_PIXELS // 1_000_000} million pixels; send a smaller one"
