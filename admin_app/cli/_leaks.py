"""The walk of `sawhorse leaks`: everybody at every address of the portal with ids that are not theirs [114, I16].

Addresses come from the application's url map, records from the tables, and what may be seen from the policy.  The
application answers as always; its database is a rehearsal, so that nothing of the walk remains.
"""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, NumberConverter

from admin_app.kernel.actor import SYSTEM, Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Contact, DocumentLink, Entity, PortalAccount, PortalSession
from admin_app.models.base import OfficeSession
from admin_app.policy import (
    CLIENT_RULES,
    Closed,
    as_client,
    client_scope,
    clients_of,
    explain,
    link_scope,
    visible,
)
from admin_app.services.portal import links, sessions
from admin_app.services.staff_sessions import Lifetimes, Visitor, token_hash
from admin_app.web.clients import COOKIE, LINK, PORTAL

DOORS = ("/portal/sign-in", "/portal/choose", "/portal/password")
FIRST_REFUSAL = 400
NAMED = re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])")
"""What looks like the public id of a record."""
NUMBERED = re.compile(r"(?<![\w-])[A-Za-z][\w/-]{2,40}\d(?![\w-])")
"""What looks like the number of a document."""
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Leak:
    """Somebody was shown something: who, at which address, what."""

    who: str
    address: str
    what: str


@dataclass
class Report:
    """What was walked, and what was found; a triple is an address asked by somebody for one record."""

    accounts: int = 0
    links: int = 0
    addresses: int = 0
    triples: int = 0
    leaks: list[Leak] = field(default_factory=list)


@dataclass(frozen=True)
class Address:
    """One address of the portal; `choices` fill its gaps beside the ids."""

    name: str
    method: str
    rule: Rule
    gaps: tuple[str, ...]
    choices: tuple[tuple[str, Any], ...]

    @property
    def part(self) -> str:
        """The part of the portal in which it lies: what is shown and what is done there are of one kind."""
        words = [word for word in self.rule.rule.split("/") if word and not word.startswith("<")]
        chosen = [value for _, value in self.choices if isinstance(value, str)]
        return (chosen + [word for word in words if word not in ("portal", "d")] + [self.name])[0]


@dataclass
class Walker:
    """Somebody who asks: `actor` is None where the portal is closed to them."""

    name: str
    way: str
    client: FlaskClient
    actor: Actor | None
    token: str | None = None
    csrf: str = ""


def addresses(app: Flask, way: str) -> Iterator[Address]:
    """The portal's addresses of one way, by method, each of its words in turn."""
    for rule in app.url_map.iter_rules():
        blueprint, _, name = rule.endpoint.partition(".")
        if blueprint != way:
            continue
        gaps: list[str] = []
        known: list[list[tuple[str, Any]]] = []
        for gap in sorted(rule.arguments - {"token"}):
            converter = rule._converters[gap]
            if isinstance(converter, AnyConverter):
                known.append([(gap, word) for word in sorted(converter.items)])
            elif isinstance(converter, NumberConverter):
                known.append([(gap, 0)])
            else:
                gaps.append(gap)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            for choices in product(*known):
                yield Address(name, method, rule, tuple(gaps), choices)


