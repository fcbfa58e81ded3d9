"""The estimate of a project: the document as the client will see it, what can be done with it, its revisions [A58-A68].

What can be done comes from the estimate's table of steps; a closed step is shown with its reason and the way to mend
it [L15].  Papers (PDF, mail) are offered where their pages exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_app.admin.customers.desk import may
from admin_app.admin.derivations import Explained
from admin_app.admin.projects.desk import desk, one_of, show, the_project
from admin_app.admin.projects.estimate_form import branches_of, counted_lines, reading_of, stored_sums
from admin_app.admin.projects.line_form import portion_text
from admin_app.flow import ESTIMATE, Offer, Step
from admin_app.kernel.errors import NotFound
from admin_app.models import Contact, Estimate, EstimateState, Project, Signature, User
from admin_app.policy import Permission, holds, visible
from admin_app.records.portal_receipts import seen_of_document
from admin_app.services.contract_chain import change_orders_of, revisions_of
from admin_app.services.estimate_sums import untaxed_because
from admin_app.services.facts import Said, facts_of
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today

_ANYTHING = Said(reason="…", how="…", by_hand=True)
"""Whatever a step asks for is said: what is closed even so, no answer in the dialogue opens."""

NEXT = {
    EstimateState.DRAFT: "send",
    EstimateState.SENT: "confirm",
    EstimateState.CHANGES_REQUESTED: "revise",
    EstimateState.DECLINED: "revise",
    EstimateState.EXPIRED: "revise",
}
"""The step that usually comes next: the one primary action of the page."""


@dataclass(frozen=True, slots=True)
class Act:
    """A step as a button, or closed with its reason and the way to mend it."""

    step: Step
    url: str
    reason: str = ""
    fix: tuple[str, str] | None = None
    """Address and words."""

    @property
    def is_open(self) -> bool:
        """Whether it can be taken now."""
        return not self.reason


@desk.get("/<int:project_id>/estimate")
@rule(Permission.SALES_READ)
def estimate(project_id: int) -> ResponseReturnValue:
    """The estimate that counts now: the latest that is alive, else the latest; without one, the way to begin."""
    project = the_project(project_id)
    found = current_of(project)
    if found is None:
        return show(project, "estimate", "admin/projects/estimate_none.html")
    return _tab(project, found)


@desk.get("/<int:project_id>/estimates/<int:estimate_id>")
@rule(Permission.SALES_READ)
def estimate_of(project_id: int, estimate_id: int) -> ResponseReturnValue:
    """One revision of one estimate of the project."""
    project = the_project(project_id)
    return _tab(project, the_estimate(project, estimate_id))


@desk.get("/at/estimate/<int:estimate_id>")
@rule(Permission.SALES_READ)
def at_estimate(estimate_id: int) -> ResponseReturnValue:
    """From an estimate found anywhere to its page."""
    query = select(Estimate.project_id).where(Estimate.id == estimate_id)
    project_id = office_session().scalar(visible(actor(), query))
    if project_id is None:
        raise NotFound("There is no such estimate")
    return redirect(url_for("projects.estimate_of", project_id=project_id, estimate_id=estimate_id))


def the_estimate(project: Project, estimate_id: int) -> Estimate:
    """An estimate of this project with its lines, taxes and signatures; raises NotFound."""
    loaded = select(Estimate).options(
        selectinload(Estimate.lines), selectinload(Estimate.taxes), selectinload(Estimate.signatures)
    )
    return one_of(Estimate, project, estimate_id, loaded)


def current_of(project: Project) -> Estimate | None:
    """The estimate whose page opens with the tab; change orders stand beside it."""
    over = (EstimateState.DECLINED, EstimateState.EXPIRED)
    query = (
        select(Estimate)
        .where(
            Estimate.project_id == project.id,
            Estimate.change_of_id.is_(None),
            Estimate.state != EstimateState.SUPERSEDED,
        )
        .order_by(Estimate.state.in_(over), Estimate.id.desc())
        .limit(1)
        .options(
            selectinload(Estimate.lines), selectinload(Estimate.taxes), selectinload(Estimate.signatures)
        )
    )
    found: Estimate | None = office_session().scalar(visible(actor(), query))
    return found


def acts_of(project: Project, estimate: Estimate) -> list[Act]:
    """Every step from here that this person's role includes, open or closed."""
    session, who = office_session(), actor()
    as_it_is = facts_of(session, estimate, clock(), Said())
    with_answers = facts_of(session, estimate, clock(), _ANYTHING)
    plain = {offer.step.name: offer for offer in ESTIMATE.offers(estimate, as_it_is)}
    return [
        _act(project, estimate, offer, plain[offer.step.name])
        for offer in ESTIMATE.offers(estimate, with_answers)
        if holds(who, offer.step.permission)
    ]


def _act(project: Project, estimate: Estimate, offer: Offer, plain: Offer) -> Act:
    url = url_for(
        "projects.estimate_step", project_id=project.id, estimate_id=estimate.id, step=offer.step.name
    )
    fix = fix_of(project, estimate, offer.fix, offer.fix_label)
    if offer.is_open and plain.fix == "payment":  # can go on with a reason, better with the money
        fix = fix_of(project, estimate, plain.fix, plain.fix_label)
    return Act(offer.step, url, offer.reason, fix)


