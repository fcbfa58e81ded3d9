"""A new estimate: a draft that begins with what the company, the brand and the project say [52, A41, D8]."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import Brand, Company, Estimate, EstimateState, Lead, LeadState, Project
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.services.contract_chain import confirmed_revisions
from admin_app.services.move_lead import move_lead
from admin_app.services.take_number import brand_for

LONGEST_TITLE = 200


def new_estimate(
    session: Session,
    project: Project,
    actor: Actor,
    clock: Clock,
    *,
    title: str | None = None,
    change_of: Estimate | None = None,
) -> Estimate:
    """A draft without lines for a project; its open leads count as estimated from now on.

    `change_of` makes it a change order to that estimate [M15]: it counts in the same currency and taxes.  Without a
    `title` it is called like the project.  Raises Unmet for a change order to what is not confirmed, NotFound for one
    of another project, Invalid for a title that is too long.
    """
    demand(actor, Permission.SALES_WRITE)
    lock_customer(session, project.group_id)
    company, brand = session.get(Company, 1), _brand_of(session, project)
    estimate = Estimate(
        project_id=project.id,
        group_id=project.group_id,
        title=_title(title) or project.title,
        state=EstimateState.DRAFT,
        state_since=clock.now(),
        currency=company.currency if company else "EUR",
        expires_on=clock.today() + timedelta(days=company.estimate_days if company else 30),
        client_order_no=project.client_order_no,
        intro=brand.estimate_intro if brand else None,
        closing=brand.estimate_closing if brand else None,
    )
    if company is not None:
        estimate.tax_mode = company.tax_mode
        estimate.prices_include_tax = company.prices_include_tax
    if change_of is not None:
        _add_to(session, estimate, change_of)
    session.add(estimate)
    session.flush()  # the leads ask whether there is an estimate
    _answer_leads(session, project, actor, clock)
    return estimate


def _title(typed: str | None) -> str:
    try:
        return clean_text(typed or "", LONGEST_TITLE)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"title": refusal.sentence}) from None


def _brand_of(session: Session, project: Project) -> Brand | None:
    """The brand whose texts stand on it; none before the company has set one up."""
    try:
        return brand_for(session, project.brand_id or project.group.brand_id)
    except Unmet:
        return None


def _add_to(session: Session, estimate: Estimate, change_of: Estimate) -> None:
    """A change order follows the estimate that stands: the two are billed as one."""
    if change_of.project_id != estimate.project_id:
        raise NotFound("This estimate belongs to another project")
    base_id = change_of.change_of_id or change_of.first_id
    standing = confirmed_revisions(session, base_id)
    if not standing:
        raise Unmet(f"Estimate {change_of} is not confirmed; revise it instead of changing its order")
    estimate.change_of_id = base_id
    estimate.currency = standing[0].currency
    estimate.tax_mode = standing[0].tax_mode
    estimate.prices_include_tax = standing[0].prices_include_tax
    estimate.client_order_no = standing[0].client_order_no


def _answer_leads(session: Session, project: Project, actor: Actor, clock: Clock) -> None:
    """Every lead of the project that somebody still had to answer is answered by it [51]."""
    leads = select(Lead).where(Lead.project_id == project.id, Lead.state.in_(LeadState.open()))
    for lead in session.scalars(leads.order_by(Lead.id)).all():
        move_lead(session, lead, "estimate", actor, clock)
