"""The walk: every address of the portal, everybody, every foreign id; nothing is told that is not theirs [114, I16].

Addresses come from the application's url map and records from the tables, so neither a new page nor a new kind of
record can stay outside.  Which kind of record an address shows is found by asking, never written down.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle, islice

import pytest
from sqlalchemy import true

from admin_app.models import Invoice
from admin_app.policy import CLIENT_RULES
from admin_app.web.clients import LINK, PORTAL, SEE_AS
from tests.portal.isolation.compare import tell
from tests.portal.isolation.conftest import NOON
from tests.portal.isolation.expected import Rows
from tests.portal.isolation.reading import text_of
from tests.portal.isolation.walk import Address, Door, Thing, Things, addresses, everybody
from tests.portal.isolation.world import World

FOUND = frozenset({200, 302})
ID = re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])")
MOST_SHOWN, MOST_HIDDEN = 2, 4
"""So many records that a visitor sees, and does not see, are asked for at each address; others by the next visitor."""


@dataclass
class Walk:
    """What was asked and what was told that should not have been."""

    doors: list[Door]
    things: Things
    world: World
    triples: int = 0
    leaks: list[str] = field(default_factory=list)
    own: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Address → the tables whose records it shows."""
    opened: dict[tuple[str, str], set[bool]] = field(default_factory=lambda: defaultdict(set))
    """Address and public id → whether those who may see it were shown it."""

    def ask(self, door: Door, address: Address, thing: Thing | None) -> int:
        """Ask for a page and judge what it tells; gives back the status."""
        path = address.path(door, thing.public_id if thing is not None else "")
        answer = door.get(path)
        self.triples += 1
        what = (
            f"{door.name}: {path} ({thing.table} {thing.id})" if thing is not None else f"{door.name}: {path}"
        )
        if answer.status_code >= 500:
            self.leaks.append(f"{what} breaks with {answer.status_code}")
        if thing is not None and answer.status_code in FOUND and not door.may_see(thing):
            self.leaks.append(f"{what} is answered with {answer.status_code}")
        is_one = bool(address.gaps) or address.name.endswith("pdf")
        along = door.printed if is_one else frozenset()
        self.leaks += [f"{what} tells of {told}" for told in self.told_by(door, text_of(answer), path, along)]
        answer.close()
        return answer.status_code

    def told_by(
        self, door: Door, text: str, path: str, along: frozenset[tuple[str, int]] = frozenset()
    ) -> Iterator[str]:
        """What a text says of records that this visitor does not see, or of ours."""
        for word in sorted(self.world.canaries.found_in(text)):
            made = self.world.canaries.owners.get(word)
            if made is None:
                yield f"a secret of ours, {word}"
            elif made[1] not in door.seen.get(made[0], ()) and made not in along:
                yield f"{made[0]} {made[1]}"
        for public_id in set(ID.findall(text)):
            named = self.things.by_public_id.get(public_id)
            if named is not None and not door.may_see(named) and public_id not in path:
                yield f"the id of {named.table} {named.id}"


@pytest.fixture
def walk(app, session, world):
    """Everybody at the door of an office whose clock stands still."""
    app.extensions["sawhorse_clock"] = NOON
    rows = Rows(session.connection())
    doors = everybody(app, session, rows, world)
    session.rollback()
    return Walk(doors, Things(rows, doors, each=1), world)


def is_shut(status: int, location: str) -> bool:
    """Nobody comes in: they are sent to a door, or there is nothing."""
    return status in (403, 404) or (
        status == 302 and location.startswith(("/portal/sign-in", "/portal/choose", "/login"))
    )


@pytest.mark.parametrize("way", [PORTAL, LINK, SEE_AS])
def test_the_walk_leaves_out_no_address_of_the_portal(app, way):
    """The walk and `sawhorse leaks` find addresses by one function; the map is counted by hand here."""
    stated = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{way}.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    walked = {(one.rule.rule, method) for method in ("GET", "POST") for one in addresses(app, way, method)}

    assert walked == stated
    assert len(stated) > 40


