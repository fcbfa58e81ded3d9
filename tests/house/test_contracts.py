"""The import contracts of pyproject.toml hold, and a module that breaks one is named."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.house import APP, ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

DOWNWARD, NO_WEB = "Rooms open downward", "The rooms below the doors know no web"

# A room, what a careless module in it would say, and the contract that must object.
INTRUSIONS = [
    ("kernel/intruder.py", "import admin_app.models.base", DOWNWARD),
    ("models/intruder.py", "import admin_app.web.intruder", DOWNWARD),
    ("config.py", "import admin_app.models.base", DOWNWARD),
    ("attic/intruder.py", "", DOWNWARD),
    ("kernel/intruder.py", "import flask", NO_WEB),
    ("models/intruder.py", "import flask_sqlalchemy", NO_WEB),
    ("models/intruder.py", "import wtforms", NO_WEB),
    ("kernel/intruder.py", "import pandas", NO_WEB),
    ("policy/verbs.py", "import plotly.graph_objects", NO_WEB),
]


def lint_imports(house: Path) -> subprocess.CompletedProcess[str]:
    """Read the contracts over the copy of the house in `house`."""
    command = [str(LINT_IMPORTS), "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "static", "templates")
    shutil.copytree(APP, tmp_path / "admin_app", ignore=ignored)
    for package in ("reports", "seeds"):
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold():
    answer = lint_imports(ROOT)

    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(("module", "line", "contract"), INTRUSIONS)
def test_a_module_in_the_wrong_room_is_named(copy_of_the_house, module, line, contract):
    intruder = copy_of_the_house / "admin_app" / module
    intruder.parent.mkdir(exist_ok=True)
    if not (intruder.parent / "__init__.py").exists():
        (intruder.parent / "__init__.py").touch()
    if "admin_app.web.intruder" in line:
        (copy_of_the_house / "admin_app/web/intruder.py").touch()
    before = intruder.read_text() if intruder.exists() else ""
    intruder.write_text(f"{before}\n{line}\n")

    answer = lint_imports(copy_of_the_house)

    assert answer.returncode != 0
    assert f"{contract} BROKEN" in answer.stdout
    assert module.split("/")[0].removesuffix(".py") in answer.stdout.split("Broken contracts")[1]


def test_every_room_below_the_doors_is_kept_from_the_web():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    below = layers[next(i for i, layer in enumerate(layers) if "services" in layer) :]
    rooms = {name.strip(" ()") for layer in below for name in layer.split("|")}
    standing = {room for room in rooms if (APP / room).is_dir() or (APP / f"{room}.py").is_file()}

    kept = next(c["source_modules"] for c in contracts if c["name"] == NO_WEB)

    assert set(kept) == {f"admin_app.{room}" for room in standing}
