"""What an estimate comes to: the one way from its lines to the stored sums that everybody shows [M2-M8, M22].

Lines that do not count (options nobody chose) are priced so that the client sees what they cost, and stay out of the
total [57].  A draft is taxed by today's rates; what was sent keeps the rates that it was sent with.  One call::

    keep_sums(session, estimate)   # estimate.total, line.net, estimate.taxes, estimate.derivation
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.models import (
    CustomerGroup,
    Estimate,
    EstimateLine,
    EstimateState,
    EstimateTax,
    TaxProfile,
    TaxRate,
)
from admin_app.money.calculator import LineTotal, Totals, calculate
from admin_app.money.derivation import Step
from admin_app.money.draft import Draft, DraftLine, Portion, Tax

_WITHOUT_TAX = {
    TaxProfile.EXEMPT: "No tax is charged: this customer is exempt from it",
    TaxProfile.REVERSE_CHARGE: "No tax is charged: this customer accounts for it (reverse charge)",
}

_FIELDS = (
    (re.compile(r"lines\[0\]\.quantity"), "quantity"),
    (re.compile(r"lines\[0\]\.discount\.percent"), "discount_percent"),
    (re.compile(r"lines\[0\]\.discount.*"), "discount_amount"),
    (re.compile(r"lines\[0\]\.taxes.*"), "tax"),
    (re.compile(r"lines\[0\].*"), "unit_price"),
    (re.compile(r"discount\.percent"), "discount_percent"),
    (re.compile(r"discount.*"), "discount_amount"),
    (re.compile(r"deposit\.percent"), "deposit_percent"),
    (re.compile(r"deposit.*"), "deposit_amount"),
)
"""The calculator's path of a field → the field of the form."""


@dataclass(frozen=True, slots=True)
class OfferLine:
    """A line as the calculator reads it, and whether it is part of the total."""

    priced: DraftLine
    counts: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that the sums of an estimate depend on, stored or only typed so far."""

    currency: str
    lines: tuple[OfferLine, ...]
    taxes: tuple[Tax, ...]
    tax_mode: TaxMode
    prices_include_tax: bool
    discount: Portion | None = None
    deposit: Portion | None = None
    untaxed: str = ""
    """Why no tax is charged; it stands in the explanation of the total."""

    @property
    def draft(self) -> Draft:
        """The lines that count, for the calculator."""
        return self._of(tuple(line.priced for line in self.lines if line.counts))

    def alone(self, line: OfferLine) -> Draft:
        """One line without the discount and the deposit of the whole."""
        return replace(self._of((line.priced,)), discount=None, deposit=None)

    def _of(self, lines: tuple[DraftLine, ...]) -> Draft:
        return Draft(
            currency=self.currency,
            lines=lines,
            taxes=self.taxes,
            tax_mode=self.tax_mode,
            prices_include_tax=self.prices_include_tax,
            discount=self.discount,
            deposit=self.deposit,
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """What came of an offer: `lines` has each line in its order; `totals` is None while no line counts."""

    lines: tuple[LineTotal, ...]
    totals: Totals | None


def work_out(offer: Offer) -> Sums:
    """Price every line and add up those that count; raises Invalid with every line's mistake by field of the form."""
    priced: list[LineTotal] = []
    wrong: dict[str, str] = {}
    for place, line in enumerate(offer.lines):
        try:
            priced.append(price_line(offer, line, place))
        except Invalid as refusal:
            wrong.update(refusal.fields)
    if wrong:
        raise Invalid("Some lines need another look", wrong)
    return Sums(tuple(priced), add_up(offer))


def price_line(offer: Offer, line: OfferLine, place: int) -> LineTotal:
    """What a line comes to alone; raises Invalid whose fields are named "lines-<place>-<field>"."""
    try:
        return calculate(offer.alone(line)).lines[0]
    except Invalid as refusal:
        raise _in_words(refusal, f"lines-{place}-") from None


def add_up(offer: Offer) -> Totals | None:
    """The totals of the lines that count, None while there are none; raises Invalid by field of the form."""
    if not any(line.counts for line in offer.lines):
        return None
    try:
        totals = calculate(offer.draft)
    except Invalid as refusal:
        raise _in_words(refusal, "") from None
    if not offer.untaxed:
        return totals
    why = Step("Tax", Money.zero(offer.currency), offer.untaxed)
    tree = totals.derivation
    return replace(totals, derivation=replace(tree, children=(*tree.children, why)))


def draft_of_estimate(session: Session, estimate: Estimate) -> Draft:
    """The lines of an estimate that count, with its discount, taxes and deposit, for the calculator."""
    return offer_of(session, estimate).draft


def offer_of(session: Session, estimate: Estimate) -> Offer:
    """An estimate as it is stored, ready to be worked out."""
    taxes = taxes_of(session, estimate, {name for line in estimate.lines for name in line.tax_names})
    charged = {tax.name for tax in taxes}
    currency = estimate.currency
    return Offer(
        currency=currency,
        lines=tuple(
            OfferLine(
                DraftLine(
                    bare(line.quantity),
                    bare(line.unit_price),
                    line.description,
                    portion(line.discount_percent, line.discount_amount, currency),
                    tuple(name for name in line.tax_names if name in charged),
                ),
                line.counts,
            )
            for line in estimate.lines
        ),
        taxes=taxes,
        tax_mode=estimate.tax_mode,
        prices_include_tax=estimate.prices_include_tax,
        discount=portion(estimate.discount_percent, estimate.discount_amount, currency),
        deposit=portion(estimate.deposit_percent, estimate.deposit_amount, currency),
        untaxed=untaxed_because(session, estimate),
    )


