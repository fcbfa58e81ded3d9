"""Lists as files: streamed, chosen columns, nothing that a spreadsheet computes, read back unchanged [42, F14]."""

import csv
import io
import tracemalloc
import zipfile

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid
from admin_app.models import Address, CustomerGroup, GroupKind, Payment, PaymentMethod
from admin_app.models.field import Surface, field_named, fields_on
from admin_app.records.export import PART, Export, exportable, prepare
from admin_app.records.listing import read_request
from admin_app.records.spreadsheet import BOM, csv_file, guarded, unguarded, xlsx_file
from admin_app.records.values import Reading, parse, plain
from seeds.builders import a_brand, a_group, a_tag, an_address
from tests.records.lists import TODAY, fill, statements

DORA = Actor(ActorKind.STAFF, "Dora", 4, Role.ANALYST)

DANGEROUS = [
    "=1+2",
    "+49 30 1",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "\r=1",
    "  =cmd|' /C calc'!A0",
    "'=1",
    "''-1",
    "'+",
]
HARMLESS = ["Müller", "O'Neil", "'quoted'", "a=b", "1-2", "", "'"]


def export(session: Session, actor: Actor, entity: type, keys: tuple[str, ...] = (), **params: str) -> Export:
    address = {name.replace("__", "."): [text] for name, text in params.items()}
    request = read_request(entity, actor, address, Reading())
    return prepare(session, actor, entity, request, Reading(), TODAY, keys)


def as_csv(session: Session, made: Export) -> list[dict[str, str]]:
    data = b"".join(csv_file(made.header, made.parts(session.connection())))
    return list(csv.DictReader(io.StringIO(data.removeprefix(BOM).decode())))


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_compute_is_written_as_text_and_read_back(text):
    written = guarded(text)

    assert written == f"'{text}"
    assert unguarded(written) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text):
    assert guarded(text) == text
    assert unguarded(text) == text


def test_a_csv_begins_with_the_mark_by_which_spreadsheets_know_utf8():
    data = b"".join(csv_file(["Name", "=evil"], [[["Żółć", -5]], [['a "b"\n;c', None]]]))

    assert data.startswith(BOM)
    assert data.removeprefix(BOM).decode() == 'Name,\'=evil\r\nŻółć,-5\r\n"a ""b""\n;c",\r\n'


def test_a_workbook_opens_in_two_readers_and_computes_nothing():
    rows = [[text, 12, None] for text in DANGEROUS[:4] + ["'=1", "Müller & <b>", "tab\there", "nul\x00"]]

    data = b"".join(xlsx_file("My/list", ["Text", "Number", "Nothing"], [rows[:3], rows[3:]]))

    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet.title == "My list"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    read = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert read[0] == ["Text", "Number", "Nothing"]
    texts = [unguarded(str(row[0])) for row in read[1:]]
    assert texts == [str(row[0]).replace("\x00", "") for row in rows]
    assert {row[1] for row in read[1:]} == {12}


def test_an_export_is_the_filtered_list_in_its_order_with_the_chosen_columns(session, ann):
    north = a_brand(session)
    for name, balance in (("=Cheap", 100), ("Dear", 90_000), ("Dearer", -5)):
        a_group(session, name=name, balance=balance, brand=north, kind=GroupKind.TEAM)
    dear = session.get_one(CustomerGroup, 2)
    dear.tags += [a_tag(session, "VIP"), a_tag(session, "oak")]
    session.flush()

    made = export(
        session, ann, CustomerGroup, ("name", "balance", "brand", "tags"), sort="-balance", balance__from="0"
    )
    rows = as_csv(session, made)

    assert list(rows[0]) == ["Customer number", "Name", "Balance", "Brand", "Tags"]
    assert [row["Name"] for row in rows] == ["Dear", "'=Cheap"]
    assert [row["Balance"] for row in rows] == ["900.00", "1.00"]
    assert rows[0]["Brand"] == "North Tree Care"
    assert sorted(rows[0]["Tags"].split("; ")) == ["VIP", "oak"]


def test_every_exported_value_is_read_back_to_the_same_value(session, ann):
    group = a_group(
        session, name="@Birch", rating=4, newsletter=True, notes="two\nlines", last_visit_on=TODAY
    )
    an_address(session, group, lat=51.5074123, lon=-0.1278, access_phone="+44 20 7946 0958")
    session.add(Payment(group_id=group.id, paid_on=TODAY, amount=123_456, unallocated=1, currency="JPY"))
    session.flush()
    reading = Reading()

    for entity in (CustomerGroup, Address, Payment):
        record = session.query(entity).one()
        currency = getattr(record, "currency", "EUR")
        row = as_csv(session, export(session, ann, entity))[0]
        for bound in exportable(entity, ann):
            if bound.target is not None:
                continue
            value = getattr(record, bound.key)
            text = unguarded(row[bound.label])
            assert text == plain(bound, value, currency), bound.key
            if value is not None:
                assert parse(bound, text, Reading(currency)) == value, bound.key
    assert reading == Reading()


def test_secrets_and_access_notes_do_not_travel(session, ann):
    group = a_group(session)
    an_address(session, group, access_notes="Key under the pot")
    session.add(PaymentMethod(group_id=group.id, token="pm_secret_1", last4="4242"))
    session.flush()

    tokens = as_csv(session, export(session, ann, PaymentMethod))
    notes = as_csv(session, export(session, DORA, Address))

    assert "pm_secret_1" not in str(tokens)
    assert "pot" not in str(notes)
    assert "pot" in str(as_csv(session, export(session, ann, Address)))


def test_an_address_that_is_not_understood_exports_nothing(session, ann):
    with pytest.raises(Invalid):
        export(session, ann, CustomerGroup, balance__from="lots")


def test_an_export_is_one_statement_and_holds_one_part_at_a_time(session, ann):
    fill(session, 5_000)
    made = export(session, ann, CustomerGroup)

    with statements(session) as sent:
        sizes = [len(part) for part in made.parts(session.connection())]

    assert len(sent) == 1
    assert sizes == [PART, PART, 1_000]


def test_memory_does_not_grow_with_the_rows():
    def parts(count: int):
        for _ in range(count):
            yield [["some text that is long enough to matter" * 5, 1]] * 1_000

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in xlsx_file("List", ["a", "b"], parts(count)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(20) < 2 * peak(4)


def test_a_workbook_goes_on_on_a_second_sheet(tmp_path):
    parts = ([["x"]] * 5_000 for _ in range(211))

    data = b"".join(xlsx_file("List", ["a"], parts))

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"} <= set(book.namelist())
        assert book.testzip() is None


def test_every_declared_field_travels_and_no_other(ann):
    declared = {bound.key for bound in fields_on(CustomerGroup, Surface.EXPORT)}

    assert {bound.key for bound in exportable(CustomerGroup, ann)} == declared
    assert field_named(CustomerGroup, "sort_name") not in exportable(CustomerGroup, ann)
