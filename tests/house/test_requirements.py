"""What a machine lacks is said in one loud sentence, and is a failure where nothing may skip (issue point 2)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.house import ROOT

SENTENCE = "No PostgreSQL on this machine: tests on it are skipped."


def run_a_test_that_lacks_something(folder: Path, **told: str) -> subprocess.CompletedProcess[str]:
    """Run one test that cannot do without PostgreSQL on a machine that has none."""
    test = folder / "test_lacking.py"
    test.write_text(
        "from tests.fixtures.requirements import do_without\n\n\n"
        f"def test_lacking():\n    do_without('POSTGRES', {SENTENCE!r})\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REQUIRE_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", "--rootdir", str(folder), str(test)],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)} | told,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_missing_skips_with_its_sentence(tmp_path):
    answer = run_a_test_that_lacks_something(tmp_path)

    assert answer.returncode == 0
    assert SENTENCE in answer.stdout
    assert "1 skipped" in answer.stdout


@pytest.mark.parametrize(("told", "code"), [("1", 1), ("0", 0), ("", 0)])
def test_where_nothing_may_skip_it_is_a_failure(tmp_path, told, code):
    answer = run_a_test_that_lacks_something(tmp_path, REQUIRE_POSTGRES=told)

    assert answer.returncode == code
    assert SENTENCE in answer.stdout


def test_the_gate_lets_nothing_skip():
    gate = (ROOT / ".ci" / "run").read_text()

    assert "export REQUIRE_BROWSER=1 REQUIRE_POSTGRES=1\nmake test\n" in gate
