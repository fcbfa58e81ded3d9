"""A small company for the browser to work in: its owner, a colleague, one brand, on a SQLite file of its own."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.app import create_app
from admin_app.config import Settings, read_settings
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.passwords import Passwords
from seeds.builders import a_brand, a_company, a_user
from tests.fixtures.databases import migrated_file

PASSWORD = "a long password of the office"


@dataclass(frozen=True)
class SmallCompany:
    """An application with its settings; `session()` opens its database beside the browser."""

    app: Flask
    settings: Settings
    clock: Clock = field(default_factory=lambda: SystemClock("Europe/London"))

    def session(self) -> OfficeSession:
        """A session of the program itself, to put things in place and to look behind the pages."""
        info = {"actor": SYSTEM, "clock": self.clock, "door": "test"}
        return OfficeSession(open_engine(self.settings.database_url), expire_on_commit=False, info=info)


def found(home: Path, clock: Clock | None = None) -> SmallCompany:
    """Found the company in an empty folder; `clock` stands in for the machine's."""
    url = f"sqlite:///{home / 'office.sqlite'}"
    told = {
        "SAWHORSE_HOME": str(home),
        "SAWHORSE_DATABASE_URL": url,
        "SAWHORSE_SECRET_KEY": "for tests only " * 3,
    }
    settings = replace(read_settings(told), testing=True, hash_time_cost=1, hash_memory_kib=8)
    shutil.copyfile(migrated_file(), home / "office.sqlite")
    told_time = clock or SystemClock("Europe/London")
    company = SmallCompany(create_app(settings, clock), settings, told_time)
    with writing(), company.session() as session:
        a_company(session)
        a_brand(session, is_default=True)
        for who in ("ann", "bea"):
            a_user(session, who, password_hash=Passwords.by(settings).hash(PASSWORD))
        session.commit()
    return company


def sign_in(page: Page, address: str, who: str = "ann") -> None:
    """Somebody of the cast comes to work."""
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill(f"{who}@ashworth.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/admin/"))


def say_yes_to_all(phone: Page) -> None:
    """Every question of a crew's form that is answered by yes or no, once the form has come."""
    expect(phone.get_by_role("button", name="Save the form")).to_be_visible()
    for yes in phone.get_by_label("Yes").all():
        yes.check()
