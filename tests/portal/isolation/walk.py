"""Everybody at every address with every id: what there is to walk, generated from the application and its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from admin_app.cli import _leaks
from admin_app.kernel.actor import Role
from admin_app.models import DocumentLink
from admin_app.services.portal.previews import Preview, token_of_preview
from admin_app.web.clients import LINK, PORTAL, SEE_AS
from tests.portal.isolation import expected
from tests.portal.isolation.compare import KINDS
from tests.portal.isolation.expected import Rows, View
from tests.portal.isolation.papers import printed_with
from tests.portal.isolation.world import World
from tests.portal.signing import link_path, sign_in_client
from tests.signing import sign_in_as

AS_JSON = {"Accept": "application/json"}
"""Refusals are shorter so, and the same; pages do not differ."""
PEOPLE = (
    ("olga", "alder"), ("kim", "alder"), ("sid", "alder"), ("bill", "alder"), ("mona", "alder"),
    ("rex", "alder"), ("arch", "alder"), ("alder writer", "alder"), ("shay", "alder"), ("shay", "birch"),
    ("birch owner", "birch"), ("cedar owner", "cedar"),
)  # fmt: skip
SHUT_OUT = (
    ("ada", "alder"), ("off", "alder"), ("stranger", "alder"), ("olga", "birch"), ("birch owner", "alder"),
    ("dogwood owner", "dogwood"), ("elder owner", "elder"), ("fir owner", "fir"),
)  # fmt: skip
"""Sessions that stand although nothing is open to them (any more)."""
EYES = (("olga", "alder"), ("otto", "alder"))
"""Through whose eyes the desk looks."""


@dataclass(frozen=True)
class Thing:
    """A record that has a public id."""

    table: str
    id: int
    public_id: str


@dataclass
class Door:
    """Somebody who asks for pages: signed in, by a link, a member of staff with a preview, or nobody."""

    name: str
    way: str
    client: FlaskClient
    view: View | None
    token: str | None = None
    csrf: str = ""
    seen: Mapping[str, set[int]] = field(default_factory=dict)
    printed: frozenset[tuple[str, int]] = frozenset()
    """What papers of what they see carry with them."""

    def may_see(self, thing: Thing) -> bool:
        """What the slow rule says."""
        return thing.id in self.seen.get(thing.table, ())

    def get(self, path: str) -> TestResponse:
        """Ask for a page."""
        return self.client.get(path, headers=AS_JSON)


class Address(_leaks.Address):
    """One address of the portal, as `sawhorse leaks` finds it too."""

    def path(self, door: Door, public_id: str = "") -> str:
        """Where somebody finds it, with this id in each gap."""
        values: dict[str, Any] = dict.fromkeys(self.gaps, public_id) | dict(self.choices)
        if door.token is not None:
            values["token"] = door.token
        built = self.rule.build(values, append_unknown=False)
        assert built is not None, self.rule
        return built[1]


def addresses(app: Flask, way: str, method: str) -> list[Address]:
    """The portal's addresses of one way that take a method, each of its words in turn."""
    found = _leaks.addresses(app, way)
    return [Address(**vars(one)) for one in found if one.method == method]


def everybody(app: Flask, session: Any, rows: Rows, world: World) -> list[Door]:
    """Who walks: people of every standing, holders of links, the desk, and nobody."""
    doors = [*_people(app, rows, world), *_holders(app, session, rows), *_desk(app, rows, world)]
    doors.append(Door("nobody", PORTAL, app.test_client(), None))
    for door in doors:
        door.csrf = token_for(door.client)
        if door.view is not None:
            door.seen = _seen(rows, door.view)
            door.printed = frozenset(printed_with(rows, door.view))
    return doors


def _seen(rows: Rows, view: View) -> dict[str, set[int]]:
    return {
        table: {number for number, row in rows.tables[table].items() if expected.sees(rows, view, table, row)}
        for table in KINDS
    }


def _people(app: Flask, rows: Rows, world: World) -> Iterator[Door]:
    for name, customer in (*PEOPLE, *SHUT_OUT):
        contact, group = world.contacts[name], world.groups[customer]
        client = app.test_client()
        sign_in_client(client, contact, group)
        yield Door(f"{name} at {customer}", PORTAL, client, expected.signed_in(rows, contact, group))


def _holders(app: Flask, session: Any, rows: Rows) -> Iterator[Door]:
    """The holder of a link of each sort: to each kind of thing, alive or dead, for somebody or for whoever has it."""
    sorts: dict[Any, DocumentLink] = {}
    for link in session.scalars(select(DocumentLink).order_by(DocumentLink.id)):
        view = expected.by_link(rows, rows.tables["document_link"][link.id])
        alive = (link.about, view is not None)
        sorts.setdefault((*alive, link.contact_id is None if view is not None else None), link)
    for link in sorts.values():
        view = expected.by_link(rows, rows.tables["document_link"][link.id])
        token = link_path(app, link).rpartition("/")[2]
        name = f"link {link.id} to {link.about}{'' if view else ', dead'}"
        yield Door(name, LINK, app.test_client(), view, token)
    yield Door("a made-up link", LINK, app.test_client(), None, f"{'0' * 20}.{'0' * 32}")


def _desk(app: Flask, rows: Rows, world: World) -> Iterator[Door]:
    secret = app.extensions["sawhorse_settings"].secret_key
    client = app.test_client()
    sign_in_as(client, Role.OWNER)
    for name, customer in EYES:
        contact, group = world.contacts[name], world.groups[customer]
        token = token_of_preview(secret, Preview(contact, group))
        view = expected.signed_in(rows, contact, group, preview=True)
        yield Door(f"the desk as {name}", SEE_AS, client, view, token)
    crew = app.test_client()
    sign_in_as(crew, Role.CREW)
    yield Door("the crew with a preview", SEE_AS, crew, None, token)
    yield Door("nobody with a preview", SEE_AS, app.test_client(), None, token)


def token_for(client: FlaskClient) -> str:
    """A token of this browser's forms."""
    from tests.forms import TOKEN

    for page in ("/login", "/password"):
        found = TOKEN.search(client.get(page).get_data(as_text=True))
        if found:
            return found.group(1)
    raise AssertionError("no page carries a token")


class Things:
    """The records with public ids, and of them so many that each sort of visibility is among them."""

    def __init__(self, rows: Rows, doors: list[Door], each: int) -> None:
        """Read them; `each`: so many of each kind for each set of doors that may see them."""
        self.all = [
            Thing(table, number, row["public_id"])
            for table in KINDS
            for number, row in rows.tables[table].items()
        ]
        self.by_public_id = {thing.public_id: thing for thing in self.all}
        sorts: dict[Any, list[Thing]] = defaultdict(list)
        for thing in self.all:
            sorts[thing.table, self._look(rows, thing), *(door.may_see(thing) for door in doors)].append(
                thing
            )
        self.sample = [thing for several in sorts.values() for thing in several[:each]]
        self.of_table: dict[str, list[Thing]] = defaultdict(list)
        for thing in self.sample:
            self.of_table[thing.table].append(thing)

    @staticmethod
    def _look(rows: Rows, thing: Thing) -> Any:
        """What may decide beside who asks: the state of a record."""
        row = rows.tables[thing.table][thing.id]
        return row.get("state")

    def one_of_each_kind(self, door: Door) -> list[Thing]:
        """Of every kind one that is shown and one that is hidden, where there is such."""
        found = []
        for several in self.of_table.values():
            for shown in (True, False):
                found += [thing for thing in several if door.may_see(thing) is shown][:1]
        return found
