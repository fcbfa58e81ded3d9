"""A backup restored is equal to what was backed up, files included (security.md, promise 8; issue point 12)."""

import threading
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, text

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import migrate
from admin_app.models.base import Base, OfficeSession
from admin_app.models.customer_group import CustomerGroup, GroupKind
from admin_app.models.engine import open_engine, writing
from admin_app.models.search_doc import SearchDoc
from admin_app.models.tag import Tag, group_tag
from admin_app.money.proof import prove
from admin_app.services.backups.make import last_backup, make_backup, remember_backup
from admin_app.services.backups.restore import restore_backup
from admin_app.services.record_payment import PaymentForm, record_payment
from admin_app.storage.folder import FolderStorage

NOW = datetime(2026, 3, 17, 2, 30, tzinfo=UTC)
WHO = {"actor": SYSTEM, "clock": FixedClock(NOW), "door": "test"}


def a_group(name: str) -> CustomerGroup:
    return CustomerGroup(name=name, sort_name=name.lower(), kind=GroupKind.BUSINESS)


def everything_in(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, in a fixed order."""
    engine = open_engine(url)
    with engine.connect() as connection:
        content = {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in Base.metadata.tables.items()
        }
    engine.dispose()
    return content


@pytest.fixture
def office(settings):
    """A company with customers, tags, a search text and two stored files."""
    engine = open_engine(settings.database_url)
    with OfficeSession(engine, info=WHO) as session, writing():
        tricky = [a_group("Łukasz \\N & Söhne"), a_group("tab\tnew\nline \\ back"), a_group("=cmd|'/c calc'!A1")]
        tag = Tag(name="gold")
        tag.settle()
        session.add_all([*tricky, tag])
        session.flush()
        session.execute(group_tag.insert().values([{"group_id": g.id, "tag_id": tag.id} for g in tricky]))
        session.add(SearchDoc(entity="customer_group", entity_id=tricky[0].id, head="luk", txt="lukasz"))
        session.commit()
    engine.dispose()
    storage = FolderStorage(settings.files)
    storage.store(BytesIO(b"plan of the roof"), limit=100)
    storage.store(BytesIO(bytes(range(256)) * 9_000), limit=10_000_000)
    return settings


@pytest.fixture
def empty_home(office, tmp_path, request):
    """Settings of another home with an empty database of the same kind."""
    kind = "empty_sqlite" if office.is_sqlite else "empty_postgres"
    return replace(office, home=tmp_path / "elsewhere", database_url=request.getfixturevalue(kind))


def stored_in(settings) -> dict[str, bytes]:
    storage = FolderStorage(settings.files)
    return {key: storage.path(key).read_bytes() for key in storage.stored_keys()}


def test_a_restored_company_is_equal_row_by_row_and_file_by_file(office, empty_home, tmp_path):
    before = everything_in(office.database_url)

    backup = make_backup(office, tmp_path / "monday.zip", NOW)
    restore_backup(empty_home, backup.file)

    assert everything_in(empty_home.database_url) == before
    assert stored_in(empty_home) == stored_in(office)
    assert backup.files == 2
    assert migrate.is_current(empty_home.database_url)


def test_the_books_of_a_restored_company_prove_as_before(office, empty_home, tmp_path):
    engine = open_engine(office.database_url)
    with OfficeSession(engine, info=WHO) as session, writing():
        group = session.scalars(select(CustomerGroup).limit(1)).one()
        form = PaymentForm(group.id, Money.of("120.50", "EUR"), NOW.date(), tip=Money.of("0.50", "EUR"))
        record_payment(session, form, SYSTEM, FixedClock(NOW))
        session.commit()
    engine.dispose()

    restore_backup(empty_home, make_backup(office, tmp_path / "monday.zip", NOW).file)

    assert proof_of(empty_home.database_url) == proof_of(office.database_url)
    assert all(holds for _, holds in proof_of(empty_home.database_url))


def proof_of(url: str) -> list[tuple[str, bool]]:
    """Each invariant of the books, and whether it holds."""
    engine = open_engine(url)
    with OfficeSession(engine) as session:
        verdict = [(finding.id, finding.holds) for finding in prove(session)]
    engine.dispose()
    return verdict


def test_the_next_record_of_a_restored_company_gets_a_number_of_its_own(office, empty_home, tmp_path):
    restore_backup(empty_home, make_backup(office, tmp_path / "monday.zip", NOW).file)

    engine = open_engine(empty_home.database_url)
    with OfficeSession(engine, info=WHO) as session:
        session.add(a_group("the fourth"))
        session.commit()
        numbers = session.scalars(select(CustomerGroup.id)).all()
    engine.dispose()

    assert len(numbers) == len(set(numbers)) == 4


def test_a_backup_taken_while_others_write_is_of_one_instant(office, empty_home, tmp_path):
    # Each transaction writes a pair: a backup that holds half of one was torn.
    engine = open_engine(office.database_url)
    begun, enough = threading.Event(), threading.Event()

    def write_pairs():
        for number in range(400):
            with OfficeSession(engine, info=WHO) as session, writing():
                session.add_all([a_group(f"left {number}"), a_group(f"right {number}")])
                session.commit()
            begun.set()
            if enough.is_set() and number > 20:
                break

    writer = threading.Thread(target=write_pairs)
    writer.start()
    begun.wait(timeout=30)
    backup = make_backup(office, tmp_path / "busy.zip", NOW)
    enough.set()
    writer.join()
    restore_backup(empty_home, backup.file)

    names = [row[0] for row in _names(empty_home)]
    left = {name.removeprefix("left ") for name in names if name.startswith("left ")}
    right = {name.removeprefix("right ") for name in names if name.startswith("right ")}
    engine.dispose()
    assert left
    assert left == right


def _names(settings) -> list[tuple[Any, ...]]:
    engine = open_engine(settings.database_url)
    with engine.connect() as connection:
        names = connection.execute(select(CustomerGroup.name)).all()
    engine.dispose()
    return [tuple(row) for row in names]


def test_a_home_with_a_company_is_not_overwritten(office, tmp_path):
    backup = make_backup(office, tmp_path / "monday.zip", NOW)
    before = everything_in(office.database_url)

    with pytest.raises(Unmet, match="holds files"):
        restore_backup(office, backup.file)
    with pytest.raises(Unmet, match="holds a company already"):
        restore_backup(replace(office, home=tmp_path / "other"), backup.file)

    assert everything_in(office.database_url) == before


def test_a_file_that_exists_is_not_overwritten(office, tmp_path):
    target = tmp_path / "monday.zip"
    target.write_text("precious")

    with pytest.raises(Unmet, match="choose another name"):
        make_backup(office, target, NOW)

    assert target.read_text() == "precious"


def test_a_backup_that_breaks_off_leaves_nothing_behind(office, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    engine = open_engine(office.database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()

    with pytest.raises(Unmet, match="nothing to back up"):
        make_backup(office, folder / "monday.zip", NOW)

    assert list(folder.iterdir()) == []


def _rewrite(source, target, change) -> None:
    """Copy an archive, letting `change` replace the content of its parts."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))


@pytest.mark.parametrize("part", ["files/", "database.sqlite", "tables/customer_group.copy"])
def test_a_damaged_part_is_refused_and_the_home_stays_empty(office, empty_home, tmp_path, part):
    backup = make_backup(office, tmp_path / "monday.zip", NOW)
    spoiled = tmp_path / "spoiled.zip"
    touched = []

    def spoil(name, content):
        if not name.startswith(part):
            return content
        touched.append(name)
        return content[:-1] + bytes([content[-1] ^ 1])

    _rewrite(backup.file, spoiled, spoil)
    if not touched:
        assert part == ("tables/customer_group.copy" if office.is_sqlite else "database.sqlite")
        return

    with pytest.raises(Unmet, match="damaged"):
        restore_backup(empty_home, spoiled)

    assert stored_in(empty_home) == {}
    restore_backup(empty_home, backup.file)
    assert stored_in(empty_home) == stored_in(office)


def test_a_part_that_leads_out_of_the_home_is_refused(office, empty_home, tmp_path):
    backup = make_backup(office, tmp_path / "monday.zip", NOW)
    wicked = tmp_path / "wicked.zip"
    key = next(FolderStorage(office.files).stored_keys())

    _rewrite(backup.file, wicked, lambda name, content: content.replace(key.encode(), b"../../x"))

    with pytest.raises(Unmet, match="holds a part that no backup has"):
        restore_backup(empty_home, wicked)


@pytest.mark.parametrize("content", [b"", b"PK not really", b"\x00" * 5000])
def test_a_file_that_is_no_backup_is_refused(office, empty_home, tmp_path, content):
    file = tmp_path / "holiday.zip"
    file.write_bytes(content)

    with pytest.raises(Unmet, match="is no backup"):
        restore_backup(empty_home, file)
    with pytest.raises(Unmet, match="There is no file"):
        restore_backup(empty_home, tmp_path / "missing.zip")


def test_a_backup_of_the_other_kind_of_database_is_refused(office, tmp_path):
    backup = make_backup(office, tmp_path / "monday.zip", NOW)
    other = "postgresql+psycopg://nobody@/nowhere" if office.is_sqlite else f"sqlite:///{tmp_path / 'x.sqlite'}"

    with pytest.raises(Unmet, match="same kind"):
        restore_backup(replace(office, home=tmp_path / "other", database_url=other), backup.file)


def test_the_backup_is_readable_by_its_owner_only(office, tmp_path):
    backup = make_backup(office, tmp_path / "monday.zip", NOW)

    assert backup.file.stat().st_mode & 0o077 == 0


def test_the_age_of_the_last_backup_is_known(session, office, tmp_path):
    assert last_backup(session) is None

    first = make_backup(office, tmp_path / "monday.zip", NOW)
    remember_backup(session, first)
    assert last_backup(session) == first

    second = make_backup(office, tmp_path / "tuesday.zip", NOW.replace(day=18))
    remember_backup(session, second)
    assert last_backup(session) == second
