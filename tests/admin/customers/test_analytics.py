"""The Analytics tab: the figures of the pages for one customer, what models expect of it or why not [P20, 131]."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import CustomerGroup, CustomerScore, ModelRun
from reports.engine import Desk as Figures
from reports.engine import Query
from seeds.builders import a_brand, a_group
from tests.admin.customers.counter import Counter, Statements
from tests.services.desk import Desk
from tests.signing import on_sqlite, sign_in_as


@pytest.fixture
def till(counter: Counter, app: Any, clock: Any) -> Counter:
    """The counter, its customer with bills in three months, one paid late and one open; another customer beside."""
    app.extensions["sawhorse_clock"] = clock
    session = counter.look()
    a_brand(session, is_default=True)
    desk = Desk(session, counter.actor, counter.clock, session.get_one(CustomerGroup, counter.group_id))
    first = desk.invoice("100", issued_on=date(2026, 1, 5))
    first.due_on = date(2026, 1, 19)
    desk.pay("100", first, paid_on=date(2026, 1, 29))
    desk.invoice("250.50", issued_on=date(2026, 2, 2))
    other = a_group(session, name="Somebody else")
    desk.invoice("77.77", issued_on=date(2026, 2, 2), group_id=other.id)
    desk.invoice("40", issued_on=date(2026, 3, 2))
    session.commit()
    return counter


def facts(page: str) -> dict[str, str]:
    """Word → figure of the lists at the top."""
    found = re.findall(r"<dt[^>]*>([^<]+)</dt><dd>\s*<(?:a|span) class=\"cu-figure\"[^>]*>([^<]+)<", page)
    return {word: text.strip() for word, text in found}


def score(till: Counter, **but: Any) -> None:
    """What the last night left behind for the customer."""
    session = till.look()
    values: dict[str, Any] = {"group_id": till.group_id, "currency": "EUR", "as_of": date(2026, 3, 17)}
    session.add(CustomerScore(**values | but))
    result = {
        "model": "mbg_nbd",
        "refused": but.get("refused"),
        "holdout": {"weeks": 39.0, "rmse": 1.608, "naive_rmse": 2.212, "coverage": 0.972},
    }
    session.add(
        ModelRun(
            model="mbg_nbd",
            as_of=date(2026, 3, 17),
            basis="invoiced",
            currency="EUR",
            fitted_at=till.clock.now(),
            result=result,
        )
    )
    session.commit()


def test_the_figures_are_those_of_the_desk_and_lead_to_their_rows(till):
    """[L1, L2]: the same strings as everywhere, narrowed to this customer, each a link to its rows."""
    page = till.page("analytics")
    found = facts(page)

    desk = Figures(till.look(), till.actor, till.clock)
    only = (("customer", str(till.group_id)),)
    for name in (
        "invoiced",
        "collected",
        "receivable",
        "overdue",
        "unallocated",
        "days_late",
        "days_late_median",
    ):
        answer = desk.ask(Query(name, where=only))
        assert found[answer.metric.label] == answer.text, name
        assert f"/reports/rows?{answer.query.address}".replace("&", "&amp;") in page
    assert (found["Invoiced"], found["Collected"], found["Receivables"]) == ("€390.50", "€100.00", "€290.50")
    assert found["Days late"] == "10.0 days"
    assert "77.77" not in page


@on_sqlite
def test_a_figure_opens_the_rows_that_it_is_the_sum_of(till):
    page = till.page("analytics")
    [address] = re.findall(r'href="(/reports/rows\?metric=invoiced&amp;customer=\d+)"', page)
    rows = till.page(address.replace("&amp;", "&"))
    assert "390.50" in rows and "77.77" not in rows


@on_sqlite
def test_the_history_shows_each_month_with_its_bar(till):
    page = till.page("analytics")

    lines = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page, re.DOTALL)
    table = {month: re.findall(r">([€\d.,]+)</a>", cells) for month, cells in lines}
    assert table == {
        "2026-03": ["€40.00"],
        "2026-02": ["€250.50"],
        "2026-01": ["€100.00", "€100.00"],
    }
    titles = re.findall(r"<rect[^>]*height=\"([\d.]+)\"><title>([^<]+)</title>", page)
    assert {title for _, title in titles} == {
        "Invoiced, 2026-01: €100.00",
        "Collected, 2026-01: €100.00",
        "Invoiced, 2026-02: €250.50",
        "Invoiced, 2026-03: €40.00",
    }
    tall = {title.split(":")[0]: float(height) for height, title in titles}
    assert tall["Invoiced, 2026-02"] == pytest.approx(160) and tall["Invoiced, 2026-03"] == pytest.approx(
        25.55
    )


@on_sqlite
def test_worth_and_the_chance_to_stay_stand_with_their_intervals(till):
    """[131, L10]: interval beside each number, the back-test under it."""
    score(
        till,
        alive=0.7266,
        purchases=1.226,
        purchases_low=0.0,
        purchases_high=6.0,
        value=123_456,
        value_low=0,
        value_high=400_000,
        next_on=date(2026, 9, 1),
    )
    page = till.page("analytics")
    found = facts(page)

    assert found["Still a customer"] == "72.7 %"
    assert found["Worth within a year"] == "€1,234.56" and "95 %: €0.00 to €4,000.00" in page
    assert found["Jobs within a year"] == "1.23" and "95 %: 0 to 6" in page
    assert re.search(r"by <time datetime=\"2026-09-01\"", page) and "as likely as not" in page
    assert (
        "root mean square error 1.61 against 2.21 of the plain forecast, 95 % intervals held for 97.2%"
        in page
    )


@on_sqlite
def test_a_refused_model_gives_its_reason_and_no_number(till):
    reason = "Not enough data: 2 customers, at least 100 are needed"
    score(till, refused=reason)
    page = till.page("analytics")
    found = facts(page)

    assert reason in page
    words = ("Still a customer", "Worth within a year", "Jobs within a year", "Next job")
    assert [found[word] for word in words] == ["–"] * 4


@on_sqlite
def test_before_the_first_night_and_without_a_bill_it_says_so(till):
    assert "not scored this customer yet" in till.page("analytics")

    session = till.look()
    empty = a_group(session, name="Empty")
    session.commit()
    page = till.page(f"/admin/customers/{empty.id}/analytics")
    assert "Nothing was billed yet, so nothing is expected" in page and "<rect" not in page


@on_sqlite
def test_amounts_of_two_currencies_stand_below_each_other(till):
    """[M9]"""
    session = till.look()
    group = session.get_one(CustomerGroup, till.group_id)
    Desk(session, till.actor, till.clock, group).invoice("20", currency="USD", issued_on=date(2026, 3, 2))
    session.commit()
    page = till.page("analytics")

    assert ">€390.50</a>" in page and ">$20.00</a>" in page and "410.50" not in page
    [address] = set(
        re.findall(r'href="(/reports/rows\?metric=invoiced&amp;customer=\d+&amp;currency=USD)"', page)
    )
    assert "$20.00" in till.page(address.replace("&amp;", "&"))


def test_the_number_of_statements_is_the_same_for_a_large_customer(till):
    """P20: nothing is asked a month, a bill or a payment."""
    few = statements(till)
    session = till.look()
    desk = Desk(session, till.actor, till.clock, session.get_one(CustomerGroup, till.group_id))
    for day in range(3, 17):
        bill = desk.invoice("10", issued_on=date(2026, 3, day))
        desk.pay("10", bill, paid_on=date(2026, 3, 17))
    session.commit()

    assert statements(till) == few


def statements(till: Counter) -> int:
    till.page("analytics")
    with Statements(till.client) as asked:
        till.page("analytics")
    return asked.count


@on_sqlite
@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_explore_the_figures_see_the_tab(till, role):
    """[138]: crews and subcontractors get neither the tab nor the page."""
    till.look()
    sign_in_as(till.client, role)
    may = role in (Role.OWNER, Role.OFFICE, Role.ESTIMATOR, Role.ANALYST)

    assert (
        till.get("analytics").status_code == 200 if may else till.get("analytics").status_code in (403, 404)
    )
    profile = till.get()
    assert (f"{till.home}/analytics" in profile.text) == may


@on_sqlite
def test_a_customer_that_is_none_is_not_found(till):
    assert till.get("/admin/customers/999999/analytics").status_code == 404
    assert till.look().scalar(select(CustomerGroup.id).where(CustomerGroup.id == 999999)) is None
