"""How the portal looks to a customer: each field from the nearest that says something [W23-W26, D9, E1, 115].

The customer's own look, the look of the brand, the brand itself, the company's look, the company, and at last what the
program ships with.  Where neither customer nor brand is known (sign-in under the company's address), the company goes
before its usual brand.  Two statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.contrast import darkened_until, is_colour, lightened_until, readable_on
from admin_app.models import Brand, Company, CustomerGroup, PortalLook

LIGHT_GROUND = "#eceef1"
"""The darkest ground of the light theme that links and buttons in the accent stand on (portal.css)."""
DARK_GROUND = "#222a31"
"""The lightest ground of the dark theme (portal.css)."""
SHIPPED_ACCENT = "#0d6570"
SHIPPED_TITLE = "Customer portal"
CHOSEN = ("accent", "logo_key", "title", "welcome", "footer")
"""What a look can say of its own, by the columns of PortalLook."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a page of the portal needs to draw the brand; every colour pair in it is readable (4.5 to 1)."""

    title: str
    accent: str
    """For buttons and links on light ground."""
    on_accent: str
    """Black or white: the text on a button in `accent`."""
    accent_dark: str
    """For buttons and links on dark ground."""
    on_accent_dark: str
    logo_key: str | None
    """The store's key of a PNG that was drawn anew; None: the name alone."""
    logo_of: str | None
    """The public id of the look or brand whose logo it is: what an address may say."""
    welcome: str
    footer: str
    phone: str | None
    email: str | None
    website: str | None
    brand_name: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One that may say how the portal looks: `name` as the settings print it, `said` by field, nothing empty."""

    name: str
    said: Mapping[str, str]


def look_of(session: Session, group_id: int | None, brand_id: int | None = None) -> Look:
    """How the portal looks to this customer; `brand_id`: as this brand, for a document of another one."""
    return drawn(layers_of(session, group_id, brand_id))


def layers_of(session: Session, group_id: int | None, brand_id: int | None = None) -> list[Layer]:
    """Everyone who is asked for a look, the nearest first.  Two statements."""
    found = session.execute(_who(group_id, brand_id)).first()
    group, brand, company = found if found is not None else (None, None, None)
    looks = _looks(session, group, brand)
    of_group = [_layer(f"the customer {group.name}", looks.get("group"))] if group is not None else []
    of_brand = (
        [_layer(f"the portal of {brand.name}", looks.get("brand")), _of_brand(brand)]
        if brand is not None
        else []
    )
    of_company = [_layer("the portal of the company", looks.get("company")), _of_company(company)]
    nearest = [*of_company, *of_brand] if group_id is None and brand_id is None else [*of_brand, *of_company]
    return [*of_group, *nearest, Layer("the program", {"accent": SHIPPED_ACCENT, "title": SHIPPED_TITLE})]


def drawn(layers: Sequence[Layer]) -> Look:
    """The look that these layers make; an accent that cannot be read is brought to where it can."""
    said = (layer.said.get("accent", "") for layer in layers)
    accent = next(filter(is_colour, said), SHIPPED_ACCENT)  # what is no colour would break every page
    light = darkened_until(accent, LIGHT_GROUND)
    dark = lightened_until(accent, DARK_GROUND)
    title = _first(layers, "title") or SHIPPED_TITLE
    return Look(
        title=title,
        accent=light,
        on_accent=readable_on(light),
        accent_dark=dark,
        on_accent_dark=readable_on(dark),
        logo_key=_first(layers, "logo_key"),
        logo_of=_first(layers, "logo_of"),
        welcome=_first(layers, "welcome") or "",
        footer=_first(layers, "footer") or "",
        phone=_first(layers, "phone"),
        email=_first(layers, "email"),
        website=_first(layers, "website"),
        brand_name=_first(layers, "name") or title,
    )


def with_own(layers: Sequence[Layer], own: Mapping[str, str | None]) -> list[Layer]:
    """The layers with other words of the nearest one: what is typed and not saved yet."""
    said = {key: value for key, value in own.items() if value and (key != "accent" or is_colour(value))}
    return [replace(layers[0], said=said), *layers[1:]]


def falls_back_to(layers: Sequence[Layer], key: str) -> tuple[str, str]:
    """What a field that the nearest layer leaves empty says, and who says it; two empty texts where nobody does."""
    said = next((layer for layer in layers[1:] if layer.said.get(key)), None)
    return (said.said[key], said.name) if said is not None else ("", "")


def _who(group_id: int | None, brand_id: int | None) -> Select[CustomerGroup, Brand, Company]:
    """The customer, the brand and the company in one row: the brand asked for, the customer's, or the usual one."""
    usual = select(Brand.id).order_by(Brand.is_default.desc(), Brand.id).limit(1).scalar_subquery()
    wanted = literal(brand_id) if brand_id is not None else func.coalesce(CustomerGroup.brand_id, usual)
    return (
        select(CustomerGroup, Brand, Company)
        .select_from(Company)
        .outerjoin(CustomerGroup, CustomerGroup.id == group_id if group_id is not None else false())
        .outerjoin(Brand, Brand.id == wanted)
        .where(Company.id == 1)
    )


def _looks(session: Session, group: CustomerGroup | None, brand: Brand | None) -> dict[str, PortalLook]:
    """The kept looks that matter here, by whose they are."""
    rows = session.scalars(
        select(PortalLook)
        .where(
            or_(
                PortalLook.group_id == group.id if group is not None else false(),
                PortalLook.brand_id == brand.id if brand is not None else false(),
                and_(PortalLook.group_id.is_(None), PortalLook.brand_id.is_(None)),
            )
        )
        .order_by(PortalLook.id.desc())
    )
    return {_whose(row): row for row in rows}


def _whose(row: PortalLook) -> str:
    if row.group_id is not None:
        return "group"
    return "brand" if row.brand_id is not None else "company"


def _layer(name: str, row: PortalLook | None) -> Layer:
    if row is None:
        return Layer(name, {})
    own = {key: getattr(row, key) for key in CHOSEN}
    return Layer(name, _spoken(own | {"logo_of": row.public_id if row.logo_key else None}))


def _of_brand(brand: Brand) -> Layer:
    return Layer(
        f"the brand {brand.name}",
        _spoken(
            {
                "accent": brand.accent,
                "logo_key": brand.logo_key,
                "logo_of": brand.public_id if brand.logo_key else None,
                "title": brand.name,
                "name": brand.name,
                "phone": brand.phone,
                "email": brand.email,
                "website": brand.website,
            }
        ),
    )


def _of_company(company: Company | None) -> Layer:
    if company is None:
        return Layer("the company", {})
    return Layer(
        "the company",
        _spoken(
            {"title": company.name, "name": company.name, "phone": company.phone, "email": company.email}
        ),
    )


def _spoken(said: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value.strip() for key, value in said.items() if value and value.strip()}


def _first(layers: Sequence[Layer], key: str) -> str | None:
    return next((layer.said[key] for layer in layers if layer.said.get(key)), None)
