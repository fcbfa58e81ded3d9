"""The look of the portal is saved for the company, a brand or one customer; until then nobody sees it [W23-W26, 115].

Its logo is drawn and kept by `services.brand_logo`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Unmet
from admin_app.models import Brand, Company, CustomerGroup, PortalLook
from admin_app.policy import Permission, demand, visible
from admin_app.services import save_record
from admin_app.services.merge_edits import Base
from admin_app.services.portal.look import Layer, layers_of
from admin_app.services.read_values import read_values
from admin_app.services.record_rules import make


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose look it is: a brand's, a customer's, or the company's where neither is named."""

    brand_id: int | None = None
    group_id: int | None = None


def name_of(session: Session, whose: Whose, actor: Actor) -> str:
    """The name of the brand, the customer or the company; raises NotFound, and Unmet before there is a company."""
    if whose.brand_id is not None:
        return save_record.find(session, Brand, whose.brand_id, actor).name
    if whose.group_id is not None:
        return save_record.find(session, CustomerGroup, whose.group_id, actor).name
    company = session.get(Company, 1)
    if company is None:
        raise Unmet("The company is not set up yet")
    return company.name


def own_look(session: Session, whose: Whose, actor: Actor) -> PortalLook | None:
    """What was saved for this one; None where everything falls back."""
    look: PortalLook | None = session.scalar(
        visible(actor, select(PortalLook))
        .where(_is(PortalLook.brand_id, whose.brand_id), _is(PortalLook.group_id, whose.group_id))
        .order_by(PortalLook.id)
        .limit(1)
    )
    return look


def layers_for(session: Session, whose: Whose) -> list[Layer]:
    """Everyone who is asked for this look; the first layer is the one that is edited."""
    return layers_of(session, whose.group_id, whose.brand_id)


def keep_look(
    session: Session, whose: Whose, values: Mapping[str, Any], base: Base | None, actor: Actor
) -> PortalLook:
    """Save accent, title, welcome and footer; what is empty falls back.

    Raises NotAllowed, NotFound, Invalid by field (an accent that cannot be read), and EditConflict.
    """
    demand(actor, Permission.SETTINGS)
    session.scalar(select(Company.id).with_for_update(of=Company))  # two first saves at once make one look
    name_of(session, whose, actor)
    look = own_look(session, whose, actor)
    if look is not None:
        return save_record.update(session, PortalLook, look.id, values, actor, base)
    read = read_values(session, PortalLook, values, actor, new=True)
    return make(
        session,
        PortalLook,
        {bound.key: value for bound, value in read.items()},
        brand_id=whose.brand_id,
        group_id=whose.group_id,
    )


def reset_look(session: Session, whose: Whose, actor: Actor) -> None:
    """Give everything of this look up, so that all of it falls back; that there was none is fine."""
    demand(actor, Permission.SETTINGS)
    look = own_look(session, whose, actor)
    if look is not None:
        session.delete(look)
        session.flush()


def _is(column: Any, number: int | None) -> Any:
    return column.is_(None) if number is None else column == number
