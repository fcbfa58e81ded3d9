"""Who buys again: repeat rates, cohorts and scores, by hand and on CDNOW's published figures [124, L10]."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from admin_app.kernel.clock import FixedClock
from admin_app.kernel.text import fold, new_public_id
from admin_app.models import CustomerGroup, Invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from reports.engine import Desk, Query
from seeds.builders import a_company, a_group
from tests.reports.models.cdnow import purchases
from tests.services.desk import a_desk, euros

MADE = {
    "version": 1,
    "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
}


def load_cdnow(session, least):
    """Each of CDNOW's rows as an issued invoice, of `least` cents at least."""
    rows = [(str(name), str(day), int(cents)) for name, day, cents in purchases().to_numpy().tolist()]
    connection = session.connection()
    names = sorted({name for name, _, _ in rows})
    numbers = {name: number for number, name in enumerate(names, start=1)}
    groups: list[dict[str, Any]] = [
        {"id": numbers[name], "name": name, "sort_name": fold(name), "public_id": new_public_id()} | MADE
        for name in names
    ]
    bills: list[dict[str, Any]] = [
        {
            "group_id": numbers[name],
            "number": f"I-{place}",
            "state": "issued",
            "issued_on": date.fromisoformat(day),
            "subtotal": max(least, cents),
            "total": max(least, cents),
            "public_id": new_public_id(),
        }
        | MADE
        for place, (name, day, cents) in enumerate(rows)
    ]
    connection.execute(insert(CustomerGroup), groups)
    connection.execute(insert(Invoice), bills)


def figures_on(session, ann, day):
    desk = Desk(session, ann, FixedClock(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)))
    return lambda name, **but: desk.ask(Query(name, **but))


def test_cdnow_comes_back_as_published(session, ann):
    """1,139 of 2,357 repeat, 887 within 180 days; scores of frequency with ties 1218/0/403/358/378.

    The published figures keep days of 0.00; a cent each makes them purchases here.
    """
    a_company(session)
    load_cdnow(session, 1)
    ask = figures_on(session, ann, date(1998, 6, 30))

    assert ask("new_customers").value == 2_357
    assert ask("repeat_rate").value == Decimal(1_139) / 2_357
    assert ask("repeat_rate_mature").value == Decimal(887) / 2_357
    sizes = {mark.keys[0]: mark.value for mark in ask("rfm", by=("frequency",)).marks}
    assert sizes == {"1": 1_218, "3": 403, "4": 358, "5": 378}
    grid = ask("rfm", by=("recency", "frequency"))
    assert sum(mark.value for mark in grid.marks) == grid.value == 2_357
    cohorts = ask("retention", by=("cohort", "months_since"))
    assert {key for key, _ in (mark.keys for mark in cohorts.marks)} == {"1997-01", "1997-02", "1997-03"}
    assert len([mark for mark in cohorts.marks if mark.keys[0] == "1997-01"]) == 18
    assert not any(mark.partial for mark in cohorts.marks)


def test_a_day_of_nothing_is_no_purchase(session, ann):
    """Eight of CDNOW's customers have one day only, of 0.00: 2,349 are left (analytics 1.2)."""
    a_company(session)
    load_cdnow(session, 0)

    assert figures_on(session, ann, date(1998, 6, 30))("new_customers").value == 2_349


@pytest.fixture
def office(session, ann, clock):
    return a_desk(session, ann, clock)


@pytest.fixture
def ask(session, ann, clock):
    desk = Desk(session, ann, clock)
    return lambda name, **but: desk.ask(Query(name, **but))


def bought(office, *, price="100", **days):
    """Customers by name with a bill on each of their days, written in the order of the days; the bills by name."""
    groups = {name: a_group(office.session, name=name) for name in days}
    bills: dict[str, list[Invoice]] = {name: [] for name in days}
    for day, name in sorted((day, name) for name, own in days.items() for day in own.split()):
        bills[name].append(office.invoice(price, group_id=groups[name].id, issued_on=date.fromisoformat(day)))
    return bills


def shares(answer):
    return {mark.keys: (mark.value, mark.rows) for mark in answer.marks}


