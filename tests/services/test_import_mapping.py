"""Another program's file: columns guessed, doubles offered, opening balances, nothing partial [12, 39]."""

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Invalid
from admin_app.models import Address, Contact, CustomerGroup, ImportMapping, Invoice, Membership, Payment, Tag
from admin_app.money import proof
from admin_app.records.importing.choices import Doubles
from admin_app.records.importing.files import open_csv
from admin_app.records.importing.mapping import check_mapping
from admin_app.records.importing.targets import guess, subject_of
from admin_app.records.values import Reading
from admin_app.services.import_choices import Choices
from admin_app.services.suggest_mapping import preview, read_mapping_file, remember, suggest
from tests.seeds.messy_export import HEADER, MAPPING, write_messy_export
from tests.services.moving import CLOCK, said

CUT_OVER = date(2026, 1, 1)


def mapped(path, mapping, **but):
    return Choices(mappings={path.name: mapping}, **but)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
def test_four_thousand_messy_rows_come_in_as_counted_when_they_were_written(move, rows, tmp_path, encoding):
    messy = write_messy_export(tmp_path / "kunden.csv", encoding=encoding)

    outcome = move(messy.path, choices=mapped(messy.path, MAPPING, cut_over=CUT_OVER))

    assert len({row for _, row, _, _ in said(outcome)}) == messy.refused
    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == messy.customers
        assert session.scalar(select(func.count(Contact.id))) == messy.customers
        assert session.scalar(select(func.count(Address.id))) == messy.customers
        assert session.scalar(select(func.sum(Invoice.balance))) == messy.owed_cents
        assert session.scalar(select(func.sum(Payment.unallocated))) == messy.left_cents
        assert set(session.scalars(select(Invoice.issued_on))) == {CUT_OVER}
        assert sorted(session.scalars(select(Tag.name))) == ["Baum", "Hecke", "Stammkunde", "VIP"]
        assert (
            session.scalar(select(func.count(CustomerGroup.id)).where(CustomerGroup.notes.startswith("=")))
            > 0
        )
        assert all(found.holds for found in proof.prove(session))


def test_headers_of_another_program_are_matched_with_a_confidence(tmp_path):
    messy = write_messy_export(tmp_path / "kunden.csv", rows=50)
    source = open_csv(messy.path)

    found = guess(source.header, [cells for _, cells in source.rows()])

    assert {one.header: one.target for one in found if one.target} == MAPPING
    assert subject_of(HEADER) == "customers"
    assert all(one.confidence >= 75 for one in found if one.target)


def test_a_column_of_addresses_is_known_by_what_stands_in_it():
    found = guess(("Erreichbar unter", "Zzz"), [["ann@ash.example", "x"], ["bo@birk.example", "y"]])

    assert [one.target for one in found] == ["contacts.email", None]


def test_english_and_french_headers_are_known_too():
    header = (
        "Client name",
        "First Name",
        "Surname",
        "E-mail address",
        "Mobile phone",
        "Code postal",
        "Ville",
        "Zzz",
    )

    found = guess(header, [])

    assert [one.target for one in found] == [
        "groups.name",
        "contacts.first_name",
        "contacts.last_name",
        "contacts.email",
        "contacts.mobile",
        "addresses.postcode",
        "addresses.city",
        None,
    ]


def test_a_corrected_mapping_is_remembered_by_its_header(session, tmp_path):
    messy = write_messy_export(tmp_path / "kunden.csv", rows=5)
    source = open_csv(messy.path)
    corrected = MAPPING | {"Bemerkung": "groups.description"}

    assert not suggest(session, source).remembered
    remember(session, source, "customers", corrected, CLOCK)

    again = suggest(session, open_csv(write_messy_export(tmp_path / "later.csv", rows=9).path))
    assert again.remembered
    assert again.mapping == corrected
    assert session.scalar(select(func.count(ImportMapping.id))) == 1


PEOPLE = """Name;Contact;E-mail;Phone;Street;Postcode
Ash Ltd;Ann Ash;ann@ash.example;+44 20 7946 0958;1 Mill St;N1 9GU
"""


def people(tmp_path, name, text):
    path = tmp_path / name
    path.write_text("Name;Contact;E-mail;Phone;Street;Postcode\n" + text, encoding="utf-8")
    return path


COLUMNS = {
    "Name": "groups.name",
    "Contact": "contacts.name",
    "E-mail": "contacts.email",
    "Phone": "contacts.phone",
    "Street": "addresses.line1",
    "Postcode": "addresses.postcode",
}
KNOWN = "Ash Ltd;Ann Ash;ann@ash.example;+44 20 7946 0958;1 Mill St;N1 9GU\n"
ALIKE = (
    "Ashes;Other Name;ann@ash.example;;2 Hill St;E1 1AA\n"
    "Somebody;Bo Birk;;020 7946 0958;3 Hill St;E1 2AA\n"
    "ASH  Ltd.;Cy Cole;;;4 Hill St;N1 9GU\n"
    "Quite Other Ltd;Dee Dune;dee@dune.example;;5 Hill St;N1 9GU\n"
)


