"""A field is declared once: six new ones on three entities, one line each and a generated migration [151].

The lines are added to a copy of the product, which then runs in a process of its own; every surface is asked through
its door.  Where a field is not declared, nothing knows it.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.house.house import APP, ROOT

LINES = {
    "customer_group.py": (
        "    archived_at: Mapped[datetime | None] = field(on=HIDDEN)\n",
        '    credit_limit: Mapped[Minor | None] = field(label="Credit limit")\n'
        '    second_brand: Mapped[Brand | None] = link(label="Second brand", on=FOUND)\n',
    ),
    "contact.py": (
        "    archived_at: Mapped[datetime | None] = field(on=HIDDEN)\n",
        '    vip: Mapped[bool | None] = field(label="Very important", default=False)\n'
        '    door_pin: Mapped[str | None] = field(String(40), on=FORM_ONLY, secret=True, label="Door pin")\n'
        '    whisper: Mapped[str | None] = field(String(40), on=HIDDEN, label="Whisper")\n',
    ),
    "address.py": (
        "    access_notes: Mapped[str | None]",
        '    surveyed_on: Mapped[date | None] = field(label="Surveyed on")\n'
        '    access_kind: Mapped[GroupKind | None] = field(label="Access kind", on=FOUND)\n',
    ),
}
"""Module → the line before which the new ones stand; what they need is imported at the top."""

IMPORTS = {"address.py": "from datetime import date\nfrom admin_app.models.customer_group import GroupKind\n"}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """What the walk through the changed office found."""
    house = tmp_path_factory.mktemp("changed_house")
    shutil.copytree(APP, house / "admin_app", ignore=shutil.ignore_patterns("__pycache__"))
    for module, (before, lines) in LINES.items():
        file = house / "admin_app" / "models" / module
        text = file.read_text()
        assert before in text, module
        text = text.replace(before, lines + before, 1)
        if module in IMPORTS:
            future = "from __future__ import annotations\n"
            text = text.replace(future, future + IMPORTS[module], 1)
        file.write_text(text)
    home = tmp_path_factory.mktemp("home")
    walk = subprocess.run(
        [sys.executable, "-m", "tests.admin.six_fields", str(home)],
        cwd=house,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(house), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert walk.returncode == 0, walk.stderr[-4000:]
    found = json.loads(walk.stdout)
    assert found["package"].startswith(str(house))
    return found


GROUP, CONTACT, ADDRESS = "CustomerGroup", "Contact", "Address"


def test_the_migration_is_generated(office):
    assert office["migration"].endswith("_six_fields.py")


def test_the_money_field_is_everywhere(office):
    shown = office["surfaces"][GROUP]

    assert shown["saved"] == 302
    assert "credit_limit" in shown["list"]
    assert "1,234.50" in shown["list_page"]
    assert "credit_limit" in shown["form"]
    assert shown["again"]["credit_limit"] == "1234.50"
    assert "credit_limit" in shown["filter"]
    assert (shown["filtered"]["credit_limit.from=1000"], shown["filtered"]["credit_limit.from=2000"]) == (
        "1",
        "0",
    )
    assert "Credit limit" in shown["export"]
    assert "1234.50" in shown["exported"]
    assert shown["audit"]["credit_limit"] == 123_450
    assert office["import"]["credit_limit"] == 9_950
    assert shown["filtered"]["search=1234"] == "0"  # not declared for the search


def test_the_link_is_everywhere_and_found_through_what_it_leads_to(office):
    shown = office["surfaces"][GROUP]

    assert "second_brand" in shown["list"]
    assert "Second Brand" in shown["list_page"]
    assert shown["again"]["second_brand"] == "2"
    assert (shown["filtered"]["second_brand.is=2"], shown["filtered"]["second_brand.is=1"]) == ("2", "0")
    assert shown["filtered"]["search=second+brand"] == "2"
    assert "Second brand" in shown["export"]
    assert shown["audit"]["second_brand"] == {"id": 2, "name": "Second Brand"}
    assert office["import"]["second_brand"] == "Second Brand"


def test_the_boolean_is_everywhere(office):
    shown = office["surfaces"][CONTACT]

    assert "vip" in shown["list"]
    assert shown["again"]["vip"] == "y"
    assert "vip" in shown["filter"]
    assert shown["filtered"]["vip.is=yes"] == "2"
    assert shown["filtered"]["vip.is=no"] == "0"
    assert "Very important" in shown["export"]
    assert shown["audit"]["vip"] is True
    assert office["import"]["vip"] is True


def test_the_secret_is_typed_and_shown_nowhere(office):
    shown = office["surfaces"][CONTACT]

    assert "door_pin" in shown["form"]
    assert not shown["again"]["door_pin"]
    assert not shown["secret_in_pages"]
    assert "door_pin" not in shown["list"]
    assert "door_pin" not in shown["filter"]
    assert "Door pin" not in [*shown["export"], *shown["xlsx"], *shown["details"]]
    assert "4711-secret" not in shown["exported"]
    assert shown["filtered"]["search=4711-secret"] == "0"
    assert shown["audit"]["door_pin"] == "•••"
    assert "4711-secret" not in shown["timeline"]
    assert office["import"]["door_pin"] is None


def test_the_date_is_everywhere(office):
    shown = office["surfaces"][ADDRESS]

    assert "surveyed_on" in shown["list"]
    assert shown["again"]["surveyed_on"] == "3 Apr 2026"
    assert shown["filtered"]["surveyed_on.from=2026-04-01"] == "1"
    assert shown["filtered"]["surveyed_on.from=2026-04-04"] == "0"
    assert "2026-04-03" in shown["exported"]
    assert shown["audit"]["surveyed_on"] == "2026-04-03"
    assert office["import"]["surveyed_on"] == "2026-02-03"


def test_the_choice_is_everywhere_and_found_by_its_word(office):
    shown = office["surfaces"][ADDRESS]

    assert "access_kind" in shown["list"]
    assert shown["again"]["access_kind"] == "team"
    assert (shown["filtered"]["access_kind.is=team"], shown["filtered"]["access_kind.is=household"]) == (
        "1",
        "0",
    )
    assert shown["filtered"]["search=team"] == "1"
    assert "Access kind" in shown["xlsx"]
    assert "Access kind" in shown["timeline"]
    assert shown["audit"]["access_kind"] == "team"
    assert office["import"]["access_kind"] == "business"


def test_a_hidden_field_is_on_no_surface(office):
    shown = office["surfaces"][CONTACT]

    for surface in ("list", "form", "filter", "export", "xlsx", "details"):
        assert "whisper" not in [str(name).lower() for name in shown[surface]], surface
