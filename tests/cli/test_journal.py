"""`sawhorse journal FOLDER|FILE`: the books for the adviser, each entry once [91]."""

import json

import pytest
from beancount import loader

from admin_app.kernel.actor import SYSTEM
from tests.cli.typing import environment, type_command
from tests.money.books import busy_books
from tests.signing import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def run(rows, clock, database, tmp_path):
    """The command in an office whose books hold every kind of entry."""
    with rows() as session:
        busy_books(session, SYSTEM, clock)
    told = environment(tmp_path / "home", database)
    return lambda *words: type_command(told, "journal", *words)


def test_the_journal_is_written_into_a_folder_once(run, tmp_path):
    first = run(str(tmp_path / "out"), "--to", "2026-03-31", "--json")
    again = run(str(tmp_path / "out"), "--to", "2026-03-31")
    whole = run(str(tmp_path / "all.csv"), "--to", "2026-03-31", "--again", "--json")

    assert first.exit_code == 0, first.output
    told = json.loads(first.output)
    [file] = (tmp_path / "out").iterdir()
    assert told["file"] == str(file) and told["entries"] > 10 and "receivable" in file.read_text("utf-8-sig")
    assert again.exit_code == 1 and "left already" in again.output
    assert json.loads(whole.output)["entries"] == told["entries"]
    assert (tmp_path / "all.csv").read_bytes() == file.read_bytes()


def test_a_month_in_beancount_is_what_beancount_reads(run, tmp_path):
    written = run(
        str(tmp_path / "january.beancount"),
        "--format", "beancount", "--from", "2026-01-01", "--to", "2026-01-31",
    )  # fmt: skip

    assert written.exit_code == 0, written.output
    _, errors, _ = loader.load_file(str(tmp_path / "january.beancount"))
    assert not errors


def test_what_cannot_be_written_is_said_in_a_sentence(run, tmp_path):
    datev = run(str(tmp_path / "out"), "--format", "datev", "--to", "2026-01-31")
    backwards = run(str(tmp_path / "out"), "--from", "2026-02-01", "--to", "2026-01-01")

    assert (datev.exit_code, backwards.exit_code) == (1, 1)
    assert "consultant" in datev.output and "end before they begin" in backwards.output
    assert not (tmp_path / "out").exists()
