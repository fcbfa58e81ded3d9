"""The invariant of frozen documents: the text is the one that was hashed, and says what the document says [I10, L9]."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    cast,
    exists,
    literal,
    or_,
    select,
    union_all,
)

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.models import FrozenKind
from admin_app.money.invariants.check import (
    CREDIT,
    ESTIMATE,
    INVOICE,
    REFUND,
    SNAPSHOT,
    Check,
    Invariant,
    Offender,
    Reading,
    as_text,
    row,
    whole,
)

_TABLES: dict[FrozenKind, tuple[Table, str]] = {
    FrozenKind.ESTIMATE: (ESTIMATE, "total"),
    FrozenKind.INVOICE: (INVOICE, "total"),
    FrozenKind.CREDIT_NOTE: (CREDIT, "total"),
    FrozenKind.REFUND: (REFUND, "amount"),
}
"""Where the documents of each kind stand, and their total."""

_STREAMED = {"yield_per": 500}
"""So many texts are held in memory."""


def _hashes_match(connection: Connection) -> Iterator[Offender]:
    """Snapshots whose text is not the one that was hashed."""
    texts = select(
        SNAPSHOT.c.id, SNAPSHOT.c.kind, SNAPSHOT.c.document_id, SNAPSHOT.c.content, SNAPSHOT.c.sha256
    )
    for frozen in connection.execute(texts.order_by(SNAPSHOT.c.id), execution_options=_STREAMED):
        if hashlib.sha256(frozen.content.encode()).hexdigest() != frozen.sha256:
            yield Offender(frozen.id, f"{frozen.kind.value} {frozen.document_id}", None, None)


def _texts_say_the_total(connection: Connection) -> Iterator[Offender]:
    """Snapshots whose text says another total than was kept with it, or none that can be read."""
    texts = select(
        SNAPSHOT.c.id, SNAPSHOT.c.kind, SNAPSHOT.c.document_id, SNAPSHOT.c.content, SNAPSHOT.c.total
    )
    for frozen in connection.execute(texts.order_by(SNAPSHOT.c.id), execution_options=_STREAMED):
        try:
            said = _total_in(frozen.content)
        except (ValueError, KeyError, TypeError, Invalid):
            yield Offender(frozen.id, f"{frozen.kind.value} {frozen.document_id}", frozen.total, None)
            continue
        if said is not None and said.minor != frozen.total:
            name = f"{frozen.kind.value} {frozen.document_id}"
            yield Offender(frozen.id, name, frozen.total, said.minor, said.currency)


def _total_in(content: str) -> Money | None:
    """The total that a frozen text names; None for a paper without sums.  Raises what a strange text makes it raise."""
    told = json.loads(content)
    return Money.of(str(told["sums"]["total"]), str(told["currency"])) if told.get("sums") else None


def _snapshots_match_their_documents() -> Select[tuple[object, ...]]:
    """Snapshots of documents that are gone or come to another total."""
    documents = union_all(
        *(
            select(
                literal(kind.value).label("kind"),
                cast(table.c.id, BigInteger).label("id"),
                whole(table.c[column]).label("total"),
            )
            for kind, (table, column) in _TABLES.items()
        )
    ).subquery()
    mine = and_(documents.c.kind == as_text(SNAPSHOT.c.kind), documents.c.id == SNAPSHOT.c.document_id)
    return (
        row(
            SNAPSHOT.c.id,
            as_text(SNAPSHOT.c.kind) + " " + as_text(SNAPSHOT.c.document_id),
            documents.c.total,
            SNAPSHOT.c.total,
        )
        .select_from(SNAPSHOT.outerjoin(documents, mine))
        # An offer whose options the client chose was frozen again; what was sent before stands beside it [57].
        .where(
            or_(
                documents.c.id.is_(None),
                and_(~_is_replaced(), documents.c.total != whole(SNAPSHOT.c.total)),
            )
        )
    )


def _is_replaced() -> ColumnElement[bool]:
    """Whether a later version of the same document was frozen."""
    later = SNAPSHOT.alias("later")
    return exists().where(
        later.c.kind == SNAPSHOT.c.kind,
        later.c.document_id == SNAPSHOT.c.document_id,
        later.c.version > SNAPSHOT.c.version,
    )


PAPERS = Invariant(
    "I10",
    "What was frozen is unchanged and says what its document says",
    (
        Reading(
            "document_snapshot", "The frozen text of {name} is not the one that was hashed", _hashes_match
        ),
        Reading(
            "document_snapshot",
            "The frozen text of {name} comes to {actual}, {expected} was kept",
            _texts_say_the_total,
        ),
        Check(
            "document_snapshot",
            "The frozen {name} was kept with {actual} (minor units), the document comes to {expected}",
            _snapshots_match_their_documents,
        ),
    ),
)
