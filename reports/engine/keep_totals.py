"""Writes the kept totals: all of them anew, or the days and customers that are behind [L1].

Every total is the outcome of one INSERT … SELECT over the rows of its source, so that anew and little by little come to
the same; stretches of days and blocks of customers keep the memory flat however long the history is.  The caller
commits.  One writer at a time: the row of the state is held while totals are written, and the job has one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import CustomerGroup, CustomerStat, JournalEntry, RollupDay, RollupDirty, RollupState
from admin_app.money.dirty import take_away
from reports.engine.kept import ALWAYS, NO_BRAND, NO_WORD, SPLIT, kept_columns, measures
from reports.engine.totals import stacked
from reports.sources import Source
from reports.sources.base import Condition

STRETCH = timedelta(days=92)
"""Days whose totals one statement works out."""
BLOCK = 5_000
"""Customers whose statistics one statement works out."""
NAMED = 500
"""Days or customers that one statement names."""
MOST_MARKS = 50_000
"""Marks that are followed one by one; with more of them everything is worked out anew."""
_Thing = TypeVar("_Thing")
Pause = Callable[[], None]
"""Keeps what was written so far and lets others write."""
DAY_KEYS = ("day", "brand_id", "currency", "split")
STATS = (
    "group_id",
    "currency",
    "first_on",
    "last_on",
    "purchase_days",
    "invoiced",
    "collected",
    "repeat_sum",
)


def rebuild(session: Session, clock: Clock, pause: Pause | None = None) -> None:
    """Work all totals and statistics out anew.

    `pause` keeps what is written so far; it is called after every stretch, so that nobody waits longer for the
    database than one stretch takes.  Until the end there are no totals, and figures are read from the rows; a run that
    is cut short leaves it so.
    """
    state = _held_state(session)
    state.rebuilt_at = None
    ids = session.scalars(select(RollupDirty.id)).all()
    session.execute(delete(RollupDay))
    session.execute(delete(CustomerStat))
    _breathe(session, pause)
    for source in measures().values():
        for condition in list(stretches(session, source)):
            _keep_days(session, source, condition)
            _breathe(session, pause)
    for condition in list(blocks(session)):
        _keep_customers(session, condition)
        _breathe(session, pause)
    state = _held_state(session)
    _caught_up(session, state, ids, clock)
    state.rebuilt_at = state.flushed_at
    session.flush()


def _breathe(session: Session, pause: Pause | None) -> None:
    """Let others write, where that was asked for; the next stretch may take its time again."""
    session.flush()
    if pause is not None:
        pause()
    take_the_time_it_takes(session)


def flush(session: Session, clock: Clock, pause: Pause | None = None) -> int:
    """Work out anew what is marked as behind, all of it where nothing was ever built; gives back how many marks.

    Exactly the marks that were read are taken away: what is changed meanwhile has marks of its own.  `pause` as in
    :func:`rebuild`.
    """
    state = _held_state(session)
    marks = session.execute(select(RollupDirty.id, RollupDirty.day, RollupDirty.group_id)).all()
    everything = any(day is None and group_id is None for _, day, group_id in marks)
    if state.rebuilt_at is None or everything or len(marks) > MOST_MARKS:
        rebuild(session, clock, pause)
        return len(marks)
    days = {day for _, day, _ in marks if day is not None}
    whole = {group_id for _, day, group_id in marks if day is None and group_id is not None}
    for source in measures().values():
        for some in _parts(sorted(days | _days_of(session, source, whole))):
            _forget(session, source, some)
            _keep_days(session, source, _on(some))
    customers = {group_id for _, _, group_id in marks if group_id is not None}
    for some_customers in _parts(sorted(customers)):
        session.execute(delete(CustomerStat).where(CustomerStat.group_id.in_(some_customers)))
        _keep_customers(session, _of(some_customers))
    _caught_up(session, state, [mark.id for mark in marks], clock)
    session.flush()
    return len(marks)


def days_of(source: Source, narrowed: list[Condition]) -> Select[Any]:
    """The totals of a source as its rows give them, by the keys of RollupDay, with `amount` and `rows`."""
    columns = kept_columns(source)
    rows = stacked(source.rows(ALWAYS), sorted(columns), narrowed).subquery("r")
    keyed = select(
        rows.c.day,
        func.coalesce(rows.c.brand_id if "brand_id" in columns else NO_BRAND, NO_BRAND).label("brand_id"),
        func.coalesce(rows.c.currency, NO_WORD).label("currency"),
        func.coalesce(rows.c[SPLIT] if SPLIT in columns else NO_WORD, NO_WORD).label("split"),
        rows.c.amount,
    ).subquery("k")
    keys = [keyed.c[name] for name in DAY_KEYS]
    return select(
        *keys, func.coalesce(func.sum(keyed.c.amount), 0).label("amount"), func.count().label("rows")
    ).group_by(*keys)


def statistics_of(narrowed: list[Condition]) -> Select[Any]:
    """What the documents say of customers, by the names of `STATS`.

    A purchase is a customer-day whose net bill is above zero: refunds and credit notes count on their own day and are
    never a purchase (analytics.md section 3).
    """
    billed, cashed = measures()["invoiced"], measures()["collected"]
    names, nothing = ("group_id", "currency", "day", "amount"), literal(0, BigInteger)
    billed_rows = stacked(billed.rows(ALWAYS), names, narrowed).subquery("b")
    cashed_rows = stacked(cashed.rows(ALWAYS), names, narrowed).subquery("c")
    keys = [(rows.c.group_id, rows.c.currency, rows.c.day) for rows in (billed_rows, cashed_rows)]
    both = union_all(
        select(*keys[0], billed_rows.c.amount.label("billed"), nothing.label("cashed")),
        select(*keys[1], nothing.label("billed"), cashed_rows.c.amount.label("cashed")),
    ).subquery("t")
    who = [both.c.group_id, both.c.currency]
    days = (
        select(
            *who, both.c.day, func.sum(both.c.billed).label("net"), func.sum(both.c.cashed).label("cashed")
        )
        .where(both.c.group_id.is_not(None))
        .group_by(*who, both.c.day)
        .subquery("d")
    )
    bought = days.c.net > 0
    first = func.min(case((bought, days.c.day))).over(partition_by=[days.c.group_id, days.c.currency])
    told = select(days, first.label("first_on")).subquery("f")
    bought = told.c.net > 0
    return select(
        told.c.group_id,
        func.coalesce(told.c.currency, NO_WORD).label("currency"),
        func.min(told.c.first_on).label("first_on"),
        func.max(case((bought, told.c.day))).label("last_on"),
        func.count(case((bought, 1))).label("purchase_days"),
        func.sum(told.c.net).label("invoiced"),
        func.sum(told.c.cashed).label("collected"),
        func.coalesce(func.sum(case((and_(bought, told.c.day > told.c.first_on), told.c.net))), 0).label(
            "repeat_sum"
        ),
    ).group_by(told.c.group_id, told.c.currency)


def stretches(session: Session, source: Source) -> Iterator[Condition]:
    """All days of a source, of its kept totals and of the journal, as conditions that follow one another."""
    known: list[date | None] = []
    days: list[ColumnElement[date]] = [one.pick(["day"]).subquery().c.day for one in source.rows(ALWAYS)]
    kept = select(RollupDay.day).where(RollupDay.measure == source.measure).subquery()
    for day in (*days, kept.c.day, JournalEntry.effective_on):
        known += [session.scalar(select(func.min(day))), session.scalar(select(func.max(day)))]
    told = [day for day in known if day is not None]
    if not told:
        return
    start, last = min(told), max(told)
    while start <= last:
        yield _between(start, start + STRETCH)
        start += STRETCH


def blocks(session: Session) -> Iterator[Condition]:
    """The customers as conditions that follow one another."""
    first, last = session.execute(select(func.min(CustomerGroup.id), func.max(CustomerGroup.id))).one()
    for start in range(first or 0, (last or -1) + 1, BLOCK):
        yield _numbered(start, start + BLOCK)


def take_the_time_it_takes(session: Session) -> None:
    """Let statements of this transaction run longer than a page may."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL statement_timeout = 0"))


