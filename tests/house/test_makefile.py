"""The environment builds itself, and says in one sentence what the machine lacks (dependencies.md Z2)."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.house.house import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the Makefile reads, and programs of the test's own in front of the machine's."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "programs").mkdir()
    return tmp_path


def program(checkout: Path, name: str, script: str) -> None:
    """Put a program on the path, ahead of the machine's own."""
    file = checkout / "programs" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def make(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make there; uv, if the machine has it, is out of sight."""
    path = f"{checkout / 'programs'}:/usr/bin:/bin"
    return subprocess.run(
        ["make", *words], cwd=checkout, env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_a_machine_without_a_new_enough_python_is_told(checkout):
    for name in ("python", "python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        program(checkout, name, "exit 1")

    answer = make(checkout, ".venv")

    assert answer.returncode != 0
    assert "Sawhorse needs Python 3.11 or newer, and found none on this machine." in answer.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_cannot_build_environments_is_told(checkout):
    program(checkout, "python3", 'case "$*" in *ensurepip*) exit 1;; esac')

    answer = make(checkout, ".venv")

    assert answer.returncode != 0
    assert "install its venv package (Debian, Ubuntu: apt install python3-venv)" in answer.stderr
    assert not (checkout / ".venv").exists()


# A Python that notes what it is asked, and whose environments have the same one inside.
NOTING = """
echo "$@" >> {notes}
case "$*" in
    "-m venv --clear .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python;;
esac
"""


def test_a_second_run_installs_nothing_and_a_changed_lock_installs_again(checkout):
    notes = checkout / "notes"
    program(checkout, "python3", NOTING.format(notes=notes))

    first = make(checkout, ".venv")
    asked_first = notes.read_text()
    notes.write_text("")
    second = make(checkout, ".venv")
    asked_second = notes.read_text()
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# a new release\n")
    make(checkout, ".venv")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "-m pip install --quiet --no-compile --require-hashes -r requirements.lock" in asked_first
    assert "--no-deps --no-build-isolation -e ." in asked_first
    assert "pip install" not in asked_second
    assert "--require-hashes -r requirements.lock" in notes.read_text()


def test_what_serves_developing_serves_running_too(checkout):
    notes = checkout / "notes"
    program(checkout, "python3", NOTING.format(notes=notes))

    make(checkout, ".venv-dev")
    notes.write_text("")
    make(checkout, ".venv")

    assert "pip install" not in notes.read_text()


def test_a_moved_folder_is_built_again(checkout, tmp_path_factory):
    notes = checkout / "notes"
    program(checkout, "python3", NOTING.format(notes=notes))
    make(checkout, ".venv")
    moved = tmp_path_factory.mktemp("moved") / "here"
    shutil.copytree(checkout, moved)
    notes.write_text("")

    make(moved, ".venv")

    assert "-m venv --clear .venv" in notes.read_text()


def dry_run(target, **told):
    """What make would run for a target."""
    words = [f"{key}={value}" for key, value in told.items()]
    answer = subprocess.run(
        ["make", "--dry-run", target, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return answer.stdout


@pytest.mark.parametrize("browser, postgres, floor", [("1", "1", True), ("1", "0", False), ("", "1", False)])
def test_the_floor_of_the_coverage_holds_where_nothing_may_skip(browser, postgres, floor):
    said = dry_run("coverage", REQUIRE_BROWSER=browser, REQUIRE_POSTGRES=postgres)

    assert ("--cov-fail-under=90" in said) is floor


def test_the_suite_looks_at_style_rooms_and_types_first():
    said = dry_run("test")

    places = [said.index(f".venv/bin/{tool}") for tool in ("ruff check", "lint-imports", "mypy", "pytest")]
    assert places == sorted(places)
    assert "--cov" not in said, "following each line costs half as much again; make coverage does it"
