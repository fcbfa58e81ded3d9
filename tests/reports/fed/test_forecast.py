"""The cash forecast of the books: its rows are the receivable, its past how bills were paid [132, L11]."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotAllowed
from admin_app.kernel.money import Money
from admin_app.models.base import OfficeSession
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from reports.engine import Desk as Figures
from reports.engine import Query
from reports.engine.forecast import NOTHING_OPEN, forecast
from reports.sources.waits import waits
from seeds.builders import a_group
from tests.services.desk import Desk, a_desk
from tests.signing import on_sqlite

TODAY = date(2026, 3, 17)


@pytest.fixture
def desk(session: OfficeSession, ann: Actor, clock: Clock) -> Desk:
    return a_desk(session, ann, clock)


@pytest.fixture
def figures(session: OfficeSession, ann: Actor, clock: Clock) -> Figures:
    return Figures(session, ann, clock)


def habits(desk: Desk, bills: int) -> None:
    """Two customers: one pays 5 days after the due date, one 25; bills of the last weeks are open still."""
    chance = random.Random(7)
    slow = a_group(desk.session, name="Slow")
    desk.group.name = "Quick"
    for number in range(bills):
        group, late = (slow, 25) if number % 2 else (desk.group, 5)
        issued = TODAY - timedelta(days=360 - number * 360 // bills)
        bill = desk.invoice(str(chance.randint(100, 900)), issued_on=issued, group_id=group.id)
        bill.due_on = issued + timedelta(days=14)
        paid = issued + timedelta(days=14 + late + chance.randint(-2, 2))
        if paid <= TODAY:
            desk.pay("0", bill, amount=Money(bill.total, "EUR"), paid_on=paid, group_id=group.id)


def rows_of(desk: Desk, as_of: date) -> dict[int, Any]:
    return {row.invoice: row for row in desk.session.execute(waits(as_of, "EUR"))}


def test_the_open_invoices_are_the_rows_of_the_receivable(desk, figures):
    """Σ rows = the figure, at each day, with what came later left out [L2, M37]."""
    habits(desk, 60)
    for day in (TODAY, TODAY - timedelta(days=40)):
        found = forecast(figures, as_of=day)
        answer = figures.ask(Query("receivable", as_of=day))
        assert sum(one.amount for one in found.invoices) == found.open == answer.value
        assert len(found.invoices) == answer.rows > 3


@on_sqlite
def test_customers_are_expected_by_their_own_habit(desk, figures):
    """Who pays late is expected late: the customer's own waits weigh more than everybody's."""
    habits(desk, 120)
    found = forecast(figures)

    assert found.refused is None
    days = {
        who: [
            (one.expected_on - one.due).days
            for one in found.invoices
            if one.customer == who and one.expected_on and one.due and one.due >= TODAY
        ]
        for who in ("Quick", "Slow")
    }
    assert days["Quick"] and days["Slow"]
    assert max(days["Quick"]) < min(days["Slow"])
    assert found.weeks[0].start == TODAY + timedelta(days=1)
    assert all(week.p10 <= week.p50 <= week.p90 for week in found.weeks)
    assert found.total["p10"] <= found.total["p50"] <= found.total["p90"] <= found.open
    assert found.backtest["pinball"] < found.backtest["due_date"]
    assert found.text == found.money(found.total["p50"]) and " to " in str(found.range_text)
    assert found.frame()["p50"].tolist() == [week.p50 for week in found.weeks]
    assert len(found.invoice_frame()) == len(found.invoices)


def test_too_little_history_is_a_reason_and_no_number(desk, figures):
    """[L11]: the open invoices are listed all the same."""
    desk.invoice("100", issued_on=date(2026, 3, 1))
    found = forecast(figures)

    assert found.refused == "Not enough data: 0 paid invoices, at least 30 are needed"
    assert (found.weeks, dict(found.total), found.text, found.range_text) == ((), {}, "–", None)
    assert [(one.amount, one.expected_on, one.probability) for one in found.invoices] == [(10000, None, None)]


@on_sqlite
def test_nothing_open_is_said(desk, figures):
    assert forecast(figures).refused == NOTHING_OPEN


@on_sqlite
def test_other_currencies_are_named_and_left_out(desk, figures):
    """[M9]"""
    habits(desk, 120)
    desk.invoice("20", currency="USD")
    found = forecast(figures)

    assert found.refused is None and found.cautions[-1] == "Open invoices in USD are no part of it"
    assert found.open == figures.ask(Query("receivable", where=(("currency", "EUR"),))).value
    assert forecast(figures, currency="USD").open == 2000


@on_sqlite
def test_a_filter_narrows_the_open_invoices_and_not_what_is_learned(desk, figures):
    habits(desk, 120)
    found = forecast(figures, where=[("customer", "Slow")])

    assert found.refused is None
    assert {one.customer for one in found.invoices} == {"Slow"}
    with pytest.raises(Invalid, match="nearest"):
        forecast(figures, where=[("customer", "Slov")])


def test_a_wait_ends_with_the_last_money_and_not_with_a_credit_or_a_loss(desk, ann, clock):
    """Partly paid waits on; lost was never paid; void is no bill; what was paid after the day is open on it."""
    half = desk.invoice("100", issued_on=date(2026, 1, 5))
    desk.pay("40", half, paid_on=date(2026, 1, 20))
    whole = desk.invoice("100", issued_on=date(2026, 1, 6))
    desk.pay("60", whole, paid_on=date(2026, 1, 20))
    desk.pay("40", whole, paid_on=date(2026, 2, 20))
    lost = desk.invoice("70", issued_on=date(2026, 1, 7))
    form = WriteOffForm(lost.id, "gone", on=date(2026, 2, 1))
    write_off_invoice(desk.session, form, ann, clock)
    void = desk.invoice("10", issued_on=date(2026, 1, 8))
    void_invoice(desk.session, void, ann, clock)

    now, then = rows_of(desk, TODAY), rows_of(desk, date(2026, 2, 1))

    assert (now[half.id].paid, now[half.id].amount_minor) == (None, 10000)
    assert (now[whole.id].paid, now[whole.id].amount_minor) == (date(2026, 2, 20), 10000)
    assert (then[whole.id].paid, then[whole.id].amount_minor) == (None, 10000)
    assert (now[lost.id].paid, now[lost.id].amount_minor) == (None, 7000)
    assert void.id not in now


@on_sqlite
def test_whoever_may_not_explore_money_gets_no_forecast(session, clock, desk):
    """[138]"""
    for role in (Role.CREW, Role.SUBCONTRACTOR):
        with pytest.raises(NotAllowed):
            forecast(Figures(session, Actor(ActorKind.STAFF, "Bob", 2, role), clock))


@on_sqlite
@pytest.mark.parametrize("weeks", [0, 53])
def test_a_forecast_is_of_one_to_fifty_two_weeks(figures, desk, weeks):
    with pytest.raises(Invalid, match="1 to 52 weeks"):
        forecast(figures, weeks=weeks)
