"""Measuring: a generated company in a home of its own, walked by a signed-in owner through the real application."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sqlalchemy import Engine, event, func, select

import admin_app.records  # noqa: F401  switches the history on
from admin_app.cli._demo import move_in_folder
from admin_app.cli._office import who_types
from admin_app.config import Settings, read_settings
from admin_app.kernel.actor import Role
from admin_app.kernel.clock import SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.models import Company, CustomerGroup, Tag, User, migrate
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services import staff_sessions
from admin_app.services.staff_sessions import Lifetimes, Visitor
from seeds.generator import COMMON, RARE, write_company

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

TIMES = 7
"""How often a page is asked for; the median counts, after one turn to warm up."""
ROWS = 50
"""Rows of a page."""


@dataclass(frozen=True)
class Figure:
    """What one act cost at one size; times in milliseconds, `ratio` to what it is compared with, memory in MB."""

    name: str
    groups: int
    cpu_ms: float
    wall_ms: float
    statements: int
    ratio: float | None = None
    rows_per_second: float | None = None
    peak_mb: float | None = None


@dataclass
class Counted:
    """Counts the statements of an engine."""

    statements: int = 0

    def watch(self, engine: Engine) -> None:
        """Count what this engine is given from now on."""
        event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.statements += 1


@dataclass
class Cost:
    """What happened inside `with measured(…)`."""

    cpu_ms: float = 0.0
    wall_ms: float = 0.0
    statements: int = 0


@contextmanager
def measured(counter: Counted) -> Iterator[Cost]:
    """What is done inside, told when it is done."""
    cost, before = Cost(), counter.statements
    cpu, wall = time.process_time(), time.perf_counter()
    yield cost
    cost.cpu_ms = (time.process_time() - cpu) * 1000
    cost.wall_ms = (time.perf_counter() - wall) * 1000
    cost.statements = counter.statements - before


def measure_size(groups: int, home: Path, database_url: str | None) -> list[Figure]:
    """Every figure at this size; raises Unmet for a database that is not empty, or a page that refuses."""
    settings = new_office(home, database_url)
    engine = open_engine(settings.database_url)
    try:
        found_company(engine)
        moved = measure_import(engine, settings, groups)
    finally:
        engine.dispose()
    return [*_measure_pages(settings, groups), moved]


def new_office(home: Path, database_url: str | None) -> Settings:
    """The settings of an office in a home of its own, its tables made; raises Unmet for a database in use."""
    told = {"SAWHORSE_HOME": str(home), "SAWHORSE_SECRET_KEY": secrets.token_urlsafe(48)}
    settings = read_settings(told | ({"SAWHORSE_DATABASE_URL": database_url} if database_url else {}))
    if migrate.current(settings.database_url) is not None:
        raise Unmet("bench needs an empty database; this one holds tables already")
    migrate.upgrade(settings.database_url)
    return settings


def found_company(engine: Engine) -> None:
    """The company and its owner, into empty tables."""
    info = {"actor": who_types(), "clock": SystemClock(), "door": "bench"}
    with writing(), OfficeSession(engine, info=info) as session:
        session.add(Company(id=1, name="Bench & Sons", currency="EUR"))
        session.add(User(name="Ann", email="ann@bench.example", role=Role.OWNER))
        session.commit()


def measure_import(engine: Engine, settings: Settings, groups: int) -> Figure:
    """What moving so many generated customers in costs."""
    rows = sum(write_company(groups, settings.home / "generated").values())
    counter = Counted()
    counter.watch(engine)
    with measured(counter) as cost:
        move_in_folder(engine, settings, settings.home / "generated", "bench")
    speed = rows / cost.wall_ms * 1000
    return Figure("import", groups, cost.cpu_ms, cost.wall_ms, cost.statements, rows_per_second=speed)


def _measure_pages(settings: Settings, groups: int) -> list[Figure]:
    from admin_app.app import create_app
    from admin_app.web.database import db

    app = create_app(settings)
    counter = Counted()
    with app.app_context():
        engine = db.engine
        counter.watch(engine)
        bench = _Bench(app.test_client(), engine, counter, groups)
        try:
            bench.sign_in(settings)
            bench.walk()
        finally:
            engine.dispose()
    return bench.figures


@dataclass
class _Bench:
    """One owner's walk through the pages at one size."""

    client: FlaskClient
    engine: Engine
    counter: Counted
    groups: int
    figures: list[Figure] = field(default_factory=list)
    minimal_ms: float = 1.0

    def sign_in(self, settings: Settings) -> None:
        """Begin a session as the front door would, without its slow hash."""
        info = {"actor": who_types(), "clock": SystemClock(), "door": "bench"}
        with writing(), OfficeSession(self.engine, info=info, expire_on_commit=False) as session:
            owner = session.scalars(select(User).where(User.role == Role.OWNER)).one()
            lifetimes = Lifetimes(timedelta(hours=12), timedelta(days=1))
            token = staff_sessions.begin(session, owner, Visitor("127.0.0.1"), lifetimes, SystemClock())
            session.commit()
        with self.client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True

    def walk(self) -> None:
        """Measure every page of the table, the cheapest first."""
        somebody, tag = self._somebody(), self._tag()
        minimal = self._repeat("minimal page", _minimal_page(self.engine))
        self.minimal_ms = max(minimal.cpu_ms, 0.001)
        pages = {
            "list": "/admin/groups/",
            "deep page": self._deep("/admin/groups/"),
            "search, rare name": f"/admin/contacts/?search={RARE}",
            "search, common name": f"/admin/contacts/?search={COMMON}",
            "search, two letters": f"/admin/contacts/?search={COMMON[:2]}",
            "hub search by contact": f"/admin/customers/search?{urlencode({'q': RARE})}",
            "tag filter": f"/admin/groups/?tags.any={tag}",
            "related sort": "/admin/invoices/?sort=group",
            "edit form": f"/admin/groups/edit/?id={somebody}",
            "profile": f"/admin/customers/{somebody}",
        }
        for name, address in pages.items():
            self._repeat(name, lambda address=address: self._get(address))  # type: ignore[misc]
        self._measure_save(f"/admin/groups/edit/?id={somebody}")
        self._measure_export("/admin/groups/export/csv/")

    def _repeat(self, name: str, act: Callable[[], object]) -> Figure:
        act()
        costs = []
        for _ in range(TIMES):
            with measured(self.counter) as cost:
                act()
            costs.append(cost)
        figure = self._figure(name, costs)
        self.figures.append(figure)
        return figure

    def _figure(self, name: str, costs: list[Cost], rows: int | None = None) -> Figure:
        cpu = statistics.median(cost.cpu_ms for cost in costs)
        wall = statistics.median(cost.wall_ms for cost in costs)
        return Figure(
            name,
            self.groups,
            cpu,
            wall,
            max(cost.statements for cost in costs),
            ratio=None if rows is not None or name == "minimal page" else cpu / self.minimal_ms,
            rows_per_second=None if rows is None else rows / wall * 1000,
        )

    def _get(self, address: str) -> TestResponse:
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise Unmet(f"{address} answered {answer.status_code}; there is nothing to measure")
        answer.get_data()
        return answer

    def _deep(self, address: str) -> str:
        """The page after the one in the middle, by the link that the list itself gives."""
        middle = self._get(f"{address}?page={max(1, self.groups // ROWS // 2)}").text
        links = [link for link in _Links.of(middle) if "after=" in link]
        if not links:
            raise Unmet(f"{address} has no next page at {self.groups:,} groups")
        return links[0]

    def _measure_save(self, address: str) -> None:
        costs = []
        for turn in range(TIMES):
            fields = _FormFields.of(self._get(address).text) | {"notes": f"Rang on turn {turn}"}
            with measured(self.counter) as cost:
                answer = self.client.post(address, data=fields)
            if answer.status_code not in (302, 303):
                raise Unmet(f"Saving answered {answer.status_code}; there is nothing to measure")
            costs.append(cost)
        self.figures.append(self._figure("save", costs))

    def _measure_export(self, address: str) -> None:
        with measured(self.counter) as cost:
            lines = self._get(address).get_data().count(b"\n")
        self.figures.append(self._figure("export", [cost], rows=lines))

    def _somebody(self) -> int:
        """A customer in the middle of the list."""
        with self.engine.connect() as connection:
            found = connection.scalar(
                select(CustomerGroup.id).where(CustomerGroup.external_id == f"G{self.groups // 2 + 1:07}")
            )
        if found is None:
            raise Unmet("The generated company did not arrive")
        return int(found)

    def _tag(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalar(select(func.min(Tag.id))) or 0)


