"""The conditions of which the rules for clients are made: named predicates, each with its sentences [L4]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import ClientScope
from admin_app.models import AccessState, PortalModule, ProjectAccess

M = PortalModule
Clause = ColumnElement[bool]
Holds = Callable[[ClientScope], Clause]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be true of a row; `shown` and `hidden` are what `explain` says of it."""

    name: str
    holds: Holds
    shown: str
    hidden: str


def sentence(conditions: Sequence[Condition], missing: Condition | None) -> str:
    """What `explain` says of a row: the first condition that does not hold, or all of them."""
    if missing is not None:
        return f"Hidden: {missing.hidden}"
    return f"Shown: {', and '.join(one.shown for one in conditions)}"


def module(one: PortalModule) -> Condition:
    """The part of the portal in which the row is shown is switched on for this person."""
    return Condition(
        f"module_{one.name.lower()}",
        lambda scope: true() if one in scope.modules else false(),
        f"the part “{one.value}” is on for them",
        f"the part “{one.value}” of the portal is hidden from them",
    )


def of_customer(column: InstrumentedAttribute[Any]) -> Condition:
    """The row belongs to the customer whose things are looked at."""
    return Condition(
        "of_customer",
        lambda scope: column == scope.group_id,
        "it belongs to their customer",
        "it belongs to another customer",
    )


def reached(holds: Holds) -> Condition:
    """The way to it is open: the project was granted, it belongs to the account, or the link is made for it."""
    return Condition(
        "reached",
        holds,
        "its project was opened to them, or it belongs to the account that they look after",
        "its project was not opened to them",
    )


def in_state(holds: Holds, shown: str, hidden: str) -> Condition:
    """The document is in a state in which clients see it."""
    return Condition("in_state", holds, shown, hidden)


def granted(column: InstrumentedAttribute[Any]) -> Holds:
    """The project in `column` was opened to the contact and not closed again [R33-R37, D2]."""

    def holds(scope: ClientScope) -> Clause:
        open_now = select(ProjectAccess.project_id).where(
            ProjectAccess.contact_id == scope.contact_id, ProjectAccess.state.in_(AccessState.open())
        )
        by_grant: Clause = column.in_(open_now) if scope.contact_id is not None else false()
        if scope.closed:
            by_grant = and_(by_grant, column.not_in(scope.closed))
        return or_(by_grant, column.in_(scope.opened)) if scope.opened else by_grant

    return holds


def granted_or_of_account(
    column: InstrumentedAttribute[Any], work: InstrumentedAttribute[Any] | None = None
) -> Holds:
    """The project is open, or there is none and the person looks after the account (design section 6).

    What belongs to the workorder in `work` belongs to a project, whether or not that is written beside it.
    """
    by_grant = granted(column)

    def holds(scope: ClientScope) -> Clause:
        of_no_project = column.is_(None) if work is None else and_(column.is_(None), work.is_(None))
        return or_(by_grant(scope), of_no_project) if scope.sees_account else by_grant(scope)

    return holds


def linked(word: str, number: ColumnElement[Any] | InstrumentedAttribute[int], otherwise: Holds) -> Holds:
    """By a document link: that document alone; else what `otherwise` says."""

    def holds(scope: ClientScope) -> Clause:
        if scope.document is None:
            return otherwise(scope)
        about, about_id = scope.document
        return number == about_id if about == word else false()

    return holds


def only_signed_in(otherwise: Holds) -> Holds:
    """Nothing that a document link opens."""
    return lambda scope: false() if scope.document is not None else otherwise(scope)


def of_account(scope: ClientScope) -> Clause:
    """The person looks after the account."""
    return true() if scope.sees_account else false()


def own(column: InstrumentedAttribute[Any]) -> Holds:
    """The row names the person."""
    return lambda scope: column == scope.contact_id if scope.contact_id is not None else false()


def either(*ways: Holds) -> Holds:
    """Any of several ways."""
    return lambda scope: or_(*(way(scope) for way in ways))


ACCOUNT_ONLY = Condition(
    "of_account",
    only_signed_in(of_account),
    "they look after the account (primary or billing contact)",
    "only the primary and the billing contact see it",
)
ABOUT_MODULE = {
    "estimate": M.PROPOSALS,
    "invoice": M.INVOICES,
    "credit-note": M.INVOICES,
    "receipt": M.INVOICES,
    "refund": M.INVOICES,
    "event": M.APPOINTMENTS,
    "workorder": M.JOBS,
    "lead": M.REQUESTS,
}
"""What a thread is about, and the part of the portal in which that is shown."""
