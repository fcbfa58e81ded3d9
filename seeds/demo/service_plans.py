"""The demo's service plans told: customers who sign up, are billed each period, pause, come back, and leave [139, 140].

Every eighth customer has one.  Each act is done by the service of the office on its own day; a bill is paid by direct
debit some days later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from sqlalchemy import select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.money import Money
from admin_app.models import Invoice, PaymentWay, ServicePlan, Subscription, SubscriptionState
from admin_app.models.base import OfficeSession
from admin_app.services.bill_plans import bill_subscription
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.services.subscribe import Enrolment, cancel, enrol, pause, resume
from seeds.demo.plan import PlannedGroup
from seeds.demo.projects import OnDay

PLANS = (
    ("Tree check each year", 12, "240.00"),
    ("Hedge twice a year", 6, "165.00"),
    ("Gutters each quarter", 3, "78.00"),
)
"""Name, months of a period, price of it in pounds."""
EACH = 8
"""Every so manieth customer has a plan."""
TRIED = timedelta(days=45)
"""After so long as customers they sign up."""
LONG = timedelta(days=430)
"""After so long some pause, and others leave."""
REST = timedelta(days=150)


def set_up_plans(session: OfficeSession) -> None:
    """What customers can sign up for."""
    for name, months, price in PLANS:
        plan = ServicePlan(name=name, months=months, price=Decimal(price))
        plan.tax_names = ["VAT 20 %"]
        session.add(plan)
    session.flush()


def signs_up(planned: PlannedGroup) -> date | None:
    """The day on which a customer of the story signs up for a plan; None for those who never do."""
    return planned.since + TRIED if planned.number % EACH == EACH // 2 else None


@dataclass(frozen=True)
class Subscribed:
    """One customer's plan being told; `on` puts a later act on its day."""

    session: OfficeSession
    planned: PlannedGroup
    customers: Mapping[int, int]
    actor: Actor
    on: OnDay

    @property
    def _which(self) -> int:
        """Counts those who have a plan, so that each goes its own way."""
        return self.planned.number // EACH

    def enrol(self, clock: FixedClock) -> None:
        """They sign up; every fifth of them at a price of their own."""
        name, _, price = PLANS[self._which % len(PLANS)]
        plan = self.session.scalars(select(ServicePlan).where(ServicePlan.name == name)).one()
        own = Decimal(price) + 30 if self._which % 5 == 1 else None
        form = Enrolment(self.customers[self.planned.number], plan.id, clock.today(), own)
        subscription_id = enrol(self.session, form, self.actor, clock).id
        self.on(clock.today(), partial(self._bill, subscription_id))
        if self._which % 4 == 2:
            self.on(clock.today() + LONG, partial(self._pause, subscription_id))
        if self._which % 4 == 3:
            self.on(clock.today() + LONG + REST, partial(self._leave, subscription_id))

    def _bill(self, subscription_id: int, clock: FixedClock) -> None:
        """The period that begins is billed, and the next one is looked at on its own day."""
        subscription = self.session.get_one(Subscription, subscription_id)
        for draft in bill_subscription(self.session, subscription, self.actor, clock):
            issue_invoice(self.session, draft, self.actor, clock)
            self.on(clock.today() + timedelta(days=5 + self._which % 9), partial(self._pay, draft.id))
        if subscription.state is SubscriptionState.ACTIVE and subscription.next_on is not None:
            self.on(subscription.next_on, partial(self._bill, subscription_id))

    def _pay(self, invoice_id: int, clock: FixedClock) -> None:
        invoice = self.session.get_one(Invoice, invoice_id)
        amount = Money(invoice.balance, invoice.currency)
        form = PaymentForm(
            group_id=invoice.group_id,
            amount=amount,
            paid_on=clock.today(),
            method=PaymentWay.DIRECT_DEBIT,
            reference=invoice.number,
            uses=(Use(invoice.id, amount),),
        )
        record_payment(self.session, form, self.actor, clock)

    def _pause(self, subscription_id: int, clock: FixedClock) -> None:
        """They are away for a while, and half of them come back."""
        pause(self.session, self.session.get_one(Subscription, subscription_id), self.actor, clock)
        if self._which % 8 == 2:
            self.on(clock.today() + REST, partial(self._come_back, subscription_id))

    def _come_back(self, subscription_id: int, clock: FixedClock) -> None:
        subscription = resume(
            self.session, self.session.get_one(Subscription, subscription_id), self.actor, clock
        )
        assert subscription.next_on is not None
        self.on(subscription.next_on, partial(self._bill, subscription_id))

    def _leave(self, subscription_id: int, clock: FixedClock) -> None:
        subscription = self.session.get_one(Subscription, subscription_id)
        cancel(self.session, subscription, "They sold the house", self.actor, clock)
