"""Projects that were opened to the client, each with what of it they see: proposals, jobs, invoices, photos [W5-W7].

How far a project is follows from what the client sees of it, so that nothing hidden is told by a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from admin_app.models import (
    Address,
    Attachment,
    Estimate,
    EstimateState,
    Event,
    Invoice,
    InvoiceState,
    Project,
    Standing,
    WorkOrder,
    WorkOrderState,
)
from admin_app.portal.lists import listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.states import INVOICES, JOBS, PROPOSALS, Answer, State, answer_of
from admin_app.portal.talk import talk_about
from admin_app.portal.things import thing, things
from admin_app.web.clients import for_clients

MOST_EACH = 50
MOST_PHOTOS = 12
WORKING = (WorkOrderState.SCHEDULED, WorkOrderState.IN_PROGRESS)
OVER = (WorkOrderState.FINISHED, WorkOrderState.COMPLETED)


@pages.get("/projects/")
@for_clients()
def projects() -> ResponseReturnValue:
    """The projects, the newest first, each with how far it is."""
    page = page_of(select(Project).order_by(Project.id.desc()))
    ids = [project.id for project in page.rows]
    seen = {kind: _by_project(kind, ids) for kind in (Estimate, WorkOrder, Invoice)}
    places = things(
        select(Address).where(Address.id.in_({p.address_id for p in page.rows if p.address_id is not None}))
    )
    return render_template(
        "portal/projects.html",
        states={
            number: how_far(seen[Estimate][number], seen[WorkOrder][number], seen[Invoice][number])
            for number in ids
        },
        places={place.id: place.name for place in places},
        **listed(".projects", page),
    )


@pages.get("/projects/<public_id>")
@for_clients()
def project(public_id: str) -> ResponseReturnValue:
    """One project with everything of it that the client sees."""
    here = thing(Project, public_id)
    estimates, work, bills = (
        things(_documents(kind, [here.id]).limit(MOST_EACH)) for kind in (Estimate, WorkOrder, Invoice)
    )
    place = things(select(Address).where(Address.id == here.address_id)) if here.address_id else ()
    photos = select(Attachment).where(Attachment.project_id == here.id)
    return render_template(
        "portal/project.html",
        project=here,
        place=place[0].name if place else "",
        state=how_far(estimates, work, bills),
        estimates=estimates,
        work=work,
        invoices=bills,
        appointments=things(
            select(Event)
            .where(Event.project_id == here.id)
            .order_by(Event.starts_at.desc(), Event.id.desc())
            .limit(MOST_EACH)
        ),
        photos=things(photos.order_by(Attachment.id.desc()).limit(MOST_PHOTOS)),
        talk=talk_about(here),
    )


def how_far(estimates: Sequence[Any], work: Sequence[Any], bills: Sequence[Any]) -> State:
    """How far a project is, from the documents of it that the client sees: what waits for them first."""
    answers = {answer_of(one) for one in estimates}
    for answer in (Answer.WAITS, Answer.SIGNED):
        if answer in answers:
            return PROPOSALS[answer]
    for state in reversed(WORKING):
        if any(one.state is state for one in work):
            return JOBS[state]
    if any(one.state is InvoiceState.ISSUED and one.balance for one in bills):
        return INVOICES[Standing.OPEN]
    if any(one.state in OVER for one in work) or bills:
        return JOBS[WorkOrderState.COMPLETED]
    if Answer.AGREED in answers:
        return PROPOSALS[Answer.AGREED][0], "going"  # the work of it is still before us
    if answers == {Answer.DECLINED}:
        return PROPOSALS[Answer.DECLINED]
    return "In preparation", "still"


def _by_project(kind: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in things(_documents(kind, ids)):
        found[row.project_id].append(row)
    return found


def _documents(kind: Any, ids: Sequence[int]) -> Select[Any]:
    """The documents of a kind of these projects, the newest first; a proposal that was replaced is none of them."""
    query = select(kind).where(kind.project_id.in_(ids)).order_by(kind.id.desc())
    if kind is not Estimate:
        return query
    return query.where(Estimate.state != EstimateState.SUPERSEDED).options(selectinload(Estimate.signatures))
