"""What was agreed: accepted estimates with their change orders, what was booked, what is left to invoice [M14-M16].

Of each estimate the latest revision that was accepted by the day counts; a change order counts under the estimate
that it adds to.  Amounts are net of tax.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, or_, select, union_all
from sqlalchemy.orm import aliased

from admin_app.models import (
    CreditNote,
    Estimate,
    EstimateLine,
    Invoice,
    Project,
    WorkOrder,
    WorkOrderState,
)
from reports.sources.base import Part, Source, part
from reports.sources.billing import brand_of, credit_part, invoice_part, net_of_deposits
from reports.sources.local_day import before_end_of


def chain_of(estimate: Any) -> ColumnElement[Any]:
    """The first revision of an estimate, which names it through all of them."""
    return func.coalesce(estimate.base_id, estimate.id)


def called(estimate: Any) -> ColumnElement[Any]:
    """The number of an estimate, or the title of one that has none yet."""
    return func.coalesce(estimate.number, estimate.title)


def in_force(as_of: date) -> Subquery:
    """Of each estimate and change order the latest revision that was accepted by the day, one row each.

    `contract_id` is the first revision of the estimate whose contract it is part of.
    """
    ranked = (
        select(
            Estimate.id,
            func.coalesce(Estimate.change_of_id, chain_of(Estimate)).label("contract_id"),
            Estimate.confirmed_on,
            Estimate.subtotal,
            Estimate.discount,
            Estimate.tax,
            Estimate.total,
            func.row_number()
            .over(partition_by=chain_of(Estimate), order_by=Estimate.revision.desc())
            .label("place"),
        )
        .where(Estimate.confirmed_on <= as_of)
        .subquery()
    )
    return select(*ranked.c).where(ranked.c.place == 1).subquery()


def contract_nets(as_of: date) -> Subquery:
    """What each contract comes to with its change orders: contract_id, net (of tax), total."""
    agreed = in_force(as_of)
    return (
        select(
            agreed.c.contract_id,
            func.sum(agreed.c.total - agreed.c.tax).label("net"),
            func.sum(agreed.c.total).label("total"),
        )
        .group_by(agreed.c.contract_id)
        .subquery()
    )


def first_wins(as_of: date) -> Subquery:
    """The acceptances by which estimates were won: the first accepted revision of each, change orders left out."""
    won, earlier = aliased(Estimate), aliased(Estimate)
    before = (
        select(earlier.id)
        .where(
            chain_of(earlier) == chain_of(won),
            earlier.project_id == won.project_id,
            earlier.confirmed_on.is_not(None),
            earlier.revision < won.revision,
        )
        .exists()
    )
    return (
        select(
            won.id,
            chain_of(won).label("contract_id"),
            won.confirmed_on,
            won.group_id,
            won.project_id,
            won.won_by_id,
            won.currency,
            called(won).label("title"),
            Project.brand_id,
            Project.address_id,
        )
        .join(Project, Project.id == won.project_id)
        .where(won.confirmed_on <= as_of, won.change_of_id.is_(None), ~before)
        .subquery()
    )


BY_CONTRACT = frozenset({"brand_id", "project_id", "address_id", "estimate_id", "user_id"})


def _booked(as_of: date) -> Part:
    """One row an acceptance, on its day: the whole of a first one, the difference of a later revision."""
    before = aliased(Estimate)
    booked_before = (
        select(before.total - before.tax)
        .where(
            chain_of(before) == chain_of(Estimate),
            before.project_id == Estimate.project_id,
            before.confirmed_on.is_not(None),
            before.revision < Estimate.revision,
        )
        .order_by(before.revision.desc())
        .limit(1)
        .correlate(Estimate)
        .scalar_subquery()
    )
    return part(
        Estimate.__table__.join(Project.__table__, Project.id == Estimate.project_id),
        "estimate",
        Estimate.id,
        where=(Estimate.confirmed_on <= as_of,),
        day=Estimate.confirmed_on,
        group_id=Estimate.group_id,
        amount=Estimate.total - Estimate.tax - func.coalesce(booked_before, 0),
        currency=Estimate.currency,
        title=called(Estimate),
        brand_id=brand_of(Project.brand_id, Estimate.group_id),
        project_id=Estimate.project_id,
        address_id=Project.address_id,
        estimate_id=chain_of(Estimate),
        user_id=Estimate.won_by_id,
    )


def _of_win(wins: Any, amount: Any, currency: Any, comes_from: Any = None, **more: Any) -> Part:
    """One row a won estimate, on the day of its first acceptance."""
    return part(
        wins if comes_from is None else comes_from,
        "estimate",
        wins.c.id,
        day=wins.c.confirmed_on,
        group_id=wins.c.group_id,
        amount=amount,
        currency=currency,
        title=wins.c.title,
        brand_id=brand_of(wins.c.brand_id, wins.c.group_id),
        project_id=wins.c.project_id,
        address_id=wins.c.address_id,
        estimate_id=wins.c.contract_id,
        user_id=wins.c.won_by_id,
        **more,
    )


def _wins(as_of: date) -> Part:
    return _of_win(first_wins(as_of), 1, None)


def _tickets(as_of: date) -> Part:
    wins, nets = first_wins(as_of), contract_nets(as_of)
    joined = wins.join(nets, nets.c.contract_id == wins.c.contract_id)
    return _of_win(wins, nets.c.net, wins.c.currency, joined)


def billed_of_contracts(as_of: date) -> Subquery:
    """What was invoiced of each contract, net of tax: contract_id, net; the rows are those of `invoiced`."""
    invoices = invoice_part(as_of, net_of_deposits()).pick(("amount",))
    credits = credit_part(as_of, -CreditNote.subtotal).pick(("amount",))
    rows = union_all(
        *(
            one.add_columns(Invoice.estimate_id.label("contract_id")).where(Invoice.estimate_id.is_not(None))
            for one in (invoices, credits)
        )
    ).subquery()
    return (
        select(rows.c.contract_id, func.sum(rows.c.amount).label("net"))
        .group_by(rows.c.contract_id)
        .subquery()
    )


def _backlog(as_of: date) -> Part:
    wins, agreed, billed = first_wins(as_of), contract_nets(as_of), billed_of_contracts(as_of)
    called_off = (
        select(WorkOrder.id)
        .where(
            WorkOrder.estimate_id == wins.c.contract_id,
            WorkOrder.state == WorkOrderState.CANCELLED,
            before_end_of(WorkOrder.state_since, as_of),
        )
        .exists()
    )
    left = agreed.c.net - func.coalesce(billed.c.net, 0)
    joined = wins.join(agreed, agreed.c.contract_id == wins.c.contract_id).outerjoin(
        billed, billed.c.contract_id == wins.c.contract_id
    )
    return _of_win(wins, left, wins.c.currency, joined, where=(left != 0, ~called_off))


def _discounts(as_of: date, *, gross: bool) -> Part:
    """One row an accepted estimate or change order: what was let off, or the price before that."""
    agreed = in_force(as_of)
    of_lines = (
        select(EstimateLine.estimate_id, func.sum(EstimateLine.discount).label("discount"))
        .where(or_(EstimateLine.chosen, ~EstimateLine.optional))
        .group_by(EstimateLine.estimate_id)
        .subquery()
    )
    joined = (
        agreed.join(Estimate.__table__, Estimate.id == agreed.c.id)
        .join(Project.__table__, Project.id == Estimate.project_id)
        .outerjoin(of_lines, of_lines.c.estimate_id == agreed.c.id)
    )
    off_lines = func.coalesce(of_lines.c.discount, 0)
    return part(
        joined,
        "estimate",
        agreed.c.id,
        day=agreed.c.confirmed_on,
        group_id=Estimate.group_id,
        amount=(agreed.c.subtotal if gross else agreed.c.discount) + off_lines,
        currency=Estimate.currency,
        title=called(Estimate),
        brand_id=brand_of(Project.brand_id, Estimate.group_id),
        project_id=Estimate.project_id,
        address_id=Project.address_id,
        estimate_id=agreed.c.contract_id,
        user_id=Estimate.won_by_id,
    )


BOOKED = Source(
    "booked",
    "Accepted estimates net of tax on the day of acceptance; a revision accepted later books the difference on its "
    "own day, a change order adds.",
    (Estimate,),
    lambda as_of: (_booked(as_of),),
    BY_CONTRACT,
)
WON = Source(
    "won",
    "Estimates that the client accepted, counted on the day of the first acceptance; change orders are part of them.",
    (Estimate,),
    lambda as_of: (_wins(as_of),),
    BY_CONTRACT,
    in_money=False,
)
TICKETS = Source(
    "tickets",
    "Won estimates with their change orders, net of tax as they stand, on the day of the first acceptance.",
    (Estimate,),
    lambda as_of: (_tickets(as_of),),
    BY_CONTRACT,
)
BACKLOG = Source(
    "backlog",
    "Accepted and not invoiced: each contract net of tax less what was invoiced of it, deposits included; work that "
    "was called off is no backlog.",
    (Estimate, Invoice, CreditNote, WorkOrder),
    lambda as_of: (_backlog(as_of),),
    BY_CONTRACT,
)
DISCOUNTS = Source(
    "discounts",
    "What was let off accepted estimates, on their lines and on the whole.",
    (Estimate, EstimateLine),
    lambda as_of: (_discounts(as_of, gross=False),),
    BY_CONTRACT,
)
LIST_PRICES = Source(
    "list_prices",
    "Accepted estimates before any discount, in the terms of their prices.",
    (Estimate, EstimateLine),
    lambda as_of: (_discounts(as_of, gross=True),),
    BY_CONTRACT,
)
