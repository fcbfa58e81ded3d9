"""The tick: exactly one address of a customer is printed on invoices [A4, P12, P13, 28]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import Address
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, visible


def set_billing_address(session: Session, group_id: int, address_id: int, actor: Actor) -> Address:
    """Make an address of a customer the billing one; the tick leaves the other.  Raises NotFound for a stranger.

    Documents that were issued keep the address they were issued with [M11].
    """
    demand(actor, Permission.CUSTOMERS_WRITE)
    wanted = select(Address).where(Address.group_id == group_id, Address.id == address_id)
    known = abs(group_id) <= LARGEST_ID and abs(address_id) <= LARGEST_ID
    address: Address | None = session.scalar(visible(actor, wanted).with_for_update()) if known else None
    if address is None:
        raise NotFound("This address does not belong to this customer")
    if not address.is_billing:
        take_tick(session, group_id)
        address.is_billing = True
        session.flush()  # the unique index answers here if somebody else was faster
    return address


def take_tick(session: Session, group_id: int) -> None:
    """Take the tick from the billing address, so that the next can have it: the database allows one at any moment."""
    ticked = select(Address).where(Address.group_id == group_id, Address.is_billing)
    for address in session.scalars(ticked.with_for_update()):
        address.is_billing = False
    session.flush()  # before the new tick is written


def has_billing_address(session: Session, group_id: int) -> bool:
    """Whether a customer has a billing address."""
    ticked = select(Address.id).where(Address.group_id == group_id, Address.is_billing)
    return session.scalar(ticked) is not None
