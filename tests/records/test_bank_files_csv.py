"""CSV files as banks of several countries write them [92, L8]."""

import hashlib
from datetime import date

import pytest

from admin_app.kernel.dates import DateOrder
from admin_app.kernel.errors import Invalid
from admin_app.records.bank_files import statement as limits
from admin_app.records.bank_files.csv_columns import (
    BankColumns,
    check_columns,
    mapping_signature,
    propose_columns,
)
from admin_app.records.bank_files.csv_lines import read_csv_lines
from admin_app.records.bank_files.csv_manner import BankManner, guess_manner
from admin_app.records.bank_files.csv_table import open_bank_csv
from admin_app.records.bank_files.kinds import BankFileKind, kind_of

GERMAN = """\
Umsätze Girokonto;;;;;;
Konto: DE89 3704 0044 0532 0130 00;;;;;;
Zeitraum: 01.03.2026 - 31.03.2026;;;;;;

Buchungstag;Wertstellung;Beguenstigter/Zahlungspflichtiger;Verwendungszweck;Kontonummer/IBAN;Betrag (EUR);Info
02.03.2026;03.03.2026;Clara Müller;Rechnung 2026-7;NL91 ABNA 0417 1643 00;1.234,50;Umsatz gebucht
03.03.2026;03.03.2026;Holz GmbH;Lieferung;DE02120300000000202051;-99,00;Umsatz gebucht
04.03.2026;;Otto;kommt noch;;5,00;Umsatz vorgemerkt
;;;Endsaldo;;;
"""
BRITISH = """\
Date,Description,Money out,Money in,Balance
13/02/2026,Card provider fee,12.00,,988.00
14/02/2026,FASTER PAYMENT CLARA INV 7,,"1,250.00","2,238.00"
"""
AMERICAN = """\
Posted Date,Payee,Amount
02/03/2026,"Clara, Client",300.00
02/17/2026,Home Depot,-45.10
"""
FRENCH = """\
Date de l'opération;Libellé;Débit euros;Crédit euros
05/03/2026;VIR CLARA FACTURE 7;;1 234,56
06/03/2026;PRLV EDF;-45,10;
"""
SPANISH = """\
Fecha operación;Fecha valor;Concepto;Importe;Divisa
05/03/2026;05/03/2026;TRANSFERENCIA DE CLARA;1.000,00;EUR
"""
DUTCH = """\
"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij","Bedrag (EUR)","Mededelingen"
"20260305","Clara BV","NL20INGB0001234567","NL91ABNA0417164300","GT","Bij","100,00","Factuur 7"
"20260306","Gamma","NL20INGB0001234567","","BA","Af","12,95","Pas 012"
"""
BELGIAN = """\
IBAN/BBAN,Munt,Volgnr,Datum,Bedrag,Tegenrekening IBAN/BBAN,Naam tegenpartij,Omschrijving-1,Omschrijving-2
"NL44RABO0123456789","EUR","000000000000007213","2026-03-05","+50,00","NL91ABNA0417164300","Clara","Factuur","7"
"NL44RABO0123456789","USD","000000000000007214","2026-03-05","-7,00","","Provider","Fee",""
"""


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        content = text if isinstance(text, bytes) else text.encode(encoding)
        path = tmp_path / f"{hashlib.sha256(content).hexdigest()[:12]}.csv"
        path.write_bytes(content)
        return path

    return write


def read(path, columns=None, **how):
    table = open_bank_csv(path)
    columns = columns or propose_columns(table.header, table.sample())
    return list(read_csv_lines(table, columns, **{"currency": "EUR"} | how))


def facts(statements):
    return [(line.booked_on.isoformat(), line.amount.minor, line.counterparty, line.reference)
            for one in statements for line in one.lines]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            GERMAN,
            [
                ("2026-03-02", 123450, "Clara Müller", "Rechnung 2026-7"),
                ("2026-03-03", -9900, "Holz GmbH", "Lieferung"),
            ],
        ),
        (
            BRITISH,
            [
                ("2026-02-13", -1200, "", "Card provider fee"),
                ("2026-02-14", 125000, "", "FASTER PAYMENT CLARA INV 7"),
            ],
        ),
        (AMERICAN, [("2026-02-03", 30000, "Clara, Client", ""), ("2026-02-17", -4510, "Home Depot", "")]),
        (FRENCH, [("2026-03-05", 123456, "", "VIR CLARA FACTURE 7"), ("2026-03-06", -4510, "", "PRLV EDF")]),
        (SPANISH, [("2026-03-05", 100000, "", "TRANSFERENCIA DE CLARA")]),
        (DUTCH, [("2026-03-05", 10000, "Clara BV", "Factuur 7"), ("2026-03-06", -1295, "Gamma", "Pas 012")]),
        (BELGIAN, [("2026-03-05", 5000, "Clara", "Factuur 7"), ("2026-03-05", -700, "Provider", "Fee")]),
    ],
    ids=["German", "British", "American", "French", "Spanish", "Dutch", "with currencies"],
)
def test_a_mapping_is_proposed_from_the_words_of_five_languages(file, text, lines):
    path = file(text)

    statements = read(path)

    assert kind_of(path) is BankFileKind.CSV
    assert facts(statements) == lines
    assert not any(statement.errors for statement in statements)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_do_not_matter(file, encoding):
    (statement,) = read(file(GERMAN, encoding))

    assert statement.lines[0].counterparty == "Clara Müller"


