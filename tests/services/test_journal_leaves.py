"""The journal leaves once; beancount reads what left and agrees with our books at every month end [91, M37]."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from beancount import loader
from beancount.core import data
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed, Unmet
from admin_app.models import AccountMapping, ExportedEntry, ExportFormat, JournalEntry, JournalExport, Posting
from admin_app.records.aged_as_of import aged, open_items
from admin_app.records.journal_export.accounts import Chart
from admin_app.services.export_journal import (
    DatevNumbers,
    Wanted,
    keep_datev_numbers,
    keep_export,
    keep_mapping,
    write_journal,
)
from admin_app.services.lock_books import lock_books
from admin_app.storage.folder import FolderStorage
from tests.money.books import busy_books

TO = date(2026, 3, 17)


@pytest.fixture
def store(tmp_path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


@pytest.fixture
def books(session, ann, clock):
    return busy_books(session, ann, clock)


def leave(desk, store, form=ExportFormat.CSV, start=None, end=TO, **but):
    written = write_journal(desk.session, store, Wanted(form, start, end, **but), desk.actor, desk.clock)
    export = keep_export(desk.session, written, desk.actor)
    with store.open(export.store_key) as file:
        return export, file.read()


def test_each_entry_leaves_once(books, store, session):
    january, _ = leave(books, store, end=date(2026, 1, 31))
    rest, _ = leave(books, store, ExportFormat.BEANCOUNT)

    whole = session.scalar(select(func.count()).select_from(JournalEntry))
    assert 0 < january.entries < whole and january.entries + rest.entries == whole
    assert session.scalar(select(func.count()).select_from(ExportedEntry)) == whole
    with pytest.raises(Unmet, match="left already"):
        leave(books, store)


def test_what_is_booked_later_leaves_with_the_next_file(books, store, session):
    leave(books, store)
    books.pay("3", paid_on=date(2026, 1, 20))

    late, content = leave(books, store)

    assert late.entries == 1 and b"2026-01-20" in content


def test_again_takes_along_what_left_before(books, store, session):
    first, content = leave(books, store)

    second, same = leave(books, store, again=True)

    assert (second.entries, same) == (first.entries, content)
    assert session.scalar(select(func.count()).select_from(JournalExport)) == 2


def test_two_who_export_at_once_do_not_export_twice(books, store, session):
    wanted = Wanted(ExportFormat.CSV, None, TO)
    one, two = (write_journal(session, store, wanted, books.actor, books.clock) for _ in range(2))
    keep_export(session, one, books.actor)

    with pytest.raises(Conflict):
        keep_export(session, two, books.actor)


def moved(posting: data.Posting) -> tuple[str, str, int]:
    """The currency, the number of the customer ("" for none) and the cents of a posting that says all of it."""
    assert posting.units is not None and posting.units.number is not None and posting.meta is not None
    return (
        posting.units.currency,
        str(posting.meta.get("customer-number", "")),
        int(posting.units.number.scaleb(2)),
    )


def test_beancount_has_our_trial_balance_and_every_customers_ageing(books, store, session, ann):
    _, content = leave(books, store, ExportFormat.BEANCOUNT)
    directives, errors, _ = loader.load_string(content.decode())
    assert not errors
    ours = {one.account: one.meta["account"] for one in directives if isinstance(one, data.Open)}
    posted = [
        (
            entry.date,
            ours[posting.account],
            *moved(posting),
        )
        for entry in data.filter_txns(directives)
        for posting in entry.postings
    ]
    for month_end in (date(2026, 1, 31), date(2026, 2, 28), TO):
        trial: Counter[tuple[str, str]] = Counter()
        balance: Counter[tuple[str, str]] = Counter()
        for day, account, currency, customer, minor in posted:
            if day <= month_end:
                trial[account, currency] += minor
                if account in ("receivable", "advances", "credits"):
                    balance[customer, currency] += minor
        books_say = (
            select(Posting.account, Posting.currency, func.sum(Posting.amount))
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(JournalEntry.effective_on <= month_end)
            .group_by(Posting.account, Posting.currency)
        )
        assert {key: n for key, n in trial.items() if n} == {
            (account, currency): int(n) for account, currency, n in session.execute(books_say) if n
        }
        rows = aged(open_items(session, ann, month_end), month_end)
        assert {key: n for key, n in balance.items() if n} == {
            (f"C-{row.group_id:05d}", row.currency): row.balance.minor for row in rows if row.balance
        }


def test_the_advisers_codes_go_along(books, store, session):
    keep_mapping(session, {"receivable": ("10000", "Debtors"), "revenue": ("8400", "")}, books.actor)
    keep_mapping(session, {"revenue": ("", "")}, books.actor)

    _, content = leave(books, store)

    assert session.scalars(select(AccountMapping.account)).all() == ["receivable"]
    text = content.decode("utf-8-sig")
    assert "receivable,10000,Debtors" in text and "8400" not in text


def test_datev_asks_for_the_advisers_numbers_first(books, store, session):
    with pytest.raises(Invalid, match="consultant"):
        leave(books, store, ExportFormat.DATEV)
    keep_datev_numbers(session, DatevNumbers(1001, 456, 1, Chart.SKR03), books.actor)
    try:
        _, content = leave(books, store, ExportFormat.DATEV, end=date(2026, 1, 31))
    except Invalid as refusal:
        pytest.fail(refusal.sentence)

    assert content.startswith(b'"EXTF"') and b"1001" in content.splitlines()[0]


def test_only_who_locks_the_books_exports_them(books, store):
    pete = Actor(ActorKind.STAFF, "Pete", 1, Role.ESTIMATOR)

    with pytest.raises(NotAllowed):
        write_journal(books.session, store, Wanted(ExportFormat.CSV, None, TO), pete, books.clock)


def test_a_month_is_locked_when_it_is_over_and_stays_shut(books, session, ann, clock):
    """[M34]"""
    with pytest.raises(Invalid):
        lock_books(session, date(2026, 3, 31), ann, clock)
    lock_books(session, date(2026, 2, 28), ann, clock)
    with pytest.raises(Unmet, match="already"):
        lock_books(session, date(2026, 1, 31), ann, clock)

    with pytest.raises(Unmet, match="locked"):
        books.pay("1", paid_on=date(2026, 2, 28))
    books.pay("1", paid_on=date(2026, 2, 28) + timedelta(days=1))
