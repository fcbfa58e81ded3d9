"""What stands on a customer's sites, place by place [A31, 16]."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text, parse_boolean, parse_decimal
from admin_app.models import Address, AssetKind, CustomerGroup, SiteAsset
from admin_app.models.site_asset import ATTRIBUTES
from admin_app.policy import visible

MOST_SHOWN = 500
LONGEST_ATTRIBUTE = 200


@dataclass(slots=True)
class Site:
    """One place with what stands on it; None: not said where."""

    address: Address | None
    assets: list[SiteAsset] = field(default_factory=list)


def sites_of(session: Session, actor: Actor, group: CustomerGroup) -> list[Site]:
    """The inventory of a customer, one statement, at most 500 things."""
    query = (
        select(SiteAsset)
        .outerjoin(Address, Address.id == SiteAsset.address_id)
        .options(contains_eager(SiteAsset.address))
        .where(SiteAsset.group_id == group.id)
        .order_by(SiteAsset.address_id.is_(None), SiteAsset.address_id, SiteAsset.id)
        .limit(MOST_SHOWN)
    )
    sites: dict[int | None, Site] = {}
    for asset in session.scalars(visible(actor, query)):
        sites.setdefault(asset.address_id, Site(asset.address)).assets.append(asset)
    return list(sites.values())


def words_of(name: str) -> str:
    """The name of an attribute as people read it: "height_m" → "Height (m)"."""
    stem, _, unit = name.rpartition("_")
    units = {"m": "m", "cm": "cm", "kw": "kW", "m2": "m²", "degrees": "°"}
    if stem and unit in units:
        return f"{stem.replace('_', ' ').capitalize()} ({units[unit]})"
    return name.replace("_", " ").capitalize()


def read_attributes(kind: AssetKind, typed: dict[str, str], kept: dict[str, Any]) -> dict[str, Any]:
    """The typed attributes of a kind; others that the thing has already (from a file) stay as they are.

    Raises Invalid with a sentence at each, by the name of the attribute.
    """
    read = {name: value for name, value in kept.items() if name not in ATTRIBUTES[kind]}
    wrong: dict[str, str] = {}
    for name, form in ATTRIBUTES[kind].items():
        text = typed.get(name, "").strip()
        if not text:
            continue
        try:
            read[name] = _value(form, text)
        except Invalid as refusal:
            wrong[name] = refusal.sentence
    if wrong:
        raise Invalid("Some details need another look", wrong)
    return read


def _value(form: str, text: str) -> Any:
    if form == "number":
        number = parse_decimal(text)
        return int(number) if number == number.to_integral_value() else float(number)
    if form == "yes or no":
        return parse_boolean(text)
    return clean_text(text, LONGEST_ATTRIBUTE)


def shown(value: Any) -> str:
    """The value of an attribute as the page and the form print it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
