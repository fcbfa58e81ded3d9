"""The price list is kept: the taxes of its items, and what a package of them holds [58]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.models import Package, PackageLine, PriceItem, TaxRate
from admin_app.policy import Permission, demand
from admin_app.services.read_values import read_values

MOST_HELD = 100


@dataclass(frozen=True, slots=True)
class Held:
    """One line of a package as it was typed: the id of an item of the price list, and how much (blank: 1)."""

    price_item: Any
    quantity: Any = ""


def choose_taxes(session: Session, item: PriceItem, names: Sequence[str], actor: Actor) -> PriceItem:
    """Say which taxes the lines of an item carry (none: the usual ones); raises Invalid under "tax"."""
    demand(actor, Permission.SALES_WRITE)
    known = set(session.scalars(select(TaxRate.name).where(TaxRate.name.in_(names))))
    unknown = [name for name in names if name not in known]
    if unknown:
        wrong = f"There is no tax called “{unknown[0][:40]}”"
        raise Invalid(wrong, {"tax": wrong})
    item.tax_names = list(dict.fromkeys(names))
    session.flush()  # the caller shows what is stored
    return item


def fill_package(session: Session, package: Package, held: Sequence[Held], actor: Actor) -> Package:
    """Give a package these items instead of those it has, in this order.

    Raises Invalid with every mistake, under "lines-<place>-price_item" and "lines-<place>-quantity".
    """
    demand(actor, Permission.SALES_WRITE)
    if not held:
        raise Invalid("A package needs at least one item of the price list")
    if len(held) > MOST_HELD:
        raise Invalid(f"At most {MOST_HELD} items fit into a package")
    wrong: dict[str, str] = {}
    read = [_read(session, place, one, actor, wrong) for place, one in enumerate(held)]
    if wrong:
        raise Invalid("Some items need another look", wrong)
    session.expire(package, ["lines"])
    lines = list(package.lines)
    for gone in lines[len(read) :]:
        session.delete(gone)
    for place, (item_id, quantity) in enumerate(read):
        if place < len(lines):
            line = lines[place]
        else:
            line = PackageLine(package_id=package.id, position=(lines[-1].position if lines else 0) + 1)
            lines.append(line)
            session.add(line)
        line.price_item_id, line.quantity = item_id, quantity
    session.flush()  # the caller shows what is stored
    session.expire(package, ["lines"])
    return package


def _read(
    session: Session, place: int, one: Held, actor: Actor, wrong: dict[str, str]
) -> tuple[int, Decimal]:
    """The id of the item and how much of it; what is wrong is collected."""
    blank = one.quantity is None or (isinstance(one.quantity, str) and not one.quantity.strip())
    typed = {"price_item": one.price_item, "quantity": Decimal(1) if blank else one.quantity}
    try:
        read = {bound.key: value for bound, value in read_values(session, PackageLine, typed, actor).items()}
    except Invalid as refusal:
        wrong.update({f"lines-{place}-{key}": said for key, said in refusal.fields.items()})
        return 0, Decimal(0)
    if read["quantity"] <= 0:
        wrong[f"lines-{place}-quantity"] = "A package holds more than nothing of each item"
    return read["price_item"].id, read["quantity"]
