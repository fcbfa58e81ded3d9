"""Lines and terms of one estimate written into another: a revision, or a copy for a new project [53, 54]."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.text import new_public_id
from admin_app.models import Estimate, EstimateLine, TaxRate

_LINE = (
    "description",
    "details",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "discount_amount",
    "optional",
    "alternative",
    "chosen",
    "cost",
    "hours",
    "price_item_id",
    "asset_id",
    "photo_id",
)
_TERMS = (
    "discount_percent",
    "discount_amount",
    "deposit_percent",
    "deposit_amount",
    "retainage_percent",
    "show_quantities",
    "show_unit_prices",
    "show_line_totals",
    "signature_required",
    "intro",
    "closing",
)


def copy_terms(source: Estimate, target: Estimate) -> None:
    """What was agreed beside the lines: discount, deposit, what the client sees, the texts."""
    for name in _TERMS:
        setattr(target, name, getattr(source, name))


def copy_lines(
    session: Session, source: Estimate, target: Estimate, *, same_keys: bool = False
) -> list[EstimateLine]:
    """Write copies of all lines into a target without lines.

    With the same keys they are the same work in another revision; with new ones they are new work [M17].  Things and
    photos of another customer stay behind.
    """
    written = []
    for line in source.lines:
        copy = EstimateLine(
            estimate_id=target.id,
            key=line.key if same_keys else new_public_id(),
            position=line.position,
            tax_names=list(line.tax_names),
            **{name: getattr(line, name) for name in _LINE},
        )
        if source.group_id != target.group_id:
            copy.asset_id = copy.photo_id = None
        session.add(copy)
        written.append(copy)
    session.flush()  # sums are worked out from the lines in the database
    session.expire(target, ["lines"])
    return written


def usual_taxes(session: Session) -> tuple[str, ...]:
    """The names of the taxes that new lines carry."""
    rates = select(TaxRate.name).where(TaxRate.is_default, TaxRate.archived.is_(False))
    return tuple(session.scalars(rates.order_by(TaxRate.id)))


def taxes_still_known(session: Session, names: Iterable[str]) -> tuple[str, ...]:
    """These taxes where each of them is still on the list, else the usual ones; none stay none."""
    wanted = tuple(names)
    known = set(session.scalars(select(TaxRate.name).where(TaxRate.name.in_(wanted))))
    return wanted if known.issuperset(wanted) else usual_taxes(session)
