"""Walks an office whose records got new fields of one line each, through its real doors; prints what it found as JSON.

Run by test_one_declaration.py in a process of its own, on a copy of the product where the lines were added.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import select

NEW = {
    "groups": ("CustomerGroup", {"credit_limit": "1.234,50", "second_brand": "2"}),
    "contacts": ("Contact", {"vip": "y", "door_pin": "4711-secret"}),
    "addresses": ("Address", {"surveyed_on": "3 Apr 2026", "access_kind": "team"}),
}
"""Address of the list → entity, and what is typed into its new fields."""


def main(home: Path) -> dict[str, Any]:
    """Import, look, type, filter, search, export; what each surface showed of each new field."""
    import admin_app
    from admin_app.app import create_app
    from admin_app.config import read_settings
    from admin_app.models import migrate
    from tests.signing import sign_in_as

    environment = {
        "SAWHORSE_HOME": str(home),
        "SAWHORSE_DATABASE_URL": f"sqlite:///{home / 'office.sqlite'}",
        "SAWHORSE_SECRET_KEY": "a key that only tests use, never an office",
    }
    found: dict[str, Any] = {"package": str(Path(admin_app.__file__).parent), "surfaces": {}}
    found["migration"] = Path(migrate.write_migration("six fields") or "none").name
    settings = replace(read_settings(environment), testing=True, hash_time_cost=1, hash_memory_kib=8)
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    _records(app)
    found["import"] = _import(app, home, environment)
    client = app.test_client()
    sign_in_as(client)
    for address, (entity, typed) in NEW.items():
        found["surfaces"][entity] = _surfaces(client, app, address, entity, typed)
    return found


def _records(app: Any) -> None:
    from admin_app.kernel.actor import SYSTEM
    from admin_app.kernel.clock import SystemClock
    from admin_app.models.base import OfficeSession
    from admin_app.web.database import db
    from seeds.builders import a_brand, a_company, a_contact, a_group, an_address

    with app.app_context(), OfficeSession(db.engine) as session:
        session.info.update(actor=SYSTEM, clock=SystemClock(), door="test")
        a_company(session)
        a_brand(session)
        a_brand(session, name="Second Brand", key="second")
        group = a_group(session, name="Birch")
        a_contact(session, group, primary=True)
        an_address(session, group)
        session.commit()


def _import(app: Any, home: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Move in three small files that name the new fields by their attribute."""
    from admin_app.models import Address, Contact, CustomerGroup
    from admin_app.web.database import db

    folder = home / "in"
    folder.mkdir()
    (folder / "groups.csv").write_text(
        "external_id,name,credit_limit,second_brand\nG1,Imported,99.50,second\n"
    )
    (folder / "contacts.csv").write_text(
        "external_id,groups,first_name,last_name,is_primary,vip,door_pin\nC1,G1,Ida,Import,yes,yes,0815\n"
    )
    (folder / "addresses.csv").write_text(
        "group,line1,surveyed_on,access_kind\nG1,2 Import Lane,2026-02-03,business\n"
    )
    command = [sys.executable, "-m", "admin_app.cli", "import", str(folder)]
    moved = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert moved.returncode == 0, moved.stdout + moved.stderr
    with app.app_context():
        group = db.session.scalars(select(CustomerGroup).where(CustomerGroup.external_id == "G1")).one()
        contact = db.session.scalars(select(Contact).where(Contact.external_id == "C1")).one()
        address = db.session.scalars(select(Address).where(Address.group_id == group.id)).one()
        new: dict[str, Any] = {
            "credit_limit": group.credit_limit,  # type: ignore[attr-defined]
            "second_brand": str(group.second_brand),  # type: ignore[attr-defined]
            "vip": contact.vip,  # type: ignore[attr-defined]
            "door_pin": contact.door_pin,  # type: ignore[attr-defined]
            "surveyed_on": str(address.surveyed_on),  # type: ignore[attr-defined]
            "access_kind": str(address.access_kind.value),  # type: ignore[attr-defined]
        }
    return new