def _minimal_page(engine: Engine) -> Callable[[], object]:
    """The same rows through a bare Flask: one statement on one table, no rights, no links, no frame."""
    from flask import Flask, render_template_string

    bare = Flask("minimal")
    shown = (CustomerGroup.id, CustomerGroup.name, CustomerGroup.kind, CustomerGroup.rating, CustomerGroup.balance)
    statement = select(*shown).order_by(CustomerGroup.sort_name, CustomerGroup.id).limit(ROWS)
    template = (
        "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
    )

    @bare.get("/")
    def page() -> str:
        with engine.connect() as connection:
            return render_template_string(template, rows=connection.execute(statement).all())

    client = bare.test_client()
    return lambda: client.get("/").get_data()


class _Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, page: str) -> list[str]:
        reader = cls()
        reader.feed(page)
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if tag == "a" and address:
            self.found.append(address)


class _FormFields(HTMLParser):
    """What a browser would send for the form with the most fields on a page, unchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = [{}]
        self._select: str | None = None
        self._textarea: str | None = None

    @classmethod
    def of(cls, page: str) -> dict[str, str]:
        reader = cls()
        reader.feed(page)
        return max(reader.forms, key=len)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.forms[-1][self._select] = given.get("value") or ""
        elif tag == "textarea" and name:
            self._textarea = name
            self.forms[-1][name] = ""
        elif tag == "input" and name and given.get("type") not in ("submit", "file", "image"):
            if given.get("type") in ("checkbox", "radio") and "checked" not in given:
                return
            self.forms[-1][name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1][self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None
