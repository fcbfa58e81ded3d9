"""What must hold of a project, a lead and a lead's status beyond the shape of their fields [A36, A42, A43, A50, 45].

Read by `services/record_rules.py`, so that every way of saving a record passes here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Lead, LeadSource, LeadState, LeadStatus, Membership, Project, ProjectContact

Values = dict[str, Any]


def check_project(session: Session, project: Project | None, values: Values) -> None:
    """A project stays with its customer; its contact, site and brand fit it."""
    if project is not None and "group" in values and values["group"] is not project.group:
        raise Unmet("A project stays with its customer; start a new one there instead")
    group_id = project.group_id if project is not None else values["group"].id
    wrong: dict[str, str] = {}
    contact = values.get("contact")
    if contact is not None and not _takes_part(session, group_id, project, contact.id):
        wrong["contact"] = f"{contact.name} belongs neither to this customer nor to this project"
    address = values.get("address")
    if address is not None and address.group_id != group_id:
        wrong["address"] = "This address belongs to another customer"
    brand = values.get("brand")
    if brand is not None and brand.archived_at is not None and _is_another(project, "brand_id", brand):
        wrong["brand"] = f"{brand.name} is archived; choose another brand"
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)


def _is_another(project: Project | None, column: str, chosen: Any) -> bool:
    """Whether somebody chose it now; what stood there before may stay."""
    return project is None or getattr(project, column) != chosen.id


def _takes_part(session: Session, group_id: int, project: Project | None, contact_id: int) -> bool:
    member = select(Membership.id).where(Membership.group_id == group_id, Membership.contact_id == contact_id)
    if session.scalar(member) is not None:
        return True
    if project is None:
        return False
    assigned = select(ProjectContact.id).where(
        ProjectContact.project_id == project.id, ProjectContact.contact_id == contact_id
    )
    return session.scalar(assigned) is not None


def check_lead(session: Session, lead: Lead | None, values: Values) -> None:
    """A lead stays in its project, from which only joining moves it; an archived reference is not chosen anew."""
    if lead is not None and "project" in values and values["project"] is not lead.project:
        raise Unmet("A lead goes to another project by joining them")
    source = values.get("source")
    if source is not None and source.archived and (lead is None or lead.source_id != source.id):
        raise Invalid(
            f"“{source.name}” is archived; choose another reference", {"source": "This reference is archived"}
        )


def check_lead_status(session: Session, status: LeadStatus | None, values: Values) -> None:
    """Names are used once; the system's own statuses can be renamed and moved, never switched off [45]."""
    _name_once(session, LeadStatus, status, values)
    if status is not None and status.state is not LeadState.CUSTOM and values.get("enabled") is False:
        on = f"“{status.name}” is one of the system's statuses; it can be renamed, not switched off"
        raise Invalid(on, {"enabled": on})


def check_lead_source(session: Session, source: LeadSource | None, values: Values) -> None:
    """Names are used once."""
    _name_once(session, LeadSource, source, values)


def _name_once(
    session: Session,
    entity: type[LeadStatus] | type[LeadSource],
    record: LeadStatus | LeadSource | None,
    values: Values,
) -> None:
    name = values.get("name")
    if not name:
        return
    other = session.scalar(select(entity).where(entity.name == name))
    if other is not None and other is not record:
        known = f"There is already a {entity.singular} “{name}”"
        raise Invalid(known, {"name": known})