def test_likely_doubles_are_left_out_and_listed_with_their_reason(move, rows, tmp_path):
    move(first := people(tmp_path, "a.csv", KNOWN), choices=mapped(first, COLUMNS))

    outcome = move(then := people(tmp_path, "b.csv", ALIKE), choices=mapped(then, COLUMNS))

    reasons = [(row, sentence.partition(": ")[2]) for _, row, _, sentence in said(outcome, "skipped")]
    assert reasons == [
        (2, "the same email; the row is left out"),
        (3, "the same phone number; the row is left out"),
        (4, "nearly the same name at the same postcode; the row is left out"),
    ]
    with rows() as session:
        assert sorted(session.scalars(select(CustomerGroup.name))) == ["Ash Ltd", "Quite Other Ltd"]


def test_likely_doubles_complete_the_customer_when_that_is_chosen(move, rows, tmp_path):
    move(first := people(tmp_path, "a.csv", KNOWN), choices=mapped(first, COLUMNS))

    move(then := people(tmp_path, "b.csv", ALIKE), choices=mapped(then, COLUMNS, doubles=Doubles.UPDATE))

    with rows() as session:
        ash = session.scalars(select(CustomerGroup).order_by(CustomerGroup.id)).first()
        assert ash is not None
        assert session.scalar(select(func.count(CustomerGroup.id))) == 2
        people_of = session.scalars(
            select(Contact.last_name)
            .join(Membership)
            .where(Membership.group_id == ash.id)
            .order_by(Contact.id)
        ).all()
        assert people_of == ["Ash", "Birk", "Cole"]
        assert session.scalar(select(func.count(Address.id)).where(Address.group_id == ash.id)) == 4


def test_likely_doubles_are_kept_apart_when_that_is_chosen(move, rows, tmp_path):
    move(first := people(tmp_path, "a.csv", KNOWN), choices=mapped(first, COLUMNS))

    move(then := people(tmp_path, "b.csv", ALIKE), choices=mapped(then, COLUMNS, doubles=Doubles.CREATE))

    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == 5


def test_a_row_that_is_refused_in_one_part_leaves_nothing_behind(move, rows, tmp_path):
    path = people(
        tmp_path, "a.csv", "Ash;Ann Ash;no mail;;1 Mill St;N1\nBirk;Bo Birk;bo@birk.example;;2 Mill St;N1\n"
    )

    outcome = move(path, choices=mapped(path, COLUMNS))

    assert [finding[1:3] for finding in said(outcome)] == [(2, "E-mail")]
    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Birk"]
        assert session.scalar(select(func.count(Address.id))) == 1


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"Nam": "groups.name"}, "has no column “Nam”"),
        ({"Name": "groups.password"}, "is no field that a column can fill"),
        ({"Name": "groups.name", "Contact": "groups.name"}, "Two columns are said to be groups.name"),
        ({"Name": ""}, "Say which columns"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path, mapping, sentence):
    source = open_csv(people(tmp_path, "a.csv", KNOWN))

    with pytest.raises(Invalid, match=sentence):
        check_mapping(source, mapping)


def test_a_mapping_file_says_columns_and_options(tmp_path):
    source = open_csv(people(tmp_path, "a.csv", KNOWN))
    file = tmp_path / "mapping.json"
    file.write_text(
        '{"columns": {"Name": "groups.name"}, "decimal_mark": ",", "doubles": "update", "cut_over": "2026-01-01"}'
    )

    choices = read_mapping_file(file, [source], dry_run=True)

    assert choices.mappings == {"a.csv": {"Name": "groups.name"}}
    assert (choices.decimal_mark, choices.doubles, choices.cut_over) == (",", Doubles.UPDATE, CUT_OVER)
    file.write_text("{nonsense")
    with pytest.raises(Invalid, match="cannot be read as JSON"):
        read_mapping_file(file, [source], dry_run=True)


def test_invoices_of_another_program_are_mapped_too(move, rows, tmp_path):
    move(groups="external_id,name\n77,Ash")
    path = tmp_path / "rechnungen.csv"
    path.write_text(
        "Rechnungsnummer;Kunden-Nr;Rechnungsdatum;Brutto\nR1;77;13.04.2025;1.234,50\n", encoding="utf-8"
    )
    source = open_csv(path)
    found = {one.header: one.target or "" for one in guess(source.header, [], subject_of(source.header))}

    move(path, choices=mapped(path, found))

    with rows() as session:
        assert session.execute(select(Invoice.number, Invoice.total, Invoice.issued_on)).all() == [
            ("R1", 123450, date(2025, 4, 13))
        ]


def test_the_preview_reads_opening_balances_with_a_comma_as_the_move_does(tmp_path):
    file = tmp_path / "kunden.csv"
    file.write_text("Kunde;Offen\nMüller;1.234,50\nBirk;0,05\n")
    choices = Choices(decimal_mark=",", cut_over=CUT_OVER)
    mapping = {"Kunde": "groups.name", "Offen": "opening.amount"}

    shown = preview(open_csv(file), mapping, choices, Reading("EUR", "UTC", "DE"))

    assert shown.findings == []
