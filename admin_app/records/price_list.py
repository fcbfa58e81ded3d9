"""The price list as the editor of estimates asks it: items by name or code, packages with what they hold [58]."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.kernel.text import fold
from admin_app.models import Package, PackageLine, PriceItem
from admin_app.policy import visible
from admin_app.records.search import search_condition

MOST_FOUND = 12
MOST_PACKAGES = 200


def find_items(session: Session, actor: Actor, text: str) -> Sequence[PriceItem]:
    """Items in use whose name or code holds `text`, codes that begin with it first; blank text: the first ones."""
    query = select(PriceItem).where(PriceItem.archived.is_(False)).order_by(PriceItem.name, PriceItem.id)
    if fold(text):
        begins = func.lower(PriceItem.code).startswith(text.strip().lower(), autoescape=True)
        query = query.where(or_(search_condition(session, PriceItem, text), begins))
        query = query.order_by(None).order_by(
            func.coalesce(begins, False).desc(), PriceItem.name, PriceItem.id
        )
    return session.scalars(visible(actor, query.limit(MOST_FOUND))).all()


def known_packages(session: Session, actor: Actor) -> Sequence[Package]:
    """The packages in use, by name."""
    query = select(Package).where(Package.archived.is_(False)).order_by(Package.name).limit(MOST_PACKAGES)
    return session.scalars(visible(actor, query)).all()


def lines_of_package(session: Session, actor: Actor, package_id: int) -> Sequence[PackageLine]:
    """What a package holds, in order, each with its item; [] for one that this actor does not see."""
    query = (
        select(PackageLine)
        .join(PriceItem, PriceItem.id == PackageLine.price_item_id)
        .options(contains_eager(PackageLine.price_item))
        .where(PackageLine.package_id == package_id)
        .order_by(PackageLine.position)
    )
    return session.scalars(visible(actor, query)).all()
