"""The books in other programs' formats (issue 3, "Month close"): nothing lost, every account mapped."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import PaymentWay
from admin_app.money import accounts
from admin_app.records.journal_export.accounts import (
    Chart,
    MappedAccount,
    default_mapping,
    family_of,
)
from admin_app.records.journal_export.datev import Batch
from admin_app.records.journal_export.entries import survey
from admin_app.records.journal_export.formats import JournalFormat, journal_file
from admin_app.records.journal_export.generic_csv import HEADER, generic_csv
from admin_app.records.spreadsheet import unguarded
from tests.records.books import (
    ACCOUNTS,
    BOOKS,
    INVOICE,
    a_posting,
    an_entry,
    books,
    trial_balance,
)

MAPPING = default_mapping(ACCOUNTS)
BATCH = Batch(
    29098, 55003, date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31), datetime(2026, 4, 1, tzinfo=UTC)
)


def rows_of(file):
    text = b"".join(file.parts).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_csv_has_one_row_a_posting():
    file = generic_csv(lambda: BOOKS, MAPPING)
    rows = rows_of(file)

    assert tuple(rows[0]) == HEADER and len(rows) == file.postings == 7 and file.entries == 3
    assert rows[0] == {
        "entry": "1",
        "date": "2026-03-02",
        "kind": "invoice",
        "document": "invoice",
        "document_number": "2026-7",
        "counterparty": "Clara Müller",
        "customer_number": "G-1",
        "customer": "Clara Müller",
        "account": "receivable",
        "account_code": "receivable",
        "account_name": "Receivable",
        "debit": "120.00",
        "credit": "",
        "currency": "EUR",
    }
    assert (rows[1]["debit"], rows[1]["credit"]) == ("", "100.00")


@settings(max_examples=60, deadline=None)
@given(books())
def test_the_csv_adds_up_to_the_books(entries):
    rows = rows_of(generic_csv(lambda: entries, MAPPING))

    found: Counter[tuple[str, str]] = Counter()
    digits = {"EUR": 2, "JPY": 0, "TND": 3}
    for row in rows:
        key = unguarded(row["account"]), row["currency"]
        amount = Decimal(row["debit"] or "0") - Decimal(row["credit"] or "0")
        found[key] += int(amount.scaleb(digits[row["currency"]]))
    assert {key: amount for key, amount in found.items() if amount} == trial_balance(entries)


def test_a_cell_that_a_spreadsheet_would_compute_shows_as_text():
    # security.md, "CSV out".
    entry = an_entry(1, a_posting("fees", 1, "=1+2"), a_posting("tips", -1, "@SUM"), number="-7", name="\t=x")

    rows = rows_of(generic_csv(lambda: (entry,), MAPPING))

    assert (rows[0]["customer"], rows[1]["customer"], rows[0]["document_number"]) == ("'=1+2", "'@SUM", "'-7")
    assert rows[0]["counterparty"].startswith("'")


@pytest.mark.parametrize("wanted", JournalFormat)
def test_every_unmapped_account_is_listed_before_anything_is_written(wanted):
    mapping = {"revenue": MappedAccount("8200", "Revenue"), "advances": MappedAccount(" ", "Advances")}

    with pytest.raises(Invalid) as refused:
        journal_file(wanted, lambda: BOOKS, mapping, title="Example", batch=BATCH)

    assert set(refused.value.fields) == {"receivable", "tax:VAT 20", "cash:transfer", "advances"}
    assert all(f"“{account}”" in refused.value.sentence for account in refused.value.fields)


@pytest.mark.parametrize("wanted", JournalFormat)
def test_books_out_of_balance_are_not_exported(wanted):
    wrong = an_entry(9, a_posting("receivable", 100), a_posting("revenue", -99))

    with pytest.raises(Unmet, match=r"Entry 9 is out of balance by 0\.01 EUR"):
        journal_file(
            wanted, lambda: (*BOOKS, wrong), default_mapping(ACCOUNTS, Chart.SKR03), title="", batch=BATCH
        )


@pytest.mark.parametrize("wanted", JournalFormat)
def test_books_without_entries_make_a_file_without_entries(wanted):
    file = journal_file(wanted, tuple, MAPPING, title="Example", batch=BATCH)

    assert (file.entries, file.postings) == (0, 0)
    assert b"".join(file.parts)


@pytest.mark.parametrize("wanted", JournalFormat)
def test_a_long_journal_is_streamed_entry_by_entry(wanted):
    asked = []

    def read():
        for number in range(1, 5_001):
            asked.append(number)
            yield an_entry(number, *INVOICE.postings)

    file = journal_file(wanted, read, default_mapping(ACCOUNTS, Chart.SKR03), title="Example", batch=BATCH)
    checked = len(asked)
    next(file.parts)
    next(file.parts)
    begun = len(asked)
    rest = sum(len(part) for part in file.parts)

    assert checked in (5_000, 10_000) and begun < checked + 2_500
    assert rest and file.entries == 5_000


def test_what_there_is_to_export_is_known_beforehand():
    found = survey(lambda: BOOKS, MAPPING)

    assert (found.first_on, found.last_on) == (date(2026, 3, 2), date(2026, 3, 10))
    assert found.opened_on["advances"] == date(2026, 3, 10)
    assert found.currencies == {"EUR": 7}


@pytest.mark.parametrize("chart", Chart)
def test_every_account_family_has_a_proposal_in_every_chart(chart):
    ours = {*ACCOUNTS, accounts.TAX_AS_IMPORTED, *(accounts.cash(way) for way in PaymentWay)}

    proposed = default_mapping(ours, chart)

    assert proposed.keys() == ours
    assert all(theirs.code and theirs.name for theirs in proposed.values())
    if chart is not Chart.OWN:
        assert all(len(theirs.code) == 4 and theirs.code.isdecimal() for theirs in proposed.values())


def test_accounts_of_every_rule_of_the_books_are_known():
    names = {value for name, value in vars(accounts).items() if name.isupper() and isinstance(value, str)}
    no_accounts = {"as imported"}  # the name of a tax alone

    unknown = [name for name in names - no_accounts if family_of(name) is None]

    assert not unknown


def test_an_account_that_no_rule_knows_is_left_to_a_person():
    assert default_mapping(["receivable", "crypto"]).keys() == {"receivable"}
