"""The dialogues of an estimate: begin, send, confirm, changes, decline, revise, discard, options [A58-A60].

Each asks what the step asks, says what stands in the way with the link that mends it, and is a page without script.
A step taken twice finds itself taken; a new estimate is begun once, however often its button is pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin_app.admin.customers.desk import may
from admin_app.admin.projects.choices import people_of
from admin_app.admin.projects.desk import back_to, desk, home_of, the_project
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.admin.projects.estimate import acts_of, fix_of, the_estimate
from admin_app.admin.words import amount_of
from admin_app.flow import ESTIMATE
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import AccessState, Estimate, Project, ProjectAccess
from admin_app.policy import Permission, visible
from admin_app.services.answer_estimate import (
    LONGEST_COMMENT,
    LONGEST_REASON,
    Signed,
    confirm_estimate,
    decline_estimate,
    request_changes,
)
from admin_app.services.answer_once import answer_once
from admin_app.services.copy_estimate import copy_estimate
from admin_app.services.discard_estimate import discard_estimate as discard
from admin_app.services.estimate_options import choose_options
from admin_app.services.facts import Said
from admin_app.services.grant_access import grant_access
from admin_app.services.new_estimate import LONGEST_TITLE
from admin_app.services.new_estimate import new_estimate as blank_estimate
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

BY_HAND, BY_MAIL = "hand", "mail"
SIGNED, TOLD = "signed", "told"
Typed = Mapping[str, str]


@desk.route("/<int:project_id>/estimates/new", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def new_estimate(project_id: int) -> ResponseReturnValue:
    """A new estimate: blank, with the lines of another one (`source`), or a change order to one (`change_of`)."""
    project = the_project(project_id)
    base, source = _named(project, "change_of"), _source()
    begin = [("", "Blank")] + [(str(one.id), f"Copy of {_told(one)}") for one in _earlier(project, source)]
    questions = [
        Asked("title", "Title", value=source.title if source else project.title, longest=LONGEST_TITLE),
        Asked("source", "Begin with", "select", str(source.id) if source else "", options=begin),
    ]
    if len(begin) > 1:
        questions.append(Asked("todays_prices", "Prices of today for what is on the price list", "checkbox"))
    dialog = Dialog(
        project.group,
        f"Change order to {base}" if base else "New estimate",
        "Write change order" if base else "Write estimate",
        back_to(project, "estimate"),
        questions,
        "What is agreed stays; this adds to it or takes from it once it is confirmed." if base else "",
    )

    def act(typed: Typed) -> Response:
        made = _begin_once(project, base, typed)
        return redirect(url_for("projects.edit_estimate", project_id=project.id, estimate_id=made.id))

    return dialog.answer(act)


def _begin_once(project: Project, base: Estimate | None, typed: Typed) -> Estimate:
    """The new draft; the same form sent again gives the first one."""
    session, who, now = office_session(), actor(), clock()
    number = parse_id(typed["source"])
    source = session.scalar(visible(who, select(Estimate).where(Estimate.id == number))) if number else None
    if number and source is None:
        raise NotFound("There is no such estimate")

    def begin() -> Estimate:
        if source is None:
            return blank_estimate(session, project, who, now, title=typed["title"], change_of=base)
        return copy_estimate(
            session,
            source,
            project,
            who,
            now,
            title=typed["title"],
            todays_prices=bool(typed.get("todays_prices")),
            change_of=base,
        )

    return answer_once(
        session,
        now,
        key=request.form.get("key") or None,
        purpose="new estimate",
        content=(project.id, base.id if base else None, sorted(one for one in typed.items() if one[1])),
        kind=Estimate,
        act=begin,
    )


def _named(project: Project, name: str) -> Estimate | None:
    number = parse_id(request.args.get(name, ""))
    return the_estimate(project, number) if number else None


def _source() -> Estimate | None:
    """The estimate that is copied, of whichever project; raises NotFound for one that nobody may see."""
    number = parse_id(request.args.get("source", ""))
    if number is None:
        return None
    found: Estimate | None = office_session().scalar(
        visible(actor(), select(Estimate).where(Estimate.id == number))
    )
    if found is None:
        raise NotFound("There is no such estimate")
    return found


def _earlier(project: Project, source: Estimate | None) -> list[Estimate]:
    """What a new estimate can be copied from: those of the customer, and the one that was named."""
    query = (
        select(Estimate).where(Estimate.group_id == project.group_id).order_by(Estimate.id.desc()).limit(50)
    )
    found = list(office_session().scalars(visible(actor(), query)))
    return found if source is None or source in found else [source, *found]


def _told(estimate: Estimate) -> str:
    return f"{estimate}, {amount_of(estimate.total, estimate.currency)} {estimate.currency}"


@desk.route("/<int:project_id>/estimates/<int:estimate_id>/step/<step>", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def estimate_step(project_id: int, estimate_id: int, step: str) -> ResponseReturnValue:
    """Take one step of the estimate's table, asking what it asks [38, A58]."""
    project = the_project(project_id)
    estimate = the_estimate(project, estimate_id)
    row = ESTIMATE.rows(step)[0]  # NotFound for a word that is no step
    if step not in _STEPS:
        raise NotFound("Nobody takes this step by hand")
    here = url_for("projects.estimate_of", project_id=project.id, estimate_id=estimate.id)
    dialog = Dialog(
        project.group,
        f"{row.label} {estimate}" if estimate.number else f"{row.label} “{estimate.title}”",
        row.label,
        back_to(project) if request.values.get("back") else here,
        danger=row.danger,
        fixes=lambda fix, words: fix_of(project, estimate, fix, words),
    )
    closed = next(
        (one for one in acts_of(project, estimate) if one.step.name == step and not one.is_open), None
    )
    if closed is not None and request.method == "GET":
        dialog.obstacle, dialog.fix = closed.reason, closed.fix
        return dialog.answer(lambda typed: "")
    return dialog.answer(_STEPS[step](project, estimate, dialog))


