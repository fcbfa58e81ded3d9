"""Modules stay one concept each, folders are packages, and the README's map is the house as it stands."""

import ast
import re
import tomllib

import click

from admin_app.cli import sawhorse
from tests.house.house import APP, PACKAGES, ROOT, modules, place, tracked_files

LONGEST = 400

# A module may be longer when splitting it would hide something; the reason stands beside it.
LONGER_FOR_A_REASON: dict[str, str] = {}


def test_no_module_outgrows_one_concept():
    lengths = {place(file): file.read_text().count("\n") for file, _ in modules()}
    too_long = {name for name, lines in lengths.items() if lines > LONGEST}

    assert too_long == set(LONGER_FOR_A_REASON), "split it, or say why not in LONGER_FOR_A_REASON"


def test_every_python_folder_is_a_package():
    # import-linter, mypy and coverage see packages only; migrations are scripts that Alembic loads by path, and
    # the script that renews the vendored files is run by hand.
    scripts = {APP / "migrations", APP / "migrations" / "versions", APP / "static" / "vendor"}
    folders = {file.parent for file in tracked_files("*.py")} - scripts - {ROOT}

    without = [place(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()]

    assert not without


def test_the_migrations_are_no_package():
    assert not (APP / "migrations" / "__init__.py").exists()


def test_every_test_file_is_one_that_pytest_collects():
    stray = [place(file) for file in tracked_files("tests/*.py") if file.name.endswith("_test.py")]

    assert not stray


def test_every_room_says_what_lives_in_it():
    silent = [
        place(file) for file, tree in modules() if file.name == "__init__.py" and not ast.get_docstring(tree)
    ]

    assert not silent


def test_the_map_in_the_readme_is_the_house():
    readme = (ROOT / "README.md").read_text()
    on_the_map = set(re.findall(r"^\| `([a-z_./]+)` \|", readme, flags=re.MULTILINE))

    files = [file.relative_to(ROOT) for file in tracked_files()]
    top = {f"{file.parts[0]}/" for file in files if len(file.parts) > 1 and not file.parts[0].startswith(".")}
    rooms = {
        f"admin_app/{file.parts[1]}{'/' if len(file.parts) > 2 else ''}"
        for file in files
        if file.parts[0] == "admin_app" and file.parts[1] != "__init__.py" and file.parts[1] != "py.typed"
    }

    assert on_the_map == (top - {"admin_app/"}) | rooms


def test_every_package_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    installed = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])

    rooms = {package.name for package in PACKAGES}
    # Notebooks are installed as the texts that the gallery opens; they import, nobody imports them.
    assert installed == rooms | {"notebooks"}
    assert set(project["tool"]["importlinter"]["root_packages"]) == installed


def test_the_readme_names_words_and_settings_that_there_are():
    readme = (ROOT / "README.md").read_text()
    words = set(re.findall(r"\bsawhorse ([a-z]+)\b", readme))
    settings = set(re.findall(r"\bSAWHORSE_[A-Z_]+\b", readme))

    assert words <= set(sawhorse.list_commands(click.Context(sawhorse)))
    assert settings <= set(re.findall(r"\bSAWHORSE_[A-Z_]+\b", (APP / "config.py").read_text()))
