"""What the page of a proposal says: the frozen paper as a letter, and where the answer stands [52-60, E4, W5, L7].

Every figure comes from the frozen paper, so that page, PDF and what is signed are one text [M8, L9]; the record adds
only what a choice needs (the keys of its options) and how far the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from admin_app.documents.content import DocumentContent, Line, TotalRow
from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.models import Estimate, EstimateState, Signature
from admin_app.policy import Permission, may, visible
from admin_app.portal.bill_page import priced_totals
from admin_app.portal.states import Answer, answer_of
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.papers.paper_of import content_of
from admin_app.services.portal.answers import deposit_is_here
from admin_app.web.formats import bare_price

S = EstimateState


SENTENCES = {
    Answer.SIGNED: "When the deposit has arrived, it is firm, and we plan the work.",
    Answer.CHANGING: "You asked for changes. We write a new revision and send it to you.",
    Answer.AGREED: "Thank you. We plan the work and tell you the date.",
    Answer.DECLINED: "You declined it. If you change your mind, write or call.",
    Answer.EXPIRED: "Its prices no longer hold. Write or call, and we bring it up to date for you.",
    Answer.REPLACED: "A later revision stands in its place.",
    Answer.SIGNED_THEN_REPLACED: "What you signed stays here as it was.",
}
"""What the letter says beside the state; while it waits for the client the form to sign says it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the letter; `price` is None where the paper does not show it, `photo` its place for the address."""

    key: str
    line: Line
    price: Money | None
    quantity: str
    unit_price: str
    photo: int | None

    @property
    def chosen(self) -> bool:
        """Whether it is part of the total now."""
        return self.line.chosen


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives of which one is chosen, or a single option (`word` is "")."""

    word: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The whole page."""

    estimate: Estimate
    content: DocumentContent
    paper_hash: str
    answer: Answer
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...]
    totals: tuple[tuple[TotalRow, Money], ...]
    total: Money
    deposit: Money | None
    deposit_here: bool
    signature: Signature | None
    may_answer: bool
    made_for: str
    revisions: tuple[Estimate, ...]
    """The other revisions that were sent, the newest first."""
    replaces: Signature | None
    """The signature under an earlier revision, where this one stands in its place."""

    @property
    def waits(self) -> bool:
        """Whether it waits for the client's answer."""
        return self.answer is Answer.WAITS

    @property
    def sentence(self) -> str:
        """What goes with the state."""
        return SENTENCES.get(self.answer, "")

    @property
    def can_choose(self) -> bool:
        """Whether options can still be chosen."""
        return self.waits and self.may_answer

    @property
    def cover(self) -> int | None:
        """The place of the first photo."""
        places = [row.photo for row in self._every if row.photo is not None]
        return places[0] if places else None

    @property
    def _every(self) -> tuple[Row, ...]:
        return (*self.rows, *(row for choice in self.choices for row in choice.rows))


def read(session: Session, estimate: Estimate, actor: Actor) -> Proposal:
    """Read a proposal that the client sees, loaded with its lines and signatures."""
    content = content_of(session, "estimate", estimate)
    frozen = snapshot_of(session, estimate)
    rows = _rows(estimate, content)
    revisions = other_revisions(session, estimate, actor)
    signature = estimate.signatures[-1] if estimate.signatures else None
    deposit = Money(estimate.deposit, estimate.currency) if estimate.deposit else None
    return Proposal(
        estimate=estimate,
        content=content,
        paper_hash=frozen.sha256 if frozen is not None else "",
        answer=answer_of(estimate),
        rows=tuple(row for row in rows if not row.line.optional),
        choices=_choices(rows),
        totals=priced_totals(content),
        total=Money(estimate.total, estimate.currency),
        deposit=deposit,
        deposit_here=deposit_is_here(session, estimate),
        signature=signature,
        may_answer=may(actor, Permission.ANSWER_ESTIMATE, estimate),
        made_for=content.recipient.contact or content.recipient.name,
        revisions=revisions,
        replaces=_replaced(estimate, revisions),
    )


def other_revisions(session: Session, estimate: Estimate, actor: Actor) -> tuple[Estimate, ...]:
    """The revisions beside this one that the client sees, the newest first."""
    chain = estimate.first_id
    query = (
        select(Estimate)
        .where(or_(Estimate.id == chain, Estimate.base_id == chain), Estimate.id != estimate.id)
        .order_by(Estimate.revision.desc())
        .options(selectinload(Estimate.signatures))
    )
    return tuple(session.scalars(visible(actor, query)))


def _replaced(estimate: Estimate, revisions: Sequence[Estimate]) -> Signature | None:
    if estimate.state is S.SUPERSEDED:
        return None
    signed = [one for one in revisions if one.revision < estimate.revision and one.signatures]
    return signed[0].signatures[-1] if signed else None


def _rows(estimate: Estimate, content: DocumentContent) -> tuple[Row, ...]:
    """The lines of the paper with the keys by which options are chosen; what the paper hides stays hidden [58]."""
    keys = {str(line.position): line.key for line in estimate.lines}
    return tuple(
        _row(keys.get(line.position or "", ""), line, content, place)
        for place, line in enumerate(content.lines)
    )


def _row(key: str, line: Line, content: DocumentContent, place: int) -> Row:
    columns, currency = content.columns, content.currency
    quantity = " ".join(filter(None, (line.quantity, line.unit))) if columns.quantity else ""
    return Row(
        key,
        line,
        Money.of(line.net, currency) if columns.line_totals and line.net is not None else None,
        "" if quantity == "1" else quantity,
        _unit_price(line, currency) if columns.unit_price and line.quantity not in (None, "1") else "",
        place if line.photo is not None else None,
    )


def _unit_price(line: Line, currency: str) -> str:
    """The price a unit with the decimals that were agreed: 64.00, 0.125."""
    return bare_price(Decimal(line.unit_price), currency) if line.unit_price is not None else ""


def _choices(rows: Sequence[Row]) -> tuple[Choice, ...]:
    """What can be chosen, in the order of the paper: alternatives under their word, options each by itself."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        if row.line.optional:
            found.setdefault(row.line.alternative or row.key, []).append(row)
    return tuple(Choice(members[0].line.alternative or "", tuple(members)) for members in found.values())
