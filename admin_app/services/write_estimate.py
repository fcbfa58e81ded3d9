"""A draft estimate is written: its terms and its lines in order, and what they come to [52-58, M3, M8].

Everything that is wrong is told at once and nothing is written then, so that a form keeps what was typed.  One call::

    line = Line({"description": "Fell the ash", "unit_price": "480"}, ("VAT 20 %",))
    write_estimate(session, estimate, pete, terms={"discount_percent": "5"}, lines=[line])
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Conflict, Unmet
from admin_app.models import Estimate, EstimateLine, EstimateState
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.services.estimate_sums import keep_sums, read_again
from admin_app.services.line_places import put_into_places
from admin_app.services.preview_estimate import look_over
from admin_app.services.read_estimate import (
    LINE_FIELDS,
    MOST_LINES,
    TERMS,
    Line,
    ReadLine,
)

__all__ = [
    "LINE_FIELDS",
    "MOST_LINES",
    "TERMS",
    "Line",
    "add_lines",
    "mark_of",
    "write_estimate",
    "write_lines",
    "write_terms",
]


def write_estimate(
    session: Session,
    estimate: Estimate,
    actor: Actor,
    *,
    terms: Mapping[str, Any] | None = None,
    lines: Sequence[Line] | None = None,
    seen: str | None = None,
) -> Estimate:
    """Give a draft these terms, and these lines instead of those it has (None: leave them), and its sums.

    `seen` is the mark (:func:`mark_of`) of what the writer had before his eyes.  Raises Unmet for what is no draft,
    Conflict where somebody else wrote meanwhile, Invalid whose fields are named like the terms or
    "lines-<place>-<field>".
    """
    hold_draft(session, estimate, actor)
    if seen is not None and seen != mark_of(estimate):
        raise Conflict(
            "Somebody else has changed this estimate meanwhile; yours is not saved. Compare both, then save again"
        )
    typed = look_over(session, estimate, actor, terms, lines)
    typed.refuse_mistakes()
    for key, value in typed.terms.items():
        setattr(estimate, key, value)
    if lines is not None:
        _replace(session, estimate, [line for line in typed.lines if line is not None])
    keep_sums(session, estimate)
    return estimate


def write_lines(
    session: Session, estimate: Estimate, lines: Sequence[Line], actor: Actor, *, seen: str | None = None
) -> Estimate:
    """Give a draft these lines instead of those it has; raises as :func:`write_estimate` does."""
    return write_estimate(session, estimate, actor, lines=lines, seen=seen)


def write_terms(
    session: Session, estimate: Estimate, terms: Mapping[str, Any], actor: Actor, *, seen: str | None = None
) -> Estimate:
    """Set what stands beside the lines (names of TERMS); raises as :func:`write_estimate` does."""
    return write_estimate(session, estimate, actor, terms=terms, seen=seen)


def add_lines(session: Session, estimate: Estimate, lines: Sequence[Line], actor: Actor) -> Estimate:
    """Put more lines behind those that a draft has; raises as :func:`write_estimate` does."""
    hold_draft(session, estimate, actor)
    kept = [Line({}, tuple(line.tax_names), line.key) for line in estimate.lines]
    return write_estimate(session, estimate, actor, lines=[*kept, *lines])


def mark_of(estimate: Estimate) -> str:
    """A mark that changes with every edit of the estimate or one of its lines: what a form had before its eyes."""
    parts = [
        str(estimate.version),
        *(f"{line.key}:{line.version}:{line.tax_names}:{line.photo_id}" for line in estimate.lines),
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def hold_draft(session: Session, estimate: Estimate, actor: Actor) -> None:
    """Lock the customer and read the estimate afresh; raises Unmet, with what to do instead, for what is no draft."""
    demand(actor, Permission.SALES_WRITE)
    session.flush()  # a refresh would forget what was typed just now
    lock_customer(session, estimate.group_id)
    session.refresh(estimate)
    read_again(session, estimate)
    if estimate.state is not EstimateState.DRAFT:
        raise Unmet(f"Estimate {estimate} is {estimate.state.value}; revise it to change it")


def _replace(session: Session, estimate: Estimate, lines: Sequence[ReadLine]) -> None:
    """Take away what is not wanted, put the rest in its place, then add what is new."""
    kept = {place: line.row for place, line in enumerate(lines, start=1) if line.row is not None}
    wanted = {row.id for row in kept.values()}
    behind = max((line.position for line in estimate.lines), default=0) + len(lines)
    for gone in [line for line in estimate.lines if line.id not in wanted]:
        session.delete(gone)
    session.flush()  # a place is free only when its line is gone
    put_into_places(session, kept, behind)
    for place, line in enumerate(lines, start=1):
        row = line.row
        if row is None:
            row = EstimateLine(estimate_id=estimate.id, key=line.key, position=place)
            session.add(row)
        for key, value in line.values.items():
            setattr(row, key, value)
        row.tax_names = list(line.taxes)
    session.flush()  # the sums are those of the lines in the database
    session.expire(estimate, ["lines"])
