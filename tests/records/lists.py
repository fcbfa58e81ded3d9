"""What the tests of lists share: many rows by plain inserts, statements counted, plans read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import (
    Brand,
    Contact,
    CustomerGroup,
    Entity,
    Invoice,
    Membership,
    Payment,
    Tag,
    Task,
)
from admin_app.models.tag import group_tag
from admin_app.records.listing import Listing, ListPage, read_request
from admin_app.records.search_text import rebuild
from admin_app.records.values import Reading

TODAY = date(2026, 3, 17)
FIRST = date(2025, 1, 1)


def show(
    session: Session, actor: Actor, entity: type[Entity], large: int = 100_000, **params: Any
) -> ListPage:
    """One page of a list by its address; dots are written as two underscores: `balance__from="3"`."""
    address = {
        name.replace("__", "."): [texts] if isinstance(texts, str) else list(texts)
        for name, texts in params.items()
    }
    request = read_request(entity, actor, address, Reading())
    return Listing(entity, large).page(session, actor, request, TODAY)


def names(page: ListPage) -> list[str]:
    """The names of a page's rows."""
    return [row.name for row in page.rows]


def _rows(entity: type[Entity]) -> Any:
    """The table of an entity, so that an insert goes past the session."""
    return entity.__table__


def fill(session: Session, groups: int) -> None:
    """So many customers with a contact, a tag on every fifth, an invoice and a payment each; texts searchable.

    Plain inserts, for these tests are about reading; figures that the tables can be analysed.
    """
    connection = session.connection()
    numbers = range(1, groups + 1)

    def known(n: int, **values: Any) -> dict[str, Any]:
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n // 3)
        return {"id": n, "public_id": f"p{n}", "created_at": moment, "updated_at": moment, **values}

    brands = [
        known(n, name=f"Brand {n}", key=f"b{n}", payment_terms_days=30, is_default=False) for n in range(1, 5)
    ]
    connection.execute(insert(_rows(Brand)), brands)
    connection.execute(
        insert(_rows(CustomerGroup)),
        [
            known(
                n,
                name=f"Customer {n:05}",
                sort_name=f"customer {n:05}",
                kind="household" if n % 3 else "business",
                rating=n % 6,
                brand_id=1 + n % 4,
                tax_profile="standard",
                newsletter=bool(n % 2),
                balance=n * 10,
                last_visit_on=FIRST + timedelta(days=n % 300) if n % 4 else None,
            )
            for n in numbers
        ],
    )
    connection.execute(
        insert(_rows(Contact)),
        [
            known(
                n,
                first_name="Zoë",
                last_name=f"Person {n:05}",
                sort_name=f"person {n:05} zoe",
                phone=f"+4420{n:07}",
            )
            for n in numbers
        ],
    )
    connection.execute(
        insert(_rows(Membership)),
        [known(n, group_id=n, contact_id=n, role="general", is_primary=True, position=0) for n in numbers],
    )
    connection.execute(
        insert(_rows(Tag)), [known(1, name="VIP", folded="vip"), known(2, name="new", folded="new")]
    )
    connection.execute(
        insert(group_tag), [{"group_id": n, "tag_id": 1 + n % 2} for n in numbers if n % 5 == 0]
    )
    connection.execute(
        insert(_rows(Invoice)),
        [
            known(
                n,
                number=f"N-{n:06}",
                group_id=groups + 1 - n,
                state="issued",
                kind="full",
                issued_on=FIRST + timedelta(days=n % 400),
                due_on=FIRST + timedelta(days=n % 400 + 14),
                currency="EUR",
                subtotal=n,
                discount=0,
                tax=0,
                total=n,
                balance=n if n % 3 else 0,
                tax_mode="document",
                imported=False,
            )
            for n in numbers
        ],
    )
    connection.execute(
        insert(_rows(Payment)),
        [
            known(
                n,
                group_id=groups + 1 - n,
                paid_on=FIRST + timedelta(days=n % 400),
                method="cash",
                amount=n,
                tip=0,
                currency="EUR",
                state="received",
                unallocated=n % 7 if n > 7 else 0,
                refunded=0,
            )
            for n in numbers
        ],
    )
    connection.execute(
        insert(_rows(Task)),
        [
            known(n, title=f"Task {n:05}", group_id=n, state="open", due_on=FIRST if n % 3 else None)
            for n in numbers
        ],
    )
    for entity in (CustomerGroup, Contact, Invoice, Payment, Task):
        rebuild(connection, entity)
    connection.execute(text("ANALYZE"))


@contextmanager
def statements(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """The SELECTs that are sent meanwhile, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


MOST_SORTED = 1_000
"""A page of rows, or two, may be put in order; a table may not."""


def dear_steps(
    connection: Connection, statement: str, parameters: Any, rows: int, *, narrowed: bool = False
) -> list[str]:
    """The steps of a plan that read or sort a whole table of `rows` rows.

    A count is capped, so it may scan unless it looks for something; what was found (`narrowed`) may be sorted.
    """
    if statement.startswith("SELECT count(") and not narrowed:
        return []
    if connection.dialect.name == "sqlite":
        return _dear_on_sqlite(connection, statement, parameters, narrowed)
    # The tables of a test are so small that reading them whole is no bad idea; a large one would have no index either.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
    tree: Any = json.loads(plan) if isinstance(plan, str) else plan
    return list(_dear_on_postgres(tree[0]["Plan"], rows, narrowed))


def _dear_on_sqlite(connection: Connection, statement: str, parameters: Any, narrowed: bool) -> list[str]:
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    small = {"brand", "tag", "staff_user", "tax_rate", "k"}
    found = []
    for _id, parent, _unused, detail in plan:
        words = detail.split()
        if words[0] == "SCAN" and "INDEX" not in words and not _is_small(words[1], small):
            found.append(detail)
        sorts_a_page = any(other[1] == parent and _is_cut(other[3]) for other in plan)
        if "TEMP B-TREE FOR ORDER BY" in detail and not sorts_a_page and not narrowed:
            found.append(detail)
    return found


def _is_cut(detail: str) -> bool:
    """Whether a step reads a subquery that was cut to a page before."""
    return detail.startswith(("SCAN k", "SCAN anon"))


def _is_small(name: str, small: set[str]) -> bool:
    return name.rstrip("_0123456789") in small or name.startswith(("k", "anon", "(", "CONSTANT"))


def _dear_on_postgres(node: dict[str, Any], rows: int, narrowed: bool) -> Iterator[str]:
    kind = node["Node Type"]
    if kind == "Seq Scan" and node["Plan Rows"] > rows / 4:
        yield f"Seq Scan on {node['Relation Name']}"
    if kind == "Sort" and node["Plan Rows"] > MOST_SORTED and not narrowed:
        yield f"Sort of {node['Plan Rows']} rows"
    for child in node.get("Plans", ()):
        yield from _dear_on_postgres(child, rows, narrowed)
