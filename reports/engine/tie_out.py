"""The nightly comparison: kept totals with the rows, and the rows with the journal, to the last minor unit [L1, I12].

Documents and journal are written by the same acts and counted by different ways; what differs is said by day or by
customer and stays red until a comparison finds nothing.  Reading takes minutes on a long history and locks nobody out:
`differences` only reads, `note` writes what was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    cast,
    func,
    insert,
    inspect,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import (
    CustomerGroup,
    CustomerStat,
    JournalEntry,
    Posting,
    RollupDay,
    RollupDirty,
    RollupState,
)
from admin_app.money import accounts
from reports.engine.keep_totals import (
    DAY_KEYS,
    STATS,
    blocks,
    days_of,
    statistics_of,
    stretches,
    take_the_time_it_takes,
)
from reports.engine.kept import ALWAYS, NO_WORD, days_behind, marks_waiting, measures
from reports.engine.totals import stacked
from reports.metrics import METRICS
from reports.sources import Source
from reports.sources.base import Condition

MOST_SAID = 20
"""Differences that are said one by one; of more only how many there are."""


@dataclass(frozen=True)
class Account:
    """Where the journal keeps what a figure counts: accounts by name, or by how they begin; `sign` turns them round."""

    names: tuple[str, ...]
    sign: int
    begins: bool = False

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether a posting is on one of them; the provider's payouts move money from one to another."""
        same = Posting.account.startswith if self.begins else Posting.account.__eq__
        return or_(*(same(name) for name in self.names)) & (JournalEntry.document != "payout")


FLOWS: Mapping[str, Account] = {
    "invoiced": Account((accounts.REVENUE, accounts.DEPOSITS), -1),
    "collected": Account((accounts.CASH,), 1, begins=True),
    "tax": Account((accounts.TAX,), -1, begins=True),
    "written_off": Account((accounts.WRITE_OFF, accounts.ALLOWANCE), 1),
}
"""Metric → its accounts, compared day by day."""
STOCKS: Mapping[str, Account] = {
    "receivable": Account((accounts.RECEIVABLE,), 1),
    "retained": Account((accounts.RETAINED,), 1),
    "unallocated": Account((accounts.ADVANCES,), -1),
    "open_credits": Account((accounts.CREDITS,), -1),
}
"""Metric → its account, compared customer by customer."""


@dataclass(frozen=True)
class Difference:
    """What differed, as a sentence; `day` and `group_id` name what is to be worked out anew, where that helps."""

    sentence: str
    day: Any = None
    group_id: int | None = None


def tie_out(session: Session, clock: Clock) -> list[str]:
    """Compare, write down what was found, and give it back as sentences; empty: nothing differs."""
    found = differences(session)
    note(session, found, clock)
    return [one.sentence for one in found]


def differences(session: Session) -> list[Difference]:
    """What differs between kept totals, rows and journal; what is marked as behind is known to be and left out."""
    take_the_time_it_takes(session)
    return [
        *_said(_totals_that_differ(session)),
        *_said(_customers_that_differ(session)),
        *_said(_days_off_the_journal(session)),
        *_said(_customers_off_the_journal(session)),
    ]


def note(session: Session, found: list[Difference], clock: Clock) -> None:
    """Write down what was found and when; totals that differ are marked, so that the next flush puts them right."""
    state = session.scalar(select(RollupState).with_for_update())
    if state is None:
        state = RollupState(id=1)
        session.add(state)
    state.tied_at, state.differences = clock.now(), [one.sentence for one in found]
    marks = [
        {"day": one.day, "group_id": one.group_id, "at": clock.now()}
        for one in found
        if one.day is not None or one.group_id is not None
    ]
    if marks:
        session.execute(insert(RollupDirty), marks)
    session.flush()


def _said(found: Iterator[Difference]) -> list[Difference]:
    """The first of them, and how many more there are."""
    said = list(islice(found, MOST_SAID))
    more = sum(1 for _ in found)
    return [*said, Difference(f"{more:,} more differences of this kind")] if more else said


def _totals_that_differ(session: Session) -> Iterator[Difference]:
    """Days whose kept totals are not the sums of their rows."""
    if _nothing_to_compare(session):
        return
    for source in measures().values():
        for condition in stretches(session, source):
            kept = _kept_days(source, condition)
            rows = _turned(days_of(source, [condition]))
            for day, currency, amount, number in session.execute(
                _off(kept, rows, ("day", "currency"), source)
            ):
                told = f"what is kept is off the documents by {_amount(amount, currency)}, {int(number)} rows"
                yield Difference(f"{_label(source)} on {day:%d %B %Y}: {told}", day=day)


def _customers_that_differ(session: Session) -> Iterator[Difference]:
    """Customers whose statistics are not what their rows come to."""
    if _nothing_to_compare(session):
        return
    waiting = select(RollupDirty.group_id).where(RollupDirty.group_id.is_not(None))
    for condition in blocks(session):
        live = statistics_of([condition]).subquery("l")
        kept_columns = {"group_id": inspect(CustomerStat).columns.group_id}
        both = union_all(
            select(*(getattr(CustomerStat, name) for name in STATS), literal(1).label("side")).where(
                condition(kept_columns)
            ),
            select(*(live.c[name] for name in STATS), literal(-1).label("side")),
        ).subquery("b")
        columns = [both.c[name] for name in STATS]
        off = (
            select(both.c.group_id)
            .where(both.c.group_id.not_in(waiting))
            .group_by(*columns)
            .having(func.sum(both.c.side) != 0)
            .subquery("o")
        )
        found = select(CustomerGroup.id, CustomerGroup.name).where(
            CustomerGroup.id.in_(select(off.c.group_id))
        )
        for group_id, name in session.execute(found.order_by(CustomerGroup.id)):
            yield Difference(
                f"Purchases of {name}: the kept ones are not those of the documents", group_id=group_id
            )


