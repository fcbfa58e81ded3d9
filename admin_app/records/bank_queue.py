"""The lines of the bank as the office works through them: open ones by amount, booked and set aside ones [92]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import BankFile, BankLine, BankLineState, Payment, Payout, Refund
from admin_app.policy import visible

PAGE = 50
FILES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Lines in one state, the largest amounts first; `after` begins the next page, "" where there is none."""

    lines: list[BankLine]
    after: str = ""


def queue(session: Session, actor: Actor, state: BankLineState, after: str = "") -> QueuePage:
    """A page of the lines in a state; `after` is what the page before gave."""
    query: Select[BankLine] = (
        select(BankLine)
        .where(BankLine.state == state)
        .options(
            joinedload(BankLine.payment).joinedload(Payment.group),
            joinedload(BankLine.refund).joinedload(Refund.group),
        )
        .order_by(BankLine.amount.desc(), BankLine.id)
        .limit(PAGE + 1)
    )
    mark = _mark(after)
    if mark is not None:
        amount, line_id = mark
        query = query.where(
            or_(BankLine.amount < amount, and_(BankLine.amount == amount, BankLine.id > line_id))
        )
    lines: list[BankLine] = list(session.scalars(visible(actor, query)))
    if len(lines) <= PAGE:
        return QueuePage(lines)
    last = lines[PAGE - 1]
    return QueuePage(lines[:PAGE], f"{last.amount},{last.id}")


def _mark(after: str) -> tuple[int, int] | None:
    """The amount and id at which a page ended; None for what no page gave."""
    amount, _, line_id = after.partition(",")
    bare = amount.removeprefix("-")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (bare, line_id)):
        return None
    return int(amount), int(line_id)


def counts(session: Session, actor: Actor) -> dict[BankLineState, int]:
    """How many lines stand in each state."""
    query: Any = select(BankLine.state, func.count(BankLine.id)).group_by(BankLine.state)
    found = {state: int(count) for state, count in session.execute(visible(actor, query))}
    return {state: found.get(state, 0) for state in BankLineState}


def the_line(session: Session, actor: Actor, line_id: int) -> BankLine:
    """One line with its file and what it became; raises NotFound."""
    query = (
        select(BankLine)
        .where(BankLine.id == line_id)
        .options(
            joinedload(BankLine.bank_file),
            joinedload(BankLine.payment).joinedload(Payment.group),
            joinedload(BankLine.refund).joinedload(Refund.group),
        )
    )
    line: BankLine | None = session.scalar(visible(actor, query))
    if line is None:
        raise NotFound("There is no such bank line")
    return line


def next_open(session: Session, actor: Actor, line: BankLine) -> BankLine | None:
    """The open line that comes after this one in the queue."""
    query = (
        select(BankLine)
        .where(
            BankLine.state == BankLineState.OPEN,
            or_(BankLine.amount < line.amount, and_(BankLine.amount == line.amount, BankLine.id > line.id)),
        )
        .order_by(BankLine.amount.desc(), BankLine.id)
        .limit(1)
    )
    found: BankLine | None = session.scalar(visible(actor, query))
    return found


def payouts_of(session: Session, actor: Actor, lines: Sequence[BankLine]) -> dict[int, Payout]:
    """Line id → the payout that it became."""
    query = select(Payout).where(Payout.bank_line_id.in_([line.id for line in lines]))
    return {int(one.bank_line_id or 0): one for one in session.scalars(visible(actor, query))}


def latest_files(session: Session, actor: Actor) -> list[BankFile]:
    """The files that came in last."""
    query = select(BankFile).order_by(BankFile.id.desc()).limit(FILES_SHOWN)
    return list(session.scalars(visible(actor, query)))


def the_file(session: Session, actor: Actor, file_id: int) -> BankFile:
    """One file; raises NotFound."""
    found: BankFile | None = session.scalar(visible(actor, select(BankFile).where(BankFile.id == file_id)))
    if found is None:
        raise NotFound("There is no such bank file")
    return found
