"""What must hold of a look, whichever way it is saved: an accent is a colour, and one that can be read [116]."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.contrast import READABLE, darkened_until, is_colour, is_readable, ratio
from admin_app.kernel.errors import Invalid
from admin_app.models import PortalLook
from admin_app.services.portal.look import LIGHT_GROUND

SHAPE = "A colour is written as # and six digits from 0 to f: #0d6570"


def check_look(_session: Session, _look: PortalLook | None, values: dict[str, Any]) -> None:
    """Raises Invalid for an accent that is no colour, or in which a link could not be read on light ground.

    The text on a button is black or white by itself, and for dark ground the colour is lightened by itself; on light
    ground the colour is what was chosen, so there somebody chooses again.
    """
    accent = values.get("accent")
    if not accent:
        return
    if not is_colour(accent):
        raise Invalid(SHAPE, {"accent": SHAPE})
    values["accent"] = accent = accent.lower()
    if not is_readable(accent, LIGHT_GROUND):
        refused = too_pale(accent)
        raise Invalid(refused, {"accent": refused})


def too_pale(accent: str) -> str:
    """What is said of an accent that cannot be read, with the nearest one that can."""
    return (
        f"Links in {accent} cannot be read on light ground: the contrast is {ratio(accent, LIGHT_GROUND):.1f} to 1, "
        f"and text needs {READABLE} to 1. The nearest that can be read is {readable_accent(accent)}"
    )


def readable_accent(accent: str) -> str:
    """The nearest colour in which links can be read on light ground; the colour itself where they can."""
    return darkened_until(accent, LIGHT_GROUND)
