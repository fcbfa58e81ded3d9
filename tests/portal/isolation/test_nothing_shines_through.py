"""What is hidden changes nothing: pages, counts, sums and orders are the same whether it is there or not [114, I16].

Counts and balances name no record, so no word of one can be searched in them; they are compared instead.
"""

from __future__ import annotations

import re

from flask import Flask

from tests.fixtures.office import rows_at
from tests.portal.isolation.compare import tell
from tests.portal.isolation.conftest import NOON, keeper
from tests.portal.isolation.expected import Rows
from tests.portal.isolation.reading import pdf_text
from tests.portal.isolation.walk import Door, addresses, everybody
from tests.portal.isolation.world import write_more

WATCHERS = (
    "olga at alder",
    "kim at alder",
    "bill at alder",
    "mona at alder",
    "arch at alder",
    "shay at alder",
    "shay at birch",
)
DRAWN_ANEW = re.compile(r'(?<![\w-])[\w-]{22}(?![\w-])|value="[\w.-]{40,}"|nonce="[^"]*"')
"""Keys and tokens of forms, fresh on each page."""


def pages_of(app: Flask, door: Door) -> dict[str, str]:
    """Every page of the portal that names no record: the first page, lists, the statement and its paper."""
    pages = {}
    for address in addresses(app, door.way, "GET"):
        if address.gaps:
            continue
        answer = door.client.get(address.path(door))
        body = answer.get_data()
        is_paper = answer.mimetype == "application/pdf"
        pages[address.name] = (
            pdf_text(body) if is_paper else DRAWN_ANEW.sub("", body.decode("utf-8", "replace"))
        )
        answer.close()
    return pages


def test_pages_are_the_same_with_and_without_what_is_hidden(app, session, world, database, settings):
    app.extensions["sawhorse_clock"] = NOON
    doors = [
        door for door in everybody(app, session, Rows(session.connection()), world) if door.name in WATCHERS
    ]
    session.rollback()
    before = {door.name: pages_of(app, door) for door in doors}

    with rows_at(database, NOON) as rows:
        write_more(rows, NOON, keeper(settings.files / "more"), world)

    compared, differ = 0, []
    for door in doors:
        for name, page in pages_of(app, door).items():
            compared += 1
            if page != before[door.name][name]:
                differ.append(f"{door.name}: {name}")
    tell(f"{compared} pages of {len(doors)} people are the same with more of what they do not see")
    assert len(doors) == len(WATCHERS) and compared > 60
    assert not differ
