"""Service plans: signed up, billed once a period, paused, taken up again, ended [P19, 139, M40]."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed, Unmet
from admin_app.models import (
    Billing,
    Company,
    Invoice,
    InvoiceState,
    Subscription,
    SubscriptionPeriod,
    SubscriptionState,
    TaxProfile,
)
from admin_app.services.bill_plans import bill_plans, bill_subscription
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.plan_outlook import due_periods, unused_of
from admin_app.services.subscribe import Enrolment, cancel, enrol, pause, resume
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from seeds.builders import a_group, an_address
from seeds.work_builders import a_service_plan
from tests.money.books import broken
from tests.services.desk import Desk, a_desk, euros


def on(year: int, month: int, day: int) -> FixedClock:
    return FixedClock(datetime(year, month, day, 9, tzinfo=UTC))


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    """17 March 2026."""
    return a_desk(session, ann, clock)


@pytest.fixture
def plan(desk):
    """100.00 a month and VAT."""
    return a_service_plan(
        desk.session, name="Garden care", months=1, price=Decimal("100.00"), tax_names=["VAT"]
    )


def signed_up(desk: Desk, plan, started_on: date = date(2026, 1, 31), **but) -> Subscription:
    form = Enrolment(desk.group.id, plan.id, started_on, **but)
    return enrol(desk.session, form, desk.actor, desk.clock)


def titles(desk: Desk) -> list[str]:
    """How the drafts are called, as first written."""
    return [one.title or "" for one in drafts(desk)]


def drafts(desk: Desk) -> list[Invoice]:
    return list(desk.session.scalars(select(Invoice).order_by(Invoice.id)))


def test_missed_periods_are_billed_one_by_one(desk, plan):
    """[M40, P19]"""
    subscription = signed_up(desk, plan)

    done = bill_plans(desk.session, desk.actor, desk.clock)

    assert [(one.title, one.total, one.state) for one in drafts(desk)] == [
        ("Garden care, 31 January 2026 to 27 February 2026", 120_00, InvoiceState.DRAFT),
        ("Garden care, 28 February 2026 to 30 March 2026", 120_00, InvoiceState.DRAFT),
    ]
    assert len(done.invoices) == 2 and done.refusals == {}
    assert subscription.next_on == date(2026, 3, 31)


def test_a_second_run_bills_nothing_again(desk, plan):
    """[M40]: idempotent, also where the next day was set back."""
    subscription = signed_up(desk, plan)
    bill_plans(desk.session, desk.actor, desk.clock)

    again = bill_plans(desk.session, desk.actor, desk.clock)
    subscription.next_on = date(2026, 1, 31)
    set_back = bill_plans(desk.session, desk.actor, desk.clock)

    assert again.invoices == set_back.invoices == []
    assert desk.session.scalar(select(func.count()).select_from(SubscriptionPeriod)) == 2
    assert subscription.next_on == date(2026, 3, 31)


def test_the_own_price_the_site_and_the_tax_of_the_customer_count(desk, plan):
    desk.group.tax_profile = TaxProfile.EXEMPT
    site = an_address(desk.session, desk.group, line1="Garden 9", postcode="", city="Hull")
    plan.description = "Four visits"
    signed_up(desk, plan, date(2026, 3, 1), price=Decimal("80.50"), address_id=site.id)

    bill_plans(desk.session, desk.actor, desk.clock)

    (invoice,) = drafts(desk)
    assert (invoice.total, invoice.tax, invoice.notes) == (80_50, 0, "Four visits")
    assert invoice.lines[0].description == "Garden care, Garden 9, Hull, 1 March 2026 to 31 March 2026"


def test_what_is_not_due_is_not_billed(desk, plan):
    signed_up(desk, plan, date(2026, 3, 18))

    assert bill_plans(desk.session, desk.actor, desk.clock).invoices == []
    assert len(bill_plans(desk.session, desk.actor, on(2026, 3, 18)).invoices) == 1


def test_a_company_that_bills_at_once_has_them_issued(desk, plan):
    """[A77]: the setting for completed work holds for plans too."""
    desk.session.scalars(select(Company)).one().billing = Billing.ISSUE
    signed_up(desk, plan)

    bill_plans(desk.session, desk.actor, desk.clock)

    assert [one.number for one in drafts(desk)] == ["NORTH-00001", "NORTH-00002"]
    assert broken(desk.session) == set()


def test_what_cannot_be_issued_at_once_waits_in_the_tray(desk, plan):
    company = desk.session.scalars(select(Company)).one()
    company.billing, company.locked_until = Billing.ISSUE, date(2026, 3, 17)
    signed_up(desk, plan)

    bill_plans(desk.session, desk.actor, desk.clock)

    assert [one.state for one in drafts(desk)] == [InvoiceState.DRAFT] * 2


def test_one_plan_that_is_refused_leaves_the_others_billed(desk, plan):
    broken_plan = a_service_plan(desk.session, name="Old tax", months=1, tax_names=["Tax of yesterday"])
    refused = signed_up(desk, broken_plan)
    signed_up(desk, plan)

    done = bill_plans(desk.session, desk.actor, desk.clock)

    assert list(done.refusals) == [refused.id]
    assert [title.split(",")[0] for title in titles(desk)] == ["Garden care"] * 2
    assert refused.next_on == date(2026, 1, 31)


def test_periods_that_begin_while_a_plan_is_paused_are_not_billed(desk, plan):
    """[M40]: those that began before it was paused are."""
    subscription = signed_up(desk, plan)
    pause(desk.session, subscription, desk.actor, desk.clock)
    assert len(drafts(desk)) == 2

    while_paused = bill_plans(desk.session, desk.actor, on(2026, 5, 20))
    resume(desk.session, subscription, desk.actor, on(2026, 5, 20))
    at_once = bill_plans(desk.session, desk.actor, on(2026, 5, 20))
    later = bill_plans(desk.session, desk.actor, on(2026, 5, 31))

    assert while_paused.invoices == at_once.invoices == []
    assert len(later.invoices) == 1
    assert titles(desk)[-1].endswith("31 May 2026 to 29 June 2026")


def test_a_period_that_begins_on_the_day_of_the_pause_is_not_billed(desk, plan):
    subscription = signed_up(desk, plan, date(2026, 3, 17))

    pause(desk.session, subscription, desk.actor, desk.clock)

    assert drafts(desk) == []


def test_a_cancelled_plan_ends_with_what_is_billed(desk, plan):
    subscription = signed_up(desk, plan)

    cancel(desk.session, subscription, "Moves away", desk.actor, desk.clock)

    assert len(drafts(desk)) == 2
    assert (subscription.state, subscription.ended_on) == (SubscriptionState.CANCELLED, date(2026, 3, 31))
    assert (subscription.next_on, subscription.cancelled_reason) == (None, "Moves away")
    assert bill_plans(desk.session, desk.actor, on(2027, 1, 1)).invoices == []


def test_what_is_unused_of_a_plan_that_ends_at_once_is_proposed_as_a_credit(desk, plan):
    """[M40]: 14 of the 31 days from 28 February to 30 March are left on 17 March."""
    subscription = signed_up(desk, plan)
    for one in bill_subscription(desk.session, subscription, desk.actor, desk.clock):
        issue_invoice(desk.session, one, desk.actor, desk.clock)

    (unused,) = unused_of(desk.session, subscription, desk.clock.today())
    cancel(desk.session, subscription, "Moves away", desk.actor, desk.clock, at_once=True)
    form = CreditForm(unused.invoice.id, "Plan ended", amount=unused.amount)
    note = write_credit_note(desk.session, form, desk.actor, desk.clock)

    assert subscription.ended_on == date(2026, 3, 17)
    assert unused.amount == euros("54.19")  # 120.00 × 14/31 = 54.1935
    assert (note.total, note.tax) == (54_19, 9_03)
    assert broken(desk.session) == set()


def test_a_plan_that_never_began_ends_today(desk, plan):
    subscription = signed_up(desk, plan, date(2026, 9, 1))

    cancel(desk.session, subscription, "Changed their mind", desk.actor, desk.clock)

    assert subscription.ended_on == date(2026, 3, 17)
    assert drafts(desk) == []


def test_what_is_due_is_said_before(desk, plan):
    subscription = signed_up(desk, plan)

    assert [str(one) for one in due_periods(subscription, desk.clock.today())] == [
        "31 January 2026 to 27 February 2026",
        "28 February 2026 to 30 March 2026",
    ]


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"price": Decimal(-1)}, "price"),
        ({"started_on": date(2035, 1, 1)}, "started_on"),
        ({"started_on": date(2015, 1, 1)}, "started_on"),
    ],
)
def test_a_sign_up_that_makes_no_sense_is_told_at_its_field(desk, plan, but, field):
    with pytest.raises(Invalid) as refused:
        signed_up(desk, plan, **({"started_on": date(2026, 3, 1)} | but))

    assert field in refused.value.fields


def test_nobody_signs_up_for_an_archived_plan_or_at_another_customers_site(desk, plan):
    other = an_address(desk.session, a_group(desk.session, name="Other"), line1="Elsewhere 1")
    with pytest.raises(Invalid, match="site of this customer"):
        signed_up(desk, plan, address_id=other.id)
    plan.archived = True
    with pytest.raises(Invalid, match="Choose a plan"):
        signed_up(desk, plan)


def test_a_plan_is_signed_up_for_once_a_site(desk, plan):
    site = an_address(desk.session, desk.group)
    first = signed_up(desk, plan)
    signed_up(desk, plan, address_id=site.id)

    with pytest.raises(Unmet, match="already"):
        signed_up(desk, plan)

    cancel(desk.session, first, "Over", desk.actor, desk.clock)
    signed_up(desk, plan, date(2026, 4, 1))


def test_one_form_signs_up_once(desk, plan):
    form = Enrolment(desk.group.id, plan.id, date(2026, 4, 1))

    first = enrol(desk.session, form, desk.actor, desk.clock, "key")
    again = enrol(desk.session, form, desk.actor, desk.clock, "key")

    assert first is again
    with pytest.raises(Conflict):
        enrol(
            desk.session, Enrolment(desk.group.id, plan.id, date(2026, 4, 2)), desk.actor, desk.clock, "key"
        )


def test_steps_that_do_not_fit_are_refused(desk, plan):
    subscription = signed_up(desk, plan)
    with pytest.raises(Unmet, match="only a paused one"):
        resume(desk.session, subscription, desk.actor, desk.clock)
    with pytest.raises(Invalid, match="says why"):
        cancel(desk.session, subscription, " ", desk.actor, desk.clock)
    cancel(desk.session, subscription, "Over", desk.actor, desk.clock)
    with pytest.raises(Unmet, match="cancelled"):
        pause(desk.session, subscription, desk.actor, desk.clock)
    with pytest.raises(Unmet, match="already"):
        cancel(desk.session, subscription, "Over", desk.actor, desk.clock)


def test_who_may_not_book_money_signs_nobody_up(desk, plan):
    analyst = Actor(ActorKind.STAFF, "Nell", role=Role.ANALYST)
    with pytest.raises(NotAllowed):
        enrol(desk.session, Enrolment(desk.group.id, plan.id, date(2026, 4, 1)), analyst, desk.clock)