def fix_of(project: Project, estimate: Estimate, fix: str, words: str) -> tuple[str, str] | None:
    """Where an obstacle is removed, and what the link says; None where there is nothing to press."""
    where: dict[str, Any] = {"project_id": project.id, "estimate_id": estimate.id}
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "lines": ("projects.edit_estimate", where),
        "options": ("projects.estimate_options", where),
        "access": ("projects.customer", {"project_id": project.id}),
        "base": (
            "projects.estimate_of",
            {"project_id": project.id, "estimate_id": estimate.change_of_id},
        ),
        "payment": (
            "customers.new_payment",
            {"group_id": project.group_id, "project": project.id},
        ),
    }
    if fix == "lines" and estimate.state is not EstimateState.DRAFT:
        revise = url_for("projects.estimate_step", **where, step="revise")
        return revise, "Revise estimate"
    endpoint, values = pages.get(fix, ("", {}))
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, **values), words


def _tab(project: Project, estimate: Estimate) -> str:
    session, who = office_session(), actor()
    sums = stored_sums(estimate)
    sums["note"] = untaxed_because(session, estimate)
    deposit = portion_text(estimate, "deposit", reading_of(estimate))
    branches = branches_of(sums, counted_lines(estimate), deposit)
    acts = acts_of(project, estimate) if may(Permission.SALES_WRITE) else []
    first = next((act for act in acts if act.step.name == NEXT.get(estimate.state)), None)
    return show(
        project,
        "estimate",
        "admin/projects/estimate.html",
        estimate=estimate,
        sums=sums,
        branches=branches,
        line_branches=_by_line(estimate, branches),
        discount=portion_text(estimate, "discount", reading_of(estimate)),
        deposit=deposit,
        acts=[act for act in acts if act is not first],
        first=first,
        is_draft=estimate.state is EstimateState.DRAFT,
        has_options=any(line.optional for line in estimate.lines),
        revisions=revisions_of(session, estimate),
        signed=_signed(estimate),
        change_orders=change_orders_of(session, estimate.first_id) if estimate.change_of_id is None else [],
        others=_others(project, estimate),
        winner=session.scalar(select(User.name).where(User.id == estimate.won_by_id)),
        recipient=_recipient(project),
        papers=papers_of(estimate),
        seen=seen_of_document(session, "estimate", estimate.first_id),
        today=today(),
        actor_sees_costs=holds(who, Permission.COSTS_READ),
    )


def _by_line(estimate: Estimate, branches: Explained) -> dict[int, Any]:
    """The branch of each line that counts, by the id of the line."""
    counting = [line for line in estimate.lines if line.counts]
    return {line.id: step for line, step in zip(counting, branches.lines, strict=False)}


def _signed(estimate: Estimate) -> dict[int, Sequence[Signature]]:
    """Revision → its signatures, of all revisions of the estimate."""
    revisions = select(Estimate.id).where(
        (Estimate.id == estimate.first_id) | (Estimate.base_id == estimate.first_id)
    )
    found: dict[int, list[Signature]] = {}
    query = select(Signature).where(Signature.estimate_id.in_(revisions)).order_by(Signature.id)
    for signature in office_session().scalars(visible(actor(), query)):
        found.setdefault(signature.estimate_id, []).append(signature)
    return dict(found)


def _others(project: Project, estimate: Estimate) -> Sequence[Estimate]:
    """Further estimates of the project that are no revision and no change order of this one."""
    chain = estimate.change_of_id or estimate.first_id
    query = (
        select(Estimate)
        .where(
            Estimate.project_id == project.id,
            Estimate.change_of_id.is_(None),
            Estimate.state != EstimateState.SUPERSEDED,
            Estimate.id != chain,
            Estimate.base_id.is_distinct_from(chain),
        )
        .order_by(Estimate.id)
    )
    return office_session().scalars(visible(actor(), query)).all()


def _recipient(project: Project) -> Contact | None:
    """Whom the letter speaks to."""
    return project.contact


def papers_of(estimate: Estimate) -> dict[str, str]:
    """The pages of the estimate's paper that exist: "pdf" and, once it went out, "mail" and "sms" [A61]."""
    found = {}
    if "papers.estimate_pdf" in current_app.view_functions:
        found["pdf"] = url_for("papers.estimate_pdf", record_id=estimate.id)
    was_out = estimate.number is not None and estimate.state is not EstimateState.DRAFT
    if was_out and "papers.send_estimate" in current_app.view_functions and may(Permission.SALES_WRITE):
        here = url_for("projects.estimate_of", project_id=estimate.project_id, estimate_id=estimate.id)
        found["mail"] = url_for("papers.send_estimate", record_id=estimate.id, back=here)
        found["sms"] = url_for("papers.send_estimate", record_id=estimate.id, channel="sms", back=here)
    return found