def _held_state(session: Session) -> RollupState:
    """The row of the state, held until the transaction ends."""
    state = session.scalar(select(RollupState).with_for_update())
    if state is None:
        state = RollupState(id=1, differences=[])
        session.add(state)
        session.flush()  # a second writer meets its key here
    return state


def _caught_up(session: Session, state: RollupState, ids: Sequence[int], clock: Clock) -> None:
    take_away(session, ids)
    state.flushed_at = clock.now()


def _forget(session: Session, source: Source, days: Iterable[date]) -> None:
    session.execute(delete(RollupDay).where(RollupDay.measure == source.measure, RollupDay.day.in_(days)))


def _keep_days(session: Session, source: Source, condition: Condition) -> None:
    found = days_of(source, [condition]).subquery("f")
    rows = select(literal(source.measure), *(found.c[name] for name in (*DAY_KEYS, "amount", "rows")))
    session.execute(insert(RollupDay).from_select(["measure", *DAY_KEYS, "amount", "rows"], rows))


def _keep_customers(session: Session, condition: Condition) -> None:
    session.execute(insert(CustomerStat).from_select(list(STATS), statistics_of([condition])))


def _days_of(session: Session, source: Source, customers: Iterable[int]) -> set[date]:
    """The days on which these customers have rows."""
    found: set[date] = set()
    for some in _parts(sorted(customers)):
        for one in source.rows(ALWAYS):
            found.update(session.scalars(one.pick(["day"], [_of(some)]).distinct()))
    return found


def _parts(things: Sequence[_Thing]) -> Iterator[Sequence[_Thing]]:
    """These in parts that a statement can name."""
    for start in range(0, len(things), NAMED):
        yield things[start : start + NAMED]


def _between(start: date, end: date) -> Condition:
    return lambda columns: and_(columns["day"] >= start, columns["day"] < end)


def _numbered(start: int, end: int) -> Condition:
    return lambda columns: and_(columns["group_id"] >= start, columns["group_id"] < end)


def _on(days: Sequence[date]) -> Condition:
    return lambda columns: columns["day"].in_(days)


def _of(customers: Sequence[int]) -> Condition:
    def condition(columns: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = columns["group_id"].in_(customers)
        return found

    return condition
