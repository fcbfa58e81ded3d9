"""The directory's statements walk an index and read a page, whatever narrows it (performance.md section 7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import GroupKind
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.records.directory import Wanted, directory_page
from seeds.builders import a_brand, a_contact, a_group, a_tag


@pytest.fixture
def on_sqlite(sqlite_database, ann, clock) -> Iterator[OfficeSession]:
    """A session on SQLite, whose planner names scans and sorts even where a table is small."""
    engine = open_engine(sqlite_database)
    with OfficeSession(engine, info={"actor": ann, "clock": clock, "door": "test"}) as session:
        yield session
    engine.dispose()


@pytest.fixture
def crowd(session) -> tuple[int, int]:
    """Some customers of a brand with a tag; gives the numbers of both."""
    return a_crowd(session)


def a_crowd(session: OfficeSession) -> tuple[int, int]:
    brand, tag = a_brand(session), a_tag(session)
    for number in range(40):
        group = a_group(session, name=f"Customer {number:02}", brand_id=brand.id)
        a_contact(session, group, primary=True, first_name="Clara", last_name=f"Finch {number:02}")
        group.tags.append(tag)
    session.commit()
    return brand.id, tag.id


@contextmanager
def watched(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent meanwhile, with what is bound to them."""
    sent: list[tuple[str, Any]] = []
    engine = session.get_bind()

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def plans(session: Session, wanted: Wanted, actor: Actor) -> list[str]:
    """The plan of each statement of one page."""
    with watched(session) as sent:
        directory_page(session, actor, wanted, size=10)
    connection = session.connection()
    return [
        line[3]
        for statement, values in sent
        for line in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)
    ]


@pytest.mark.parametrize("narrowed", ["all", "kind", "brand", "archived", "next page"])
def test_no_page_scans_the_table(on_sqlite, ann, narrowed):
    brand, _ = a_crowd(on_sqlite)
    after = directory_page(on_sqlite, ann, Wanted(), size=10).after
    wanted = {
        "all": Wanted(),
        "kind": Wanted(kind=GroupKind.HOUSEHOLD),
        "brand": Wanted(brand_id=brand),
        "archived": Wanted(archived=True),
        "next page": Wanted(after=after),
    }[narrowed]

    told = [line for line in plans(on_sqlite, wanted, ann) if "customer_group" in line]

    assert told
    assert not [line for line in told if line.startswith("SCAN") and "INDEX" not in line]


@pytest.mark.parametrize("text", ["clara", "finch 07", "customer 0", "cu", "7"])
def test_a_search_goes_through_the_search_index(on_sqlite, ann, text):
    a_crowd(on_sqlite)

    told = plans(on_sqlite, Wanted(text=text), ann)

    assert not [
        line
        for line in told
        if line.startswith("SCAN") and ("customer_group" in line or "contact" in line) and "INDEX" not in line
    ]


def test_pages_cover_every_customer_once_in_order(session, ann, crowd):
    seen: list[str] = []
    mark = ""
    while True:
        page = directory_page(session, ann, Wanted(after=mark), size=7)
        seen += [row.group.name for row in page.rows]
        if not page.after:
            break
        mark = page.after

    assert seen == [f"Customer {number:02}" for number in range(40)]
    assert page.before and page.count == 40


def test_the_same_name_twice_is_paged_by_number(session, ann, crowd):
    ids = [a_group(session, name="Same Name").id for _ in range(5)]
    first = directory_page(session, ann, Wanted(text="same name"), size=2)
    second = directory_page(session, ann, Wanted(text="same name", after=first.after), size=2)
    back = directory_page(session, ann, Wanted(text="same name", before=second.before), size=2)

    assert [row.group.id for row in first.rows + second.rows] == ids[:4]
    assert [row.group.id for row in back.rows] == ids[:2]


@pytest.mark.parametrize(
    "mark",
    ["!!!", "bm90IGpzb24", "WyJhIiwgInMiXQ", "WyJhXHUwMDAwIiwgMV0", "x" * 5000, "WyJhIiwgLTFd", "bnVsbA"],
)
def test_a_damaged_mark_means_the_first_page(session, ann, crowd, mark):
    page = directory_page(session, ann, Wanted(after=mark), size=3)

    assert [row.group.name for row in page.rows] == ["Customer 00", "Customer 01", "Customer 02"]