def portion(percent: Decimal | None, minor: int | None, currency: str) -> Portion | None:
    """What was typed as a discount or a deposit; nothing at all, and 0, is none."""
    if percent:
        return Portion(percent=bare(percent))
    return Portion(amount=Money(minor, currency)) if minor else None


def bare(number: Decimal) -> Decimal:
    """The same number without zeros at its end, as an explanation prints it: 2.5, not 2.5000."""
    return Decimal(format(Decimal(number).normalize(), "f"))


def taxes_of(session: Session, estimate: Estimate, names: Iterable[str]) -> tuple[Tax, ...]:
    """The taxes of these names on an estimate; none for a customer who pays none [A15].

    A draft takes them from the list of rates.  Later the stored ones stand, whatever the list says by then; only an
    option that is chosen afterwards may bring a name that was not charged before.
    """
    if untaxed_because(session, estimate):
        return ()
    wanted = set(names)
    kept: list[Tax] = []
    if estimate.state is not EstimateState.DRAFT:
        kept = [Tax(tax.name, bare(tax.rate), tax.compound) for tax in estimate.taxes if tax.name in wanted]
        wanted -= {tax.name for tax in kept}
    if wanted:
        rates = session.scalars(select(TaxRate).where(TaxRate.name.in_(wanted)).order_by(TaxRate.id))
        kept += [Tax(rate.name, bare(rate.rate), rate.compound) for rate in rates]
    return tuple(kept)


def untaxed_because(session: Session, estimate: Estimate) -> str:
    """Why an estimate charges no tax, as a sentence; "" for one that does [A15].

    A draft asks the customer's tax profile; what was sent keeps what its explanation says.
    """
    if estimate.state is EstimateState.DRAFT:
        profile = session.scalar(
            select(CustomerGroup.tax_profile).where(CustomerGroup.id == estimate.group_id)
        )
        return _WITHOUT_TAX.get(profile, "") if profile is not None else ""
    parts = (estimate.derivation or {}).get("children", ())
    return next((part["rule"] for part in parts if part["rule"] in _WITHOUT_TAX.values()), "")


def keep_sums(session: Session, estimate: Estimate) -> Estimate:
    """Work the sums out and store them; raises Invalid by field of the form.  From here on everybody reads them [M8].

    While no line counts, everything is 0 and no deposit is asked.
    """
    offer = offer_of(session, estimate)
    sums = work_out(offer)
    for line, found in zip(estimate.lines, sums.lines, strict=True):
        line.discount, line.net = found.discount.minor, found.net.minor
    totals = sums.totals
    with session.no_autoflush:  # sums that fit together are written together
        estimate.subtotal = totals.subtotal.minor if totals else 0
        estimate.discount = totals.discount.minor if totals else 0
        estimate.tax = totals.tax.minor if totals else 0
        estimate.total = totals.total.minor if totals else 0
        estimate.deposit = totals.deposit.minor if totals and totals.deposit else 0
        estimate.derivation = totals.derivation.to_json() if totals else None
        _keep_taxes(session, estimate, offer, totals)
    session.flush()  # what the database refuses belongs to these sums
    session.expire(estimate, ["taxes"])
    return estimate


def read_again(session: Session, estimate: Estimate) -> Sequence[EstimateLine]:
    """The lines as they stand now, for somebody who has just got hold of the customer's lock."""
    session.expire(estimate, ["lines", "taxes"])
    query = select(EstimateLine).where(EstimateLine.estimate_id == estimate.id)
    session.scalars(query.execution_options(populate_existing=True)).all()
    return estimate.lines


def _keep_taxes(session: Session, estimate: Estimate, offer: Offer, totals: Totals | None) -> None:
    """One row a tax; rows are kept by their name, which is unique at every moment."""
    rows = {row.name: row for row in estimate.taxes}
    compound = {tax.name: tax.compound for tax in offer.taxes}
    for tax in totals.taxes if totals else ():
        row = rows.pop(tax.name, None)
        if row is None:
            row = EstimateTax(estimate_id=estimate.id, name=tax.name)
            session.add(row)
        row.rate, row.compound = tax.rate, compound[tax.name]
        row.base, row.amount = tax.base.minor, tax.amount.minor
    for gone in rows.values():
        session.delete(gone)


def _in_words(refusal: Invalid, prefix: str) -> Invalid:
    """A refusal of the calculator by field of the form, its sentence with a capital letter."""
    fields = {f"{prefix}{_field(path)}": why[:1].upper() + why[1:] for path, why in refusal.fields.items()}
    return Invalid(next(iter(fields.values()), refusal.sentence), fields)


def _field(path: str) -> str:
    return next((field for pattern, field in _FIELDS if pattern.fullmatch(path)), path)
