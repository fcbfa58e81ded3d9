"""The rule behind many rows, or behind one row for many clients, without a statement for each of them [L4, 113].

The sentences are those of `explain`, word for word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import ClientScope
from admin_app.policy.clients import CLIENT_RULES, NOT_FOR_CLIENTS
from admin_app.policy.conditions import Condition, sentence
from admin_app.policy.switches import Closed

AT_ONCE = 20
"""Clients that one statement looks at."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Whether a client sees a row, and why; `lacks` names the condition or the switch that hides it."""

    shown: bool
    says: str
    lacks: str = ""


def reasons(
    session: Session, scope: ClientScope | Closed, kind: type[Any], ids: Sequence[int]
) -> dict[int, Reason]:
    """Why a client sees rows of one kind, or does not, by id.  One statement."""
    if isinstance(scope, Closed):
        return {number: _closed(scope) for number in ids}
    conditions = CLIENT_RULES.get(kind, ())
    if not conditions or not ids:
        return {number: Reason(False, NOT_FOR_CLIENTS, "kind") for number in ids}
    rows = session.execute(select(kind.id, *_flags(scope, conditions)).where(kind.id.in_(ids)))
    return {row[0]: _reason(conditions, row[1:]) for row in rows}


def reasons_for_each(
    session: Session, scopes: Mapping[int, ClientScope | Closed], thing: Any
) -> dict[int, Reason]:
    """Why each of these clients (by any number of the caller's) sees one record, or does not.

    One statement for twenty clients.
    """
    kind = type(thing)
    conditions = CLIENT_RULES.get(kind, ())
    found = {number: _closed(scope) for number, scope in scopes.items() if isinstance(scope, Closed)}
    open_ones = [(number, scope) for number, scope in scopes.items() if isinstance(scope, ClientScope)]
    if not conditions:
        return found | {number: Reason(False, NOT_FOR_CLIENTS, "kind") for number, _ in open_ones}
    for some in _batches(open_ones):
        flags = [flag for _, scope in some for flag in _flags(scope, conditions)]
        row = session.execute(select(*flags).where(kind.id == thing.id)).one()
        for place, (number, _) in enumerate(some):
            own = row[place * len(conditions) : (place + 1) * len(conditions)]
            found[number] = _reason(conditions, own)
    return found


def _batches(
    open_ones: Sequence[tuple[int, ClientScope]],
) -> list[Sequence[tuple[int, ClientScope]]]:
    return [open_ones[start : start + AT_ONCE] for start in range(0, len(open_ones), AT_ONCE)]


def _flags(scope: ClientScope, conditions: Sequence[Condition]) -> list[Any]:
    """One column a condition: 1 where it holds; unknown counts as not."""
    return [case((one.holds(scope), 1), else_=0) for one in conditions]


def _reason(conditions: Sequence[Condition], flags: Sequence[int]) -> Reason:
    missing = next((one for one, flag in zip(conditions, flags, strict=True) if not flag), None)
    return Reason(missing is None, sentence(conditions, missing), missing.name if missing else "")


def _closed(scope: Closed) -> Reason:
    return Reason(False, f"Hidden: {scope.why[:1].lower()}{scope.why[1:]}", scope.switch or "closed")
