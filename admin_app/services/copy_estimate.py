"""A new estimate from an old one: same lines, new keys, today's prices where wanted [53]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import Estimate, PriceItem, Project
from admin_app.policy import Permission, may
from admin_app.services.copy_lines import copy_lines, copy_terms, taxes_still_known
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.new_estimate import new_estimate


def copy_estimate(
    session: Session,
    source: Estimate,
    project: Project,
    actor: Actor,
    clock: Clock,
    *,
    title: str | None = None,
    todays_prices: bool = False,
    change_of: Estimate | None = None,
) -> Estimate:
    """A draft for a project with the lines and terms of `source`, which stays as it is.

    `todays_prices`: lines from the price list take its price, cost and taxes of today.  Raises Unmet for another
    currency, Invalid where today's prices and an old discount do not go together.
    """
    if not may(actor, Permission.SALES_READ, source):
        raise NotFound("There is no such estimate")
    draft = new_estimate(session, project, actor, clock, title=title or source.title, change_of=change_of)
    if draft.currency != source.currency:
        raise Unmet(f"{source} is in {source.currency}, the new estimate in {draft.currency}")
    if change_of is None:
        draft.prices_include_tax = source.prices_include_tax
    elif draft.prices_include_tax != source.prices_include_tax:
        raise Unmet(
            f"The prices of {source} count tax differently than the estimate that this change adds to"
        )
    copy_terms(source, draft)
    for line in copy_lines(session, source, draft):
        line.tax_names = list(taxes_still_known(session, line.tax_names))
        item = line.price_item
        if todays_prices and item is not None:
            line.unit_price, line.cost = item.unit_price, item.cost
            line.tax_names = list(_taxes_of(session, item) or line.tax_names)
    session.flush()  # the sums follow
    return keep_sums(session, draft)


def _taxes_of(session: Session, item: PriceItem) -> tuple[str, ...]:
    return taxes_still_known(session, item.tax_names)
