"""The lock files are one resolution, pinned by hash, without addresses of anybody's machine or index."""

import re

import pytest

from tests.house.house import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(name: str) -> dict[str, str]:
    """Package (with its marker) → the pin with all its hashes."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    return {entry.split("==")[0] + entry.split("\n")[0].partition(";")[2]: entry for entry in entries}


def test_running_and_developing_use_the_same_releases():
    running, developing = pins("requirements.lock"), pins("requirements-dev.lock")

    # The marker says who needs a package, so only name, version and hashes must agree.
    def releases(entries: dict[str, str]) -> set[str]:
        return {re.sub(r" ; [^\\\n]*", "", entry) for entry in entries.values()}

    assert releases(running) < releases(developing)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_its_hashes(name):
    assert all("--hash=sha256:" in entry for entry in pins(name).values())


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address_or_a_folder(name):
    lock = (ROOT / name).read_text()

    assert not re.search(r"://|--index-url|--find-links|^-|/\w+/", lock, flags=re.MULTILINE)


@pytest.mark.parametrize("package", ["pytest", "playwright", "mypy", "uv", "hypothesis"])
def test_running_needs_no_development_tool(package):
    assert package not in {name.split(" ")[0] for name in pins("requirements.lock")}


def test_the_project_is_built_by_what_the_lock_holds():
    assert "hatchling" in {name.split(" ")[0] for name in pins("requirements.lock")}
