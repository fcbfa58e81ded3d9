"""What an estimate would come to if it were saved as it is typed: for the editor, by the one calculator [M8].

Nothing is written.  `write_estimate.py` looks here first too, so that what the editor shows is what will be stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.models import Estimate
from admin_app.money.calculator import LineTotal, Totals
from admin_app.money.draft import DraftLine, Tax
from admin_app.money.draft_json import totals_to_json
from admin_app.services.estimate_sums import (
    Offer,
    OfferLine,
    add_up,
    bare,
    portion,
    price_line,
    taxes_of,
    untaxed_because,
)
from admin_app.services.read_estimate import Line, Read, ReadLine, read_lines, read_terms


@dataclass(frozen=True, slots=True)
class Typed:
    """Terms and lines as they would be kept, what they come to, and everything that is wrong, by field of the form."""

    terms: dict[str, Any]
    lines: list[ReadLine | None]
    priced: list[LineTotal | None]
    totals: Totals | None
    wrong: dict[str, str]

    def refuse_mistakes(self) -> None:
        """Raise Invalid with all mistakes, if there is one."""
        if len(self.wrong) == 1:
            raise Invalid(next(iter(self.wrong.values())), self.wrong)
        if self.wrong:
            raise Invalid("Some fields need another look", self.wrong)


def look_over(
    session: Session,
    estimate: Estimate,
    actor: Actor,
    terms: Mapping[str, Any] | None = None,
    lines: Sequence[Line] | None = None,
) -> Typed:
    """Read and work out what was typed over what is stored (None: as stored); raises Invalid for too many lines."""
    values, wrong = read_terms(session, estimate, terms or {}, actor)
    read = _stored(estimate) if lines is None else read_lines(session, estimate, lines, actor)
    wrong |= read.wrong
    offer = _offer(session, estimate, values, [line for line in read.lines if line is not None])
    waiting = iter(offer.lines)
    priced: list[LineTotal | None] = []
    for place, line in enumerate(read.lines):
        try:
            priced.append(None if line is None else price_line(offer, next(waiting), place))
        except Invalid as refusal:
            wrong |= refusal.fields
            priced.append(None)
    totals = None
    if not wrong:
        try:
            totals = add_up(offer)
        except Invalid as refusal:
            wrong |= refusal.fields or {"": refusal.sentence}
    return Typed(values, read.lines, priced, totals, wrong)


def preview(
    session: Session,
    estimate: Estimate,
    actor: Actor,
    terms: Mapping[str, Any] | None = None,
    lines: Sequence[Line] | None = None,
) -> dict[str, Any]:
    """The sums of what is typed, ready for JSON: amounts as decimal text, and `errors` by field of the form.

    `lines` has {"gross", "discount", "net", "counts"} for each line in its order, null for one that makes no sense.
    Subtotal, discount, net, tax, total, deposit, taxes and derivation are null while anything is wrong or no line
    counts.  `note` says why no tax is charged, or nothing.
    """
    typed = look_over(session, estimate, actor, terms, lines)
    sums: dict[str, Any] = dict.fromkeys(
        ("subtotal", "discount", "net", "tax", "total", "deposit", "derivation")
    )
    sums["taxes"] = []
    if typed.totals is not None:
        sums |= totals_to_json(typed.totals)
    sums["currency"] = estimate.currency
    sums["lines"] = [
        None
        if line is None or price is None
        else {
            "gross": str(price.gross),
            "discount": str(price.discount),
            "net": str(price.net),
            "counts": line.counts,
        }
        for line, price in zip(typed.lines, typed.priced, strict=True)
    ]
    sums["note"] = untaxed_because(session, estimate)
    sums["errors"] = typed.wrong
    return sums


def _stored(estimate: Estimate) -> Read:
    """The lines as they are, as if each had been typed again."""
    return Read([ReadLine(line.key, {}, tuple(line.tax_names), line) for line in estimate.lines])


def _offer(
    session: Session, estimate: Estimate, values: Mapping[str, Any], lines: Sequence[ReadLine]
) -> Offer:
    """What is typed, as the calculator wants it; terms that were not typed stand as they are stored."""

    def now(name: str) -> Any:
        return values[name] if name in values else getattr(estimate, name)

    currency = estimate.currency
    taxes = taxes_of(session, estimate, {name for line in lines for name in line.taxes})
    return Offer(
        currency=currency,
        lines=tuple(OfferLine(_priced(line, taxes, currency), line.counts) for line in lines),
        taxes=taxes,
        tax_mode=estimate.tax_mode,
        prices_include_tax=bool(now("prices_include_tax")),
        discount=portion(now("discount_percent"), now("discount_amount"), currency),
        deposit=portion(now("deposit_percent"), now("deposit_amount"), currency),
        untaxed=untaxed_because(session, estimate),
    )


def _priced(line: ReadLine, taxes: Sequence[Tax], currency: str) -> DraftLine:
    charged = {tax.name for tax in taxes}
    return DraftLine(
        bare(line.value("quantity", Decimal(1))),
        bare(line.value("unit_price")),
        line.value("description"),
        portion(line.value("discount_percent"), line.value("discount_amount"), currency),
        tuple(name for name in line.taxes if name in charged),
    )
