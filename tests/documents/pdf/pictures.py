"""The pictures that papers of tests carry."""

from io import BytesIO

from PIL import Image

from tests.documents import samples

PICTURES = {"oak": samples.a_picture(), "pen": samples.a_picture(300, 80, "JPEG")}


def a_kept(mode: str, kind: str, **how: object) -> bytes:
    """A plain picture of 300 by 200 in a mode and a kind."""
    kept = BytesIO()
    Image.new(mode, (300, 200)).save(kept, kind, **how)
    return kept.getvalue()
