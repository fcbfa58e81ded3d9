"""`sawhorse import` and `sawhorse export` [P24, 43]."""

import json

import pytest
from click.testing import CliRunner

from admin_app.cli import sawhorse
from admin_app.models import migrate
from tests.services.moving import write_files


@pytest.fixture
def run(tmp_path, monkeypatch):
    home = tmp_path / "home"
    environment = {
        "SAWHORSE_HOME": str(home),
        "SAWHORSE_DATABASE_URL": f"sqlite:///{tmp_path / 'office.sqlite'}",
        "SAWHORSE_SECRET_KEY": "a key that only tests use, never an office",
    }
    migrate.upgrade(environment["SAWHORSE_DATABASE_URL"])
    return lambda *words: CliRunner().invoke(sawhorse, list(words), env=environment)


def test_a_folder_is_moved_in_and_out_again(run, tmp_path):
    folder = write_files(tmp_path / "in", groups="external_id,name\nG1,Ash\nG2,", tags="group,tag\nG1,VIP")

    moved = run("import", str(folder))
    out = run("export", str(tmp_path / "out"), "--json")

    assert moved.exit_code == 0, moved.output
    assert "error: groups.csv, row 3, name: This cell must not be empty" in moved.output
    assert json.loads(out.output)["files"]["groups.csv"] == 1
    assert (tmp_path / "out" / "tags.csv").read_text() == "group,tag\nG1,VIP\n"


def test_a_dry_run_prints_its_counts_as_json_and_changes_nothing(run, tmp_path):
    folder = write_files(tmp_path / "in", groups="external_id,name\nG1,Ash")

    checked = run("import", "--dry-run", "--json", str(folder))
    out = run("export", str(tmp_path / "out"), "--json")

    told = json.loads(checked.output)
    assert told["dry_run"] is True
    assert told["files"]["groups.csv"]["created"] == 1
    assert json.loads(out.output)["files"]["groups.csv"] == 0


def test_a_mapping_file_reads_another_programs_export(run, tmp_path):
    (tmp_path / "kunden.csv").write_text("Firma;Ort\nAsh;Porto\n")
    (tmp_path / "map.json").write_text('{"Firma": "groups.name"}')

    moved = run("import", str(tmp_path / "kunden.csv"), "--mapping", str(tmp_path / "map.json"), "--json")

    assert json.loads(moved.output)["files"]["kunden.csv"]["created"] == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("import", "nowhere.csv"), "There is no file nowhere.csv"),
        (("import", "."), "holds none of the files"),
        (("export", "."), "is not empty"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_1(run, words, sentence):
    answer = run(*words)

    assert answer.exit_code == 1
    assert sentence in answer.output
    assert "Traceback" not in answer.output