def _days_off_the_journal(session: Session) -> Iterator[Difference]:
    """Days on which the documents of a figure do not come to what the journal booked."""
    for name, account in FLOWS.items():
        source = _source(name)
        for condition in stretches(session, source):
            rows = stacked(source.rows(ALWAYS), ["day", "currency", "amount"], [condition]).subquery("r")
            booked = (
                select(
                    JournalEntry.effective_on.label("day"),
                    Posting.currency,
                    (-account.sign * Posting.amount).label("amount"),
                )
                .join(JournalEntry, JournalEntry.id == Posting.entry_id)
                .where(account.condition, condition({"day": inspect(JournalEntry).columns.effective_on}))
            )
            both = union_all(select(rows.c.day, rows.c.currency, rows.c.amount), booked).subquery("b")
            for day, currency, amount in session.execute(_not_level(both, both.c.day, both.c.currency)):
                yield Difference(
                    f"{_label(source)} on {day:%d %B %Y}: the documents are"
                    f" off the journal by {_amount(amount, currency)}"
                )


def _customers_off_the_journal(session: Session) -> Iterator[Difference]:
    """Customers whose open amounts are not what their accounts hold."""
    for name, account in STOCKS.items():
        source = _source(name)
        for condition in blocks(session):
            rows = stacked(source.rows(ALWAYS), ["group_id", "currency", "amount"], [condition]).subquery("r")
            booked = (
                select(Posting.group_id, Posting.currency, (-account.sign * Posting.amount).label("amount"))
                .join(JournalEntry, JournalEntry.id == Posting.entry_id)
                .where(account.condition, condition({"group_id": inspect(Posting).columns.group_id}))
            )
            both = union_all(select(rows.c.group_id, rows.c.currency, rows.c.amount), booked).subquery("b")
            level = _not_level(both, both.c.group_id, both.c.currency).subquery("o")
            found = select(CustomerGroup.name, level.c.currency, level.c.amount).join(
                CustomerGroup, CustomerGroup.id == level.c.group_id
            )
            for customer, currency, amount in session.execute(found):
                yield Difference(
                    f"{_label(source)} of {customer}: the documents are"
                    f" off the journal by {_amount(amount, currency)}"
                )


def _nothing_to_compare(session: Session) -> bool:
    """Whether totals were never built, or all of them wait to be."""
    built = session.scalar(select(RollupState.rebuilt_at))
    return built is None or marks_waiting(session).everything


def _kept_days(source: Source, condition: Condition) -> Select[Any]:
    names = (*DAY_KEYS, "amount", "rows")
    columns = [getattr(RollupDay, name) for name in names]
    return select(*columns).where(
        RollupDay.measure == source.measure, condition({"day": inspect(RollupDay).columns.day})
    )


def _turned(rows: Select[Any]) -> Select[Any]:
    """The same with amounts and numbers below zero."""
    found = rows.subquery("t")
    keys = [found.c[name] for name in DAY_KEYS]
    return select(*keys, (-found.c.amount).label("amount"), (-found.c.rows).label("rows"))


def _off(kept: Select[Any], rows: Select[Any], told: tuple[str, ...], source: Source) -> Select[Any]:
    """Keys at which two sides do not add up to nothing, as days and currencies with what is over."""
    both = union_all(kept, rows).subquery("b")
    keys = [both.c[name] for name in DAY_KEYS]
    amount, number = func.sum(both.c.amount), func.sum(both.c.rows)
    off = (
        select(*keys, amount.label("amount"), number.label("rows"))
        .where(both.c.day.not_in(days_behind(source)))
        .group_by(*keys)
        .having(or_(amount != 0, number != 0))
        .subquery("o")
    )
    names = [off.c[name] for name in told]
    size, rows_off = func.sum(func.abs(off.c.amount)), func.sum(func.abs(off.c.rows))
    return select(*names, size, rows_off).group_by(*names).order_by(*names)


def _not_level(both: Any, *keys: Any) -> Select[Any]:
    amount = func.sum(both.c.amount)
    return (
        select(*keys, cast(amount, BigInteger).label("amount"))
        .group_by(*keys)
        .having(amount != 0)
        .order_by(*keys)
    )


def _source(name: str) -> Source:
    return METRICS[name].sources[0]


def _label(source: Source) -> str:
    """What the metric of a source is called."""
    return next((one.label for one in METRICS.values() if source in one.sources), source.name)


def _amount(amount: int, currency: str | None) -> str:
    """An amount as a sentence says it; a count where there is no currency."""
    if not currency or currency == NO_WORD:
        return str(int(amount))
    return f"{Money(int(amount), currency).decimal} {currency}"
