"""Every line that is certain is booked in one step, with a result for each [92, L8].

Certain means: the customer was named by a document's number, a known account or the name, one use of the money fits to
the cent, and nothing else does.  Each line is a savepoint of its own: one that is refused leaves the others booked.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Refusal
from admin_app.models import BankLine, BankLineState
from admin_app.money.ledger import lock_customer
from admin_app.services.match_bank_line import BookForm, attach_payment, attach_refund, book_line
from admin_app.services.propose_for_lines import LineProposal, LineProposer
from admin_app.services.propose_uses import uses_in

MOST_AT_ONCE = 500
"""Open lines that one press of the button looks through, the largest amounts first."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one line: booked for `customer` as the proposal says, or why not."""

    line: BankLine
    proposal: LineProposal
    refusal: str = ""


def exact_lines(session: Session, actor: Actor) -> list[tuple[BankLine, LineProposal]]:
    """The lines that would be booked now, with what they would become: the preview."""
    policy.demand(actor, policy.Permission.BANK)
    query = _open_lines().order_by(BankLine.amount.desc(), BankLine.id).limit(MOST_AT_ONCE)
    return _certain(session, actor, list(session.scalars(policy.visible(actor, query))))[0]


def accept_exact(session: Session, actor: Actor, clock: Clock) -> list[Accepted]:
    """Book every certain line; lines that somebody else holds at this moment are left to them.

    Lines are held first, then the customers in the order of their ids, so that two desks never wait for each other.
    """
    policy.demand(actor, policy.Permission.BANK)
    query = _open_lines().order_by(BankLine.amount.desc(), BankLine.id).limit(MOST_AT_ONCE)
    held = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    lines = list(session.scalars(held))
    customers = sorted({found.group_id for _, found in _certain(session, actor, lines)[0]})
    for group_id in customers:
        lock_customer(session, group_id)
    certain, proposer = _certain(session, actor, lines)
    results = []
    for line, _ in certain:
        # What was booked a moment ago may have changed what fits.
        now = next((one for one in proposer.of(line) if one.exact), None)
        if now is None or now.group_id not in customers:
            continue
        results.append(_accept(session, line, now, actor, clock))
        if not results[-1].refusal:
            proposer.spend(now)
            proposer.forget(now.group_id)
    return results


def _accept(session: Session, line: BankLine, found: LineProposal, actor: Actor, clock: Clock) -> Accepted:
    try:
        with session.begin_nested():
            accept(session, line.id, found, actor, clock)
    except Refusal as refusal:
        return Accepted(line, found, refusal.sentence)
    return Accepted(line, found)


def accept(session: Session, line_id: int, found: LineProposal, actor: Actor, clock: Clock) -> None:
    """Let a line become what a proposal says; raises as the acts of `match_bank_line` do."""
    if found.payment is not None:
        attach_payment(session, line_id, found.payment, actor)
    elif found.refund is not None:
        attach_refund(session, line_id, found.refund, actor)
    elif found.use is not None:
        book_line(session, line_id, BookForm(found.group_id, uses_in(found.use)), actor, clock)


def _certain(
    session: Session, actor: Actor, lines: list[BankLine]
) -> tuple[list[tuple[BankLine, LineProposal]], LineProposer]:
    proposer = LineProposer(session, actor, lines)
    found = []
    for line in lines:
        proposals = proposer.of(line)
        if proposals and proposals[0].exact:
            found.append((line, proposals[0]))
    return found, proposer


def _open_lines() -> Select[BankLine]:
    return select(BankLine).where(BankLine.state == BankLineState.OPEN)
