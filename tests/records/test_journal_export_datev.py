"""The DATEV batch, field by field as DATEV publishes it: EXTF header 700, format 21 version 13."""

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings

from admin_app.kernel.errors import Invalid
from admin_app.models import EntryKind
from admin_app.records.journal_export.accounts import Chart, MappedAccount, default_mapping
from admin_app.records.journal_export.datev import GERMAN, Batch, datev_batch, pairs
from admin_app.records.journal_export.datev_columns import COLUMNS
from tests.records.books import ACCOUNTS, BOOKS, INVOICE, a_posting, an_entry, books

MAPPING = default_mapping(ACCOUNTS, Chart.SKR03)
BATCH = Batch(
    consultant=29098,
    client=55003,
    fiscal_year_begin=date(2026, 1, 1),
    from_on=date(2026, 1, 1),
    to_on=date(2026, 12, 31),
    created_at=datetime(2026, 4, 1, 9, 5, 7, 123_456, tzinfo=UTC),
    chart="03",
)
# What each field that we fill must look like, from DATEV's own description of the format.
EXPRESSIONS = {
    "Umsatz (ohne Soll/Haben-Kz)": r"\d{1,10},\d{2}",
    "Soll/Haben-Kennzeichen": r'"(S|H)"',
    "WKZ Umsatz": r'"[A-Z]{3}"',
    "Konto": r"\d{1,9}",
    "Gegenkonto (ohne BU-Schlüssel)": r"\d{1,9}",
    "BU-Schlüssel": r'""',
    "Belegdatum": r"\d{4}",
    "Belegfeld 1": r'"[\w$%\-\/]{0,36}"',
    "Buchungstext": r'"(""|[^"]){0,60}"',
    "Festschreibung": r"[01]",
}


def lines_of(entries, mapping=MAPPING, batch=BATCH):
    text = b"".join(datev_batch(lambda: entries, mapping, batch).parts).decode("cp1252")
    assert text.endswith("\r\n")
    return text.split("\r\n")[:-1]


def rows_of(entries, mapping=MAPPING, batch=BATCH):
    """The rows as (account, contra account, cents, day, document, text)."""
    text = "\n".join(lines_of(entries, mapping, batch)[2:])
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    place = {name: number for number, name in enumerate(COLUMNS)}
    assert all(len(row) == 125 and row[place["Soll/Haben-Kennzeichen"]] == "S" for row in rows)
    wanted = ("Konto", "Gegenkonto (ohne BU-Schlüssel)", "Belegdatum", "Belegfeld 1", "Buchungstext")
    return [(*(row[place[name]] for name in wanted), int(row[0].replace(",", ""))) for row in rows]


def test_the_header_has_the_fields_of_datevs_example():
    example = (
        '"EXTF";700;21;"Buchungsstapel";13;20240130140440439;;"RE";"";"";29098;55003;20240101;4;20240101;20240831;'
        '"Buchungsstapel";"WD";1;0;0;"EUR";;"";;;"03";;;"";""'
    )

    header, columns = lines_of(BOOKS)[:2]

    assert header == (
        '"EXTF";700;21;"Buchungsstapel";13;20260401090507123;;"RE";"";"";29098;55003;20260101;4;20260101;20261231;'
        '"Sawhorse";"";1;0;0;"EUR";;"";;;"03";;;"";""'
    )
    assert header.count(";") == example.count(";") == 30
    assert columns.split(";") == list(COLUMNS) and len(COLUMNS) == 125
    assert [COLUMNS[n] for n in (0, 6, 7, 8, 9, 10, 13, 20, 35, 36, 47, 48, 86, 87, 113, 124)] == [
        "Umsatz (ohne Soll/Haben-Kz)",
        "Konto",
        "Gegenkonto (ohne BU-Schlüssel)",
        "BU-Schlüssel",
        "Belegdatum",
        "Belegfeld 1",
        "Buchungstext",
        "Beleginfo - Art 1",
        "Beleginfo - Inhalt 8",
        "KOST1 - Kostenstelle",
        "Zusatzinformation - Art 1",
        "Zusatzinformation- Inhalt 1",
        "Zusatzinformation- Inhalt 20",
        "Stück",
        "Festschreibung",
        "Abw. Skontokonto",
    ]


def test_an_entry_of_several_postings_becomes_pairs_in_the_same_order_every_time():
    assert rows_of(BOOKS) == [
        ("1410", "8200", "0203", "2026-7", "Rechnung Clara Müller", 10000),
        ("1410", "1770", "0203", "2026-7", "Rechnung Clara Müller", 2000),
        ("1200", "1710", "1003", "2026-2", "Zahlung Clara Müller", 15000),
        ("1710", "1410", "1003", "2026-3", "Verrechnung Clara Müller", 12000),
    ]


@settings(max_examples=80, deadline=None)
@given(books(currencies=("EUR",)))
def test_the_batch_adds_up_to_the_books_and_every_field_is_as_datev_wants_it(entries):
    expected: Counter[str] = Counter()
    for entry in entries:
        for posting in entry.postings:
            expected[MAPPING[posting.account].code] += posting.amount

    found: Counter[str] = Counter()
    for debit, credit, _, _, _, cents in rows_of(entries):
        assert cents > 0 and debit != credit
        found[debit] += cents
        found[credit] -= cents
    assert {code: n for code, n in found.items() if n} == {code: n for code, n in expected.items() if n}
    for line in lines_of(entries)[2:]:
        cells = re.findall(r'(?:^|;)((?:"(?:""|[^"])*")|[^;"]*)', line)
        for name, cell in zip(COLUMNS, cells, strict=True):
            assert re.fullmatch(EXPRESSIONS.get(name, '(|"")'), cell), (name, cell)
    for entry in entries:
        debits, credits = (sum(1 for p in entry.postings if (p.amount > 0) is side) for side in (True, False))
        assert len(list(pairs(entry, MAPPING))) <= debits + credits - 1


