"""What a contact sees in the portal now, what they would see after changes that nobody saved, and why [113, L4].

One statement counts every kind of record; a kind in which something differs costs two more.  One call::

    view = compare(session, ann, 7, now, then)
    view.parts[0].appears           # rows that would be seen, each with the rule that shows it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ClientScope
from admin_app.models import (
    PortalModule,
    Thread,
)
from admin_app.models.kinds import KIND_OF
from admin_app.policy import Closed, client_condition, reasons, visible

KINDS: tuple[tuple[str, str, type[Any]], ...] = (
    ("project", "Projects", KIND_OF["project"]),
    ("estimate", "Proposals", KIND_OF["estimate"]),
    ("workorder", "Jobs", KIND_OF["workorder"]),
    ("invoice", "Invoices", KIND_OF["invoice"]),
    ("credit-note", "Credit notes", KIND_OF["credit-note"]),
    ("receipt", "Payments", KIND_OF["receipt"]),
    ("event", "Appointments", KIND_OF["event"]),
    ("file", "Files", KIND_OF["file"]),
    ("lead", "Requests", KIND_OF["lead"]),
    ("thread", "Conversations", Thread),
)
"""Word of the kind in addresses, its heading, its record: everything of a customer that is listed in the portal."""
MOST_LISTED = 30
"""Rows of a kind that are named; how many more there are is said."""

View = ClientScope | Closed


@dataclass(frozen=True, slots=True)
class Row:
    """One record that appears or vanishes, and the sentence of the rule that does it."""

    id: int
    name: str
    says: str
    appears: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of record: how many of it there are, how many are seen now and then, and what differs."""

    word: str
    heading: str
    there: int
    now: int
    then: int
    differs: int
    rows: tuple[Row, ...] = ()

    @property
    def appears(self) -> list[Row]:
        """What would be seen that is not seen now."""
        return [row for row in self.rows if row.appears]

    @property
    def vanishes(self) -> list[Row]:
        """What is seen now and would not be."""
        return [row for row in self.rows if not row.appears]

    @property
    def more(self) -> int:
        """Rows that differ and are not named."""
        return self.differs - len(self.rows)


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between two views of one contact; `closed_*`: why the portal is not open at all."""

    parts: tuple[Part, ...]
    closed_now: str = ""
    closed_then: str = ""
    modules_on: tuple[PortalModule, ...] = ()
    """Parts of the portal that appear in the menu."""
    modules_off: tuple[PortalModule, ...] = ()

    @property
    def differs(self) -> int:
        """Records that appear or vanish."""
        return sum(part.differs for part in self.parts)


def compare(session: Session, actor: Actor, group_id: int, now: View, then: View) -> Compared:
    """Everything of the customer that the desk may see, by whether the contact sees it now and then."""
    counted = _counts(session, actor, group_id, now, then)
    parts = tuple(
        Part(word, heading, *counted[word], rows=_rows(session, actor, kind, group_id, now, then))
        if counted[word][3]
        else Part(word, heading, *counted[word])
        for word, heading, kind in KINDS
    )
    on_now, on_then = _modules(now), _modules(then)
    return Compared(
        parts,
        now.why if isinstance(now, Closed) else "",
        then.why if isinstance(then, Closed) else "",
        tuple(one for one in PortalModule if one in on_then - on_now),
        tuple(one for one in PortalModule if one in on_now - on_then),
    )


def _counts(
    session: Session, actor: Actor, group_id: int, now: View, then: View
) -> dict[str, tuple[int, int, int, int]]:
    """Of each kind: how many there are, seen now, seen then, and seen in one of both only.  One statement."""
    counts = []
    for word, _, kind in KINDS:
        flags = (
            visible(actor, select(kind))
            .where(kind.group_id == group_id)
            .with_only_columns(_seen(now, kind).label("now"), _seen(then, kind).label("then"))
            .subquery()
        )
        counts.append(
            select(
                literal(word).label("word"),
                func.count(),
                func.coalesce(func.sum(flags.c.now), 0),
                func.coalesce(func.sum(flags.c.then), 0),
                func.coalesce(func.sum(case((flags.c.now != flags.c.then, 1), else_=0)), 0),
            ).select_from(flags)
        )
    return {
        row[0]: (int(row[1]), int(row[2]), int(row[3]), int(row[4]))
        for row in session.execute(union_all(*counts))
    }


def _rows(
    session: Session, actor: Actor, kind: type[Any], group_id: int, now: View, then: View
) -> tuple[Row, ...]:
    """The latest rows of a kind that differ, each with the rule that holds then.  Two statements."""
    seen_now, seen_then = _seen(now, kind), _seen(then, kind)
    query = (
        visible(actor, select(kind))
        .where(and_(kind.group_id == group_id, seen_now != seen_then))
        .order_by(kind.id.desc())
        .limit(MOST_LISTED)
        .add_columns(seen_then)
    )
    found = [(record, bool(flag)) for record, flag in session.execute(query)]
    said = reasons(session, then, kind, [record.id for record, _ in found])
    return tuple(
        Row(record.id, name_in_words(record), said[record.id].says, appears) for record, appears in found
    )


def name_in_words(record: Any) -> str:
    """Number and title of a record, from its own columns alone: "N-00012 Fell the ash"."""
    named = (getattr(record, key, None) for key in ("number", "title", "name", "subject", "reference"))
    words = " ".join(str(one) for one in named if one)
    return words[:200] or f"{type(record).singular.capitalize()} {record.id}"


def _seen(view: View, kind: type[Any]) -> Any:
    """1 where the contact sees the row; nothing is seen where the portal is closed, and unknown counts as not."""
    if isinstance(view, Closed):
        return literal(0, Integer)
    return case((client_condition(view, kind), 1), else_=0)


def _modules(view: View) -> frozenset[str]:
    return frozenset() if isinstance(view, Closed) else frozenset(view.modules)
