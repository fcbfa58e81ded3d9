"""The logo as a picture: public, since it stands on the sign-in page; named by whose it is, never by the store's key.

It was drawn anew as PNG when it came in, so it is served as one, and kept by browsers until it changes.
"""

from __future__ import annotations

import hashlib
import io

from flask import Blueprint, Response, send_file, url_for
from sqlalchemy import select, union_all

from admin_app.kernel.errors import NotFound
from admin_app.models import Brand, PortalLook
from admin_app.portal.things import LONGEST_ID, NOTHING_HERE
from admin_app.services.portal.look import Look
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import public
from admin_app.web.database import db
from admin_app.web.login import settings

logos = Blueprint("portal_logo", __name__)
A_YEAR = 31_536_000


def logo_url(look: Look) -> str | None:
    """The address of a look's logo, another one for another picture; None where there is none."""
    if look.logo_key is None or look.logo_of is None:
        return None
    mark = hashlib.sha256(look.logo_key.encode()).hexdigest()[:12]
    return url_for("portal_logo.logo", whose=look.logo_of, v=mark)


@logos.get("/portal/logo/<whose>.png")
@public
def logo(whose: str) -> Response:
    """The logo of a brand or of a look, by its public id."""
    key = _key_of(whose) if len(whose) <= LONGEST_ID and whose.isprintable() else None
    if key is None:
        raise NotFound(NOTHING_HERE)
    with FolderStorage(settings().files).open(key) as file:
        drawn = io.BytesIO(file.read())  # some kilobytes: a logo is drawn small when it comes in
    answer = send_file(drawn, mimetype="image/png")
    answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return answer


def _key_of(whose: str) -> str | None:
    named = union_all(
        *(
            select(kind.logo_key).where(kind.public_id == whose, kind.logo_key.is_not(None))
            for kind in (Brand, PortalLook)
        )
    )
    return db.session().scalar(named.limit(1))
