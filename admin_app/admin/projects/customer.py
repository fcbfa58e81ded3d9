"""Who takes part in a project, and to whom it is open: assigned is not granted [R29-R40, D2, 105-107]."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from admin_app.admin.customers.popup import Popup
from admin_app.admin.projects.desk import back_to, desk, home_of, show, the_project
from admin_app.kernel.errors import Invalid, NotFound, Refusal
from admin_app.kernel.parsing import parse_id
from admin_app.models import Contact, Membership, PortalAccount, Project, ProjectAccess, ProjectContact
from admin_app.models.field import field_named
from admin_app.policy import Permission, sees_field, visible
from admin_app.records.portal_people import Stage, above_customer, stage_of
from admin_app.services.grant_access import grant_access
from admin_app.services.portal.who_gets_in import count_reach
from admin_app.services.project_contacts import attach_contact, attach_group, detach_contact
from admin_app.services.revoke_access import is_open, revoke_access
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

MOST_SHOWN = 200


@dataclass(slots=True)
class Participant:
    """A contact beside the project: whether they take part, and what was granted."""

    contact: Contact
    role: str = ""
    is_member: bool = False
    takes_part: bool = False
    access: ProjectAccess | None = None
    account: PortalAccount | None = None

    @property
    def has_access(self) -> bool:
        """Whether the project is open to them now."""
        return is_open(self.access)

    @property
    def stage(self) -> Stage:
        """How far their portal user is."""
        return stage_of(self.account)


def participants_of(project: Project) -> list[Participant]:
    """The customer's contacts and everybody else who takes part, in four statements."""
    session, who = office_session(), actor()
    found: dict[int, Participant] = {}
    members: Select[Any] = (
        select(Membership)
        .join(Contact, Contact.id == Membership.contact_id)
        .options(contains_eager(Membership.contact))
        .where(Membership.group_id == project.group_id, Contact.archived_at.is_(None))
        .order_by(Membership.is_primary.desc(), Membership.position, Membership.id)
        .limit(MOST_SHOWN)
    )
    for member in session.scalars(visible(who, members)):
        role = "Primary contact" if member.is_primary else member.role.value.capitalize()
        found[member.contact_id] = Participant(member.contact, "" if role == "General" else role, True)
    parts: Select[Any] = (
        select(ProjectContact)
        .join(Contact, Contact.id == ProjectContact.contact_id)
        .options(contains_eager(ProjectContact.contact))
        .where(ProjectContact.project_id == project.id)
        .order_by(ProjectContact.id)
        .limit(MOST_SHOWN)
    )
    for place in session.scalars(visible(who, parts)):
        found.setdefault(place.contact_id, Participant(place.contact)).takes_part = True
    granted = select(ProjectAccess).where(ProjectAccess.project_id == project.id).limit(MOST_SHOWN)
    for access in session.scalars(visible(who, granted)):
        if access.contact_id in found:
            found[access.contact_id].access = access
    accounts = select(PortalAccount).where(PortalAccount.contact_id.in_(found))
    for account in session.scalars(visible(who, accounts)):
        found[account.contact_id].account = account
    return sorted(found.values(), key=lambda one: not one.takes_part)


def _participant(project: Project, contact_id: int) -> Participant:
    """Somebody of this project or its customer; raises NotFound for anybody else."""
    for one in participants_of(project):
        if one.contact.id == contact_id:
            return one
    raise NotFound("This person has nothing to do with the project")


@desk.get("/<int:project_id>/customer")
@rule(Permission.SALES_READ)
def customer(project_id: int) -> ResponseReturnValue:
    """The people of the project with their access; the key leads here [R19]."""
    project = the_project(project_id)
    return show(
        project,
        "customer",
        participants=participants_of(project),
        sees_email=sees_field(actor(), field_named(Contact, "email")),
        closed=_portal_closed(project),
    )


def _portal_closed(project: Project) -> str:
    """Why a grant opens nothing yet, whatever is granted; "" where the customer's portal is on."""
    said = above_customer(office_session(), project.group).closed
    if not said and not project.group.portal_on:
        said = f"The portal is switched off for {project.group.name}"
    return said