# ---------------------------------------------------------------------- what each step asks and does


def _send(project: Project, estimate: Estimate, dialog: Dialog) -> Callable[[Typed], str]:
    people = people_of([project])[project.id]
    chosen = str(project.contact_id or (people[0][0] if people else ""))
    closed = _without_access(project, people)
    dialog.questions = [
        Asked(
            "way",
            "How it goes out",
            "radio",
            BY_MAIL if people else BY_HAND,
            options=[(BY_MAIL, "By mail, with the PDF"), (BY_HAND, "Handed over in person: no mail")],
        ),
        Asked("contact", "To whom", "select", chosen, options=people or [("", "Nobody is named")]),
        Asked(
            "message",
            "Words of the mail",
            "textarea",
            longest=4000,
            help="Empty: our usual words. {{link}} becomes the address at which the reader signs.",
        ),
    ]
    if closed and may(Permission.ACCESS_GRANT):
        dialog.questions.append(
            Asked(
                "grant",
                "Open the project to them first",
                "checkbox",
                help=f"Not open yet to {', '.join(closed)}. What asks for an answer goes only to those who may see it.",
            )
        )

    def act(typed: Typed) -> str:
        number = parse_id(typed["contact"])
        by_hand = typed["way"] == BY_HAND
        if number is None and not by_hand:
            raise Invalid("Choose to whom it goes", {"contact": "Choose to whom it goes"})
        if number is not None and str(number) not in dict(people):
            raise NotFound("This contact does not belong to the customer or the project")
        if typed.get("grant") and number is not None and not by_hand:
            grant_access(office_session(), project, number, actor(), clock())
        send_estimate(office_session(), estimate, actor(), clock(), number, by_hand, typed["message"])
        to = dict(people).get(str(number), project.group.name)
        return f"Estimate {estimate} handed to {to}." if by_hand else f"Estimate {estimate} sent to {to}."

    return act


def _without_access(project: Project, people: Sequence[tuple[str, str]]) -> list[str]:
    """The names of those to whom the project is not open yet [R33]."""
    query = select(ProjectAccess.contact_id).where(
        ProjectAccess.project_id == project.id, ProjectAccess.state.in_(AccessState.open())
    )
    may_look = {str(number) for number in office_session().scalars(query)}
    return [name for number, name in people if number not in may_look]


def _confirm(project: Project, estimate: Estimate, dialog: Dialog) -> Callable[[Typed], str]:
    ways = [(TOLD, "They said so: by phone, by mail, in person"), (SIGNED, "Signed on paper")]
    if estimate.not_sent:
        ways = ways[:1]
    options = _options(estimate)
    dialog.questions = [
        Asked("way", "How they agreed", "radio", TOLD, options=ways),
        Asked(
            "how",
            "In words",
            longest=LONGEST_REASON,
            help="“On the phone with Clara”; also why the work goes ahead without signature or deposit",
        ),
        Asked("signer", "Name as signed", longest=160, help="Only where it was signed on paper"),
        Asked(
            "comment", "What they said", "textarea", longest=LONGEST_COMMENT, help="Stands on the workorder"
        ),
    ]
    if options:
        dialog.questions.insert(0, options)
    dialog.note = f"It comes to {_amount(estimate)}. The workorder follows from it."

    def act(typed: Typed) -> str:
        if options:
            _choose(estimate)
        signature = Signed(typed["signer"]) if typed["way"] == SIGNED else None
        if signature is None and not typed["how"].strip():
            raise Invalid("Say how they agreed", {"how": "Say how they agreed"})
        said = Said(how=typed["how"], comment=typed["comment"])
        confirm_estimate(office_session(), estimate, actor(), clock(), said, signature)
        return f"Estimate {estimate} confirmed."

    return act


