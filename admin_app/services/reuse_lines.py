"""Lines of an old estimate are put on a draft, as new work at the old prices [53]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import Estimate, EstimateLine
from admin_app.policy import visible
from admin_app.services.copy_lines import taxes_still_known
from admin_app.services.read_estimate import Line
from admin_app.services.write_estimate import add_lines

_ANYWHERE = (
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
)
_SAME_CUSTOMER = ("asset_id", "photo_id")


def lines_from_estimate(session: Session, estimate: Estimate, source_id: int, actor: Actor) -> Estimate:
    """Put the lines of another estimate behind those of a draft; things and photos of another customer stay behind.

    Raises NotFound for an estimate that this actor does not see, Unmet in another currency, and what
    `write_estimate` raises.
    """
    source = session.scalar(visible(actor, select(Estimate).where(Estimate.id == source_id)))
    if source is None:
        raise NotFound("There is no such estimate")
    if source.currency != estimate.currency:
        raise Unmet(f"{source} is in {source.currency}, this estimate in {estimate.currency}")
    names = _ANYWHERE + (_SAME_CUSTOMER if source.group_id == estimate.group_id else ())
    lines = [_again(session, line, names) for line in source.lines]
    return add_lines(session, estimate, lines, actor)


def _again(session: Session, line: EstimateLine, names: tuple[str, ...]) -> Line:
    values = {name: getattr(line, name) for name in names if getattr(line, name) is not None}
    return Line(values, taxes_still_known(session, line.tax_names))
