"""The policy beside the slow rule: for everybody who can come in, by every way, which rows each of the two shows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ClientScope
from admin_app.models import DocumentLink, Entity
from admin_app.policy import Closed, as_client, client_scope, link_scope, visible
from tests.portal.isolation import expected
from tests.portal.isolation.expected import Rows, View

KINDS: dict[str, type[Any]] = {
    mapper.class_.__tablename__: mapper.class_
    for mapper in Entity.registry.mappers
    if issubclass(mapper.class_, Entity)
}
"""Every kind of record, by its table."""


@dataclass(frozen=True)
class Visitor:
    """Somebody at one of the doors: how the slow rule lets them in (None: not), and by which scope the policy does."""

    name: str
    view: View | None
    scope: Callable[[], ClientScope | Closed]


def visitors(session: Session, rows: Rows) -> Iterator[Visitor]:
    """Every contact at every customer, the holder of every link, and links for whom no part is on."""
    for contact in rows.tables["contact"]:
        for group in rows.tables["customer_group"]:
            yield Visitor(
                f"contact {contact} at customer {group}",
                expected.signed_in(rows, contact, group),
                partial(client_scope, session, contact, group),
            )
    for row in rows.tables["document_link"].values():
        name = f"link {row['id']} to {row['about']} {row['about_id']}"
        link, view = session.get_one(DocumentLink, row["id"]), expected.by_link(rows, row)
        yield Visitor(name, view, partial(link_scope, session, link))
        if view is not None:
            bare = replace(view, modules=frozenset())
            yield Visitor(f"{name}, no part on", bare, partial(_bare, session, link))


def _bare(session: Session, link: DocumentLink) -> ClientScope | Closed:
    scope = link_scope(session, link)
    return replace(scope, modules=frozenset()) if isinstance(scope, ClientScope) else scope


def tell(sentence: str) -> None:
    """Say a figure on the way (`pytest -s` shows it)."""
    sys.stdout.write(f"{sentence}\n")


def actor_of(scope: ClientScope) -> Actor:
    """The client of a scope."""
    return as_client("Somebody", scope)


class Comparison:
    """What both say of everybody and everything; what the slow rule says is worked out once."""

    def __init__(self, session: Session) -> None:
        """Read everything as plain rows, and ask the slow rule."""
        self.session = session
        self.rows = Rows(session.connection())
        self.visitors = list(visitors(session, self.rows))
        self.expected: dict[View, dict[str, set[int]]] = {}
        for visitor in self.visitors:
            if visitor.view is not None and visitor.view not in self.expected:
                self.expected[visitor.view] = {table: self._seen(visitor.view, table) for table in KINDS}

    def _seen(self, view: View, table: str) -> set[int]:
        return {
            number
            for number, row in self.rows.tables[table].items()
            if expected.sees(self.rows, view, table, row)
        }

    @property
    def triples(self) -> int:
        """How many pairs of somebody and a record are compared."""
        return len(self.visitors) * sum(len(self.rows.tables[table]) for table in KINDS)

    def doors(self) -> Iterator[str]:
        """Where only one of the two lets somebody in."""
        for visitor in self.visitors:
            scope = visitor.scope()
            if isinstance(scope, Closed) is not (visitor.view is None):
                yield f"{visitor.name}: the policy says {getattr(scope, 'why', 'come in')}"
            elif isinstance(scope, ClientScope) and visitor.view is not None:
                told = (scope.modules, scope.sees_account)
                if told != (visitor.view.modules, visitor.view.keeps):
                    yield f"{visitor.name}: {sorted(scope.modules)} {scope.sees_account}"

    def differences(self, *kinds: type[Any]) -> Iterator[str]:
        """Where the two do not show the same rows; `kinds`: of these alone."""
        for visitor in self.visitors:
            if visitor.view is None:
                continue
            scope = visitor.scope()
            if isinstance(scope, Closed):
                yield f"{visitor.name}: {scope.why}"
                continue
            for kind in kinds or KINDS.values():
                shown = set(self.session.scalars(visible(actor_of(scope), select(kind.id))))
                wanted = self.expected[visitor.view][kind.__tablename__]
                for number in sorted(shown - wanted):
                    yield f"{visitor.name} is shown {kind.__tablename__} {number}"
                for number in sorted(wanted - shown):
                    yield f"{visitor.name} is not shown {kind.__tablename__} {number}"
