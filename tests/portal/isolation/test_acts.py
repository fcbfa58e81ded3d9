"""Acts on what is not theirs: refused like what is not there, and nothing is changed [114, 117; security.md, "Access"].

What the forms send is read from the pages themselves; ids in addresses, in form fields and in query strings are each
replaced by foreign ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import Engine, MetaData
from werkzeug.exceptions import HTTPException

from tests.portal.isolation.compare import tell
from tests.portal.isolation.conftest import NOON
from tests.portal.isolation.expected import Rows
from tests.portal.isolation.reading import Form, is_page, plain, read_page, text_of
from tests.portal.isolation.walk import Door, Thing, Things, addresses, everybody
from tests.portal.isolation.world import World

REFUSED = 400
READERS = ("olga at alder", "kim at alder", "alder writer at alder", "cedar owner at cedar")
"""Whose pages are read for forms, beside those of the links."""
MOST_PAGES = 1
"""So many pages of one address are read for each reader."""
Dump = dict[str, frozenset[Any]]


@dataclass
class Offered:
    """What the pages of one visitor offer: forms by the address they go to, and addresses with questions in them."""

    forms: dict[str, tuple[Form, dict[str, Any]]] = field(default_factory=dict)
    questions: set[str] = field(default_factory=set)


class Office:
    """The running office: what stands in its tables, and which address a path belongs to."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        """Read the shape of the tables once."""
        self.map, self.engine, self.metadata = app.url_map.bind("localhost"), engine, MetaData()
        self.metadata.reflect(engine)

    def dump(self) -> Dump:
        """Every row of every table."""
        with self.engine.connect() as connection:
            return {
                name: frozenset(
                    tuple(map(str, row)) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')
                )
                for name in self.metadata.tables
                if not name.startswith("search_fts")
            }

    def names(self, written: Dump, before: Dump, thing: Thing) -> list[str]:
        """The tables in which a row that was written since names a record."""
        found = []
        for name, rows in written.items():
            columns = list(self.metadata.tables[name].columns)
            for row in rows - before[name]:
                for column, value in zip(columns, row, strict=True):
                    targets = {key.column.table.name for key in column.foreign_keys}
                    if thing.table in targets and value == str(thing.id):
                        found.append(f"{name}.{column.name}")
        return found

    def address_of(self, path: str, method: str = "POST") -> tuple[str, dict[str, Any]] | None:
        """The endpoint and the gaps of a path of ours."""
        try:
            endpoint, values = self.map.match(path, method=method)
        except HTTPException:
            return None
        return str(endpoint), dict(values)

    def offered_to(self, door: Door) -> Offered:
        """Follow the ways that pages offer, from the first on, and collect their forms."""
        offered, read = Offered(), dict[str, int]()
        start = f"/portal/d/{door.token}/" if door.way == "portal_link" else "/portal/"
        waiting, known = deque([start]), {start}
        while waiting:
            path = waiting.popleft()
            asked = self.address_of(urlsplit(path).path, "GET")
            if (
                asked is None
                or not asked[0].startswith(f"{door.way}.")
                or read.get(asked[0], 0) >= MOST_PAGES
            ):
                continue
            read[asked[0]] = read.get(asked[0], 0) + 1
            answer = door.get(path)
            found = [answer.location] if answer.location else []
            if is_page(answer):
                page = read_page(answer.get_data(as_text=True))
                found += page.addresses
                for form in page.forms:
                    self._keep(form, path, offered)
            answer.close()
            for address in found:
                if address.startswith("/portal/") and address not in known:
                    known.add(address)
                    waiting.append(address)
                    if "?" in address:
                        offered.questions.add(address)
        return offered

    def _keep(self, form: Form, path: str, offered: Offered) -> None:
        form.action = form.action or path
        goes_to = self.address_of(urlsplit(form.action).path)
        if form.method == "POST" and goes_to is not None and goes_to[0].startswith("portal"):
            offered.forms.setdefault(goes_to[0], (form, goes_to[1]))


@dataclass
class Stage:
    """Everybody, everything, and what the pages offer to those whose pages were read."""

    app: Flask
    office: Office
    doors: list[Door]
    things: Things
    world: World
    offers: list[tuple[Door, Offered]]

    def form_for(self, name: str, way: str) -> dict[str, Any]:
        """What a form to an address sends, as some page offered it."""
        for _, offered in self.offers:
            for endpoint in (f"{way}.{name}", f"portal.{name}", f"portal_link.{name}"):
                if endpoint in offered.forms:
                    return plain(offered.forms[endpoint][0].values)
        return {}

    def fields_with_ids(self) -> Iterator[tuple[Door, Form, str, Thing]]:
        """Every field of every form that carries the id of a record."""
        for door, offered in self.offers:
            for endpoint, (form, _) in offered.forms.items():
                if not endpoint.startswith("portal_door."):
                    for name, values in form.values.items():
                        for value in values[:1]:
                            if value in self.things.by_public_id:
                                yield door, form, name, self.things.by_public_id[value]


@pytest.fixture
def stage(app, session, world):
    """Everybody at the doors, and the forms of those whose pages are read."""
    app.extensions["sawhorse_clock"] = NOON
    rows = Rows(session.connection())
    doors = everybody(app, session, rows, world)
    session.rollback()
    office = Office(app, session.get_bind())
    holders = [
        door for door in doors if door.way == "portal_link" and door.view is not None and door.view.contact
    ]
    readers = [*(door for door in doors if door.name in READERS), *holders]
    offers = [(door, office.offered_to(door)) for door in readers]
    return Stage(app, office, doors, Things(rows, doors, each=1), world, offers)


def test_acts_on_what_is_not_theirs_are_refused_and_change_nothing(stage):
    """Every address that takes a POST × everybody × foreign ids, with what its form sends."""
    triples, wrong, others = 0, [], cycle(stage.things.sample)
    before = stage.office.dump()
    for door in stage.doors:
        for address in addresses(stage.app, door.way, "POST"):
            told = stage.form_for(address.name, door.way) | {"csrf_token": door.csrf}
            most = 4 if door.way == "portal" and door.view is not None else 2
            hidden = (one for one in others if not door.may_see(one))
            for thing in islice(hidden, most if address.gaps else 0):
                answer = door.client.post(address.path(door, thing.public_id), data=told)
                triples += 1
                shut = answer.status_code in (302, 303) and door.view is None
                if answer.status_code not in (403, 404, 409) and not shut:
                    wrong.append(f"{door.name}: {answer.request.path} ({thing.table}) {answer.status_code}")
                answer.close()

    tell(f"{triples:,} triples of acting address, account and foreign object, all refused")
    assert not wrong
    assert stage.office.dump() == before


def test_foreign_ids_in_fields_of_forms_are_refused_or_pass_by(stage):
    """Ticks, choices and hidden fields that name records, each with ids that the client does not see."""
    fields, wrong = 0, []
    for door, form, name, shown in stage.fields_with_ids():
        foreign = [one for one in stage.things.of_table[shown.table] if not door.may_see(one)]
        for thing in foreign[:4]:
            fields += 1
            before = stage.office.dump()
            told = plain(form.values) | {name: thing.public_id, "csrf_token": door.csrf}
            answer = door.client.post(form.action, data=told)
            after = stage.office.dump()
            if answer.status_code >= REFUSED and after != before:
                wrong.append(f"{door.name}: {form.action} {name} was refused and wrote something")
            named = stage.office.names(after, before, thing)
            wrong += [
                f"{door.name}: {form.action} {name}={thing.table} {thing.id} is in {one}" for one in named
            ]
            if thing.public_id in (answer.location or ""):
                wrong.append(f"{door.name}: {form.action} {name} leads to {answer.location}")
            answer.close()

    tell(f"{fields} fields of forms with foreign ids")
    assert not wrong


def test_foreign_ids_in_questions_tell_nothing(stage):
    """Filters and preselections in query strings."""
    asked, wrong = 0, []
    for door, offered in stage.offers:
        for path in sorted(offered.questions):
            parts = urlsplit(path)
            values = dict(parse_qsl(parts.query))
            for name, value in values.items():
                named = stage.things.by_public_id.get(value)
                hidden = stage.things.of_table[named.table] if named is not None else []
                for thing in [one for one in hidden if not door.may_see(one)][:3]:
                    asked += 1
                    answer = door.get(f"{parts.path}?{urlencode(values | {name: thing.public_id})}")
                    text = text_of(answer)
                    owners = {
                        stage.world.canaries.owners.get(word) for word in stage.world.canaries.found_in(text)
                    }
                    if (thing.table, thing.id) in owners:
                        wrong.append(f"{door.name}: {path} tells of {thing}")
                    answer.close()

    tell(f"{asked} questions with foreign ids")
    assert not wrong


def test_the_forms_reach_what_is_theirs_and_mails_tell_readers_only_what_they_see(stage, session):
    """The same forms with the ids they came with are not "nothing here"; so the refusals above mean something."""
    tried: set[str] = set()
    blind: set[str] = set()
    for door, offered in stage.offers:
        for endpoint, (form, values) in offered.forms.items():
            if values.get("public_id") is None:
                continue
            answer = door.client.post(form.action, data=plain(form.values) | {"csrf_token": door.csrf})
            (tried if answer.status_code != 404 else blind).add(endpoint.rpartition(".")[2])
            answer.close()

    assert not blind - tried
    with_ids = {address.name for address in addresses(stage.app, "portal", "POST") if address.gaps}
    tried |= set(reached_without_a_form(stage, with_ids - tried))
    tell(f"acts that reach what is theirs: {len(tried & with_ids)} of {len(with_ids)}")
    assert with_ids <= tried, "nothing is known of these: the world lacks what they act on"
    rows = Rows(session.connection())
    seen = {door.view.contact: door for door in stage.doors if door.view is not None and door.way == "portal"}
    for mail in rows.all("outbox_message"):
        reader = seen.get(mail["contact_id"])
        words = stage.world.canaries.found_in(f"{mail['subject']}\n{mail['body']}")
        assert reader is None or all(_may_read(stage.world, reader, word) for word in words), mail


def reached_without_a_form(stage: Stage, names: set[str]) -> Iterator[str]:
    """Acts that no page offered which was read: tried with nothing but the token, on whatever somebody sees."""
    for address in addresses(stage.app, "portal", "POST"):
        if address.name not in names:
            continue
        mine = (
            (door, thing)
            for door in stage.doors
            if door.way == "portal" and door.view is not None
            for thing in stage.things.one_of_each_kind(door)
            if door.may_see(thing)
        )
        for door, thing in mine:
            answer = door.client.post(address.path(door, thing.public_id), data={"csrf_token": door.csrf})
            answer.close()
            if answer.status_code != 404:
                yield address.name
                break


def _may_read(world: World, reader: Door, word: str) -> bool:
    made = world.canaries.owners.get(word)
    return made is not None and (made[1] in reader.seen.get(made[0], ()) or made in reader.printed)
