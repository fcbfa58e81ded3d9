"""One metric layer: every door prints the same string for the same question, to the letter [129, L1].

Two hundred random questions to the office of the oracle: explorer, dashboard tile, download, API, command and notebook
are compared with the desk; the profile prints the figures of its customer.
"""

from __future__ import annotations

import csv
import html
import io
import json
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import select

from admin_app.config import read_settings
from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.models import CustomerGroup, SavedReport, User
from reports.engine import Answer, Desk, Query
from reports.engine.book import open_book
from reports.metrics import METRICS
from reports.pages.dashboards import MOST_TILES
from reports.sources import DIMENSIONS
from tests.api.program import API, Program, a_token
from tests.cli.typing import environment, type_command
from tests.fixtures.databases import migrated_file
from tests.reports.oracle import kept_office, office
from tests.signing import sign_in_as

if TYPE_CHECKING:
    from tests.fixtures.office import Opening

COUNT = 200
OF_EACH = 3
SEED = 129
SOME = 4
"""Every fourth question is asked at the explorer and downloaded too; the other doors answer them all."""
DAYS = 12
"""Days of the office on which something happens: what is compared is printing, which more records make no stricter."""
ADA = Actor(ActorKind.STAFF, "Ada Brandt", id=None, role=Role.ANALYST)


@dataclass(frozen=True)
class Told:
    """A question and what the desk prints: the figure, and each mark."""

    query: Query
    text: str
    marks: list[str]

    @classmethod
    def by(cls, answer: Answer) -> Told:
        return cls(answer.query, answer.text, [one.text for one in answer.marks])