def test_a_batch_has_no_more_rows_than_datev_takes():
    def read():
        return (an_entry(number, *INVOICE.postings) for number in range(50_000))

    with pytest.raises(Invalid, match="takes 99,999 rows and this one has 100,000; export shorter periods"):
        datev_batch(read, MAPPING, BATCH)


def test_a_row_is_written_as_in_datevs_example():
    row = lines_of(BOOKS)[2]

    assert row.startswith('100,00;"S";"EUR";;;"";1410;8200;"";0203;"2026-7";"";;"Rechnung Clara Müller";;"";')
    assert row.endswith(';"";"";;"";;0;;;;"";;"";"";;"";;')


def test_accounts_that_are_one_over_there_move_nothing_between_them():
    entry = an_entry(1, a_posting("cash:transfer", 500), a_posting("cash:direct debit", -500))

    assert rows_of((entry,)) == []


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("RE 2026/7", "RE-2026/7"),
        ("Größe№7", "GrosseNo7"),
        ("=2+5", "2-5"),
        ("-7;8", "7-8"),
        ("A" + "1" * 40, "1" * 36),
    ],
)
def test_document_numbers_have_only_what_datev_takes(number, written):
    file = datev_batch(lambda: (an_entry(1, *INVOICE.postings, number=number),), MAPPING, BATCH)

    assert rows_of((an_entry(1, *INVOICE.postings, number=number),))[0][3] == written
    assert "Entries whose document number was written as DATEV takes it: 1" in file.remarks


def test_characters_that_the_code_page_lacks_are_replaced_and_counted():
    entry = an_entry(1, *INVOICE.postings, name='Łódź "Kovač" 田 €uro ' + "x" * 80)

    text = rows_of((entry,))[0][4]
    file = datev_batch(lambda: (entry,), MAPPING, BATCH)

    assert text.startswith('Rechnung Lódz "Kovac" ? €uro xxx') and len(text) == 60
    # Ł, ź, č and 田; ó, € and quotes are there.
    assert file.remarks == ("Characters that Windows-1252 lacks and that were replaced: 4",)


def test_a_text_cannot_begin_with_what_a_spreadsheet_computes():
    entry = an_entry(1, *INVOICE.postings, name="=1+2", kind="something new")

    assert rows_of((entry,))[0][4] == "something new =1+2"


def test_every_kind_of_entry_has_its_german_word():
    assert set(GERMAN) == set(EntryKind)


def test_foreign_amounts_are_refused_with_a_way_out():
    dollars = an_entry(
        4, a_posting("receivable", 5, currency="USD"), a_posting("revenue", -5, currency="USD")
    )

    with pytest.raises(Invalid, match="2 postings in USD; export them as CSV or beancount"):
        datev_batch(lambda: (*BOOKS, dollars), MAPPING, BATCH)


def test_an_amount_beyond_datevs_ten_digits_is_refused():
    huge = an_entry(4, a_posting("receivable", 10**12), a_posting("revenue", -(10**12)))

    with pytest.raises(Invalid, match="Entry 4 moves more than DATEV can take"):
        datev_batch(lambda: (huge,), MAPPING, BATCH)


@pytest.mark.parametrize("code", ["receivable", "14 10", "0000", "123456", "१२३४", "-1"])
def test_a_code_that_is_no_datev_account_is_named(code):
    mapping = MAPPING | {"receivable": MappedAccount(code, "Receivable")}

    with pytest.raises(Invalid) as refused:
        datev_batch(lambda: BOOKS, mapping, BATCH)

    assert set(refused.value.fields) == {"receivable"}


def test_a_customers_account_has_one_digit_more():
    mapping = MAPPING | {"receivable": MappedAccount("10000", "Sundry customers")}

    assert rows_of(BOOKS, mapping)[0][0] == "10000"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"consultant": 1000}, "consultant"),
        ({"client": 100_000}, "client"),
        ({"account_length": 9}, "account_length"),
        ({"chart": "99"}, "chart"),
        ({"currency": "JPY"}, "currency"),
        ({"to_on": date(2025, 12, 31)}, "to_on"),
        ({"to_on": date(2027, 1, 1)}, "fiscal_year_begin"),
        ({"fiscal_year_begin": date(2026, 2, 1)}, "fiscal_year_begin"),
    ],
)
def test_what_the_header_cannot_say_is_refused(change, field):
    with pytest.raises(Invalid) as refused:
        datev_batch(lambda: BOOKS, MAPPING, replace(BATCH, **change))

    assert set(refused.value.fields) == {field}


def test_a_fiscal_year_may_begin_in_summer():
    batch = replace(
        BATCH, fiscal_year_begin=date(2025, 7, 1), from_on=date(2026, 3, 1), to_on=date(2026, 6, 30)
    )

    assert len(rows_of(BOOKS, batch=batch)) == 4


def test_an_entry_outside_the_period_is_refused():
    with pytest.raises(Invalid, match="2026-03-02 lies outside"):
        datev_batch(lambda: BOOKS, MAPPING, replace(BATCH, from_on=date(2026, 3, 3)))


def test_a_batch_may_ask_to_be_locked_on_arrival():
    header, _, first, *_ = lines_of(BOOKS, batch=replace(BATCH, is_final=True))

    assert header.split(";")[20] == "1" and first.split(";")[113] == "1"
