"""Files as people bring them: wrong encodings, odd delimiters, ragged rows, NUL, megabyte cells, formulas [39, 40]."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Invalid
from admin_app.models import Contact, CustomerGroup, Invoice
from admin_app.records.importing.files import open_csv
from admin_app.records.importing.workbook import open_workbook
from admin_app.services.import_choices import Choices, gather
from tests.services.moving import said


@pytest.fixture
def database(sqlite_database: str) -> str:
    """Reading files is the same for both databases; what they do with rows is tested elsewhere."""
    return sqlite_database


ROW = "external_id,name\nG1,Müller & Söhne\n"


def written(folder: Path, content: bytes, name: str = "groups.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_the_encoding_is_found(move, rows, tmp_path, encoding):
    move(written(tmp_path / "in", ROW.encode(encoding)))

    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Müller & Söhne"]


def test_an_encoding_that_had_to_be_guessed_is_said(move, tmp_path):
    outcome = move(written(tmp_path / "in", ROW.encode("cp1252")))

    assert any("not UTF-8" in sentence for *_, sentence in said(outcome, "warning"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    content = 'external_id,name,notes\nG1,Ash,"one; two"\nG2,Birk,x\n'.replace(",", delimiter)
    source = open_csv(written(tmp_path, content.encode()))

    assert source.header == ("external_id", "name", "notes")
    assert next(cells for _, cells in source.rows())[2] in ("one; two", "one")


def test_the_line_by_which_excel_tells_its_delimiter_is_no_header(tmp_path):
    source = open_csv(written(tmp_path, b"sep=;\r\nexternal_id;name\r\nG1;Ash, Birk\r\n"))

    assert source.header == ("external_id", "name")
    assert list(source.rows()) == [(3, ["G1", "Ash, Birk"])]


def test_ragged_rows_are_refused_with_their_row_and_the_others_kept(move, rows, tmp_path):
    content = b"external_id,name,kind\nG1,Ash\nG2,Birk,team\nG3,Cole,team,much,more\nG4,Dune,team,,\n\n"
    outcome = move(written(tmp_path / "in", content))

    assert said(outcome) == [
        ("groups.csv", 2, "", "This row has 2 cells where the header has 3"),
        ("groups.csv", 4, "", "This row has 5 cells where the header has 3"),
    ]
    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Birk", "Dune"]


def test_duplicate_and_unknown_headers_are_said(move, tmp_path):
    outcome = move(written(tmp_path / "in", b"external_id,name,Name,shoe size\nG1,Ash,Birk,44\n"))

    warnings = [sentence for *_, sentence in said(outcome, "warning")]
    assert "No field is called “shoe size”, so this column was left out" in warnings
    assert any("“Name” stands 2 times" in sentence for sentence in warnings)


def test_nul_and_control_characters_are_refused_with_their_column(move, rows, tmp_path):
    outcome = move(written(tmp_path / "in", b"external_id,name\nG1,A\x00sh\nG2,B\x07irk\nG3,Cole\n"))

    assert [finding[:3] for finding in said(outcome)] == [
        ("groups.csv", 2, "name"),
        ("groups.csv", 3, "name"),
    ]
    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Cole"]


def test_a_megabyte_cell_is_refused_with_its_row(move, rows, tmp_path):
    outcome = move(written(tmp_path / "in", b"external_id,name\nG1," + b"x" * 1_000_000 + b"\nG2,Birk\n"))

    assert said(outcome)[0][1:3] == (2, "name")
    assert "at most 200 fit" in said(outcome)[0][3]
    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Birk"]


def test_a_quote_that_is_never_closed_is_told_from_its_row(move, rows, tmp_path):
    content = b'external_id,name\nG1,Ash\nG2,"Birk' + b"x,y\n" * 900_000
    outcome = move(written(tmp_path / "in", content))

    assert any(row == 3 and "never closed" in sentence for _, row, _, sentence in said(outcome, "warning"))
    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Ash"]


def test_formulas_stay_text_and_our_guard_before_them_is_taken_off(move, rows, tmp_path):
    content = b"external_id,name,notes\nG1,=1+1,'=2+2\nG2,@home,''=x\nG3,'plain,-5\n"
    move(written(tmp_path / "in", content))

    with rows() as session:
        kept = session.execute(
            select(CustomerGroup.name, CustomerGroup.notes).order_by(CustomerGroup.id)
        ).all()
    assert kept == [("=1+1", "=2+2"), ("@home", "'=x"), ("'plain", "-5")]


def test_dates_in_three_styles_are_read_as_the_file_means_them(move, rows, tmp_path):
    content = (
        b"number,group,issued_on,due_on,total\nI1,G1,13/04/2025,2025-05-01,1.00\nI2,G1,03/04/2025,4 May 2025,1.00\n"
        b"I3,G1,5.6.2025,,1.00\nI4,G1,31/02/2025,,1.00\n"
    )
    written(tmp_path / "in", b"external_id,name\nG1,Ash\n")
    written(tmp_path / "in", content, "invoices.csv")
    outcome = move(tmp_path / "in")

    assert [finding[:3] for finding in said(outcome)] == [("invoices.csv", 5, "issued_on")]
    with rows() as session:
        days = dict(session.execute(select(Invoice.number, Invoice.issued_on)).all())
    assert {number: day.isoformat() for number, day in days.items()} == {
        "I1": "2025-04-13",
        "I2": "2025-04-03",
        "I3": "2025-06-05",
    }


def test_a_date_that_can_be_two_days_is_refused_until_somebody_says_which(move, tmp_path):
    written(tmp_path / "in", b"external_id,name\nG1,Ash\n")
    written(tmp_path / "in", b"number,group,issued_on,total\nI1,G1,03/04/2025,1.00\n", "invoices.csv")

    refused = move(tmp_path / "in", choices=Choices(dry_run=True))
    taken = move(tmp_path / "in", choices=Choices(dry_run=True, date_order="mdy"))  # type: ignore[arg-type]

    assert "can be two different days" in said(refused)[0][3]
    assert not taken.refused


def test_decimal_commas_are_read_when_the_file_is_said_to_write_them(move, rows, tmp_path):
    written(tmp_path / "in", b"external_id;name\nG1;Ash\n")
    content = b"number;group;issued_on;subtotal;tax;total\nI1;G1;2025-01-01;1.000,50;0;1.000,50\n"
    written(tmp_path / "in", content, "invoices.csv")

    move(tmp_path / "in", choices=Choices(decimal_mark=","))

    with rows() as session:
        assert session.scalars(select(Invoice.total)).all() == [100050]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n , \n", "has no header"),
        (b"name,kind\nAsh,team\n", "lacks the column external_id"),
        (",".join(f"c{n}" for n in range(300)).encode(), "at most 200"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(move, rows, tmp_path, content, sentence):
    with pytest.raises(Invalid, match=sentence):
        move(written(tmp_path / "in", content))

    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == 0


def test_a_path_that_is_not_there_and_a_folder_without_our_files_are_sentences(tmp_path):
    with pytest.raises(Invalid, match="There is no file"):
        gather([tmp_path / "nowhere.csv"])
    with pytest.raises(Invalid, match="holds none of the files"):
        gather([tmp_path])


def test_another_programs_file_without_a_mapping_is_refused_with_the_way_out(move, tmp_path):
    with pytest.raises(Invalid, match="say which column is what"):
        move(written(tmp_path / "in", b"Kunde;Ort\nAsh;Porto\n", "kunden.csv"))


def test_a_workbook_with_our_sheets_is_read_like_a_folder(move, rows, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "groups"
    for line in (["external_id", "name", "rating", "created_at"], [1001, "Ash", 4.0, "2025-01-02"]):
        sheet.append(line)
    people = book.create_sheet("contacts")
    for line in (["external_id", "last_name", "groups", "is_primary"], ["C1", "Ash", 1001, True]):
        people.append(line)
    book.save(tmp_path / "all.xlsx")

    outcome = move(tmp_path / "all.xlsx")

    assert not outcome.refused
    with rows() as session:
        assert session.execute(select(CustomerGroup.external_id, CustomerGroup.rating)).all() == [("1001", 4)]
        assert session.scalar(select(func.count(Contact.id))) == 1


def test_a_workbook_that_unpacks_to_a_gigabyte_is_not_opened(tmp_path):
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(600):
            sheet.write(bytes(1024 * 1024))
    (tmp_path / "bomb.xlsx").write_bytes(bomb.getvalue())

    with pytest.raises(Invalid, match="unpacks to more than"):
        open_workbook(tmp_path / "bomb.xlsx")
