"""The list as a download: what is filtered and sorted on the page, in the columns that were ticked [42]."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Response, request

from admin_app.kernel.errors import NotFound
from admin_app.records.export import FORMATS, prepare
from admin_app.records.values import office_reading
from admin_app.web.company import actor, office_session, today
from admin_app.web.database import db

if TYPE_CHECKING:
    from admin_app.admin.entity_view import EntityView


def send(view: EntityView, form: str) -> Response:
    """Stream the file; the statement is made now, its rows are read while they are sent."""
    if form not in FORMATS:
        raise NotFound("Lists are exported as csv or xlsx")
    session, reading = office_session(), office_reading(office_session())
    asked = view.list_request(request.args.to_dict(flat=False), reading)
    made = prepare(session, actor(), view.entity, asked, reading, today(), request.args.getlist("column"))
    media_type, ending = FORMATS[form]
    name = re.sub(r"[^a-z0-9]+", "-", view.entity.plural.lower()).strip("-")
    answer = Response(made.stream(db.engine, form), content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{today().isoformat()}.{ending}"'
    return answer
