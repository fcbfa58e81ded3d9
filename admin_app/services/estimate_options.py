"""The client chooses among the options of an estimate that was sent [57]."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from admin_app.flow import Event
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import Estimate, EstimateLine, EstimateState
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand, demand_for
from admin_app.services.estimate_sums import keep_sums, read_again
from admin_app.services.facts import Said
from admin_app.services.reactions import react

CHOSEN = Event("estimate_options_chosen")
"""For what must follow the client's choice, such as the paper that will be signed."""


def choose_options(
    session: Session, estimate: Estimate, chosen_line_keys: Collection[str], actor: Actor, clock: Clock
) -> Estimate:
    """Choose exactly these options (keys of optional lines); the sums follow, by the rates it was sent with.

    The desk may, and the client whom it was made for.  Raises Unmet unless it waits for an answer, unsigned, and
    exactly one of each set of alternatives is chosen, NotFound for a key that is no option, and Unmet where the total
    would fall below the deposit or the discount.
    """
    if actor.client is not None:
        demand_for(actor, Permission.ANSWER_ESTIMATE, estimate)
    else:
        demand(actor, Permission.SALES_WRITE)
    session.flush()  # a refresh would forget what was typed just now
    lock_customer(session, estimate.group_id)
    session.refresh(estimate)
    lines = read_again(session, estimate)
    if estimate.state is not EstimateState.SENT:
        raise Unmet(
            f"Estimate {estimate} is {estimate.state.value}; options are chosen while it waits for an answer"
        )
    if estimate.signatures:
        raise Unmet(f"Estimate {estimate} is signed with the options that were chosen then; revise it first")
    options = {line.key: line for line in lines if line.optional}
    if not options.keys() >= set(chosen_line_keys):
        raise NotFound("This is no option of this estimate")
    refuse_unless_one_of_each(list(options.values()), chosen_line_keys)
    for key, line in options.items():
        line.chosen = key in chosen_line_keys
    session.flush()  # the sums follow the choice
    try:
        keep_sums(session, estimate)
    except Invalid as refusal:
        raise Unmet(
            f"These options do not go together with the terms of this estimate. {refusal.sentence}"
        ) from None
    react(session, CHOSEN, estimate, actor, clock, Said())
    return estimate


def refuse_unless_one_of_each(options: Collection[EstimateLine], chosen: Collection[str]) -> None:
    """Raise Unmet unless exactly one of each set of alternatives is chosen."""
    counts: dict[str, int] = {}
    for line in options:
        if line.alternative:
            counts[line.alternative] = counts.get(line.alternative, 0) + int(line.key in chosen)
    for word, count in counts.items():
        if count != 1:
            said = "only one of them" if count else "one of them"
            raise Unmet(f"“{word}” are alternatives; choose {said}")