@desk.post("/<int:project_id>/attach")
@rule(Permission.SALES_WRITE)
def attach(project_id: int) -> ResponseReturnValue:
    """Let a contact that exists take part, or everybody of a customer [R30]."""
    project = the_project(project_id)
    contact, group = (parse_id(request.form.get(key, "")) for key in ("contact", "group"))
    session, who = office_session(), actor()
    try:
        if contact is not None:
            names = [attach_contact(session, project, contact, who).contact.name]
        elif group is not None:
            names = [one.contact.name for one in attach_group(session, project, group, who)]
        else:
            raise Invalid("Choose a contact or a customer first")
    except Refusal as refusal:
        return _stay(refusal, home_of(project, "customer"))
    some = names[0] if len(names) == 1 else f"{len(names)} contacts"
    flash(
        f"{some} {'takes' if len(names) == 1 else 'take'} part now. Nothing is open to them yet.", "success"
    )
    return redirect(home_of(project, "customer"))


@desk.route("/<int:project_id>/people/<int:contact_id>/access", methods=["GET", "POST"])
@rule(Permission.ACCESS_GRANT)
def grant(project_id: int, contact_id: int) -> ResponseReturnValue:
    """The plus beside a name: open the project silently, or with a mail [R34-R40]."""
    project = the_project(project_id)
    one = _participant(project, contact_id)

    def save(_: dict[str, Any]) -> str:
        how = request.values.get("how", "")  # Undo of a red X brings it in its address
        if how not in ("notify", "silent"):
            raise Invalid("Choose how the project is opened")
        access = grant_access(office_session(), project, contact_id, actor(), clock(), notify=how == "notify")
        told = f"A mail to {one.contact.email} is on its way." if how == "notify" else "No mail was sent."
        return f"{project.title} is open to {access.contact.name}. {told}"

    return Popup(
        project.group,
        f"Open “{project.title}” to {one.contact.name}",
        back_to(project, "customer"),
        button="Grant access",
        template="admin/projects/grant.html",
        more={
            "contact": one.contact,
            "how": request.form.get("how", "silent"),
            "already": one.has_access,
            "is_new": one.account is None or one.account.last_signed_in_at is None,
            "closed": _portal_closed(project),
        },
    ).answer(save)


@desk.post("/<int:project_id>/people/<int:contact_id>/revoke")
@rule(Permission.ACCESS_GRANT)
def revoke(project_id: int, contact_id: int) -> ResponseReturnValue:
    """The red X: access ends, the person stays assigned, and Undo gives it back [R37]."""
    project = the_project(project_id)
    one = _participant(project, contact_id)
    session = office_session()
    before = count_reach(session, group_id=project.group_id).links
    revoke_access(session, project, contact_id, actor(), clock())
    ended = before - count_reach(session, group_id=project.group_id).links
    links = f" {ended:,} {'link stops' if ended == 1 else 'links stop'} working." if ended > 0 else ""
    said = f"{project.title} is closed to {one.contact.name}, who stays assigned.{links}"
    back = url_for("projects.grant", project_id=project.id, contact_id=contact_id, how="silent")
    flash(json.dumps({"text": said, "action_url": back}), "undo")
    return redirect(home_of(project, "customer"))


@desk.post("/<int:project_id>/people/<int:contact_id>/detach")
@rule(Permission.SALES_WRITE)
def detach(project_id: int, contact_id: int) -> ResponseReturnValue:
    """Out of the project, and out of what was open to them in it."""
    project = the_project(project_id)
    one = _participant(project, contact_id)
    try:
        detach_contact(office_session(), project, contact_id, actor(), clock())
    except Refusal as refusal:
        return _stay(refusal, home_of(project, "customer"))
    flash(f"{one.contact.name} takes part no more.", "success")
    return redirect(home_of(project, "customer"))


def _stay(refusal: Refusal, back: str) -> ResponseReturnValue:
    if refusal.status in (403, 404):
        raise refusal
    keep_nothing()
    flash(refusal.sentence, "error")
    return redirect(back)
