"""Whose things, and which project: the chooser of a contact who belongs to several [R4-R6].

What can be chosen is asked of the policy when the page is drawn, when the choice is sent, and at each request after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import NotFound
from admin_app.models import Contact, CustomerGroup, PortalAccount, PortalSession, Project
from admin_app.portal.door import HOME, door, session_of_door, wanted
from admin_app.portal.frame import look_at
from admin_app.portal.things import NOTHING_HERE
from admin_app.services.portal import sessions
from admin_app.services.portal.invitations import groups_open_to
from admin_app.services.portal.sign_in import projects_open_to
from admin_app.web.access import public
from admin_app.web.clients import PORTAL, signed_in_client


@dataclass(frozen=True, slots=True)
class Choice:
    """One customer that can be chosen, and the projects of it that are open; `is_chosen`: it is looked at now."""

    group: CustomerGroup
    projects: list[Project]
    is_chosen: bool


@door.route("/choose", methods=["GET", "POST"])
@public
def choose() -> ResponseReturnValue:
    """Choose the customer, or one project of it; what is not open cannot be chosen, by whatever is sent."""
    session = session_of_door()
    found: tuple[PortalSession, PortalAccount, Contact] | None = signed_in_client()
    if found is None:
        return redirect(url_for(".sign_in", next=wanted() or None))
    row, account, contact = found
    if account.must_change_password:
        return redirect(url_for(".password", next=wanted() or None))
    choices = [
        Choice(group, projects_open_to(session, contact, group.id), group.id == row.group_id)
        for group in groups_open_to(session, contact.id)
    ]
    if request.method == "GET":
        look_at(row.group_id if any(one.is_chosen for one in choices) else None)
        return render_template(
            "portal/door/choose.html", choices=choices, next=wanted(), name=contact.first_name or contact.name
        )
    group, project = _chosen(choices)
    sessions.choose(session, row.id, group.id)
    if project is not None:
        return redirect(url_for(f"{PORTAL}.project", public_id=project.public_id))
    return redirect(wanted() or HOME)


def _chosen(choices: list[Choice]) -> tuple[CustomerGroup, Project | None]:
    """What the pressed button names; raises NotFound for everything that is not on the page."""
    group_id, _, project_id = request.form.get("to", "").partition("/")
    for choice in choices:
        if choice.group.public_id != group_id:
            continue
        if not project_id:
            return choice.group, None
        for project in choice.projects:
            if project.public_id == project_id:
                return choice.group, project
    raise NotFound(NOTHING_HERE)
