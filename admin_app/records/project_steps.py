"""The four steps of a project as its strip shows them: state, word, day, amount of each document [A40, 5]."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from admin_app.kernel.money import Money
from admin_app.models import (
    Estimate,
    EstimateState,
    Invoice,
    InvoiceState,
    Lead,
    LeadState,
    Standing,
    WorkOrder,
    WorkOrderState,
)

StatusNames = Mapping[tuple[LeadState, int | None], str]
"""What statuses of leads are called, by state and, for a company's own, by row."""


class Stage(enum.StrEnum):
    """The four documents of a project, in their order; its stage is the furthest there is."""

    LEAD = "lead"
    ESTIMATE = "estimate"
    WORK_ORDER = "workorder"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class StepCard:
    """One of the four steps of a project: `state` is "" where nothing is there yet.

    `word` is the state as people call it, `on` the day or instant that matters (asked, sent, starts, issued).
    """

    stage: Stage
    state: str = ""
    word: str = ""
    on: date | datetime | None = None
    amount: Money | None = None
    detail: str = ""
    document_id: int | None = None
    many: int = 0

    @property
    def exists(self) -> bool:
        """Whether the project has such a document."""
        return bool(self.state)


def last_of(rows: Sequence[Any]) -> Any:
    """The latest of some documents, None of none."""
    return rows[-1] if rows else None


def current_estimate(estimates: Sequence[Estimate]) -> Estimate | None:
    """The estimate that counts now: the latest that is alive, else the latest; change orders stand beside it."""
    own = [one for one in estimates if one.change_of_id is None and one.state is not EstimateState.SUPERSEDED]
    over = (EstimateState.DECLINED, EstimateState.EXPIRED)
    found: Estimate | None = last_of([one for one in own if one.state not in over]) or last_of(own)
    return found


def lead_step(lead: Lead | None, many: int, names: StatusNames) -> StepCard:
    """The step of the lead that counts, by the name that its status has here."""
    if lead is None:
        return StepCard(Stage.LEAD)
    word = names.get((lead.state, lead.custom_status_id)) or lead.state.value.capitalize()
    state = "in progress" if lead.state is LeadState.CUSTOM else lead.state.value
    on = lead.postponed_until or lead.asked_on
    detail = f"{many} leads" if many > 1 else ""
    return StepCard(Stage.LEAD, state, word, on, detail=detail, document_id=lead.id, many=many)


def estimate_step(estimate: Estimate | None, all_of_them: Sequence[Estimate], shows_money: bool) -> StepCard:
    """The step of the current estimate, with its change orders counted."""
    if estimate is None:
        return StepCard(Stage.ESTIMATE)
    orders = sum(1 for one in all_of_them if one.change_of_id is not None)
    detail = "" if not orders else "1 change order" if orders == 1 else f"{orders} change orders"
    if estimate.not_sent:
        detail = "skipped"
    return StepCard(
        Stage.ESTIMATE,
        estimate.state.value,
        estimate.state.value.capitalize(),
        estimate.confirmed_on or estimate.sent_at or estimate.state_since,
        Money(estimate.total, estimate.currency) if shows_money else None,
        detail,
        estimate.id,
        len(all_of_them),
    )


def work_step(work: Sequence[WorkOrder], done: Mapping[int, tuple[int, int]]) -> StepCard:
    """The step of the workorder, with how many of its services are done."""
    order = last_of([one for one in work if one.state is not WorkOrderState.CANCELLED]) or last_of(work)
    if order is None:
        return StepCard(Stage.WORK_ORDER)
    ready, services = done.get(order.id, (0, 0))
    return StepCard(
        Stage.WORK_ORDER,
        order.state.value,
        order.state.value.capitalize(),
        order.completed_on or order.starts_at or order.state_since,
        detail=f"{ready} of {services} done" if services else "",
        document_id=order.id,
        many=len(work),
    )


_WORST_FIRST = (
    Standing.OVERDUE,
    Standing.OPEN,
    Standing.PARTLY_PAID,
    Standing.PARTLY_CREDITED,
    Standing.DRAFT,
    Standing.PAID,
    Standing.WRITTEN_OFF,
    Standing.CREDITED,
)
"""How several invoices stand together: as the one that needs somebody most."""


def invoice_step(
    invoices: Sequence[Invoice], currency: str, billed: int, today: date, shows_money: bool
) -> StepCard:
    """The step of all invoices together: the standing of the one that needs somebody most, and what is billed."""
    if not invoices:
        return StepCard(Stage.INVOICE)
    standings = [one.standing(today) for one in invoices]
    standing = next(one for one in _WORST_FIRST if one in standings)
    bill = next(
        one for one, found in zip(reversed(invoices), reversed(standings), strict=True) if found is standing
    )
    issued = [one for one in invoices if one.state is InvoiceState.ISSUED]
    amount = Money(billed, currency) if issued else Money(bill.total, bill.currency)
    return StepCard(
        Stage.INVOICE,
        standing.value,
        standing.value.capitalize(),
        bill.due_on if standing is Standing.OVERDUE else bill.issued_on,
        amount if shows_money else None,
        f"{len(invoices)} invoices" if len(invoices) > 1 else "",
        bill.id,
        len(invoices),
    )
