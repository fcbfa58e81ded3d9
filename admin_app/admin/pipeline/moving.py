"""A card is moved: the dialogue asks what the step asks; a column that cannot take the card says why [68, L15]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.pipeline.desk import page, the_document
from admin_app.admin.pipeline.moves import step_into, way_into, why_not
from admin_app.admin.projects.desk import step_url
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.flow import FLOWS, Offer
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import WorkOrder
from admin_app.policy import Permission
from admin_app.records.pipeline import BILL, CUSTOM, LEAD, WORK, Column, read_columns
from admin_app.services.facts import Said, facts_of
from admin_app.services.move_lead import move_lead
from admin_app.services.walk_step import Words, walk_step
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.paths import own_path

Typed = Mapping[str, str]


@page.route("/move/<kind>/<int:number>/<column>", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def move(kind: str, number: int, column: str) -> ResponseReturnValue:
    """Take the step that leads into a column, or say why none does and what does instead."""
    document = the_document(kind, number)
    into = next((one for one in read_columns(office_session(), actor()) if one.key == column), None)
    if into is None:
        raise NotFound("There is no such column")
    back = own_path(request.values.get("back"), url_for("pipeline.board"))
    state = document.state.value
    url, label = way_into(kind, number, state, into, document.project_id, document.group_id, back)
    step = step_into(kind, state, column)
    if url and not url.startswith(url_for("pipeline.move", kind=kind, number=number, column=column)):
        return redirect(url)  # the step has a page of its own
    dialog = Dialog(document.project.group, f"{label or into.title}: {document}", label, back)
    if not step:
        dialog.title = f"Not into “{into.title}”"
        dialog.obstacle = why_not(kind, state, into)
        dialog.fix = _instead(kind, document.project_id, into, back)
        return dialog.answer(lambda typed: "")
    return dialog.answer(_asked(kind, document, step, into, dialog))


def _asked(kind: str, document: Any, step: str, into: Column, dialog: Dialog) -> Callable[[Typed], str]:
    """The questions of a step go on the dialogue; gives what does it."""
    if step == "postpone":
        dialog.questions = [Asked("until", "It comes back on", "date", required=True)]
    offer = _offer(kind, document, step)
    if offer.reason and offer.fix not in ("until", "reason", "statuses"):
        dialog.obstacle, dialog.fix = offer.reason, _mended(document, offer)
    dialog.danger = offer.step.danger

    def act(typed: Typed) -> str:
        session, who, now = office_session(), actor(), clock()
        if kind == LEAD:
            _move_lead(document, step, into, typed)
        else:
            walk_step(session, document, step, Words(), who, now)
        return f"{document}: {into.title.lower() if step == 'work' else offer.step.label.lower()}."

    return act


def _offer(kind: str, document: Any, step: str) -> Offer:
    """The step as the flow judges it now."""
    facts = facts_of(office_session(), document, clock(), Said())
    return FLOWS[kind].offer(step, document, facts)


def _move_lead(lead: Any, step: str, into: Column, typed: Typed) -> None:
    said = Said()
    if step == "work":
        said = Said(status_id=int(into.key.removeprefix(CUSTOM)))
        if lead.state.value == "postponed":
            move_lead(office_session(), lead, "resume", actor(), clock())
    elif step == "postpone":
        try:
            said = Said(until=parse_date(typed["until"]))
        except Invalid as refusal:
            raise Invalid(refusal.sentence, {"until": refusal.sentence}) from None
    move_lead(office_session(), lead, step, actor(), clock(), said)


def _mended(document: Any, offer: Offer) -> tuple[str, str] | None:
    """Where the obstacle of a step is removed: on the page of the document."""
    tab = "workorder" if isinstance(document, WorkOrder) else "invoice"
    url = step_url(tab, document.project_id)
    return (url, offer.fix_label or f"Open the {tab}") if url and offer.fix else None


def _instead(kind: str, project_id: int, into: Column, back: str) -> tuple[str, str] | None:
    """The way that leads further where no step does: the estimate first, or the step created at once [A86]."""
    target = into.kind
    if kind == LEAD and target == "estimate":
        return url_for("projects.new_estimate", project_id=project_id, back=back), "Write estimate"
    if kind in (LEAD, "estimate") and target in (WORK, BILL):
        return (
            url_for("projects.force", project_id=project_id, step=target, back=back),
            f"Create {target} now",
        )
    return None