def test_what_stands_above_the_header_is_no_row_but_names_the_account(file):
    table = open_bank_csv(file(GERMAN))
    (statement,) = read(file(GERMAN))

    assert table.header_row == 5 and len(table.preamble) == 4
    assert statement.account == "DE89370400440532013000"
    assert statement.lines[0].place == 6 and statement.lines[0].valued_on == date(2026, 3, 3)
    assert statement.lines[0].counterparty_account == "NL91ABNA0417164300"
    assert statement.pending == 1
    assert statement.remarks == ("Left out, because they hold neither a date nor an amount: rows 9",)
    assert (statement.from_on, statement.to_on) == (date(2026, 3, 2), date(2026, 3, 3))


def test_a_file_of_two_accounts_or_currencies_becomes_two_statements(file):
    statements = read(file(BELGIAN))

    assert [(s.account, s.currency, len(s.lines), s.is_last) for s in statements] == [
        ("NL44RABO0123456789", "EUR", 1, True),
        ("NL44RABO0123456789", "USD", 1, True),
    ]


def test_who_pays_and_who_is_paid_may_be_two_columns(file):
    text = (
        "Buchungsdatum;Wertstellung;Status;Zahlungspflichtige*r;Zahlungsempfänger*in;Verwendungszweck;Betrag (€)\n"
        "02.03.26;02.03.26;Gebucht;Clara;Wir GmbH;RE 7;10,00\n"
        "03.03.26;03.03.26;Gebucht;Wir GmbH;Holz AG;Brett;-7,00\n"
    )

    assert [fact[2] for fact in facts(read(file(text)))] == ["Clara", "Holz AG"]


def test_how_dates_and_amounts_are_written_is_found_and_shown(file):
    table = open_bank_csv(file(GERMAN))
    manner = guess_manner(table, propose_columns(table.header, table.sample()))

    assert manner.decimal_mark == ","
    assert manner.amounts == "A comma starts the decimals, as in 1.234,50"
    assert "02.03.2026" in manner.dates


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["01/02/2026", "13/02/2026"], DateOrder.DAY_FIRST),
        (["01/02/2026", "01/13/2026"], DateOrder.MONTH_FIRST),
        # Nothing decides but that statements run in one direction.
        (["01/02/2026", "03/02/2026", "01/03/2026"], DateOrder.DAY_FIRST),
        (["02/04/2026", "02/01/2026", "01/05/2026"], DateOrder.MONTH_FIRST),
        (["01/02/2026"], None),
    ],
)
def test_the_order_of_day_and_month_is_found_from_the_whole_column(file, dates, order):
    table = open_bank_csv(file("Date,Description,Amount\n" + "".join(f"{day},x,1.00\n" for day in dates)))

    assert guess_manner(table, propose_columns(table.header, table.sample())).date_order is order


def test_a_date_that_can_be_two_days_is_named_unless_somebody_decides(file):
    path = file("Date,Description,Amount\n01/02/2026,x,1.00\n")

    (statement,) = read(path)
    (told,) = read(path, manner=BankManner(DateOrder.MONTH_FIRST, "."))

    assert not statement.lines
    assert statement.errors[0].field == "booked_on" and "two different days" in statement.errors[0].sentence
    assert told.lines[0].booked_on == date(2026, 1, 2)


