"""The Invoice tab: what of the contract is billed, the bills, and the actions on each [A78-A84, 69-79, M15]."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.bill_acts import acts_on
from admin_app.admin.derivations import Explained, explain
from admin_app.admin.projects.desk import desk, show, the_project
from admin_app.admin.projects.steps import Choice, step_choices
from admin_app.flow import Step
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_id
from admin_app.models import Invoice, InvoiceState
from admin_app.money.contract import Contract, unbilled_nets
from admin_app.policy import Permission
from admin_app.records.portal_receipts import seen_of_document
from admin_app.records.project_bills import Bills, bills_of, contracts_of
from admin_app.services.bill_contract import contract_and_billed
from admin_app.services.checkout.charge_saved import charges_of
from admin_app.services.take import offers
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today


@dataclass(frozen=True, slots=True)
class Progress:
    """A contract as the tab shows it: each line with what is left of it; drafts count as billed."""

    first_id: int
    contract: Contract
    left: dict[str, Money]

    @property
    def open(self) -> Money:
        """What no bill or draft asks for yet."""
        return Money.total(self.left.values(), self.contract.currency)

    @property
    def percent(self) -> int:
        """How much of the value is on bills, rounded down."""
        value = self.contract.value.minor
        return 100 if value <= 0 else max(0, (value - self.open.minor) * 100 // value)


@desk.get("/<int:project_id>/invoice")
@rule(Permission.MONEY_READ)
def invoice(project_id: int) -> ResponseReturnValue:
    """The bills of the project, the newest or the chosen one open."""
    project = the_project(project_id)
    session, who = office_session(), actor()
    bills = bills_of(session, who, project)
    opened = _chosen(bills)
    return show(
        project,
        "invoice",
        template="admin/projects/invoice.html",
        bills=bills,
        opened=opened,
        standing=opened.standing(today()) if opened else None,
        today=today(),
        why=_why(opened),
        choices=_choices(opened, project) if opened else [],
        actions=_actions(opened) if opened else [],
        charges=charges_of(session, who, opened) if opened else [],
        progress=[_progress(first_id) for first_id in contracts_of(session, who, project)],
        here=request.full_path.rstrip("?"),
        seen=seen_of_document(session, "invoice", opened.id) if opened else [],
    )


def _chosen(bills: Bills) -> Invoice | None:
    """The bill that the address names, else a draft, else the newest."""
    wanted = parse_id(request.args.get("bill", ""))
    for one in bills.invoices:
        if one.id == wanted:
            return one
    drafts = [one for one in bills.invoices if one.state is InvoiceState.DRAFT]
    return next(reversed(drafts or list(bills.invoices)), None)


def _why(opened: Invoice | None) -> Explained:
    if opened is None:
        return Explained()
    subtotal = Money(opened.subtotal, opened.currency)
    return explain(opened.derivation, len(opened.lines), str(subtotal))


def _choices(opened: Invoice, project: Any) -> list[Choice]:
    """The steps of the open bill."""

    def url_of(step: Step) -> str:
        return url_for(f"billing.{step.name}", invoice_id=opened.id)

    found = step_choices(offers(office_session(), opened, actor(), clock()), project, url_of)
    # What voiding does is said on a page of its own before it is done.
    return [replace(choice, asks=choice.name == "void") for choice in found]


def _actions(opened: Invoice) -> list[tuple[str, str, str]]:
    """Words, icon and address of what can be done with the open bill [A79, A80, A82]."""
    is_issued, is_draft = opened.state is InvoiceState.ISSUED, opened.state is InvoiceState.DRAFT
    here = _here(opened)
    wanted = (
        (True, "Save the PDF", "download", "papers.invoice_pdf", {"record_id": opened.id, "save": 1}),
        (
            is_issued,
            "Check what was frozen",
            "shield-check",
            "papers.frozen",
            {"word": "invoice", "record_id": opened.id},
        ),
        (
            is_draft and opened.estimate_id is None,
            "Edit lines",
            "pencil",
            "invoices.edit_view",
            {"id": opened.id},
        ),
        (is_draft, "Discard draft", "trash", "invoices.delete_view", {"id": opened.id, "url": here}),
    )
    return acts_on(opened, today(), here) + [
        (words, icon, url_for(endpoint, **values)) for holds, words, icon, endpoint, values in wanted if holds
    ]


def _here(opened: Invoice) -> str:
    return url_for("projects.invoice", project_id=opened.project_id, bill=opened.id)


def _progress(first_id: int) -> Progress:
    contract, billed = contract_and_billed(office_session(), first_id, with_drafts=True)
    return Progress(first_id, contract, unbilled_nets(contract, billed))
