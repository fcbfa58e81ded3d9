"""The company's own facts: name, currency, zone, taxes, the lock of the books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.company_form import company_form
from admin_app.admin.forms import RecordForm, form_fields, record_values
from admin_app.admin.settings.company_parts import (
    COMMUNICATION_PARTS,
    COMPANY_PARTS,
    PORTAL_SWITCH,
    keys_of,
    with_the_rest,
)
from admin_app.admin.settings.desk import Editing, desk, save_edit, signed_base
from admin_app.kernel.errors import NotFound
from admin_app.models import Company
from admin_app.policy import Permission, visible
from admin_app.records.values import office_reading
from admin_app.services import save_record
from admin_app.services.merge_edits import Base
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


def the_company() -> Company:
    """The row of the company; raises NotFound before it is set up."""
    row = office_session().scalar(visible(actor(), select(Company)))
    if not isinstance(row, Company):
        raise NotFound("The company is not set up yet")
    return row


@desk.route("/", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def company() -> ResponseReturnValue:
    """The form of the company."""
    row = the_company()
    shown = record_values(row, form_fields(Company, actor()), office_reading(office_session()))
    form = company_form(actor(), shown, elsewhere=keys_of(COMMUNICATION_PARTS) | PORTAL_SWITCH)
    if request.method == "GET":
        return _page(Editing(form, signed_base(row)))

    again = save_company(row, form)
    if again is not None:
        return _page(again)
    flash("Saved.", "success")
    return redirect(url_for("settings.company"))


def save_company(row: Company, form: RecordForm) -> Editing | None:
    """Save what a page of the company's settings posted; None when saved, else the form to be shown again."""

    def save(values: Mapping[str, Any], base: Base) -> None:
        save_record.update(office_session(), Company, row.id, values, actor(), base)

    return save_edit(form, save)


def _page(editing: Editing) -> ResponseReturnValue:
    parts = with_the_rest(COMPANY_PARTS, editing.form)
    return render_template("admin/settings/company.html", editing=editing, parts=parts), editing.status
