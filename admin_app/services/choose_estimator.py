"""Who looks after a project: chosen by name among the active staff, by everybody who plans [47, A42, A51].

The names of colleagues are known to whoever plans, though their records belong to the staff pages alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_id
from admin_app.models import User

NOT_FOUND = "Choose an estimator among those who work here"
ESTIMATORS = frozenset({Role.OWNER, Role.OFFICE, Role.ESTIMATOR})
"""The roles that can write an estimate."""


def can_estimate(session: Session, also: Iterable[int | None] = ()) -> Sequence[tuple[int, str]]:
    """Who can be chosen, by id and name; `also` are ids of those who have it already and may stay."""
    stays = [number for number in also if number is not None]
    chosen = or_(User.active & User.role.in_(ESTIMATORS), User.id.in_(stays))
    query = select(User.id, User.name).where(chosen).order_by(User.name, User.id)
    return [(number, name) for number, name in session.execute(query)]


def read_estimator(session: Session, typed: Any, stays: int | None = None) -> User | None:
    """The member of staff that a form names by id, None for nobody; raises Invalid for anybody who cannot be chosen.

    `stays` is who has it now and may keep it, though switched off meanwhile.
    """
    if typed is None or typed == "":
        return None
    number = (
        typed.id if isinstance(typed, User) else typed if isinstance(typed, int) else parse_id(str(typed))
    )
    user = session.get(User, number) if number is not None else None
    if user is None or (user.id != stays and not (user.active and user.role in ESTIMATORS)):
        raise Invalid(NOT_FOUND, {"estimator": NOT_FOUND})
    return user
