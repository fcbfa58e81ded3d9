"""The project itself: where it opens, and what holds for all its documents [R20, A42, A43, A45, A50, A57]."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.customers.desk import may, reading
from admin_app.admin.customers.popup import Popup, posted_base
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.projects.choices import colleagues_of, people_of, sites_of
from admin_app.admin.projects.desk import back_to, desk, step_url, the_project
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import Lead, Project
from admin_app.policy import Permission, visible
from admin_app.records.directory import known_brands
from admin_app.records.projects import Stage, read_project
from admin_app.services.change_project import change_project
from admin_app.services.switch_brand import switch_brand, what_a_brand_switch_does
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session, today
from admin_app.web.office import keep_nothing

CHOSEN_HERE = ("contact", "estimator")
"""What the drop-downs of the frame and of the lists change, one at a time."""

_ORDER = (Stage.INVOICE, Stage.WORK_ORDER, Stage.ESTIMATE, Stage.LEAD)


@desk.get("/<int:project_id>/")
@rule(Permission.WORK_READ)
def project(project_id: int) -> ResponseReturnValue:
    """The arrow: the page of the furthest step that there is and that the reader may open [R20, A55]."""
    found = the_project(project_id)
    card = read_project(office_session(), actor(), found, today())
    for stage in _ORDER:
        url = step_url(stage.value, found.id) if card.step(stage).exists else None
        if url:
            return redirect(url)
    for tab in ("customer", "tasks"):
        url = step_url(tab, found.id)
        if url and (tab == "tasks" or may(Permission.SALES_READ)):
            return redirect(url)
    raise NotFound("There is nothing here")


@desk.get("/at/<int:project_id>")
@rule(Permission.WORK_READ)
def at(project_id: int) -> ResponseReturnValue:
    """From a list or a search to the project."""
    return redirect(url_for("projects.project", project_id=the_project(project_id).id))


@desk.get("/at-lead/<int:lead_id>")
@rule(Permission.SALES_READ)
def at_lead(lead_id: int) -> ResponseReturnValue:
    """From a list or a search to the page of a lead."""
    found: Lead | None = office_session().scalar(visible(actor(), select(Lead).where(Lead.id == lead_id)))
    if found is None:
        raise NotFound("There is no such lead")
    return redirect(url_for("projects.lead", project_id=found.project_id, lead=found.id))


@desk.post("/<int:project_id>/choose")
@rule(Permission.SALES_WRITE)
def choose(project_id: int) -> ResponseReturnValue:
    """Another contact or estimator, at any stage [A42, A43, A45]."""
    found = the_project(project_id)
    values = {key: request.form[key] for key in CHOSEN_HERE if key in request.form}
    if not values:
        raise Invalid("Choose a contact or an estimator", dict.fromkeys(CHOSEN_HERE, "Nothing was chosen"))
    back = back_to(found)
    try:
        change_project(office_session(), found, values, actor())
    except Invalid as refusal:
        keep_nothing()
        flash(refusal.sentence, "error")
        return redirect(back)
    flash("Saved.", "success")
    return redirect(back)


@desk.route("/<int:project_id>/edit", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def edit(project_id: int) -> ResponseReturnValue:
    """The pencil: title, site, contact, estimator and the rest that is typed once [A50]."""
    found = the_project(project_id)
    options = {
        "address": sites_of(found),
        "contact": people_of([found])[found.id],
        "estimator": colleagues_of([found]),
    }
    sheet = Sheet(Project, reading(), actor(), record=found, options=options)

    def save(values: dict[str, Any]) -> str:
        saved = change_project(office_session(), found, values, actor(), posted_base())
        if not saved.merged:
            return "Saved."
        return f"Saved. Somebody else changed {', '.join(saved.merged)} meanwhile; that was kept too."

    return Popup(found.group, "Edit project", back_to(found), sheet, record=found).answer(save)


@desk.route("/<int:project_id>/brand", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def brand(project_id: int) -> ResponseReturnValue:
    """Another brand, after reading what follows [A36, A37, D5]."""
    found = the_project(project_id)
    session, who = office_session(), actor()
    brands = known_brands(session, who)
    if request.method == "POST" and request.form.get("step") == "switch":
        return _switch(found)
    wanted = request.values.get("brand")
    chosen = next((one for one in brands if str(one.id) == wanted), None)
    consequences = what_a_brand_switch_does(session, found, chosen) if wanted is not None else None
    return render_template(
        "admin/projects/brand.html",
        page_title=f"Brand of {found.title}",
        project=found,
        group=found.group,
        back=back_to(found),
        brands=brands,
        wanted=wanted,
        chosen=chosen,
        consequences=consequences,
    )


def _switch(found: Project) -> ResponseReturnValue:
    back = back_to(found)
    try:
        chosen = switch_brand(office_session(), found, request.form.get("brand", ""), actor())
    except (Invalid, Unmet) as refusal:
        keep_nothing()
        flash(refusal.sentence, "error")
        return redirect(back)
    name = chosen.name if chosen else "the brand of the customer"
    flash(f"{found.title} goes on under {name}.", "success")
    return redirect(back)
