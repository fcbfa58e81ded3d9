"""The proof of the books: every invariant is asked, and every row that breaks one is named (`sawhorse prove`).

I2 holds by construction of the calculator and its tests; I15 is the tie-out of the metrics, I16 `sawhorse leaks`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, text
from sqlalchemy.orm import Session

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.money import Money
from admin_app.money.invariants.check import Check, Invariant, Offender, Reading
from admin_app.money.invariants.contracts import CONTRACTS
from admin_app.money.invariants.customers import CUSTOMERS
from admin_app.money.invariants.documents import DOCUMENTS
from admin_app.money.invariants.journal import JOURNAL
from admin_app.money.invariants.papers import PAPERS

INVARIANTS: tuple[Invariant, ...] = (
    *sorted((*DOCUMENTS, CONTRACTS, *CUSTOMERS, PAPERS), key=lambda one: int(one.id[1:])),
    *JOURNAL,
)
"""Everything that is proved, in the order in which it is printed."""

MOST_SHOWN = 20
"""Offending rows named per check; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Offence:
    """A row that breaks an invariant; amounts are text in the row's currency, or plain numbers."""

    table: str
    id: int
    sentence: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one invariant: how many rows break it, and the first of them."""

    id: str
    title: str
    count: int
    offences: tuple[Offence, ...]

    @property
    def holds(self) -> bool:
        """Whether no row breaks it."""
        return self.count == 0


def prove(database: Session | Connection, only: Collection[str] = ()) -> Iterator[Finding]:
    """Ask every invariant, or `only` these by their ids; the proof is that every finding holds."""
    connection = database.connection() if isinstance(database, Session) else database
    if connection.dialect.name == "postgresql":
        # A proof over millions of rows may take longer than a page may.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    for invariant in INVARIANTS:
        if only and invariant.id not in only:
            continue
        count, offences = 0, []
        for check in invariant.checks:
            found, named = _offences(connection, check)
            count += found
            offences += named
        yield Finding(invariant.id, invariant.title, count, tuple(offences))


def _offences(connection: Connection, check: Check | Reading) -> tuple[int, list[Offence]]:
    """How many rows break a check, and the first of them."""
    if isinstance(check, Reading):
        return _read(connection, check)
    query = check.offences().add_columns(func.count().over().label("all_of_them")).limit(MOST_SHOWN)
    rows = connection.execute(query).all()
    return (rows[0].all_of_them if rows else 0), [_offence(check, found) for found in rows]


def _read(connection: Connection, reading: Reading) -> tuple[int, list[Offence]]:
    """The same of what Python has to read."""
    count, named = 0, []
    for found in reading.offenders(connection):
        count += 1
        if count <= MOST_SHOWN:
            named.append(_offence(reading, found))
    return count, named


def _offence(check: Check | Reading, found: Row[tuple[object, ...]] | Offender) -> Offence:
    """One row with its sentence."""
    expected, actual = (_shown(number, found.currency) for number in (found.expected, found.actual))
    sentence = check.sentence.format(id=found.id, name=found.name, expected=expected, actual=actual)
    return Offence(check.table, found.id, sentence, expected, actual)


def _shown(number: int | None, currency: str | None) -> str:
    """A number of a check as a sentence shows it; a currency that does not exist is no reason to stumble."""
    if number is None:
        return "nothing"
    if currency is None:
        return str(number)
    return (
        f"{Money(int(number), currency)} {currency}" if currency in MINOR_DIGITS else f"{number} {currency}"
    )
