"""Lines that are not typed: from the price list, from a package, from the things on a site [53, 58, A31].

Each function gives lines as `write_estimate.Line`, typed but not written, so that an editor can show them first;
`write_estimate.add_lines` puts them on a draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import Estimate, Package, PriceItem, SiteAsset
from admin_app.models.site_asset import ATTRIBUTES
from admin_app.policy import visible
from admin_app.services.copy_lines import taxes_still_known, usual_taxes
from admin_app.services.read_estimate import Line
from admin_app.services.write_estimate import add_lines

__all__ = [
    "add_package",
    "add_price_item",
    "in_words",
    "line_of_item",
    "lines_from_assets",
    "lines_of_assets",
    "lines_of_package",
    "usual_taxes",
]


def line_of_item(session: Session, item: PriceItem, quantity: Decimal = Decimal(1)) -> Line:
    """So much of an item of the price list, with its price, cost and taxes of today."""
    values = {
        "description": item.name,
        "details": item.details,
        "quantity": quantity,
        "unit": item.unit,
        "unit_price": item.unit_price,
        "cost": item.cost,
        "price_item_id": item.id,
    }
    taxes = taxes_still_known(session, item.tax_names) or usual_taxes(session)
    return Line(values, taxes)


def lines_of_package(session: Session, package: Package) -> list[Line]:
    """What a package holds, in its order."""
    return [line_of_item(session, part.price_item, part.quantity) for part in package.lines]


def lines_of_assets(
    session: Session, estimate: Estimate, asset_ids: Sequence[int], actor: Actor
) -> list[Line]:
    """A line without a price for each ticked thing of the customer, in the order ticked; the work is noted there.

    Raises NotFound for a thing of another customer.
    """
    query = select(SiteAsset).where(SiteAsset.id.in_(asset_ids), SiteAsset.group_id == estimate.group_id)
    found = {asset.id: asset for asset in session.scalars(visible(actor, query))}
    if missing := [asset_id for asset_id in asset_ids if asset_id not in found]:
        raise NotFound(
            f"There is no such thing on a site of this customer ({len(missing)} of {len(asset_ids)})"
        )
    taxes = usual_taxes(session)
    return [
        Line(
            {
                "description": found[asset_id].name,
                "details": in_words(found[asset_id]),
                "unit_price": Decimal(0),
                "asset_id": asset_id,
            },
            taxes,
        )
        for asset_id in dict.fromkeys(asset_ids)
    ]


def in_words(asset: SiteAsset) -> str:
    """What a thing is, in one line: "Tree, species: oak, height m: 18, condition: poor"."""
    known = [name for name in ATTRIBUTES[asset.kind] if asset.attributes.get(name) not in (None, "")]
    parts = [asset.kind.value.capitalize()]
    parts += [f"{name.replace('_', ' ')}: {_shown(asset.attributes[name])}" for name in known]
    if asset.condition is not None:
        parts.append(f"condition: {asset.condition.value}")
    return ", ".join(parts)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def add_price_item(
    session: Session, estimate: Estimate, item: PriceItem, actor: Actor, quantity: Decimal = Decimal(1)
) -> Estimate:
    """Put an item of the price list on a draft; raises as `write_estimate` does."""
    return add_lines(session, estimate, [line_of_item(session, item, quantity)], actor)


def add_package(session: Session, estimate: Estimate, package: Package, actor: Actor) -> Estimate:
    """Put everything that a package holds on a draft; raises as `write_estimate` does."""
    return add_lines(session, estimate, lines_of_package(session, package), actor)


def lines_from_assets(
    session: Session, estimate: Estimate, asset_ids: Sequence[int], actor: Actor
) -> Estimate:
    """Put a line for each ticked thing on a draft, its price still to be typed; raises as `write_estimate` does."""
    return add_lines(session, estimate, lines_of_assets(session, estimate, asset_ids, actor), actor)