def test_bad_rows_are_named_by_row_and_field_and_good_rows_are_kept(file):
    text = (
        "Date,Name,Amount,Currency\n"
        "2026-03-01,Clara,10.00,EUR\n"
        "2026-02-30,Clara,10.00,EUR\n"
        "2026-03-02,Clara,ten,EUR\n"
        "2026-03-03,Clara,10.005,EUR\n"
        ",Clara,10.00,EUR\n"
        "2026-03-04,Clara,10.00,ABC\n"
        "2026-03-05,Clara,10.00,EUR,more,cells\n"
        "soon,Clara,lots,EUR\n"
        "2026-03-06,Clara,20.00,EUR\n"
        "2026-03-07,Clara,0.00,EUR\n"
    )

    (statement,) = read(file(text))

    assert [line.place for line in statement.lines] == [2, 10]
    assert [(error.place, error.field) for error in statement.errors] == [
        (3, "booked_on"),
        (4, "amount"),
        (5, "amount"),
        (6, "booked_on"),
        (7, "currency"),
        (8, "row"),
        (9, "booked_on"),
    ]
    assert statement.errors[1].sentence.startswith("Row 4, “Amount”: ")
    assert statement.empty == 1


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ("2026-03-01,10.00,\n2026-03-02,,20.00\n2026-03-03,0.00,30.00\n", [-1000, 2000, 3000]),
        ("2026-03-01,-10.00,\n2026-03-02,-5.00,\n2026-03-03,7.00,\n", [-1000, -500, 700]),
        # A payment that came back stands with a minus among the money in.
        ("2026-03-01,10.00,\n2026-03-02,,-20.00\n", [-1000, -2000]),
    ],
)
def test_money_in_and_out_may_stand_in_two_columns(file, rows, amounts):
    assert [fact[1] for fact in facts(read(file(f"Date,Debit,Credit\n{rows}")))] == amounts


def test_a_row_with_money_in_and_out_is_refused(file):
    (statement,) = read(file("Date,Debit,Credit\n2026-03-01,10.00,20.00\n2026-03-02,,\n2026-03-03,1.00,\n"))

    assert [(error.place, error.field) for error in statement.errors] == [(2, "amount"), (3, "amount")]


@pytest.mark.parametrize(
    ("amount", "word", "minor"),
    [("10.00", "D", -1000), ("10.00", "Haben", 1000), ("10.00", "Af", -1000), ("-10.00", "DBIT", -1000)],
)
def test_a_word_beside_the_amount_tells_the_direction(file, amount, word, minor):
    (statement,) = read(file(f"Date,Name,Amount,Debit/Credit\n2026-03-01,Clara,{amount},{word}\n"))

    assert [line.amount.minor for line in statement.lines] == [minor]


def test_words_of_direction_are_found_by_what_the_column_holds(file):
    # Else money that went out would be taken for money that came.
    text = "Date,Sort,Name,Amount\n2026-03-01,Credit,Clara,10.00\n2026-03-02,Debit,Timber,4.00\n"

    assert [fact[1] for fact in facts(read(file(text)))] == [1000, -400]


@pytest.mark.parametrize("title", ["Gutschrift in CHF", "Betrag (CHF)", "Montant CHF"])
def test_the_header_of_the_amount_may_name_the_currency(file, title):
    (statement,) = read(file(f"Buchungsdatum;Text;{title}\n02.03.2026;Clara;500.00\n"))

    assert statement.currency == "CHF" and statement.lines[0].amount.currency == "CHF"


def test_a_direction_nobody_knows_is_an_error_not_a_guess(file):
    (statement,) = read(file("Date,Name,Amount,Debit/Credit\n2026-03-01,Clara,10.00,Q\n"))

    assert not statement.lines and statement.errors[0].field == "direction"


@pytest.mark.parametrize(
    ("text", "minor"), [("12,50 S", -1250), ("12,50 H", 1250), ("12,50 CR", 1250), ("12,50-", -1250)]
)
def test_a_letter_behind_the_amount_tells_the_direction(file, text, minor):
    (statement,) = read(file(f"Buchungstag;Betrag\n01.03.2026;{text}\n"))

    assert [line.amount.minor for line in statement.lines] == [minor]


def test_a_file_without_a_header_gets_numbered_columns(file):
    path = file("541234567\tEUR\t20260305\t1000,00\t1100,00\t20260305\t100,00\tSEPA Clara factuur 7\n" * 2)

    table = open_bank_csv(path)
    columns = propose_columns(table.header, table.sample())

    assert table.header_row == 0 and table.header[0] == "Column 1"
    assert columns.booked_on == "Column 3" and columns.currency == "Column 2"
    assert "no header" in table.remarks[0]
    chosen = BankColumns(booked_on="Column 3", amount="Column 7", text=("Column 8",), account="Column 1")
    (statement,) = read(path, chosen)
    assert [line.amount.minor for line in statement.lines] == [10000, 10000]
    assert statement.account == "541234567"


def test_a_header_in_an_unknown_language_can_be_mapped_by_hand(file):
    path = file("Bokföringsdag;Mottagare;Belopp\n2026-03-01;Clara;100,00\n2026-03-02;Otto;-5,50\n")

    table = open_bank_csv(path)
    columns = propose_columns(table.header, table.sample())

    assert table.header == ("Bokföringsdag", "Mottagare", "Belopp")
    assert (columns.booked_on, columns.amount) == ("Bokföringsdag", "Belopp")
    assert [fact[1] for fact in facts(read(path))] == [10000, -550]


