"""The editor of an estimate: lines by keyboard, terms, the server's sums, two writers at once [52-58, L7].

The form works without script; with it, `preview` says after every pause in typing what all of it comes to, and where
something is wrong.  A page that is older than what stands there never overwrites it: both are shown (409).
"""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_app.admin.derivations import Explained
from admin_app.admin.projects.desk import desk, one_of, the_project
from admin_app.admin.projects.estimate_form import (
    EstimateForm,
    blank_lines,
    branches_of,
    help_of,
    label_of,
    line_choices,
    posted_form,
    stored_form,
    stored_sums,
)
from admin_app.admin.projects.forced import force_on
from admin_app.admin.projects.line_form import OPTIONS
from admin_app.admin.words import amount_of
from admin_app.kernel.errors import Conflict, Invalid, Refusal, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_id
from admin_app.models import Estimate, EstimateState, Package, Project
from admin_app.policy import Permission, visible
from admin_app.records.price_list import known_packages
from admin_app.services.propose_lines import add_package, lines_from_assets
from admin_app.services.reuse_lines import lines_from_estimate
from admin_app.services.write_estimate import mark_of, write_estimate
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.office import keep_nothing

MOST_OLD = 50
"""Earlier estimates of the customer that are offered for copying."""


@desk.route("/<int:project_id>/estimates/<int:estimate_id>/edit", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def edit_estimate(project_id: int, estimate_id: int) -> ResponseReturnValue:
    """Lines and terms of a draft; `then` names the step that was forced and waits for them [D8, A89]."""
    project = the_project(project_id)
    estimate = _draft(project, estimate_id)
    if request.method == "GET":
        form = stored_form(estimate)
        sums = stored_sums(estimate)
        return _page(project, form, sums), 200
    form = posted_form(estimate)
    try:
        write_estimate(
            office_session(), estimate, actor(), terms=form.terms(), lines=form.said(), seen=form.mark
        )
        if told := _put_in(estimate):
            flash(told, "success")
            return redirect(_here(project, estimate, "lines"))
    except (Invalid, Unmet, Conflict) as refusal:
        return _refused(project, estimate_id, form, refusal)
    then = request.values.get("then", "")
    if then:
        return force_on(project, then, request.values.get("reason", ""))
    flash("Saved.", "success")
    return redirect(url_for("projects.estimate_of", project_id=project.id, estimate_id=estimate.id))


@desk.post("/<int:project_id>/estimates/<int:estimate_id>/preview")
@rule(Permission.SALES_WRITE)
def preview_estimate(project_id: int, estimate_id: int) -> ResponseReturnValue:
    """What the typed form comes to, for the script: JSON {foot, total, lines by number, errors by field}."""
    keep_nothing()
    form = posted_form(_draft(the_project(project_id), estimate_id))
    sums = form.sums()
    code = sums["currency"]
    return jsonify(
        foot=render_template("admin/projects/sums.html", sums=sums, branches=_branches(form, sums)),
        total=sums["total"],
        lines={
            str(line.number): None
            if priced is None
            else {"net": amount_of(Money.of(priced["net"], code).minor, code), "counts": priced["counts"]}
            for line, priced in zip(form.lines, sums["lines"], strict=True)
        },
        errors=sums["errors"],
    )


def _draft(project: Project, estimate_id: int) -> Estimate:
    """The estimate of this address with its lines; raises Unmet, with the way out, for what is no draft."""
    loaded = select(Estimate).options(selectinload(Estimate.lines), selectinload(Estimate.taxes))
    estimate = one_of(Estimate, project, estimate_id, loaded)
    if estimate.state is not EstimateState.DRAFT:
        raise Unmet(
            f"Estimate {estimate} is {estimate.state.value}; revise it to change it",
            fix_url=url_for("projects.estimate_of", project_id=project.id, estimate_id=estimate.id),
        )
    return estimate


def _here(project: Project, estimate: Estimate, anchor: str | None = None) -> str:
    """This editor, with the forced step that waits for it."""
    return url_for(
        "projects.edit_estimate",
        project_id=project.id,
        estimate_id=estimate.id,
        then=request.values.get("then") or None,
        reason=request.values.get("reason") or None,
        _anchor=anchor,
    )


def _put_in(estimate: Estimate) -> str:
    """Add what was asked for behind the saved lines, and say so; "" where only a save was asked for."""
    session, before = office_session(), len(estimate.lines)
    match request.form.get("insert", ""):
        case "package":
            number = parse_id(request.form.get("package", ""))
            chosen = session.scalar(visible(actor(), select(Package).where(Package.id == number)))
            if number is None or chosen is None:
                raise Invalid("Choose a package to put in")
            add_package(session, estimate, chosen, actor())
        case "estimate":
            number = parse_id(request.form.get("source", ""))
            if number is None:
                raise Invalid("Choose an estimate to copy lines from")
            lines_from_estimate(session, estimate, number, actor())
        case "assets":
            ticked = [number for text in request.form.getlist("asset") if (number := parse_id(text))]
            if not ticked:
                raise Invalid("Tick what the estimate is about")
            lines_from_assets(session, estimate, ticked, actor())
        case _:
            return ""
    added = len(estimate.lines) - before
    return f"Saved. {added} {'line' if added == 1 else 'lines'} put in at the end."


def _refused(project: Project, estimate_id: int, form: EstimateForm, refusal: Refusal) -> ResponseReturnValue:
    """The form comes back as it was typed; of two versions both are shown, and the next save is over what stands."""
    office_session().rollback()
    keep_nothing()
    stored = _draft(project, estimate_id)
    form.estimate = stored
    sums = form.sums()
    form.refuse(refusal)
    theirs = None
    if isinstance(refusal, Conflict):
        theirs, form.mark = stored, mark_of(stored)
    return _page(project, form, sums, theirs), refusal.status


def _branches(form: EstimateForm, sums: dict[str, Any]) -> Explained:
    return branches_of(sums, form.counted, form.sheet["deposit_amount"].value)


def _page(project: Project, form: EstimateForm, sums: dict[str, Any], theirs: Estimate | None = None) -> str:
    estimate, session = form.estimate, office_session()
    return render_template(
        "admin/projects/estimate_editor.html",
        project=project,
        estimate=estimate,
        form=form,
        sums=sums,
        branches=_branches(form, sums),
        theirs=theirs,
        options=OPTIONS,
        label_of=label_of,
        help_of=help_of,
        packages=known_packages(session, actor()),
        old_estimates=_old_estimates(estimate),
        then=request.values.get("then", ""),
        reason=request.values.get("reason", ""),
        here=_here(project, estimate),
        **line_choices(estimate),
        **blank_lines(form.lines),
    )


def _old_estimates(estimate: Estimate) -> list[tuple[str, str]]:
    """Other estimates of this customer, the latest first."""
    query = (
        select(Estimate)
        .where(Estimate.group_id == estimate.group_id, Estimate.id != estimate.id)
        .order_by(Estimate.id.desc())
        .limit(MOST_OLD)
    )
    return [
        (str(one.id), f"{one} · {amount_of(one.total, one.currency)} {one.currency}")
        for one in office_session().scalars(visible(actor(), query))
    ]