def _request_changes(project: Project, estimate: Estimate, dialog: Dialog) -> Callable[[Typed], str]:
    dialog.questions = [Asked("reason", "What they wish", "textarea", required=True, longest=LONGEST_COMMENT)]

    def act(typed: Typed) -> str:
        request_changes(office_session(), estimate, actor(), clock(), typed["reason"])
        return "Their wish is kept. Revise the estimate to answer it."

    return act


def _decline(project: Project, estimate: Estimate, dialog: Dialog) -> Callable[[Typed], str]:
    dialog.questions = [Asked("reason", "Why they said no", required=True, longest=LONGEST_REASON)]
    dialog.note = f"{_amount(estimate)} are lost with it. It can be revised and sent again."

    def act(typed: Typed) -> str:
        decline_estimate(office_session(), estimate, actor(), clock(), typed["reason"])
        return f"Estimate {estimate} declined."

    return act


def _revise(project: Project, estimate: Estimate, dialog: Dialog) -> Callable[[Typed], Response]:
    dialog.note = f"A draft of revision {estimate.revision + 1} with the same lines."
    if estimate.confirmed_on:
        dialog.note += " What was confirmed stays the contract until the new revision is confirmed."

    def act(typed: Typed) -> Response:
        draft = revise_estimate(office_session(), estimate, actor(), clock())
        return redirect(url_for("projects.edit_estimate", project_id=project.id, estimate_id=draft.id))

    return act


_STEPS: dict[str, Callable[[Project, Estimate, Dialog], Callable[[Typed], str | Response]]] = {
    "send": _send,
    "confirm": _confirm,
    "request_changes": _request_changes,
    "decline": _decline,
    "revise": _revise,
}


def _amount(estimate: Estimate) -> str:
    return f"{amount_of(estimate.total, estimate.currency)} {estimate.currency}"


def _options(estimate: Estimate) -> Asked | None:
    """The options of an estimate as ticks; None where it has none."""
    found = [
        (
            line.key,
            f"{line.description} · {amount_of(line.net, estimate.currency)}{_either(line.alternative)}",
        )
        for line in estimate.lines
        if line.optional
    ]
    chosen = frozenset(line.key for line in estimate.lines if line.optional and line.chosen)
    return Asked("options", "Options they chose", "ticks", options=found, ticked=chosen) if found else None


def _either(alternative: str | None) -> str:
    return f" (one of “{alternative}”)" if alternative else ""


def _choose(estimate: Estimate) -> None:
    ticked = request.form.getlist("options")
    choose_options(office_session(), estimate, ticked, actor(), clock())


@desk.route("/<int:project_id>/estimates/<int:estimate_id>/options", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def estimate_options(project_id: int, estimate_id: int) -> ResponseReturnValue:
    """Which options the client chose [57]."""
    project = the_project(project_id)
    estimate = the_estimate(project, estimate_id)
    options = _options(estimate)
    here = url_for("projects.estimate_of", project_id=project.id, estimate_id=estimate.id)
    dialog = Dialog(project.group, "Choose options", "Keep choice", here, [options] if options else [])
    if options is None:
        dialog.obstacle = "This estimate has no options"

    def act(typed: Typed) -> str:
        _choose(estimate)
        return f"It comes to {_amount(estimate)} now."

    return dialog.answer(act)


@desk.route("/<int:project_id>/estimates/<int:estimate_id>/discard", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def discard_estimate(project_id: int, estimate_id: int) -> ResponseReturnValue:
    """Throw a draft away; the revision before it stands again."""
    project = the_project(project_id)
    estimate = the_estimate(project, estimate_id)
    count = len(estimate.lines)
    note = f"Its {count} {'line goes' if count == 1 else 'lines go'} with it."
    if estimate.revision > 1:
        note += f" Revision {estimate.revision - 1} stands again."
    dialog = Dialog(
        project.group,
        f"Discard “{estimate.title}”?",
        "Discard draft",
        url_for("projects.estimate_of", project_id=project.id, estimate_id=estimate.id),
        note=note,
        danger=True,
    )

    def act(typed: Typed) -> Response:
        before = discard(office_session(), estimate, actor(), clock())
        flash("Draft discarded.", "success")
        if before is not None:
            return redirect(url_for("projects.estimate_of", project_id=project.id, estimate_id=before.id))
        return redirect(home_of(project, "estimate"))

    return dialog.answer(act)
