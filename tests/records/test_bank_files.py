"""Whatever is handed in as a bank file [92], the office answers with lines or with a sentence."""

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid
from admin_app.records.bank_files.camt053 import read_camt053
from admin_app.records.bank_files.csv_columns import BankColumns, propose_columns
from admin_app.records.bank_files.csv_lines import read_csv_lines
from admin_app.records.bank_files.csv_table import open_bank_csv
from admin_app.records.bank_files.kinds import BankFileKind, kind_of
from tests.records.test_bank_files_camt053 import a_detail, a_statement, an_entry

XML = (
    "<?xml version='1.0' encoding='UTF-8'?><Document><BkToCstmrStmt>"
    + a_statement(an_entry(details=f"<NtryDtls>{a_detail()}</NtryDtls>"), opening="1.00", closing="2.00")
    + "</BkToCstmrStmt></Document>"
).encode()
CSV = b"Date,Name,IBAN,Debit,Credit,Currency\n2026-03-01,Clara,NL91ABNA0417164300,,10.00,EUR\n" * 2

cells = st.one_of(
    st.sampled_from("|2026-03-01|03/04/26|1.234,50|-5|(7.00)|EUR|JPY|'=x|S|1e9|pending".split("|")),
    st.text(st.characters(exclude_characters="\x00"), max_size=12),
)


def read_all(content):
    """Every line and error of the file, or None where it was refused with a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            if kind_of(path) is BankFileKind.CAMT053:
                statements = list(read_camt053(path))
            else:
                table = open_bank_csv(path)
                columns = propose_columns(table.header, table.sample())
                statements = list(read_csv_lines(table, columns, currency="EUR"))
        except Invalid as refused:
            assert refused.sentence
            return None
    return [thing for one in statements for thing in (*one.lines, *one.errors)]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"sep=;\n")
@example(b"<")
def test_any_bytes_are_read_or_refused_with_a_sentence(content):
    read_all(content)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([XML, CSV]), st.data())
def test_a_damaged_file_is_read_or_refused_with_a_sentence(content, data):
    at = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(0, 12))
    read_all(content[:at] + data.draw(st.binary(max_size=8)) + content[at + length :])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=7), min_size=1, max_size=8))
def test_every_row_is_a_line_or_is_accounted_for(rows):
    # [92] Nothing is lost in silence: lines, errors, rows not booked, empty rows and remarks add up to the rows.
    header = ["Date", "Amount", "Name", "Currency", "Status"]
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (header, *rows))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_text(text, encoding="utf-8", errors="replace", newline="")
        table = open_bank_csv(path)
        columns = BankColumns(
            "Date", amount="Amount", counterparty="Name", currency="Currency", state="Status"
        )
        statements = list(read_csv_lines(table, columns, currency="EUR"))
        count = sum(1 for _ in table.rows())

    told = sum(len(one.lines) + len(one.errors) + one.pending + one.empty for one in statements)
    noted = next((remark for remark in statements[-1].remarks if remark.startswith("Left out")), "")
    assert told <= count and (told == count or noted)
    assert len({line.fingerprint for one in statements for line in one.lines}) == sum(
        len(one.lines) for one in statements
    )
