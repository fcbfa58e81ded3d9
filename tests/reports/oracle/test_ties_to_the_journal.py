"""Documents and journal are two ways to one sum: what was open at the end of any day [M37, I12, I13, 127, 130]."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from admin_app.money import accounts
from admin_app.money.balances import balance_on
from admin_app.records.aged_as_of import journal_balances, open_items
from reports.engine import Desk, Query
from tests.reports.oracle import office

DAYS = [office.FIRST + timedelta(days) for days in range(-1, (office.LAST - office.FIRST).days + 5, 33)]
OF_ACCOUNT = {
    "receivable": (accounts.RECEIVABLE, 1),
    "retained": (accounts.RETAINED, 1),
    "unallocated": (accounts.ADVANCES, -1),
    "open_credits": (accounts.CREDITS, -1),
}
"""The account that knows a stock too, and its sign there."""


def stock(desk: Desk, metric: str, day: date, by: str = "currency") -> dict[str, int]:
    """Key → minor units, zeros left out."""
    marks = desk.ask(Query(metric, (by,), as_of=day)).marks
    found: dict[str, int] = defaultdict(int)
    for mark in marks:
        found[mark.keys[0]] += int(mark.value or 0)
    return {key: amount for key, amount in found.items() if amount}


def test_each_stock_is_the_balance_of_its_account_at_the_end_of_any_day(oracle_desk: Desk) -> None:
    """[130]: the day before the first bill, days between, today and days to come."""
    seen = set()
    for day in DAYS:
        for metric, (account, sign) in OF_ACCOUNT.items():
            journal = {
                currency: sign * balance_on(oracle_desk.session, account, day, currency=currency)
                for currency in ("EUR", "USD")
            }
            told = stock(oracle_desk, metric, day)
            assert told == {currency: amount for currency, amount in journal.items() if amount}, (metric, day)
            seen |= {metric} if told else set()
    assert seen == set(OF_ACCOUNT), "every one of them was something on some day"


def test_ageing_by_customer_is_the_customer_s_balance_in_the_journal(oracle_desk: Desk) -> None:
    """[I12, I13, M37]: all buckets together, credits and unallocated money among them."""
    for day in DAYS[::3]:
        for currency in ("EUR", "USD"):
            query = Query("ageing", ("customer",), (("currency", currency),), as_of=day)
            told = {int(one.keys[0]): one.value for one in oracle_desk.ask(query).marks if one.value}
            journal = journal_balances(oracle_desk.session, day)
            assert told == {group: amount for (group, one), amount in journal.items() if one == currency}


def test_rolled_back_or_rebuilt_the_open_documents_are_the_same(oracle_desk: Desk) -> None:
    """[M37]: document by document and bucket by bucket what `records.aged_as_of` rebuilds from all uses."""
    for day in DAYS[::3]:
        rebuilt: dict[str, int] = defaultdict(int)
        for item in open_items(oracle_desk.session, office.ANN, day):
            rebuilt[item.bucket.value] += item.balance.minor
        assert stock(oracle_desk, "ageing", day, "bucket") == {
            key: amount for key, amount in rebuilt.items() if amount
        }
        rows = oracle_desk.every_row(Query("ageing", as_of=day))
        told = sorted((one.about, one.about_id, one.amount) for one in rows)
        items = open_items(oracle_desk.session, office.ANN, day)
        assert told == sorted((one.document, one.document_id, one.balance.minor) for one in items)


def test_net_and_tax_are_gross_and_lines_are_net(oracle_desk: Desk) -> None:
    """[L1]: the same bills told in four ways come to the same."""
    for currency in ("EUR", "USD"):
        where = (("currency", currency),)
        net, tax, gross = (
            oracle_desk.ask(Query(name, where=where)).value for name in ("invoiced", "tax", "invoiced_gross")
        )
        assert isinstance(net, int) and isinstance(tax, int)
        assert net + tax == gross
        lines = oracle_desk.ask(Query("invoiced", ("service",), where))
        assert sum(int(one.value or 0) for one in lines.marks) == net == lines.value
        assert {"Deposits billed before", "Tax in prices", "Discount"} & {
            one.labels[0] for one in lines.marks
        }
