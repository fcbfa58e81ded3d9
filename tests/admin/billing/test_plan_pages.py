"""Service plans at the desk: entered, signed up for, billed, paused, ended [P19, 139, M40]."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import CreditNote, Invoice, ServicePlan, Subscription, SubscriptionState
from admin_app.services.issue_invoice import issue_invoice
from seeds.work_builders import a_service_plan
from tests.admin.customers.counter import Counter, typed_on


@pytest.fixture
def plan(counter) -> int:
    """100.00 a month and VAT."""
    session = counter.look()
    made = a_service_plan(
        session, name="Garden care", months=1, price=Decimal("100.00"), tax_names=["VAT"]
    ).id
    session.commit()
    return made


def signed_up(counter: Counter, **typed: str) -> Subscription:
    """Through the form: asked, told, kept."""
    path = f"/admin/billing/customers/{counter.group_id}/plan"
    told = counter.fill(path, **({"started_on": "2026-01-31"} | typed))
    assert told.status_code == 200, told.status
    assert counter.post(path, typed_on(told)).status_code == 302
    kept = counter.look().scalars(select(Subscription).order_by(Subscription.id.desc())).first()
    assert kept is not None
    return kept


def test_a_plan_is_entered_with_its_taxes(counter):
    counter.post(
        "/admin/service-plans/new/",
        {"name": "Winter service", "months": "1", "price": "80", "tax": "VAT", "advanced": "1"},
    )
    refused = counter.post(
        "/admin/service-plans/new/", {"name": "Endless", "months": "61", "price": "80", "advanced": "1"}
    )

    plan = counter.look().scalars(select(ServicePlan)).one()
    assert (plan.name, plan.tax_names) == ("Winter service", ["VAT"])
    assert refused.status_code == 422 and "the most is 60" in refused.text
    assert "Taxes: VAT" in counter.page(f"/admin/service-plans/details/?id={plan.id}")


def test_the_profile_says_none_and_then_the_plan(counter, plan):
    """[P19]"""
    assert "Service plan</dt><dd>" in counter.page().replace("\n", "").replace("      ", "")

    subscription = signed_up(counter, started_on="2026-04-01")

    page = counter.page()
    assert f"/admin/billing/subscriptions/{subscription.id}" in page and "Garden care" in page


def test_what_follows_is_said_before_anybody_is_signed_up(counter, plan):
    path = f"/admin/billing/customers/{counter.group_id}/plan"

    told = counter.fill(path, started_on="2026-01-31", price="80.50")

    assert "2 periods have begun already" in told.text and "€161.00 before tax" in told.text
    assert counter.look().scalars(select(Subscription)).all() == []

    changed = counter.post(path, typed_on(told) | {"started_on": "2026-04-01"})
    assert changed.status_code == 200 and "first invoice is written on" in changed.text
    assert counter.look().scalars(select(Subscription)).all() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"started_on": ""}, "First day is missing"),
        ({"started_on": "2040-01-01"}, "within three years"),
        ({"price": "abc"}, "is not"),
        ({"plan": "99"}, "Choose one of the plans"),
    ],
)
def test_a_sign_up_that_cannot_be_is_told_at_its_field(counter, plan, typed, said):
    answer = counter.fill(
        f"/admin/billing/customers/{counter.group_id}/plan", **({"started_on": "2026-04-01"} | typed)
    )

    assert answer.status_code == 422 and said in answer.text


def test_due_periods_are_billed_by_a_button_once(counter, plan):
    """[139, M40]"""
    subscription = signed_up(counter)
    assert "1 service plan has a period to bill" in counter.page("/admin/billing/tray")

    counter.post("/admin/billing/plans/bill")
    counter.post("/admin/billing/plans/bill")

    assert [one.total for one in counter.look().scalars(select(Invoice))] == [120_00, 120_00]
    tray = counter.page("/admin/billing/tray")
    assert "Garden care, 31 January 2026 to 27 February 2026" in tray and "to bill;" not in tray
    assert "Draft" in counter.page(f"/admin/billing/subscriptions/{subscription.id}")


def test_a_plan_rests_and_goes_on(counter, plan):
    subscription = signed_up(counter, started_on="2026-04-01")
    home = f"/admin/billing/subscriptions/{subscription.id}"
    assert "The next bill would be on" in counter.page(f"{home}/pause")

    counter.fill(f"{home}/pause")
    assert counter.look().get_one(Subscription, subscription.id).state is SubscriptionState.PAUSED
    assert "paused since" in counter.page()
    assert "The next bill is for the period that begins on" in counter.page(f"{home}/resume")
    counter.fill(f"{home}/resume")

    again = counter.look().get_one(Subscription, subscription.id)
    assert (again.state, again.next_on) == (SubscriptionState.ACTIVE, date(2026, 4, 1))
    assert "only a paused one can go on" in counter.page(f"{home}/resume")


def test_a_plan_ends_with_what_is_billed_or_at_once_with_a_credit(counter, plan):
    """[M40]: by days of that month, 14 of 31."""
    subscription = signed_up(counter)
    counter.post("/admin/billing/plans/bill")
    session = counter.look()
    for invoice in session.scalars(select(Invoice).order_by(Invoice.id)).all():
        issue_invoice(session, invoice, counter.actor, counter.clock)
    session.commit()
    page = f"/admin/billing/subscriptions/{subscription.id}/cancel"
    assert "45 % of 28 February 2026 to 30 March 2026 is unused: €54.19" in counter.page(page)

    nameless = counter.fill(page, when="now", reason="")
    answer = counter.fill(page, when="now", reason="Moves away")

    assert nameless.status_code == 422 and "Say why the plan ends" in nameless.text
    proposed = answer.headers["Location"]
    assert "/credit?how=amount&amount=54.19" in proposed
    counter.fill(proposed, act="book")
    assert counter.look().scalars(select(CreditNote)).one().total == 54_19
    ended = counter.look().get_one(Subscription, subscription.id)
    assert (ended.state, ended.ended_on) == (SubscriptionState.CANCELLED, date(2026, 3, 17))
    assert "This plan is cancelled already" in counter.page(page)


def test_the_length_of_a_plan_that_customers_have_stays(counter, plan):
    signed_up(counter)
    page = counter.get(f"/admin/service-plans/edit/?id={plan}")

    assert 'name="visit_months"' in page.text and 'name="visit_minutes"' in page.text
    typed = {**base_of(page), "months": "3", "visit_minutes": "60"}
    refused = counter.post(f"/admin/service-plans/edit/?id={plan}", typed)

    assert refused.status_code == 422 and "Customers are billed by this period" in refused.text


def base_of(page) -> dict[str, str]:
    base = re.search(r'name="base" value="([^"]*)"', page.text)
    assert base is not None
    return {"base": base[1], "name": "Garden care", "price": "100"}


def test_the_lists_lead_to_the_pages(counter, plan):
    subscription = signed_up(counter)

    assert f"/admin/billing/subscriptions/{subscription.id}" in counter.page("/admin/subscriptions/")
    assert "Garden care" in counter.page("/admin/service-plans/")


def test_without_a_plan_the_way_to_enter_one_is_shown(counter):
    page = counter.page(f"/admin/billing/customers/{counter.group_id}/plan")

    assert "No service plan is offered yet" in page and "/admin/service-plans/new/" in page


@pytest.mark.parametrize("role", [Role.ANALYST, Role.CREW], ids=str)
def test_who_may_not_book_money_signs_nobody_up(counter, plan, role):
    subscription = signed_up(counter).id
    counter.sits_down(role)

    assert counter.get(f"/admin/billing/customers/{counter.group_id}/plan").status_code == 403
    assert counter.get(f"/admin/billing/subscriptions/{subscription}/cancel").status_code == 403
    assert counter.post("/admin/billing/plans/bill").status_code == 403
