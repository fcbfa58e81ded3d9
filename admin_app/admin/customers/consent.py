"""What a contact said about mails and text messages, with the proof, and what came back from their address [102]."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.contacts import membership_of
from admin_app.admin.customers.desk import desk, the_group
from admin_app.admin.customers.popup import Popup
from admin_app.kernel.errors import Invalid
from admin_app.models import Channel, ReachKind
from admin_app.policy import Permission
from admin_app.services.messages.consent import consent_of, write_down
from admin_app.services.messages.reach import CALLED
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

ACTS = {
    ReachKind.OPT_OUT: "Wants no more {}",
    ReachKind.OPT_IN: "Agreed to {} again",
    ReachKind.WORKS: "The address works again",
}
"""What can be written down, in words."""


@desk.route("/<int:group_id>/contacts/<int:membership_id>/consent", methods=["GET", "POST"])
@rule(Permission.MESSAGES_WRITE)
def consent(group_id: int, membership_id: int) -> ResponseReturnValue:
    """Whether a person is written to by mail and by text message, since when and why; and a new word on it."""
    group = the_group(group_id)
    contact = membership_of(group, membership_id).contact
    session = office_session()

    def save(typed: dict[str, Any]) -> str:
        channel, _, kind = request.form.get("what", "").partition(":")
        if channel not in set(Channel) or kind not in {one.value for one in ACTS}:
            raise Invalid("Choose what they said")
        said = request.form.get("said", "")
        write_down(session, contact, Channel(channel), ReachKind(kind), said, actor(), clock())
        return "Written down."

    lines = consent_of(session, contact)
    choices = [
        (f"{line.channel.value}:{kind.value}", ACTS[kind].format(CALLED[line.channel]), line.address)
        for line in lines
        for kind in line.acts
    ]
    return Popup(
        group,
        f"Messages to {contact.name}",
        url_for("customers.contacts", group_id=group.id),
        button="Write down",
        template="admin/customers/consent.html",
        more={
            "lines": lines,
            "called": CALLED,
            "choices": choices,
            "chosen": request.form.get("what", ""),
            "said": request.form.get("said", ""),
        },
    ).answer(save)
