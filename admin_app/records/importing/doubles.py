"""Likely doubles in another program's file: the same email, the same phone, or nearly the same name at one postcode.

They are looked for among the customers of the office and the earlier rows of the file, and skipped, joined or kept as
whoever started the import chose; each is listed with its reason either way [12].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import and_, func, or_, select

from admin_app.kernel.text import digits, fold
from admin_app.models import Address, Contact, CustomerGroup, Membership
from admin_app.records.importing.check import LINES_A_SOURCE
from admin_app.records.importing.choices import Doubles
from admin_app.records.importing.report import Severity
from admin_app.records.importing.stage import GOOD, SKIPPED
from admin_app.records.importing.under_way import Import

ALIKE = 95
"""How alike two folded names must be (0-100) to be taken for one at the same postcode."""
_LEAST_DIGITS = 7
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody that a row can be a double of: the number that files call them by, their name, and where that is."""

    key: str
    name: str
    where: str


@dataclass(slots=True)
class _Known:
    """Whom we know, by email, by phone, and by postcode with the names there.

    Names whose digits differ are never alike: "Garage 12" and "Garage 21" are two customers.
    """

    emails: dict[str, Candidate] = field(default_factory=dict)
    phones: dict[str, Candidate] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[list[str], list[Candidate]]] = field(default_factory=dict)

    def add(self, row: _Row, candidate: Candidate) -> None:
        """Remember somebody; who came first is found first."""
        if row.email:
            self.emails.setdefault(row.email, candidate)
        for phone in row.phones:
            self.phones.setdefault(phone, candidate)
        if row.postcode:
            names, people = self.places.setdefault((row.postcode, digits(row.name)), ([], []))
            names.append(_bare(row.name))
            people.append(candidate)

    def find(self, row: _Row) -> tuple[Candidate, str] | None:
        """Who the row looks like, and why."""
        if row.email and row.email in self.emails:
            return self.emails[row.email], "the same email"
        for phone in row.phones:
            if phone in self.phones:
                return self.phones[phone], "the same phone number"
        names, people = self.places.get((row.postcode, digits(row.name)), ([], []))
        alike = process.extractOne(_bare(row.name), names, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        return (people[alike[2]], "nearly the same name at the same postcode") if alike else None


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    key: str
    name: str
    email: str
    phones: tuple[str, ...]
    postcode: str


def _bare(name: str) -> str:
    """A name without case, accents and punctuation: "ASH  Ltd." is "Ash Ltd"."""
    return " ".join(re.sub(r"[^\w ]+", " ", fold(name)).split())


def settle_doubles(going: Import) -> None:
    """Look at every new customer of mapped files, in the order of the rows, and do as was chosen."""
    mapped = [
        number for number, given in enumerate(going.inputs) if given.family and given.spec.stage == "groups"
    ]
    if not mapped:
        return
    rows = [row for row in _new_rows(going) if row.line // LINES_A_SOURCE in mapped]
    known = _known_in_office(going, rows)
    skipped: list[int] = []
    joined: dict[str, str] = {}
    for row in rows:
        found = known.find(row)
        if found is None:
            known.add(row, Candidate(row.key, row.name, f"row {row.line % LINES_A_SOURCE}"))
            continue
        other, why = found
        _say(going, row, other, why)
        if going.doubles is Doubles.SKIP:
            skipped.append(row.line)
        elif going.doubles is Doubles.UPDATE:
            joined[row.key] = other.key
    _leave_out(going, skipped)
    _join(going, joined, {row.key: row.line for row in rows})


def _say(going: Import, row: _Row, other: Candidate, why: str) -> None:
    done = {
        Doubles.SKIP: "the row is left out",
        Doubles.UPDATE: "the row completes that customer",
        Doubles.CREATE: "it is kept as a customer of its own",
    }[going.doubles]
    severity = Severity.SKIPPED if going.doubles is Doubles.SKIP else Severity.WARNING
    said = f"Looks like {other.name} ({other.where}): {why}; {done}"
    going.say(row.line, "name", row.name, said, severity)


def _new_rows(going: Import) -> Iterator[_Row]:
    """The new customers of the files with their first contact and address."""
    groups, people = going.stage["groups"], going.stage["contacts"]
    members, places = going.stage["memberships"], going.stage["addresses"]
    person = (
        select(members.c.group, func.min(members.c.line).label("line"))
        .group_by(members.c.group)
        .subquery("person")
    )
    place = (
        select(places.c.group, func.min(places.c.line).label("line"))
        .group_by(places.c.group)
        .subquery("place")
    )
    query = (
        select(
            groups.c.line,
            groups.c.external_id,
            groups.c.name,
            people.c.email_key,
            people.c.phone,
            people.c.mobile,
            places.c.postcode,
        )
        .outerjoin(person, person.c.group == groups.c.external_id)
        .outerjoin(people, and_(people.c.line == person.c.line, people.c.fate == GOOD))
        .outerjoin(place, place.c.group == groups.c.external_id)
        .outerjoin(places, places.c.line == place.c.line)
        .where(groups.c.fate == GOOD, groups.c.target_id.is_(None))
        .order_by(groups.c.line)
    )
    for row in going.session.execute(query):
        phones = tuple(
            found for text in (row.phone, row.mobile) if len(found := digits(text)) >= _LEAST_DIGITS
        )
        postcode = fold(row.postcode).replace(" ", "")
        yield _Row(row.line, row.external_id, row.name, row.email_key or "", phones, postcode)


def _known_in_office(going: Import, rows: list[_Row]) -> _Known:
    """Those of the office who share an email, a phone or a postcode with one of the rows."""
    known = _Known()
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        for found in _office_like(going, some):
            phones = tuple(digits(text) for text in (found.phone, found.mobile) if text)
            postcode = fold(found.postcode).replace(" ", "")
            row = _Row(0, found.key, found.name, found.email_key or "", phones, postcode)
            known.add(row, Candidate(found.key, found.name, "in the office"))
    return known


def _office_like(going: Import, some: list[_Row]) -> list[Any]:
    emails = [row.email for row in some if row.email]
    names = going.stage["contacts"].c.phone
    phones = select(names).where(names.is_not(None))
    codes = select(going.stage["addresses"].c.postcode)
    by_person = or_(Contact.email_key.in_(emails), Contact.phone.in_(phones), Contact.mobile.in_(phones))
    query = (
        select(
            func.coalesce(CustomerGroup.external_id, CustomerGroup.public_id).label("key"),
            CustomerGroup.name,
            Contact.email_key,
            Contact.phone,
            Contact.mobile,
            Address.postcode,
        )
        .outerjoin(Membership, Membership.group_id == CustomerGroup.id)
        .outerjoin(Contact, Contact.id == Membership.contact_id)
        .outerjoin(Address, Address.group_id == CustomerGroup.id)
        .where(or_(by_person, Address.postcode.in_(codes)))
        .order_by(CustomerGroup.id)
    )
    return list(going.session.execute(query))


def _leave_out(going: Import, lines: list[int]) -> None:
    """Skip rows in every part of their file."""
    families = {line // LINES_A_SOURCE: going.inputs[line // LINES_A_SOURCE].family for line in lines}
    for number, given in enumerate(going.inputs):
        rows = [line % LINES_A_SOURCE for line in lines if families[line // LINES_A_SOURCE] == given.family]
        table = going.stage[given.spec.stage]
        for start in range(0, len(rows), _AT_ONCE):
            there = table.c.line.in_(
                [number * LINES_A_SOURCE + row for row in rows[start : start + _AT_ONCE]]
            )
            going.fill(table, {"fate": SKIPPED}, there & (table.c.fate == GOOD))


def _join(going: Import, joined: dict[str, str], lines: dict[str, int]) -> None:
    """Let rows speak of the customer that they look like: their people, places and tags go there."""
    groups = going.stage["groups"]
    spoken_of = set(lines)
    for mine, other in joined.items():
        there = groups.c.line == lines[mine]
        if other in spoken_of:  # by an earlier row of the file: this one only adds people and places
            going.fill(groups, {"fate": SKIPPED}, there)
        else:
            spoken_of.add(other)
            found = select(CustomerGroup.id).where(
                or_(CustomerGroup.external_id == other, CustomerGroup.public_id == other)
            )
            going.fill(groups, {"external_id": other, "target_id": found.scalar_subquery()}, there)
        for name in ("memberships", "addresses", "tags", "invoices", "payments"):
            table = going.stage[name]
            going.fill(table, {"group": other}, table.c.group == mine)
