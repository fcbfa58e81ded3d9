"""The front-end files we ship are the ones their lock names, and every one of them is used."""

import hashlib
import json
import re

import pytest

from tests.house.house import APP, ROOT

LOCK = json.loads((APP / "static" / "vendor" / "vendor.lock.json").read_text())
HOMES = (APP / "static" / "vendor", ROOT / "tests" / "browser" / "vendor")


@pytest.mark.parametrize("entry", LOCK, ids=lambda entry: entry["npm"])
def test_every_vendored_file_is_the_one_in_the_lock(entry):
    folder = ROOT / entry["folder"]

    shipped = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert shipped == entry["sha256"]


def test_no_vendored_folder_is_missing_from_the_lock():
    folders = {
        path.relative_to(ROOT).as_posix() for home in HOMES for path in home.iterdir() if path.is_dir()
    }

    assert folders - {"admin_app/static/vendor/__pycache__"} == {entry["folder"] for entry in LOCK}


@pytest.mark.parametrize("entry", LOCK, ids=lambda entry: entry["npm"])
def test_every_package_states_a_licence_that_allows_shipping(entry):
    assert entry["licence"] in {"MIT", "Apache-2.0", "BSD-2-Clause"} or (
        entry["licence"] == "MPL-2.0" and entry["folder"].startswith("tests/")
    )


def test_every_vendored_address_in_the_templates_exists():
    used = {
        name
        for template in (APP / "templates").rglob("*.html")
        for name in re.findall(r"filename='(vendor/[^']+)'", template.read_text())
    }

    assert used, "the templates name no vendored file: has the way of naming them changed?"
    assert [name for name in sorted(used) if not (APP / "static" / name).exists()] == []