@pytest.fixture(scope="module")
def office_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The office of the oracle in its first days and its last: two years, but few records."""
    file = tmp_path_factory.mktemp("one-string") / "office.sqlite"
    shutil.copyfile(migrated_file(), file)
    url = f"sqlite:///{file}"
    with kept_office.opened(url) as session:
        office.build(session, days=DAYS)
        session.commit()
    return url


@pytest.fixture(scope="module")
def told(office_url: str) -> list[Told]:
    """The questions with what the desk prints."""
    with kept_office.opened(office_url) as session:
        desk = Desk(session, ADA, office.clock_of(office.LAST))
        return [Told.by(desk.ask(query)) for query in questions(desk)]


@pytest.fixture
def door(office_url: str, tmp_path: Path, open_office: Opening) -> Flask:
    """The application on that copy."""
    settings = read_settings(environment(tmp_path / "home", office_url))
    app = open_office(replace(settings, testing=True, hash_time_cost=1, hash_memory_kib=8))
    app.extensions["sawhorse_clock"] = office.clock_of(office.LAST)
    return app


def questions(desk: Desk) -> Iterator[Query]:
    """Each metric three times and any metric for the rest: split, filtered, of a period, as of a day."""
    dice = random.Random(SEED)
    names = sorted(METRICS) * OF_EACH
    names += [dice.choice(sorted(METRICS)) for _ in range(COUNT - len(names))]
    for name in names:
        metric = METRICS[name]
        as_of = office.LAST - timedelta(days=dice.choice([0, 0, 0, 30, 200]))
        query = Query(name, as_of=as_of)
        if not metric.stock and dice.random() < 0.3:
            start = office.FIRST + timedelta(days=dice.randint(0, 200))
            query = replace(query, start=start, end=start + timedelta(days=dice.randint(100, 500)))
        real = [one for one in metric.dimensions if one in DIMENSIONS]
        if dice.random() < 0.3:
            split = dice.choice([one for one in real if one != "day"])
            keys = [mark.keys[0] for mark in desk.ask(replace(query, by=(split,))).marks]
            if keys:
                query = query.narrowed({split: dice.choice(keys)})
        yield replace(query, by=tuple(dice.sample(real, dice.choice([0, 1, 1, 2]))))


def figures_on(page: str) -> list[str]:
    """The large figures of a page."""
    return [html.unescape(found).strip() for found in re.findall(r'<p class="ra-figure">([^<]*)</p>', page)]


def test_there_are_two_hundred_questions_that_have_rows(told: list[Told]) -> None:
    split = [one for one in told if one.query.by]

    assert len(told) >= COUNT
    assert {one.query.metric for one in told} == set(METRICS)
    assert sum(bool(one.marks) for one in split) > len(split) * 0.6
    assert len({one.text for one in told}) > COUNT / 5


def test_the_explorer_prints_what_the_desk_prints(told: list[Told], door: Flask) -> None:
    client = door.test_client()
    sign_in_as(client)

    for one in told[::SOME]:
        page = client.get("/reports/explore", query_string=one.query.args(), follow_redirects=True)
        assert page.status_code == 200, one.query
        assert figures_on(page.get_data(as_text=True)) == [one.text], one.query


def test_the_download_prints_what_the_desk_prints(told: list[Told], door: Flask) -> None:
    client = door.test_client()
    sign_in_as(client)

    for one in told[::SOME]:
        answer = client.get("/reports/figure.csv", query_string=one.query.args())
        lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        printed = [line["As printed"].removeprefix("'") for line in lines]
        assert printed == (one.marks if one.query.by or one.marks else [one.text]), one.query


def test_tiles_print_what_the_desk_prints(told: list[Told], door: Flask, office_url: str) -> None:
    client = door.test_client()
    sign_in_as(client)

    for first in range(0, len(told), MOST_TILES):
        some = told[first : first + MOST_TILES]
        with kept_office.opened(office_url) as session:
            for old in session.scalars(select(SavedReport)):
                session.delete(old)
            owner = session.scalars(select(User).where(User.role == Role.OWNER)).one()
            for place, one in enumerate(some):
                session.add(
                    SavedReport(title=f"Tile {place}", query=one.query.address, owner_id=owner.id,
                                position=place, on_dashboard=True)
                )  # fmt: skip
            session.commit()
        page = client.get("/reports/dashboards").get_data(as_text=True)
        assert figures_on(page) == [one.text for one in some]


def test_the_api_prints_what_the_desk_prints(told: list[Told], door: Flask) -> None:
    program = Program(door.test_client(), a_token(door).secret)

    for one in told:
        address = f"{API}/metrics/{one.query.metric}"
        answer = program.client.get(
            address, headers=program.headers, query_string=one.query.args()[1:]
        ).get_json()
        assert answer.get("text") == one.text, (one.query, answer)
        assert [mark["text"] for mark in answer["by"]] == one.marks, one.query


def test_the_command_prints_what_the_desk_prints(told: list[Told], office_url: str, tmp_path: Path) -> None:
    environs = environment(tmp_path / "home", office_url)

    for one in told:
        answer = type_command(environs, "metric", one.query.metric, *_typed(one.query), "--json")
        assert answer.exit_code == 0, answer.output
        found = json.loads(answer.stdout)
        assert found["text"] == one.text, one.query
        assert [mark["text"] for mark in found["by"]] == one.marks, one.query


def test_notebooks_print_what_the_desk_prints(told: list[Told], office_url: str) -> None:
    with open_book(office_url, clock=office.clock_of(office.LAST)) as book:
        for one in told:
            query = one.query
            where: dict[str, list[str]] = {}
            for name, key in query.where:
                where.setdefault(name, []).append(key)
            answer = book.ask(
                query.metric, query.by, where, start=query.start, end=query.end, as_of=query.as_of
            )
            assert answer.text == one.text, query
            assert list(answer.frame()["text"]) == one.marks, query


def _typed(query: Query) -> list[str]:
    """The question as words of the command."""
    days = (("--from", query.start), ("--to", query.end), ("--as-of", query.as_of))
    return [
        *(word for name in query.by for word in ("--by", name)),
        *(word for option, day in days if day is not None for word in (option, day.isoformat())),
        *(word for name, key in query.where for word in ("--where", f"{name}={key}")),
    ]


def test_the_profile_prints_the_figures_of_its_customer(door: Flask, office_url: str) -> None:
    client = door.test_client()
    sign_in_as(client)
    with kept_office.opened(office_url) as session:
        desk = Desk(session, ADA, office.clock_of(office.LAST))
        people = session.scalars(select(CustomerGroup.id).order_by(CustomerGroup.id)).all()
        expected = {
            (number, name): desk.ask(Query(name, where=(("customer", str(number)),)))
            for number in people
            for name in ("invoiced", "collected")
        }

    pages = {
        number: html.unescape(client.get(f"/admin/customers/{number}/analytics").get_data(as_text=True))
        for number in people
    }
    for (number, name), answer in expected.items():
        # Where there are several currencies the figure of each is a mark of its own.
        for text in [one.text for one in answer.marks] or [answer.text]:
            assert text in pages[number], (number, name)
    assert any(answer.rows for answer in expected.values())
