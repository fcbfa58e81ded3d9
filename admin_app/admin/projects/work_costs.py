"""Money spent on a workorder: booked, put right and taken away by those who may see what work costs us [67]."""

from __future__ import annotations

import secrets
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import reading
from admin_app.admin.customers.money_forms import preset, read_typed
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.projects.desk import desk, the_project
from admin_app.admin.projects.work import tab_of, the_work
from admin_app.kernel.money import Money
from admin_app.models import JobCost
from admin_app.policy import Permission, demand
from admin_app.services.book_cost import CostForm, book_cost, change_cost, remove_cost, the_cost
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, currency, office_session, today
from admin_app.web.formats import money

ASKED_FOR = ("description", "kind", "amount", "spent_on", "supplier")


@desk.route("/<int:project_id>/workorder/costs/new", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def new_cost(project_id: int) -> ResponseReturnValue:
    """Material, subcontractor, equipment, disposal: what was bought for this work."""
    demand(actor(), Permission.COSTS_READ)
    project = the_project(project_id)
    work = the_work(project)
    sheet = preset(_sheet(), reading(), spent_on=today())
    key = request.form.get("key") or secrets.token_urlsafe(24)

    def save(values: dict[str, Any]) -> str:
        cost = book_cost(office_session(), work, _form(sheet, values), actor(), clock(), key)
        return f"{_amount(cost)} booked."

    return _popup(project, "Cost of this work", tab_of(work), sheet, key).answer(save)


@desk.route("/<int:project_id>/workorder/costs/<int:cost_id>", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def edit_cost(project_id: int, cost_id: int) -> ResponseReturnValue:
    """Put a cost right."""
    demand(actor(), Permission.COSTS_READ)
    project = the_project(project_id)
    work = the_work(project)
    cost = the_cost(office_session(), work, cost_id, actor())
    sheet = _sheet(cost)

    def save(values: dict[str, Any]) -> str:
        change_cost(office_session(), cost, _form(sheet, values), actor(), clock())
        return f"Saved: {_amount(cost)}."

    return _popup(project, "Cost of this work", tab_of(work), sheet, "").answer(save)


@desk.route("/<int:project_id>/workorder/costs/<int:cost_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_cost(project_id: int, cost_id: int) -> ResponseReturnValue:
    """Take a cost away."""
    demand(actor(), Permission.COSTS_READ)
    project = the_project(project_id)
    work = the_work(project)
    cost = the_cost(office_session(), work, cost_id, actor())
    what = f"{_amount(cost)} for “{cost.description}”"

    def save(_: dict[str, Any]) -> str:
        remove_cost(office_session(), cost, actor())
        return f"{what} deleted."

    note = "It no longer counts into the cost of this work. The history keeps it."
    return Popup(
        project.group, f"Delete {what}?", tab_of(work), button="Delete cost", danger=True, note=note
    ).answer(save)


def _sheet(cost: JobCost | None = None) -> Sheet:
    return Sheet(JobCost, reading(), actor(), record=cost, only=ASKED_FOR)


def _popup(project: Any, title: str, back: str, sheet: Sheet, key: str) -> Popup:
    more = {"key": key, "help": ""}
    return Popup(project.group, title, back, sheet, "Save cost", template="admin/jobs/time.html", more=more)


def _form(sheet: Sheet, values: dict[str, Any]) -> CostForm:
    """What was typed; raises Invalid with a sentence a field."""
    read = read_typed(sheet, values, reading())
    return CostForm(
        description=read["description"],
        amount=Money(read["amount"], currency()),
        spent_on=read["spent_on"],
        kind=read["kind"],
        supplier=read.get("supplier") or "",
    )


def _amount(cost: JobCost) -> str:
    return money(Money(cost.amount, currency()))
