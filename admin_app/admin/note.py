"""Notes: whoever writes one is its author."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.admin.entity_view import EntityView
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import CustomerGroup, Entity, Project
from admin_app.services import save_record
from admin_app.services.add_note import add_note
from admin_app.web.company import actor, office_session


class NoteView(EntityView):
    """The pages of notes."""

    usual_order = "-id"

    def create_record(self, values: Mapping[str, Any]) -> Entity:
        """Write the note in the name of who is signed in."""
        chosen = parse_id(str(values.get("group") or ""))
        if chosen is None:
            raise Invalid("Customer is missing", {"group": "Customer is missing"})
        try:
            group = save_record.find(office_session(), CustomerGroup, chosen, actor())
        except NotFound as refusal:
            raise Invalid(refusal.sentence, {"group": refusal.sentence}) from None
        number = parse_id(str(values.get("project") or ""))
        project = save_record.find(office_session(), Project, number, actor()) if number is not None else None
        return add_note(office_session(), group, str(values.get("body") or ""), actor(), project)
