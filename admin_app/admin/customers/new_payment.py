"""A payment is recorded: which document receives it, what is proposed, the rest is credit [A27, A28, A62, A82, 84].

The form is reached from the profile, a project, an estimate, a workorder and an invoice (`?project=`, `?invoice=`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, reading, the_group
from admin_app.admin.customers.money_forms import (
    CHOSEN,
    CREDIT,
    OLDEST,
    PROJECT,
    PROPOSED,
    chosen_uses,
    preset,
    read_payment,
)
from admin_app.admin.customers.payments import (
    currency_of,
    form_key,
    in_words,
    payment_sheet,
    tab_of_payments,
)
from admin_app.admin.customers.popup import Popup
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_amount
from admin_app.models import CustomerGroup, Invoice, Payment, Project
from admin_app.money.proposer import Proposal
from admin_app.policy import Permission
from admin_app.records.customer_money import open_invoices, open_projects
from admin_app.services.propose_uses import as_text, from_text, proposals_for_money, uses_in
from admin_app.services.record_payment import PaymentForm, record_payment
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today


@dataclass(frozen=True, slots=True)
class From:
    """Where the person came from: the invoice or project that the money is most likely for."""

    invoice: Invoice | None
    project: Project | None

    @property
    def spread(self) -> str:
        """What is ticked first."""
        if self.invoice is not None:
            return CHOSEN
        return PROJECT if self.project is not None else ""


def _came_from(invoices: list[Invoice], projects: list[Project]) -> From:
    """An invoice by its number in the address; of a project its oldest open invoice, else the project itself."""
    invoice = next((one for one in invoices if str(one.id) == request.args.get("invoice")), None)
    project = next((one for one in projects if str(one.id) == request.args.get("project")), None)
    if invoice is None and project is not None:
        invoice = next((one for one in invoices if one.project_id == project.id), None)
    return From(invoice, project)


@desk.route("/<int:group_id>/payments/new", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def new_payment(group_id: int) -> ResponseReturnValue:
    """Record money: full, partial, more than is owed, or for no invoice yet; with a tip [A27, A28, M27, M30]."""
    group = the_group(group_id)
    invoices = open_invoices(office_session(), actor(), group)
    projects = open_projects(office_session(), actor(), group)
    came = _came_from(invoices, projects)
    sheet = payment_sheet(invoices)
    if came.invoice is not None and request.method == "GET":
        sheet["currency"].value = came.invoice.currency
        preset(sheet, replace(reading(), currency=came.invoice.currency), amount=came.invoice.balance)
    offered = [option[0] for option in sheet["currency"].options]

    def save(values: dict[str, Any]) -> str:
        code = currency_of(values.get("currency", ""), offered)
        form = read_payment(sheet, values, group.id, code, reading())
        form = _spent(form, group, invoices, projects, code)
        return _booked(record_payment(office_session(), form, actor(), clock(), form_key()))

    asks = request.method == "POST" and request.form.get("act") == "propose"
    proposals, why_not = _proposals(group, offered) if asks else ((), "")
    more = {
        "invoices": invoices,
        "projects": projects,
        "project": request.form.get("project") or (str(came.project.id) if came.project else ""),
        "key": form_key(),
        "spread": _ticked(proposals) or came.spread or (OLDEST if invoices else CREDIT),
        "written": _written(invoices, came.invoice),
        "proposals": [(PROPOSED + as_text(uses_in(one)), one) for one in proposals],
        "why_not": why_not,
        "today": today(),
    }
    popup = Popup(
        group, "Record payment", _back(group), sheet, "Record payment",
        template="admin/customers/payment.html", more=more,
    )  # fmt: skip
    return popup.again() if asks else popup.answer(save)


def _spent(
    form: PaymentForm, group: CustomerGroup, invoices: list[Invoice], projects: list[Project], code: str
) -> PaymentForm:
    """The payment with what it is for; raises Invalid where the form does not say which."""
    spread = request.form.get("spread", CREDIT)
    if spread.startswith(PROPOSED):
        told = spread.removeprefix(PROPOSED)
        return replace(form, uses=from_text(office_session(), actor(), group.id, told, code))
    if spread == PROJECT:
        project = next((one for one in projects if str(one.id) == request.form.get("project")), None)
        if project is None:
            raise Invalid("Choose the project that the money is for")
        return replace(form, project_id=project.id)
    return replace(form, uses=chosen_uses(request.form, invoices, code, reading()))


def _proposals(group: CustomerGroup, offered: list[str]) -> tuple[tuple[Proposal, ...], str]:
    """What the typed amount and reference make of the open invoices, or why nothing can be proposed."""
    code = request.form.get("currency", "")
    code = code if code in offered else offered[0]
    try:
        whole = parse_amount(request.form.get("amount", ""), code)
        tip = parse_amount(request.form["tip"], code) if request.form.get("tip") else Money.zero(code)
    except Invalid:
        return (), "Write the amount first; proposals begin with it"
    hint = " ".join(request.form.get(name, "") for name in ("reference", "note"))
    found = proposals_for_money(office_session(), group.id, whole - tip, hint, actor())
    return found, "" if found else f"Nothing is open in {code}"


def _ticked(proposals: tuple[Proposal, ...]) -> str:
    """The surest proposal, where some were asked for; else what was ticked."""
    if proposals:
        return PROPOSED + as_text(uses_in(proposals[0]))
    told = request.form.get("spread", "")
    return "" if told.startswith(PROPOSED) else told


def _written(invoices: list[Invoice], wanted: Invoice | None) -> dict[int, str]:
    """What stands beside each invoice: as typed, or the whole balance of the one that the person came from."""
    if request.method == "POST":
        return {invoice.id: request.form.get(f"use-{invoice.id}", "") for invoice in invoices}
    return {wanted.id: str(Money(wanted.balance, wanted.currency))} if wanted else {}


def _booked(payment: Payment) -> str:
    whole = in_words(payment.amount, payment.currency)
    if not payment.unallocated:
        return f"Payment of {whole} recorded."
    left = in_words(payment.unallocated, payment.currency)
    if payment.project is not None:
        return f"Payment of {whole} recorded; the next invoice of {payment.project.title} takes {left} by itself."
    return f"Payment of {whole} recorded; {left} is credit that no invoice uses yet."


def _back(group: CustomerGroup) -> str:
    """The page of this site that the form was opened from, else the Payments tab."""
    wanted = request.args.get("back", "")
    if wanted.startswith("/admin/") and "\\" not in wanted and "//" not in wanted:
        return wanted
    return tab_of_payments(group)
