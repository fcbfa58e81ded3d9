"""Writing to clients from the side bar: about the customer, a project, an appointment, a task [A29, A30, A91]."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from admin_app.admin.letter import answer
from admin_app.models import Entity
from admin_app.policy import Permission
from admin_app.services.messages.about import KINDS
from admin_app.services.messages.by_hand import write_by_hand
from admin_app.services.save_record import find
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

page = Blueprint("letters", __name__, url_prefix="/admin/write")


@page.route("/<any(customer,project,lead,event,task,workorder):word>/<int:record_id>", methods=["GET", "POST"])
@rule(Permission.MESSAGES_WRITE)
def write(word: str, record_id: int) -> ResponseReturnValue:
    """A mail or a text message about a record, its words from a template or typed."""

    def record() -> Entity:
        return find(office_session(), KINDS[word], record_id, actor())

    return answer(
        record,
        lambda about, letter, key: write_by_hand(
            office_session(), about, letter, actor(), clock(), f"{word}-{record_id}-{key}"
        ),
    )
