"""A new bill of a contract: by completed services, percent, amount, the rest, or a deposit [69, 70, A75, M15-M23]."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.billing.desk import desk, the_contract
from admin_app.kernel.errors import Conflict, Invalid, Refusal, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_amount, parse_decimal
from admin_app.models import Estimate, Invoice, Service, ServiceState, WorkOrder
from admin_app.money.contract import unbilled_nets
from admin_app.policy import Permission
from admin_app.services import bill_contract
from admin_app.services.bill_deposit import bill_deposit
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

BASES = ("services", "percent", "amount", "rest", "deposit")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the contract: what it comes to, what is billed of it, and whether its service is done."""

    key: str
    description: str
    net: Money
    left: Money
    state: ServiceState | None

    @property
    def is_ready(self) -> bool:
        """Whether it is offered for completion first: done and not wholly billed."""
        return self.state is ServiceState.COMPLETED and bool(self.left)


@desk.route("/contracts/<int:first_id>/bill", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def new_bill(first_id: int) -> ResponseReturnValue:
    """Choose what is billed now; the draft opens, nothing is issued yet."""
    first = the_contract(first_id)
    error, status = "", 200
    if request.method == "POST":
        try:
            invoice = _make(first)
        except (Invalid, Unmet, Conflict) as refusal:
            office_session().rollback()
            keep_nothing()
            first = the_contract(first_id)
            error, status = refusal.sentence, refusal.status
        else:
            flash("Draft written. Look it over, then issue it.", "success")
            return redirect(url_for("projects.invoice", project_id=first.project_id, bill=invoice.id))
    return _shown(first, error), status


def _make(first: Estimate) -> Invoice:
    """The draft that the form asks for."""
    session, who, now = office_session(), actor(), clock()
    basis = request.form.get("basis", "")
    match basis:
        case "services":
            keys = request.form.getlist("key")
            if not keys:
                raise Invalid("Tick the services that are billed")
            return bill_contract.bill_services(session, first.id, keys, who, now)
        case "percent":
            percent = parse_decimal(request.form.get("percent", "").replace("%", ""))
            return bill_contract.bill_percent(session, first.id, percent, who, now)
        case "amount":
            amount = _typed("amount", first.currency)
            return bill_contract.bill_amount(session, first.id, amount, who, now)
        case "rest":
            return bill_contract.bill_rest(session, first.id, who, now)
        case "deposit":
            amount = _typed("deposit", first.currency)
            return bill_deposit(session, first.id, amount, who, now)
    raise Invalid("Choose what is billed")


def _typed(name: str, currency: str) -> Money:
    """An amount as people write it; raises Invalid naming its field."""
    try:
        return parse_amount(request.form.get(name, ""), currency)
    except Invalid as refusal:
        raise Invalid(f"{name.capitalize()}: {refusal.sentence}", {name: refusal.sentence}) from None


def _shown(first: Estimate, error: str) -> str:
    session = office_session()
    try:
        contract, billed = bill_contract.contract_and_billed(session, first.id, with_drafts=True)
    except Refusal as refusal:
        return render_template(
            "admin/billing/bill.html", first=first, rows=[], error=refusal.sentence, contract=None, typed={}
        )
    left = unbilled_nets(contract, billed)
    of_services = (
        select(Service.line_key, Service.state)
        .join(WorkOrder, WorkOrder.id == Service.work_order_id)
        .where(WorkOrder.estimate_id == first.id)
    )
    states = {row.line_key: row.state for row in session.execute(of_services)}
    rows = [
        Row(line.key, line.description, line.net, left[line.key], states.get(line.key))
        for line in contract.lines
    ]
    ticked = request.form.getlist("key") if request.method == "POST" else [r.key for r in rows if r.is_ready]
    return render_template(
        "admin/billing/bill.html",
        first=first,
        contract=contract,
        rows=rows,
        ticked=set(ticked),
        left=Money.total(left.values(), contract.currency),
        basis=request.form.get("basis") or ("services" if any(r.is_ready for r in rows) else "percent"),
        typed=request.form,
        error=error,
    )