def test_whoever_is_shut_out_opens_nothing_at_all(app, walk):
    """Switched off, archived, of another customer, by dead links, without signing in: each address, with living ids."""
    ids = cycle(walk.things.sample)
    wrong = []
    for door in (door for door in walk.doors if door.view is None):
        for address in addresses(app, door.way, "GET"):
            for thing in islice(ids, 2) if address.gaps else (None,):
                path = address.path(door, thing.public_id if thing is not None else "")
                answer = door.get(path)
                walk.triples += 1
                if not is_shut(answer.status_code, answer.location or ""):
                    wrong.append(f"{door.name}: {path} is answered with {answer.status_code}")
                wrong += [
                    f"{door.name}: {path} tells of {told}"
                    for told in walk.told_by(door, text_of(answer), path)
                ]
                answer.close()

    tell(f"{walk.triples:,} triples of address, account and object, all shut")
    assert not wrong


def in_turn(several: list[Thing], turn: int, most: int) -> list[Thing]:
    """So many of them, from another place on at each turn."""
    start = turn * most % len(several) if several else 0
    return (several[start:] + several[:start])[:most]


def learn(walk: Walk, pages: list[Address]) -> None:
    """Which kinds of record each address shows: ask for one of each kind that somebody sees."""
    people = [door for door in walk.doors if door.way == "portal" and door.view is not None]
    for page in pages:
        for table, several in walk.things.of_table.items():
            for door, thing in ((door, thing) for door in people for thing in several if door.may_see(thing)):
                if walk.ask(door, page, thing) in FOUND:
                    walk.own[page.name].add(table)
                break


def test_nobody_is_shown_what_is_not_theirs(app, walk):
    """0 leaks: foreign ids find nothing, and no page, paper, calendar or header tells of what is hidden."""
    with_ids = [address for address in addresses(app, "portal", "GET") if address.gaps]
    learn(walk, with_ids)
    others = cycle(walk.things.sample)

    for turn, door in enumerate(door for door in walk.doors if door.view is not None):
        for address in addresses(app, door.way, "GET"):
            if not address.gaps:
                walk.ask(door, address, None)
                continue
            own = [thing for table in sorted(walk.own[address.name]) for thing in walk.things.of_table[table]]
            shown = in_turn([thing for thing in own if door.may_see(thing)], turn, MOST_SHOWN)
            most = MOST_HIDDEN if door.way == "portal" else MOST_HIDDEN // 2
            hidden = in_turn([thing for thing in own if not door.may_see(thing)], turn, most)
            for thing in (*shown, *hidden, *islice(others, 1)):
                status = walk.ask(door, address, thing)
                if door.way == "portal" and thing in shown:
                    walk.opened[address.name, thing.public_id].add(status in FOUND)

    tell(f"{walk.triples:,} triples of address, account and object walked, {len(walk.leaks)} leaks")
    assert not walk.leaks
    blind = [address.name for address in with_ids if not walk.own[address.name]]
    assert not blind, "the world lacks a record that these addresses show, so nothing is known of them"
    fickle = [what for what, shown in walk.opened.items() if len(shown) > 1]
    assert not fickle, "shown to one of those who may see it and not to another"


def test_the_walk_notices_a_rule_that_is_gone(app, walk):
    """Sid sees no bill; with the rule of bills gone, the page, its words and the list give it away."""
    sid = next(door for door in walk.doors if door.name == "sid at alder")
    kept = CLIENT_RULES[Invoice]
    CLIENT_RULES[Invoice] = (replace(kept[0], holds=lambda _scope: true()),)
    try:
        for address in addresses(app, "portal", "GET"):
            if address.rule.rule.startswith("/portal/invoices/"):
                for thing in walk.things.of_table["invoice"][:2] if address.gaps else (None,):
                    walk.ask(sid, address, thing)
    finally:
        CLIENT_RULES[Invoice] = kept

    assert any("is answered with 200" in leak for leak in walk.leaks)
    assert any("tells of invoice" in leak and "/pdf" in leak for leak in walk.leaks)
    assert any("/portal/invoices/ tells of the id of invoice" in leak for leak in walk.leaks)
