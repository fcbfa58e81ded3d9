"""An estimate is changed after it went out: a new revision, while the old one keeps its signature [M14, 54]."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import Company, Estimate, EstimateState
from admin_app.services.contract_chain import revisions_of
from admin_app.services.copy_lines import copy_lines, copy_terms
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.take import move, open_step


def revise_estimate(session: Session, estimate: Estimate, actor: Actor, clock: Clock) -> Estimate:
    """The draft of the next revision, with the same lines under the same keys.

    What was confirmed stays the contract until the new revision is confirmed.  Raises Unmet where a draft waits
    already, or for what was never sent.
    """
    step = open_step(session, estimate, "revise", actor, clock)
    newest = revisions_of(session, estimate)[-1]
    if newest.state is EstimateState.DRAFT:
        raise Unmet(f"Revision {newest.revision} is a draft already; send it or discard it first")
    move(session, estimate, step, actor, clock)
    company = session.get(Company, 1)
    draft = Estimate(
        number=estimate.number,
        revision=newest.revision + 1,
        base_id=estimate.first_id,
        change_of_id=estimate.change_of_id,
        project_id=estimate.project_id,
        group_id=estimate.group_id,
        title=estimate.title,
        state=EstimateState.DRAFT,
        state_since=clock.now(),
        currency=estimate.currency,
        tax_mode=estimate.tax_mode,
        prices_include_tax=estimate.prices_include_tax,
        expires_on=clock.today() + timedelta(days=company.estimate_days if company else 30),
        client_order_no=estimate.client_order_no,
    )
    copy_terms(estimate, draft)
    session.add(draft)
    session.flush()  # its lines need its id
    copy_lines(session, estimate, draft, same_keys=True)
    return keep_sums(session, draft)