def _surfaces(client: Any, app: Any, address: str, entity: str, typed: dict[str, str]) -> dict[str, Any]:
    """What list, form, filter, search, export and timeline show of the new fields after they were typed in."""
    from tests.forms import send

    form = client.get(f"/admin/{address}/edit/?id=1").text
    data: dict[str, Any] = _filled(form) | typed
    saved = send(client, f"/admin/{address}/edit/?id=1", data)
    usual = client.get(f"/admin/{address}/").text
    offered = re.findall(
        r'name="column" value="(\w+)"', usual.split('action="/admin/' + address + "/export")[0]
    )
    found: dict[str, Any] = {"saved": saved.status_code, "again": {}, "filtered": {}}
    found["list"] = offered
    found["list_page"] = usual
    found["form"] = sorted(set(re.findall(r'name="(\w+)"', form)))
    found["filter"] = sorted({name.split(".")[0] for name in re.findall(r'name="(\w+\.\w+)"', usual)})
    again = client.get(f"/admin/{address}/edit/?id=1").text
    found["again"] = {key: value for key, value in _filled(again).items() if key in (*typed, "whisper")}
    found["secret_in_pages"] = any("4711-secret" in page for page in (usual, again))
    exported = client.get(f"/admin/{address}/export/csv/").text
    found["export"] = exported.splitlines()[0].lstrip("\ufeff").split(",")
    found["exported"] = exported
    book = client.get(f"/admin/{address}/export/xlsx/").data
    found["xlsx"] = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()[0]
    details = client.get(f"/admin/{address}/details/?id=1").text
    found["details"] = re.findall(r"<dt>([^<]+)</dt>", details)
    found["audit"] = _audit(app, entity)
    found["timeline"] = html.unescape(re.sub(r"<[^>]+>", " ", details.split('id="timeline"')[1]))
    found["filtered"] = {
        query: re.search(r'sh-count">([^<]+)<', client.get(f"/admin/{address}/?{query}").text)[1]  # type: ignore[index]
        for query in QUERIES[address]
    }
    return found


QUERIES = {
    "groups": (
        "credit_limit.from=1000",
        "credit_limit.from=2000",
        "second_brand.is=2",
        "second_brand.is=1",
        "search=second+brand",
        "search=1234",
    ),
    "contacts": ("vip.is=yes", "vip.is=no", "search=4711-secret"),
    "addresses": (
        "surveyed_on.from=2026-04-01",
        "surveyed_on.from=2026-04-04",
        "access_kind.is=team",
        "access_kind.is=household",
        "search=team",
    ),
}


def _filled(page: str) -> dict[str, str]:
    """What a form holds now, as a browser would send it."""
    form = page.split("data-warn-unsaved")[1].split("</form>")[0]
    held = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form)
        if f'name="{name}" type="checkbox"' not in form
    }
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, flags=re.S):
        chosen = re.findall(r'<option selected value="([^"]*)"', options)
        held[name] = chosen[0] if chosen else ""
    for name in re.findall(r'<input checked[^>]*name="(\w+)" type="checkbox"', form):
        held[name] = "y"
    held.pop("csrf_token", None)
    return held


def _audit(app: Any, entity: str) -> dict[str, Any]:
    from admin_app.models import AuditEntry, Change
    from admin_app.web.database import db

    with app.app_context():
        wanted = select(AuditEntry).where(
            AuditEntry.entity == entity, AuditEntry.entity_id == 1, AuditEntry.change == Change.CHANGED
        )
        entry = db.session.scalars(wanted.order_by(AuditEntry.id.desc())).first()
        return dict(entry.after or {}) if entry else {}


if __name__ == "__main__":
    told = io.StringIO()
    sys.stdout, out = told, sys.stdout
    answer = main(Path(sys.argv[1]))
    out.write(json.dumps(answer))