def test_retention_is_a_triangle_by_cohort_and_months_since(office, ask):
    """Three of January: two come back in February, one in March; April's cohort does not exist in March."""
    bought(
        office,
        A="2026-01-05 2026-02-10 2026-03-02",
        B="2026-01-20 2026-02-01 2026-02-20",
        C="2026-01-31",
        D="2026-02-14",
    )

    cells = ask("retention", by=("cohort", "months_since"))

    assert shares(cells) == {
        ("2026-01", "0"): (1, 3),
        ("2026-01", "1"): (Decimal(2) / 3, 3),
        ("2026-01", "2"): (Decimal(1) / 3, 3),
        ("2026-02", "0"): (1, 1),
        ("2026-02", "1"): (0, 1),
    }
    assert {mark.keys for mark in cells.marks if mark.partial} == {("2026-01", "2"), ("2026-02", "1")}


def test_the_running_month_is_in_no_average(office, ask):
    """Of January's three two came back in the one whole month after; February's only month after is running."""
    bought(
        office,
        A="2026-01-05 2026-02-10 2026-03-02",
        B="2026-01-20 2026-02-01",
        C="2026-01-31",
        D="2026-02-14",
    )

    assert ask("retention").value == Decimal(2) / 3
    assert shares(ask("retention", by=("cohort",))) == {("2026-01",): (Decimal(2) / 3, 3)}
    assert shares(ask("retention", by=("months_since",))) == {("0",): (1, 4), ("1",): (Decimal(2) / 3, 3)}
    assert ask("retention", as_of=date(2026, 3, 31)).value == Decimal(2 + 1 + 0) / (3 + 3 + 1)
    assert ask("retention", as_of=date(2026, 1, 31)).note.startswith("Not enough data")


def test_a_cell_is_what_its_rows_are(office, session, ann, clock):
    """Whoever clicks on a cell sees those who bought then [L2]."""
    bought(office, A="2026-01-05 2026-02-10 2026-02-12", B="2026-01-20")
    desk = Desk(session, ann, clock)
    query = Query("retention", by=("cohort", "months_since"))

    page = desk.rows(query, {"cohort": "2026-01", "months_since": "1"})

    assert [(row.customer, row.day) for row in page.rows] == [("A", date(2026, 2, 10))]


def test_money_by_cohort_is_all_that_was_invoiced(office, ask):
    first = bought(office, A="2026-01-05 2026-02-10")["A"][0]
    bought(office, price="50", B="2026-02-14")
    write_credit_note(
        office.session, CreditForm(first.id, "Goodwill", euros("30.00")), office.actor, office.clock
    )

    answer = ask("retention_money", by=("cohort", "months_since"))

    assert {mark.keys: mark.value for mark in answer.marks} == {
        ("2026-01", "0"): 10_000,
        ("2026-01", "1"): 10_000,
        ("2026-01", "2"): -3_000,
        ("2026-02", "0"): 5_000,
    }
    assert answer.value == ask("invoiced").value


def test_two_bills_of_a_day_are_one_purchase_and_a_credit_is_none(office, ask):
    bought(office, A="2026-01-05 2026-01-05")
    first = bought(office, B="2026-01-07 2026-02-07")["B"][0]
    write_credit_note(
        office.session, CreditForm(first.id, "Goodwill", euros("30.00")), office.actor, office.clock
    )

    assert ask("repeat_rate").value == Decimal("0.5")
    assert ask("new_customers", as_of=date(2026, 1, 6)).value == 1


def test_mature_ones_are_those_who_had_the_time(office, ask):
    """180 days are just enough, both to be seen and to come back."""
    bought(office, A="2025-09-18 2026-03-17", B="2025-09-17 2026-03-17", C="2025-09-19 2025-09-20")

    rate = ask("repeat_rate_mature")

    assert rate.value == Decimal("0.5")
    assert ask("repeat_rate").value == 1


def test_active_ones_bought_within_a_year(office, ask):
    bought(office, A="2025-03-17", B="2025-03-18")

    assert ask("active_customers").value == 1
    assert ask("active_customers", as_of=date(2025, 3, 17)).value == 1


def test_customers_who_are_alike_share_a_score(office, ask):
    """Six customers; four bought once: score 1; two twice: four of six are worse, 1 + 5·4/6 → 4."""
    once, twice = "2026-01-05", "2026-01-05 2026-02-10"
    bought(office, A=once, B=once, C=once, D=once, E=twice, F=twice)

    assert {mark.keys[0]: mark.value for mark in ask("rfm", by=("frequency",)).marks} == {"1": 4, "4": 2}
    assert {mark.keys[0]: mark.value for mark in ask("rfm", by=("recency",)).marks} == {"1": 4, "4": 2}
    assert {mark.keys[0]: mark.value for mark in ask("rfm", by=("worth",)).marks} == {"1": 4, "4": 2}
