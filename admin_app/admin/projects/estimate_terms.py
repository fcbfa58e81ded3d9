"""What stands beside an estimate, changed from its side panel: discount, deposit, taxes, visibility [A66-A68]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.customers.popup import Popup
from admin_app.admin.projects.desk import desk, the_project
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.admin.projects.estimate import the_estimate
from admin_app.admin.projects.estimate_form import help_of, label_of, terms_sheet
from admin_app.admin.projects.line_form import split_portion
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import TaxRate
from admin_app.policy import Permission
from admin_app.services.read_estimate import Line
from admin_app.services.write_estimate import mark_of, write_lines, write_terms
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session

PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "money": (
        "Discount and deposit",
        (
            "discount_percent",
            "discount_amount",
            "deposit_percent",
            "deposit_amount",
            "retainage_percent",
            "prices_include_tax",
        ),
    ),
    "client": (
        "What the client sees",
        (
            "title",
            "expires_on",
            "client_order_no",
            "signature_required",
            "show_quantities",
            "show_unit_prices",
            "show_line_totals",
        ),
    ),
}
"""The parts of the side panel: title, and the fields of the estimate."""


@desk.route("/<int:project_id>/estimates/<int:estimate_id>/terms/<part>", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def estimate_terms(project_id: int, estimate_id: int, part: str) -> ResponseReturnValue:
    """Change one part of the terms of a draft [A66, A67]."""
    project = the_project(project_id)
    estimate = the_estimate(project, estimate_id)
    if part not in PARTS:
        raise NotFound("An estimate has no such part")
    title, fields = PARTS[part]
    sheet = terms_sheet(estimate, fields)
    here = url_for("projects.estimate_of", project_id=project.id, estimate_id=estimate.id)

    def save(values: dict[str, Any]) -> str:
        try:
            write_terms(
                office_session(), estimate, _split(values), actor(), seen=request.form.get("mark") or None
            )
        except Invalid as refusal:
            raise Invalid(refusal.sentence, _asked_as(refusal.fields)) from None
        return "Saved."

    return Popup(
        project.group,
        title,
        here,
        sheet,
        template="admin/projects/terms.html",
        more={"mark": mark_of(estimate), "label_of": label_of, "help_of": help_of},
    ).answer(save)


def _split(values: Mapping[str, Any]) -> dict[str, Any]:
    """Discount and deposit as the services take them: a percentage or an amount."""
    found = dict(values)
    for name in ("discount", "deposit"):
        if f"{name}_amount" in found:
            found |= split_portion(name, found.pop(f"{name}_amount"))
    return found


def _asked_as(wrong: Mapping[str, str]) -> dict[str, str]:
    return {
        name.replace("_percent", "_amount") if name != "retainage_percent" else name: said
        for name, said in wrong.items()
    }


@desk.route("/<int:project_id>/estimates/<int:estimate_id>/taxes", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def estimate_taxes(project_id: int, estimate_id: int) -> ResponseReturnValue:
    """The same taxes for every line of a draft [A66]."""
    project = the_project(project_id)
    estimate = the_estimate(project, estimate_id)
    rates = office_session().scalars(
        select(TaxRate.name).where(TaxRate.archived.is_(False)).order_by(TaxRate.id)
    )
    names = [(name, name) for name in rates]
    sets = {frozenset(line.tax_names) for line in estimate.lines}
    carried = frozenset[str]().union(*sets) if len(sets) == 1 else frozenset[str]()
    dialog = Dialog(
        project.group,
        "Taxes of all lines",
        "Set taxes",
        url_for("projects.estimate_of", project_id=project.id, estimate_id=estimate.id),
        [Asked("tax", "Every line carries", "ticks", options=names, ticked=carried)],
        f"All {len(estimate.lines)} lines get these{'' if len(sets) < 2 else '; now they differ'}. "
        "A single line can differ in the editor.",
    )
    if not names:
        dialog.obstacle = "No tax rates are set up"

    def act(typed: Mapping[str, str]) -> str:
        chosen = tuple(request.form.getlist("tax"))
        write_lines(
            office_session(), estimate, [Line({}, chosen, line.key) for line in estimate.lines], actor()
        )
        return "Taxes set."

    return dialog.answer(act)