def test_a_remembered_mapping_is_found_for_the_banks_next_file(file):
    march, april = (
        open_bank_csv(file(GERMAN)),
        open_bank_csv(file(GERMAN.replace("03.2026", "04.2026"), "cp1252")),
    )
    columns = propose_columns(march.header, march.sample())
    memory = {mapping_signature(march.header): columns.remembered()}

    assert BankColumns.recalled(memory[mapping_signature(april.header)]) == columns
    assert mapping_signature([" BUCHUNGSTAG ", "Betrag", ""]) == mapping_signature(["Buchungstag", "betrag"])
    assert mapping_signature(["Betrag", "Buchungstag"]) != mapping_signature(["Buchungstag", "Betrag"])


def test_a_mapping_must_give_a_date_and_one_kind_of_amount():
    header = ["Date", "Amount", "In"]

    with pytest.raises(Invalid) as nothing:
        check_columns(BankColumns(), header)
    with pytest.raises(Invalid) as both:
        check_columns(BankColumns(booked_on="Date", amount="Amount", credit="In"), header)
    with pytest.raises(Invalid, match="no column “Betrag”"):
        check_columns(BankColumns(booked_on="Date", amount="Betrag"), header)

    assert set(nothing.value.fields) == {"booked_on", "amount"} and set(both.value.fields) == {"amount"}


def test_the_same_line_of_two_overlapping_files_has_one_fingerprint(file):
    # [M31] The second file ends later, is wrapped differently and has two equal payments on one day as the first.
    head = "Date,Name,Description,Amount\n"
    first = (
        head + "2026-03-02,Clara,Invoice  7,10.00\n2026-03-02,Clara,Invoice 7,10.00\n2026-03-01,Otto,x,5.00\n"
    )
    second = (
        head + "2026-03-03,Otto,y,6.00\n2026-03-02,CLARA,Invoice 7,10.00\n2026-03-02,Clara,Invoice 7,10.00\n"
    )

    (known,), (later,) = read(file(first)), read(file(second))

    assert len({line.fingerprint for line in known.lines}) == 3
    fingerprints = {line.fingerprint for line in known.lines}
    assert [line.amount.minor for line in later.lines if line.fingerprint not in fingerprints] == [600]


def test_cells_that_spreadsheets_were_kept_from_computing_are_read_as_meant(file):
    (statement,) = read(file('Date,Name,Amount\n2026-03-01,\'=SUM(A1),1.00\n2026-03-02,"=""0042""",2.00\n'))

    assert [line.counterparty for line in statement.lines] == ["=SUM(A1)", "0042"]


def test_control_characters_and_novels_do_not_lose_a_payment(file):
    (statement,) = read(file(f"Date,Description,Amount\n2026-03-01,a\x7fb\x1b[31m{'x' * 9_000},1.00\n"))

    (line,) = statement.lines
    assert line.reference.startswith("a b [31mxxx") and len(line.reference) == limits.LONGEST_REFERENCE


def test_a_long_file_comes_in_parts(file):
    count = limits.PART + 7
    rows = "".join(f"2026-03-{1 + number % 28:02},Clara,1.00\n" for number in range(count))

    parts = read(file(f"Date,Name,Amount\n{rows}"))

    assert [(part.part, len(part.lines), part.is_last) for part in parts] == [
        (1, limits.PART, False),
        (2, 7, True),
    ]
    assert len({line.fingerprint for part in parts for line in part.lines}) == count


def test_a_quote_that_is_never_closed_is_refused_with_its_row(file):
    path = file('Date,Name,Amount\n2026-03-01,Clara,1.00\n2026-03-02,"' + "x" * 2_200_000)

    with pytest.raises(Invalid, match="below row 2"):
        read(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "packed file or a workbook"),
        (b"\x1f\x8b\x08", "packed file"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1", "old workbook"),
        (b"\r\n:20:STARTUMS\r\n:25:1/2", "MT940"),
        (b"{1:F01BANK}", "MT940"),
        (b"OFXHEADER:100", "OFX"),
        (b"<?xml version='1.0'?><OFX></OFX>", "OFX"),
        (b"!Type:Bank\n", "QIF"),
        (b"<html><body>Signed out</body></html>", "no bank statement"),
        (b"<Document><BkToCstmrAcctRpt/></Document>", "camt.052"),
        (b"<Document><BkToCstmrDbtCdtNtfctn/></Document>", "camt.054"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither"),
    ],
)
def test_other_files_are_refused_by_what_they_are(file, content, says):
    path = file(content)

    with pytest.raises(Invalid, match=says) as refused:
        kind_of(path, name="march.csv")

    assert refused.value.sentence.startswith("march.csv ")


def test_a_text_that_is_no_table_is_refused(file):
    with pytest.raises(Invalid, match="no table with dates and amounts"):
        open_bank_csv(file("Dear customer,\nyour statement is ready.\n"))
