"""What a customer has agreed to: the confirmed revision of an estimate and its confirmed change orders [M14, M15].

A chain of revisions is named by its first one.  Of each chain the highest confirmed revision counts; a later one that
is a draft, sent or declined changes nothing until it is confirmed itself.  One call::

    contract = load_contract(session, work_order.estimate_id)   # money.contract.Contract
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import share_by_largest_remainder
from admin_app.models import Estimate
from admin_app.money.contract import Contract, ContractLine, ContractTax, joined
from admin_app.money.draft import Tax
from admin_app.services.estimate_sums import bare
from admin_app.services.facts import billed_by_line


def confirmed_revisions(session: Session, first_id: int) -> list[Estimate]:
    """The revision of an estimate that stands and those of its change orders, the estimate first; [] before that."""
    query = (
        select(Estimate)
        .where(
            or_(Estimate.id == first_id, Estimate.base_id == first_id, Estimate.change_of_id == first_id),
            Estimate.confirmed_on.is_not(None),
        )
        .order_by(Estimate.revision, Estimate.id)
        .options(selectinload(Estimate.lines), selectinload(Estimate.taxes))
    )
    highest = {estimate.first_id: estimate for estimate in session.scalars(query)}
    if first_id not in highest:
        return []
    return [highest.pop(first_id), *(highest[chain] for chain in sorted(highest))]


def load_contract(session: Session, first_id: int) -> Contract:
    """The estimate and its change orders as one contract, by their stored sums.

    Raises Unmet before the estimate is confirmed, and where a change order is taxed differently.
    """
    revisions = confirmed_revisions(session, first_id)
    if not revisions:
        raise Unmet("This estimate is not confirmed; there is no contract yet")
    return joined([contract_of_estimate(estimate) for estimate in revisions])


def contract_of_estimate(estimate: Estimate) -> Contract:
    """One estimate as a contract: the lines that count, each with its share of the discount, as they are stored."""
    currency = estimate.currency
    lines = [line for line in estimate.lines if line.counts]
    shares = share_by_largest_remainder(estimate.discount, [line.net for line in lines])
    charged = {tax.name for tax in estimate.taxes}
    return Contract(
        currency=currency,
        lines=tuple(
            ContractLine(
                key=line.key,
                description=line.description,
                quantity=bare(line.quantity),
                unit_price=bare(line.unit_price),
                gross=Money(line.net + line.discount, currency),
                net=Money(line.net - share, currency),
                taxes=tuple(name for name in line.tax_names if name in charged),
            )
            for line, share in zip(lines, shares, strict=True)
        ),
        taxes=tuple(
            ContractTax(Tax(tax.name, bare(tax.rate), tax.compound), Money(tax.amount, currency))
            for tax in estimate.taxes
        ),
        tax_mode=estimate.tax_mode,
        prices_include_tax=estimate.prices_include_tax,
    )


def refuse_what_cannot_be_agreed(session: Session, estimate: Estimate) -> None:
    """Refuse a revision or change order that would not fit to what is agreed and billed already [M15, M19].

    Raises Unmet where its taxes differ from those of the rest of the contract, and for a line that is billed and
    would be gone, smaller than its bills, or taxed differently.
    """
    chain = estimate.change_of_id or estimate.first_id
    standing = confirmed_revisions(session, chain)
    if not standing:
        return
    others = [one for one in standing if one.first_id != estimate.first_id]
    wanted = joined([contract_of_estimate(one) for one in [*others, estimate]])
    _refuse_below_billed(session, chain, joined([contract_of_estimate(one) for one in standing]), wanted)


def _refuse_below_billed(session: Session, chain: int, agreed: Contract, wanted: Contract) -> None:
    billed = {key: net for key, net in billed_by_line(session, chain).items() if net}
    later = {line.key: line for line in wanted.lines}
    for line in agreed.lines:
        if line.key not in billed:
            continue
        amount = Money(billed[line.key], agreed.currency)
        new = later.get(line.key)
        if new is None or not _holds(amount.minor, new.net.minor):
            raise Unmet(f"{_named(line)} is billed with {amount} already; credit that before it goes below")
        if new.taxes != line.taxes:
            raise Unmet(f"{_named(line)} is billed with {amount} already; its taxes stay as they were")


def _holds(billed: int, net: int) -> bool:
    """Whether a line is still worth what was billed of it, also one that gives money back."""
    return 0 <= billed <= net or net <= billed <= 0


def _named(line: ContractLine) -> str:
    return f"“{line.description}”"


def revisions_of(session: Session, estimate: Estimate) -> Sequence[Estimate]:
    """All revisions of an estimate, the first one first."""
    chain = estimate.first_id
    return session.scalars(
        select(Estimate)
        .where(or_(Estimate.id == chain, Estimate.base_id == chain))
        .order_by(Estimate.revision)
    ).all()


def change_orders_of(session: Session, first_id: int) -> Sequence[Estimate]:
    """The newest revision of each change order to an estimate, in the order in which they were begun."""
    query = select(Estimate).where(Estimate.change_of_id == first_id).order_by(Estimate.revision, Estimate.id)
    newest = {estimate.first_id: estimate for estimate in session.scalars(query)}
    return [newest[chain] for chain in sorted(newest)]
