"""The demo's service plans: signed up, billed each period, paid, paused, left [139, 140]."""

from datetime import timedelta

from sqlalchemy import func, select

from admin_app.models import Invoice, Subscription, SubscriptionPeriod, SubscriptionState
from admin_app.services.passwords import Passwords
from seeds.demo.plan import plan
from seeds.demo.service_plans import signs_up
from seeds.demo.tell import found_the_company, live_the_years


def test_every_eighth_customer_has_a_plan_that_is_billed_each_period_and_paid(session, clock):
    _, ann = found_the_company(session, clock, Passwords(1, 8))
    today = clock.today()
    groups = [one for one in plan(today) if one.number <= 40]
    live_the_years(session, ann, groups, [], today)

    states = session.scalars(select(Subscription.state)).all()
    billed = session.scalars(
        select(Invoice).join(SubscriptionPeriod, SubscriptionPeriod.invoice_id == Invoice.id)
    ).all()

    assert len(states) == sum(day is not None and day <= today for day in map(signs_up, groups)) >= 4
    assert {SubscriptionState.ACTIVE, SubscriptionState.PAUSED, SubscriptionState.CANCELLED} >= set(states)
    assert len(billed) == session.scalar(select(func.count(SubscriptionPeriod.id))) >= 15
    assert all(one.balance == 0 for one in billed if one.issued_on < today - timedelta(days=14))
