"""The switches of the portal are saved: of the company and its brands, of a customer, of one user [108, W15, W16, W28].

What is saved holds from the next request on: `policy.client_scope` asks the switches each time [W33].
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Brand, Company, CustomerGroup, Entity, Membership, PortalModule
from admin_app.policy import Permission, demand
from admin_app.services.portal.who_gets_in import Level, Wanted
from admin_app.services.record_rules import put


def keep_everywhere(session: Session, wanted: Wanted, actor: Actor) -> None:
    """Save the switches and modules of the company and of the named brands [W14, W15].

    Raises NotAllowed, Invalid for a module that there is not, Unmet before the company is set up.
    """
    demand(actor, Permission.SETTINGS)
    company = session.scalar(select(Company).with_for_update(of=Company))
    if company is None:
        raise Unmet("The company is not set up yet")
    _put(session, company, "portal_enabled_default", wanted.company)
    brands = select(Brand).where(Brand.id.in_(wanted.brands)).order_by(Brand.id).with_for_update(of=Brand)
    for brand in session.scalars(brands):
        _put(session, brand, "portal_on", wanted.brands[brand.id])


def keep_for_customer(session: Session, group: CustomerGroup, level: Level, actor: Actor) -> None:
    """Save the switch and the modules of one customer [W16, W31]; raises NotAllowed, Invalid."""
    demand(actor, Permission.ACCESS_GRANT)
    _put(session, group, "portal_on", level)


def keep_for_member(session: Session, membership: Membership, hides: Iterable[str], actor: Actor) -> None:
    """Save which modules one portal user does not see with one customer [W17, W28]; raises NotAllowed, Invalid."""
    demand(actor, Permission.ACCESS_GRANT)
    _put(session, membership, "", Level(hides=frozenset(hides)))


def modules_named(words: Iterable[str]) -> frozenset[str]:
    """The modules of these names; raises Invalid for one that there is not."""
    known = {one.value for one in PortalModule}
    named = frozenset(words)
    if not named <= known:
        raise Invalid("The portal has no such part")
    return named


def _put(session: Session, record: Entity, switch: str, level: Level) -> None:
    """Set what differs, in one edit; a list of modules is kept in the order of the portal."""
    changes: dict[str, object] = {}
    if level.on is not None and switch and getattr(record, switch) is not level.on:
        changes[switch] = level.on
    if level.hides is not None:
        named = modules_named(level.hides)
        hides = [one.value for one in PortalModule if one.value in named]
        if hides != list(getattr(record, "portal_hides", None) or []):
            changes["portal_hides"] = hides
    if changes:
        put(session, record, changes)