class Walk:
    """Walks, and writes down what was told that should not have been."""

    def __init__(self, app: Flask, session: OfficeSession, clock: Clock, sample: int) -> None:
        """Walk with `sample` accounts, links and records of each kind; 0: with all of them."""
        self.app, self.session, self.clock, self.sample = app, session, clock, sample
        self.report = Report()
        self.shows: dict[str, set[type[Any]]] = defaultdict(set)
        self.tried: set[tuple[str, type[Any]]] = set()
        self.known: dict[tuple[str, type[Any], bool], Sequence[Entity]] = {}
        self.settings = app.extensions["sawhorse_settings"]

    def everybody(self) -> Report:
        """Walk with each; the seen first, so that it is known which address shows which kind."""
        walkers = [
            *self._accounts(),
            *self._links(),
            self._ready(Walker("nobody", PORTAL, self._client(), None)),
        ]
        pages = {way: list(addresses(self.app, way)) for way in (PORTAL, LINK)}
        self.report.addresses = sum(len(several) for several in pages.values())
        for hidden in (False, True):
            for walker in walkers:
                for address in pages[walker.way]:
                    self._walk(walker, address, hidden=hidden)
        return self.report

    def _walk(self, walker: Walker, address: Address, *, hidden: bool) -> None:
        if not address.gaps:
            if address.method == "GET" and not hidden:
                self._ask(walker, address, None)
            return
        if not hidden and address.method == "GET":
            for kind in CLIENT_RULES:
                if kind in self.shows[address.part] or (address.name, kind) not in self.tried:
                    self._open(walker, address, kind)
        elif hidden:
            others = [kind for kind in CLIENT_RULES if kind not in self.shows[address.part]]
            for kind in self.shows[address.part]:
                for thing in self._hidden(walker, kind):
                    self._ask(walker, address, thing)
            for thing in self._hidden(walker, secrets.choice(others))[:1]:
                self._ask(walker, address, thing)

    def _open(self, walker: Walker, address: Address, kind: type[Any]) -> None:
        """Ask for something that they see: does the address show records of this kind, and what do they name?"""
        for thing in self._seen(walker, kind)[:1]:
            self.tried.add((address.name, kind))
            if self._ask(walker, address, thing) < FIRST_REFUSAL:
                self.shows[address.part].add(kind)

    def _ask(self, walker: Walker, address: Address, thing: Entity | None) -> int:
        """One triple; gives back the status."""
        path = self._path(walker, address, thing)
        told = {"csrf_token": walker.csrf} if address.method == "POST" else None
        answer = walker.client.open(
            path, method=address.method, headers={"Accept": "application/json"}, data=told
        )
        self.report.triples += 1
        status = answer.status_code
        is_door = status in (302, 303) and (answer.location or "").startswith(DOORS)
        if status < FIRST_REFUSAL and not is_door:
            if walker.actor is None:
                self._tell(walker, path, f"is answered with {status}, though the portal is closed to them")
            elif thing is not None and not explain(walker.actor, thing).startswith("Shown"):
                self._tell(walker, path, f"shows {thing.singular} {thing.id}: {explain(walker.actor, thing)}")
            text = answer.get_data().decode("utf-8", "replace")
            for what in self._told(walker.actor, text, path):
                self._tell(walker, path, what)
        answer.close()
        return FIRST_REFUSAL if is_door else status

    def _tell(self, walker: Walker, path: str, what: str) -> None:
        if walker.token is not None:
            path = path.replace(walker.token, "…")  # a link is as good as a key: it is not printed
        self.report.leaks.append(Leak(walker.name, path, what))

    def _told(self, actor: Actor | None, text: str, path: str) -> Iterator[str]:
        """Public ids and numbers of what is hidden from them, in the text of an answer."""
        words = {word for word in NAMED.findall(text) if word not in path}
        for kind in CLIENT_RULES:
            yield from self._named(actor, kind, kind.public_id, words)
        numbers = set(NUMBERED.findall(text))
        for kind in CLIENT_RULES:
            if hasattr(kind, "number"):
                yield from self._named(actor, kind, kind.number, numbers)

    def _named(self, actor: Actor | None, kind: type[Any], column: Any, words: set[str]) -> Iterator[str]:
        if not words:
            return
        found: dict[str, list[Any]] = defaultdict(list)
        for thing in self.session.scalars(select(kind).where(column.in_(words))):
            found[getattr(thing, column.key)].append(thing)
        for word, several in found.items():
            if actor is None or not any(explain(actor, thing).startswith("Shown") for thing in several):
                yield f"names {kind.singular} {word}, which is hidden from them"

    def _path(self, walker: Walker, address: Address, thing: Entity | None) -> str:
        values: dict[str, Any] = dict(address.choices)
        if thing is not None:
            values |= dict.fromkeys(address.gaps, thing.public_id)
        if walker.token is not None:
            values["token"] = walker.token
        built = address.rule.build(values, append_unknown=False)
        assert built is not None, address.rule
        return built[1]

    def _seen(self, walker: Walker, kind: type[Any]) -> Sequence[Entity]:
        """The latest records of a kind that they see."""
        key = (walker.name, kind, True)
        if key not in self.known and walker.actor is not None:
            query = visible(walker.actor, select(kind)).order_by(kind.id.desc())
            self.known[key] = self.session.scalars(query.limit(self.sample or None)).all()
        return self.known.get(key, ())

    def _hidden(self, walker: Walker, kind: type[Any]) -> Sequence[Entity]:
        """Records of a kind that they do not see, from some place on."""
        key = (walker.name, kind, False)
        if key not in self.known:
            query = select(kind).order_by(kind.id)
            if walker.actor is not None:
                seen = visible(walker.actor, select(kind)).with_only_columns(kind.id)
                query = query.where(kind.id.not_in(seen))
            last = self.session.scalar(select(func.max(kind.id))) or 1
            start = secrets.randbelow(last) + 1 if self.sample else 1
            found = self.session.scalars(query.where(kind.id >= start).limit(self.sample or None)).all()
            self.known[key] = found or self.session.scalars(query.limit(self.sample or None)).all()
        return self.known[key]

    def _accounts(self) -> Iterator[Walker]:
        query = select(PortalAccount, Contact).join(Contact, Contact.id == PortalAccount.contact_id)
        for account, contact in self.session.execute(self._some(query, PortalAccount)).all():
            self.report.accounts += 1
            for group_id, _ in clients_of(self.session, contact.id):
                yield self._signed_in(account, contact, group_id)

    def _signed_in(self, account: PortalAccount, contact: Contact, group_id: int) -> Walker:
        """Somebody with a session; it is undone with everything else."""
        token = sessions.begin(
            self.session, account, Visitor("127.0.0.1"), Lifetimes.by(self.settings), self.clock
        )
        mine = select(PortalSession).where(PortalSession.token_hash == token_hash(token))
        self.session.scalars(mine).one().group_id = group_id
        self.session.commit()
        scope = client_scope(self.session, contact.id, group_id)
        is_shut = isinstance(scope, Closed) or not account.active or account.must_change_password
        actor = None if is_shut or isinstance(scope, Closed) else as_client(contact.name, scope)
        client = self._client()
        client.set_cookie(COOKIE, token, path="/portal")
        return self._ready(Walker(f"portal user {account.id} at customer {group_id}", PORTAL, client, actor))

    def _links(self) -> Iterator[Walker]:
        for link in self.session.scalars(self._some(select(DocumentLink), DocumentLink)).all():
            self.report.links += 1
            scope = link_scope(self.session, link)
            actor = None if isinstance(scope, Closed) else as_client("Somebody with the link", scope)
            name = f"link {link.id} to {link.about} {link.about_id}"
            token = links.token_of(self.settings.secret_key, link)
            yield self._ready(Walker(name, LINK, self._client(), actor, token))

    def _some(self, query: Any, kind: type[Any]) -> Any:
        return query.order_by(func.random()).limit(self.sample) if self.sample else query.order_by(kind.id)

    def _client(self) -> FlaskClient:
        return self.app.test_client()

    def _ready(self, walker: Walker) -> Walker:
        """With the token that forms carry."""
        found = TOKEN.search(walker.client.get("/login").get_data(as_text=True))
        walker.csrf = found.group(1) if found else ""
        return walker


def session_info(clock: Clock) -> dict[str, Any]:
    """Who acts in the walk's own session."""
    return {"actor": SYSTEM, "clock": clock, "door": "cli"}
