"""A bank's files enter once, line by line, with their bad rows named [92]."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed
from admin_app.models import BankFile, BankLine
from admin_app.services.take_in_bank_file import (
    NeedsColumns,
    read_bank_file,
    recall_mapping,
    remember_mapping,
    sample_of,
    take_in,
)
from tests.services.bank import a_statement, bring, lines_of

MARCH = [
    ("2026-03-02", "CLARA CLIENT", "GB29NWBK60161331926819", "inv 1", "100.00"),
    ("2026-03-02", "CLARA CLIENT", "GB29NWBK60161331926819", "inv 1", "100.00"),
    ("2026-03-05", "RENT LTD", "", "March", "-800.00"),
]


def test_the_same_file_comes_in_once(desk, session, tmp_path):
    file = a_statement(tmp_path, MARCH)
    first = bring(session, file, desk)

    again = bring(session, a_statement(tmp_path, MARCH, "the same, renamed.csv"), desk)

    assert again.known_since is not None and again.file is first.file
    assert session.scalar(select(func.count()).select_from(BankFile)) == 1
    assert [line.amount for line in lines_of(session)] == [10000, 10000, -80000]
    assert (first.file.lines_new, first.file.lines_known) == (3, 0)


def test_overlapping_files_bring_their_new_lines_only(desk, session, tmp_path):
    """Two equal payments of one day are two lines, in every file that has that day."""
    bring(session, a_statement(tmp_path, MARCH), desk)
    later = [*MARCH, ("2026-03-09", "OTTO OTHER", "", "inv 2", "55.50")]

    kept = bring(session, a_statement(tmp_path, later, "later.csv"), desk)

    assert (kept.file.lines_new, kept.file.lines_known) == (1, 3)
    assert session.scalar(select(func.count()).select_from(BankLine)) == 4


def test_bad_rows_are_named_and_good_ones_kept(desk, session, tmp_path):
    rows = [*MARCH, ("no day", "X", "", "y", "1.00"), ("2026-03-06", "X", "", "y", "one euro")]

    kept = bring(session, a_statement(tmp_path, rows), desk)

    assert kept.file.lines_new == 3 and kept.file.lines_refused == 2
    assert [error["row"] for error in kept.file.errors] == [5, 6]
    assert all(error["sentence"] for error in kept.file.errors)


def test_a_csv_is_explained_once_and_remembered(desk, session, tmp_path, clock):
    file = a_statement(tmp_path, MARCH)

    def recall(mark):
        return recall_mapping(session, mark)

    with pytest.raises(NeedsColumns):
        read_bank_file(file, file.name, recall)
    sample = sample_of(file, file.name, None, "EUR")
    assert [line.amount.minor for line in sample.lines] == [10000, 10000, -80000]
    remember_mapping(session, sample.table.header, sample.mapping, clock)
    remember_mapping(session, sample.table.header, sample.mapping, clock)

    read = read_bank_file(file, file.name, recall)

    assert len(read.lines) == 3


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"hello", b"<a/>"])
def test_what_is_no_statement_is_refused_with_a_sentence(desk, session, tmp_path, content):
    file = tmp_path / "odd.bin"
    file.write_bytes(content)

    with pytest.raises(Invalid) as refused:
        read_bank_file(file, "odd.bin", lambda mark: None)

    assert not isinstance(refused.value, NeedsColumns)


def test_only_who_books_the_bank_takes_files_in(desk, session, tmp_path, clock):
    file = a_statement(tmp_path, MARCH)
    read = read_bank_file(
        file, "m.csv", lambda mark: None, mapping=sample_of(file, "m.csv", None, "EUR").mapping
    )

    with pytest.raises(NotAllowed):
        take_in(session, read, Actor(ActorKind.STAFF, "Pete", 1, Role.ESTIMATOR), clock)
