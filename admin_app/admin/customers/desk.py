"""What the pages of a customer share: their blueprint, and the one place where their records are looked up.

A record that this actor may not see and one that does not exist look the same: NotFound (security.md, promise 1).
"""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.kernel.money import Money
from admin_app.models import Brand, CustomerGroup
from admin_app.models.base import Entity
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, holds, visible
from admin_app.records.values import Reading
from admin_app.web.company import actor, company, currency, office_session

desk = Blueprint("customers", __name__, url_prefix="/admin/customers")

Record = TypeVar("Record", bound=Entity)


def the_group(group_id: int) -> CustomerGroup:
    """The customer of this address with its brand; raises NotFound."""
    query = (
        select(CustomerGroup)
        .outerjoin(Brand, Brand.id == CustomerGroup.brand_id)
        .options(contains_eager(CustomerGroup.brand))
        .where(CustomerGroup.id == _usable(group_id))
    )
    group: CustomerGroup | None = office_session().scalar(visible(actor(), query))
    if group is None:
        raise NotFound("There is no such customer")
    return group


def one_of(
    entity: type[Record], group: CustomerGroup, record_id: int, query: Select[Any] | None = None
) -> Record:
    """One record of this customer by its number; raises NotFound also for another customer's.

    `query` is a select of the entity with what should be loaded beside it.
    """
    kind: Any = entity
    wanted = select(kind) if query is None else query
    wanted = wanted.where(kind.id == _usable(record_id), kind.group_id == group.id)
    record: Record | None = office_session().scalar(visible(actor(), wanted))
    if record is None:
        raise NotFound(f"There is no such {entity.singular} here")
    return record


def _usable(record_id: int) -> int:
    """A number that a database can hold; larger ones name nothing."""
    if record_id > LARGEST_ID:
        raise NotFound("There is nothing here")
    return record_id


def reading() -> Reading:
    """How this office reads and writes amounts, instants and phone numbers."""
    row = company()
    return Reading(row.currency, row.zone, row.country) if row else Reading()


def may(permission: Permission, who: Actor | None = None) -> bool:
    """Whether the person at the desk holds a right; pages leave out what they may not do."""
    return holds(who or actor(), permission)


@desk.app_context_processor
def _words_of_the_desk() -> dict[str, Any]:
    return {"amount": lambda minor, code=None: Money(minor, code or currency()), "may": may, "P": Permission}
