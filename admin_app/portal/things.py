"""What a page of the portal shows: one record by its public id, or several, always through the policy [114].

The only two ways in which these pages read rows; what the policy hides is not there: 404, whatever the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm.interfaces import ORMOption

from admin_app.kernel.errors import NotFound
from admin_app.models import Entity
from admin_app.policy import visible
from admin_app.web.company import actor, office_session

Kind = TypeVar("Kind", bound=Entity)
LONGEST_ID = 32
"""Signs of the column; a longer name in an address names nothing."""
NOTHING_HERE = "There is nothing here"


def thing(kind: type[Kind], public_id: str, *options: ORMOption) -> Kind:
    """The record of this public id that the client sees, loaded with `options`; raises NotFound for any other."""
    found: Kind | None = None
    if len(public_id) <= LONGEST_ID and public_id.isprintable():
        query = visible(actor(), select(kind)).where(kind.public_id == public_id)
        found = office_session().scalar(query.options(*options))
    if found is None:
        raise NotFound(NOTHING_HERE)
    return found


def things(query: Select[Kind]) -> Sequence[Kind]:
    """The rows of `query` that the client sees, in its order."""
    return office_session().scalars(visible(actor(), query)).unique().all()


def how_many(kind: type[Entity], *conditions: Any) -> int:
    """How many rows of a kind the client sees that meet the conditions."""
    seen = visible(actor(), select(kind)).where(*conditions).with_only_columns(kind.id).subquery()
    return office_session().scalar(select(func.count()).select_from(seen)) or 0
