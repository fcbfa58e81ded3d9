"""A customer asked for something: the lead is written down, and its project begins with it [44, A38, A39, A26].

Nobody has to think of projects: each new lead makes its own, unless it is said to which one it belongs [51].
One call::

    lead = new_lead(session, NewLead(group_id=7, title="Fell the ash", priority="high"), pete, clock)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Address,
    Contact,
    CustomerGroup,
    Lead,
    LeadState,
    Membership,
    Priority,
    Project,
    ProjectContact,
)
from admin_app.policy import Permission, demand
from admin_app.services import lead_statuses
from admin_app.services.choose_estimator import read_estimator
from admin_app.services.project_rules import check_project
from admin_app.services.read_values import read_values
from admin_app.services.record_rules import make
from admin_app.services.save_record import find

BEGINNINGS = frozenset({LeadState.DRAFT, LeadState.FOR_APPROVAL, LeadState.NEW})
"""The states in which a lead can begin."""


@dataclass(frozen=True, slots=True)
class NewLead:
    """What is known of a new lead; values may be typed or text, links by id or as records.

    An empty contact or site is the customer's own: the primary contact, the only address.  `project_id` puts the lead
    into a project that exists; then contact, site, estimator and brand are that project's and are not asked here.
    """

    group_id: int
    title: str
    request: str = ""
    contact: Any = None
    address: Any = None
    source: Any = None
    estimator: Any = None
    brand: Any = None
    priority: Any = Priority.NORMAL
    asked_on: Any = None
    """None: today."""
    state: LeadState = LeadState.NEW
    project_id: int | None = None
    project: Mapping[str, Any] = field(default_factory=dict)
    """More fields of the project that it begins: description, client_order_no."""


def new_lead(session: Session, new: NewLead, actor: Actor, clock: Clock) -> Lead:
    """Write the lead down with its project.

    Raises NotAllowed, NotFound for a customer or project that the actor may not see, Unmet for an archived customer,
    and Invalid with every mistake by field.
    """
    demand(actor, Permission.SALES_WRITE)
    if new.state not in BEGINNINGS:
        raise Unmet(f"A lead does not begin as {new.state.value}")
    group = find(session, CustomerGroup, new.group_id, actor)
    if group.archived_at is not None:
        raise Unmet(f"{group.name} is archived; restore this customer first")
    lead_statuses.ensure(session)
    values = _lead_values(session, new, actor, clock)
    project = _project_of(session, new, group, values["title"], actor)
    facts = {**values, "project": project, "group": group}
    return make(session, Lead, facts, state=new.state, state_since=clock.now())


def begin_project(session: Session, group: CustomerGroup, values: Mapping[str, Any], actor: Actor) -> Project:
    """A project record of its own, without a lead [A26]; its contact takes part in it, which opens nothing [R32].

    `values` are fields of Project.  Raises NotAllowed, Invalid with fields, Unmet for an archived customer.
    """
    if group.archived_at is not None:
        raise Unmet(f"{group.name} is archived; restore this customer first")
    chosen = dict(values) | {"group": group}
    if not chosen.get("contact"):
        chosen["contact"] = primary_contact(session, group)
    if not chosen.get("address"):
        chosen["address"] = only_address(session, group)
    demand(actor, Permission.SALES_WRITE)
    wrong: dict[str, str] = {}
    facts: dict[str, Any] = {}
    try:
        facts["estimator"] = read_estimator(session, chosen.pop("estimator", None))
    except Invalid as refusal:
        wrong.update(refusal.fields)
    try:
        facts |= {
            bound.key: value
            for bound, value in read_values(session, Project, chosen, actor, new=True).items()
        }
        check_project(session, None, facts)
    except Invalid as refusal:
        wrong.update(refusal.fields or {"title": refusal.sentence})
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)
    project = make(session, Project, facts)
    if project.contact is not None:
        session.add(ProjectContact(project=project, contact=project.contact))
        session.flush()  # who takes part is read by the page that follows
    return project


def primary_contact(session: Session, group: CustomerGroup) -> Contact | None:
    """The primary contact of a customer, where there is one."""
    query = (
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group.id, Membership.is_primary)
    )
    found: Contact | None = session.scalar(query)
    return found


def only_address(session: Session, group: CustomerGroup) -> Address | None:
    """The customer's one work site, where there is exactly one: of several, a person chooses."""
    query = select(Address).where(Address.group_id == group.id, Address.is_site).limit(2)
    found = list(session.scalars(query))
    return found[0] if len(found) == 1 else None


def _lead_values(session: Session, new: NewLead, actor: Actor, clock: Clock) -> dict[str, Any]:
    asked = {
        "title": new.title,
        "request": new.request,
        "source": new.source,
        "priority": new.priority or Priority.NORMAL,
        "asked_on": new.asked_on or clock.today(),
    }
    read = {bound.key: value for bound, value in read_values(session, Lead, asked, actor).items()}
    if isinstance(read["asked_on"], date) and read["asked_on"] > clock.today():
        raise Invalid("Nobody can have asked in the future", {"asked_on": "This day is still to come"})
    return read


def _project_of(session: Session, new: NewLead, group: CustomerGroup, title: str, actor: Actor) -> Project:
    if new.project_id is None:
        facts = {
            **new.project,
            "title": title,
            "contact": new.contact,
            "address": new.address,
            "estimator": new.estimator,
            "brand": new.brand,
        }
        return begin_project(session, group, facts, actor)
    project = find(session, Project, new.project_id, actor)
    if project.group_id != group.id:
        raise Unmet(f"{project.title} is a project of another customer")
    return project
