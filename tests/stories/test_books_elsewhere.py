"""Another program keeps the same books: beancount reads the journal of the demo and of what was moved in [91, M37].

At every month end its trial balance is ours, and the aged list worked out from its file alone is the one that we
print: by customer, currency and bucket.  The suite reads small companies; `WHOLE_DEMO=1` reads the whole demo, all of
CDNOW and a thousand generated customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models import ExportFormat, JournalEntry, Posting
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.records.aged_as_of import aged, open_items
from admin_app.services.export_journal import Wanted, write_journal
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_company
from seeds.cdnow import write_cdnow
from seeds.chinook import write_chinook
from seeds.generator import write_company
from tests.services.moving import CLOCK, Mover
from tests.stories.telling import MEASURED, WHOLE, tell

CDNOW = Path(__file__).parents[1] / "data" / "cdnow"
DIGITS = {"EUR": 2, "GBP": 2, "USD": 2}
LATE = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
"""So many days late at most, and the column of the aged list; later is "91+"."""
HELD = {"advances": "unallocated", "credits": "credit"}
"""What customers have with us, and its column."""

Amounts = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Moved:
    """One posting as the file tells it; `invoice` is the link of the invoice that it is about."""

    on: date
    account: str
    currency: str
    minor: int
    customer: str
    invoice: str


@dataclass(frozen=True)
class Elsewhere:
    """What an accountant has who was sent the file and nothing else."""

    moved: list[Moved]
    due: dict[str, date]
    entries: int

    def trial_balance(self, day: date) -> Amounts:
        """(account, currency) → minor units, at the end of a day."""
        found: Amounts = Counter()
        for one in self.moved:
            if one.on <= day:
                found[one.account, one.currency] += one.minor
        return found

    def aged(self, day: date) -> Amounts:
        """(customer, currency, bucket) → minor units, at the end of a day."""
        open_of: Amounts = Counter()
        found: Amounts = Counter()
        for one in self.moved:
            if one.on <= day and one.account == "receivable":
                open_of[one.customer, one.currency, one.invoice] += one.minor
            elif one.on <= day and one.account in HELD:
                found[one.customer, one.currency, HELD[one.account]] += one.minor
        for (customer, currency, invoice), minor in open_of.items():
            found[customer, currency, self._bucket(invoice, day)] += minor
        return found

    def _bucket(self, invoice: str, day: date) -> str:
        late = (day - self.due[invoice]).days if invoice in self.due else 0
        return next((word for days, word in LATE if late <= days), "91+")


def read_elsewhere(text: str) -> Elsewhere:
    """The file as beancount understands it; fails the test where it finds an error."""
    directives, errors, _ = loader.load_string(text)
    assert not errors, errors[:3]
    ours = {one.account: str(one.meta["account"]) for one in directives if isinstance(one, data.Open)}
    entries = list(data.filter_txns(directives))
    invoices = {
        str(entry.meta["number"]): invoice_of(entry)
        for entry in entries
        if entry.meta["document"] == "invoice"
    }
    due: dict[str, date] = {}
    moved = []
    for entry in entries:
        invoice = invoice_of(entry)
        if entry.meta["document"] == "retainage":
            invoice = invoices[str(entry.meta["number"])]
        elif entry.meta["document"] == "invoice" and "due" in entry.meta:
            due[invoice] = entry.meta["due"]
        for posting in entry.postings:
            assert posting.units is not None and posting.units.number is not None and posting.meta is not None
            currency = posting.units.currency
            moved.append(
                Moved(
                    entry.date,
                    ours[posting.account],
                    currency,
                    int(posting.units.number.scaleb(DIGITS[currency])),
                    str(posting.meta.get("customer-number", "")),
                    invoice,
                )
            )
    return Elsewhere(moved, due, len(entries))


def invoice_of(entry: Any) -> str:
    """The link of the one invoice that an entry is about, "" for none."""
    (link,) = [one for one in entry.links if one.startswith("invoice-")] or [""]
    return str(link)


def month_ends(first: date, last: date) -> Iterator[date]:
    """The last day of every month from that of `first` to that of `last`."""
    begin = first.replace(day=1)
    while begin <= last:
        begin = (begin + timedelta(days=31)).replace(day=1)
        yield begin - timedelta(days=1)


def our_trial_balance(session: OfficeSession, day: date) -> Amounts:
    query = (
        select(Posting.account, Posting.currency, func.sum(Posting.amount))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.effective_on <= day)
        .group_by(Posting.account, Posting.currency)
    )
    return Counter({(account, currency): int(n) for account, currency, n in session.execute(query)})


def our_aged_list(session: OfficeSession, day: date) -> Amounts:
    actor = session.info["actor"]
    found: Amounts = Counter()
    for row in aged(open_items(session, actor, day), day):
        for bucket, amount in row.buckets.items():
            found[f"C-{row.group_id:05d}", row.currency, bucket.value] += amount.minor
    return found


def without_zeros(amounts: Amounts) -> dict[tuple[str, ...], int]:
    return {key: minor for key, minor in amounts.items() if minor}


def compare(session: OfficeSession, folder: Path, today: date, name: str) -> int:
    """Send the journal away and compare at every month end; gives the number of month ends."""
    storage = FolderStorage(folder / "files")
    wanted = Wanted(ExportFormat.BEANCOUNT, None, today)
    written = write_journal(session, storage, wanted, session.info["actor"], session.info["clock"])
    with storage.open(written.store_key) as file:
        theirs = read_elsewhere(file.read().decode())
    assert theirs.entries == session.scalar(
        select(func.count()).select_from(JournalEntry).where(JournalEntry.effective_on <= today)
    )

    ends = list(month_ends(min(one.on for one in theirs.moved), max(one.on for one in theirs.moved)))
    for end in ends:
        ours = without_zeros(our_trial_balance(session, end))
        assert without_zeros(theirs.trial_balance(end)) == ours, end
        assert sum(ours.values()) == 0, end
        assert without_zeros(theirs.aged(end)) == without_zeros(our_aged_list(session, end)), end
    MEASURED.info(
        "%s: %s entries, %s postings, %s month ends", name, theirs.entries, len(theirs.moved), len(ends)
    )
    return len(ends)


@contextmanager
def opened(url: str, actor: Actor, clock: Clock) -> Iterator[OfficeSession]:
    """A session on a database, let go at the end."""
    engine = open_engine(url)
    with OfficeSession(engine, info={"actor": actor, "clock": clock, "door": "test"}) as session:
        yield session
    engine.dispose()


def test_an_accountant_has_the_books_of_the_demo(sqlite_database, ann, tmp_path):
    clock = SystemClock("Europe/London")
    with opened(sqlite_database, ann, clock) as session, writing():
        tell(session, clock, customers=20, every=10)

        assert compare(session, tmp_path, clock.today(), "demo") > 36


@pytest.mark.parametrize("source", ["chinook", "generated", *(["cdnow"] if WHOLE else [])])
def test_an_accountant_has_the_books_that_were_moved_in(source, sqlite_database, ann, tmp_path):
    folder = tmp_path / source
    if source == "generated":
        write_company(1000 if WHOLE else 40, folder)
    else:
        write_chinook(folder) if source == "chinook" else write_cdnow(CDNOW, folder)
    with opened(sqlite_database, ann, CLOCK) as session, writing():
        a_company(session)
        session.commit()
    assert not Mover(sqlite_database, tmp_path / "moving")(folder).refused

    with opened(sqlite_database, ann, CLOCK) as session:
        assert compare(session, tmp_path, CLOCK.today(), source) >= 18


def test_the_months_end_on_their_last_days():
    ends = list(month_ends(date(2023, 12, 5), date(2024, 3, 1)))

    assert ends == [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    assert all(before < after for before, after in pairwise(ends))
