"""Every word of the command documents itself, and refuses with one sentence."""

import pytest
from click.testing import CliRunner

from admin_app.cli import sawhorse
from tests.cli.typing import environment, type_command

WORDS = sawhorse.list_commands(None)  # type: ignore[arg-type]  # the words do not depend on a context


def test_the_words_are_there():
    expected = {"backup", "calculate", "check", "migrate", "restore", "run", "serve", "user", "work"}

    assert expected <= set(WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_documents_itself(word):
    answer = CliRunner().invoke(sawhorse, [word, "--help"])

    assert answer.exit_code == 0, answer.output
    assert len(answer.output.splitlines()) >= 5
    assert sawhorse.get_command(None, word).help  # type: ignore[arg-type, union-attr]


def test_an_unknown_word_is_refused():
    answer = CliRunner().invoke(sawhorse, ["fly"])

    assert answer.exit_code == 2
    assert "fly" in answer.stderr


def test_help_names_every_word():
    answer = CliRunner().invoke(sawhorse, ["--help"])

    assert all(f"  {word} " in answer.output for word in WORDS)


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    told = environment(tmp_path, f"postgresql://nobody@/nowhere?host={tmp_path}")

    answer = type_command(told, "migrate")

    assert answer.exit_code == 1
    assert answer.stderr.startswith("The database does not answer: ")
    assert len(answer.stderr.splitlines()) == 1


def test_a_short_secret_is_refused(tmp_path):
    answer = type_command(environment(tmp_path, SAWHORSE_SECRET_KEY="short"), "migrate")

    assert answer.exit_code == 1
    assert answer.stderr == "SAWHORSE_SECRET_KEY needs at least 32 characters\n"
