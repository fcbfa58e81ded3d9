"""A new lead on one short page: who, what, where, how urgently; its project begins silently [44, A38, A26].

Served as the "new" page of leads (`admin/sales_lists.py`).  Without `?group=` the customer is found while typing;
contact and site are then the customer's own, and can be changed at any time.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.customers.desk import reading, the_group
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.projects.choices import colleagues_of, sites_of
from admin_app.admin.projects.desk import home_of, the_project
from admin_app.kernel.errors import Conflict, Invalid, Refusal, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import Contact, CustomerGroup, Lead, Membership, Project
from admin_app.policy import visible
from admin_app.records.directory import known_brands
from admin_app.services.lead_statuses import offered_sources
from admin_app.services.new_lead import NewLead, new_lead, only_address, primary_contact
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

OF_PROJECT = ("contact", "address", "estimator", "brand", "client_order_no")
"""What is asked for the project that the lead begins."""


def new_lead_page() -> ResponseReturnValue:
    """The form; on POST the new lead, or the form again with what was typed."""
    project = _project()
    group = project.group if project is not None else _group()
    sheet = _sheet(group, project)
    if request.method != "POST":
        return _shown(sheet, group, project), 200
    try:
        values = sheet.read(request.form)
        if group is None:
            raise Invalid("Choose the customer who asked", {"group": "Choose the customer who asked"})
        lead = new_lead(office_session(), _new(values, group, project), actor(), clock())
    except (Invalid, Unmet, Conflict) as refusal:
        office_session().rollback()
        keep_nothing()
        return _again(sheet, group, project, refusal)
    flash(f"“{lead.title}” is on the list.", "success")
    return redirect(home_of(lead.project, "lead"))


def _new(values: dict[str, Any], group: CustomerGroup, project: Project | None) -> NewLead:
    facts = dict(values)
    order_no = facts.pop("client_order_no", "")
    more = {"client_order_no": order_no} if order_no else {}
    return NewLead(
        group_id=group.id,
        project_id=project.id if project is not None else None,
        project=more,
        title=facts.pop("title", ""),
        **facts,
    )


def _project() -> Project | None:
    number = parse_id(request.values.get("project", ""))
    return the_project(number) if number is not None else None


def _group() -> CustomerGroup | None:
    number = parse_id(request.values.get("group", ""))
    return the_group(number) if number is not None else None


def _sheet(group: CustomerGroup | None, project: Project | None) -> Sheet:
    """What is asked of the lead and of the project it begins; contact and site once the customer is known."""
    session, who = office_session(), actor()
    sources = [(str(row.id), row.name) for row in offered_sources(session, who)]
    sheet = Sheet(Lead, reading(), who, options={"source": sources}, leave_out=("asked_on",))
    if project is not None:
        return sheet
    options: dict[str, Any] = {"estimator": colleagues_of([])}
    if group is not None:
        options |= {"contact": _people(group), "address": sites_of(Project(group_id=group.id))}
    brands = known_brands(session, who)
    if len(brands) > 1:
        options["brand"] = [(str(one.id), one.name) for one in brands]
    asked = [key for key in OF_PROJECT if key in options or key == "client_order_no"]
    sheet.also(Sheet(Project, reading(), who, only=asked, options=options))
    if group is not None:
        contact, site = primary_contact(session, group), only_address(session, group)
        sheet["contact"].value = str(contact.id) if contact is not None else ""
        sheet["address"].value = str(site.id) if site is not None else ""
    return sheet


def _people(group: CustomerGroup) -> list[tuple[str, str]]:
    query = (
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group.id, Contact.archived_at.is_(None))
        .order_by(Membership.is_primary.desc(), Membership.position, Membership.id)
        .limit(200)
    )
    return [(str(one.id), one.name) for one in office_session().scalars(visible(actor(), query))]


def _again(
    sheet: Sheet, group: CustomerGroup | None, project: Project | None, refusal: Refusal
) -> ResponseReturnValue:
    if isinstance(refusal, Invalid):
        sheet.refuse(refusal)
    else:
        sheet.error = refusal.sentence
    return _shown(sheet, group, project), refusal.status


def _shown(sheet: Sheet, group: CustomerGroup | None, project: Project | None) -> str:
    home = (
        url_for("customers.profile", group_id=group.id) if group is not None else url_for("leads.index_view")
    )
    return render_template(
        "admin/projects/new_lead.html",
        sheet=sheet,
        group=group,
        project=project,
        back=own_path(request.values.get("back") or request.values.get("url"), home),
    )
