"""What the office of the oracle has besides money: a brand that sells, works and looks after plans, drawn from a seed.

Its bills have a series of their own, so that they can be written after everything else.  Instants lie near midnight
in London, for the day of the company is not that of UTC.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Refusal
from admin_app.models import (
    CustomerGroup,
    Estimate,
    EstimateState,
    GroupKind,
    Invoice,
    InvoiceLine,
    JobCost,
    LeadState,
    Project,
    ServiceState,
    TimeEntry,
    User,
    WorkOrder,
    WorkOrderState,
)
from admin_app.services import bill_contract, subscribe
from admin_app.services.bill_deposit import bill_deposit
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from seeds.builders import a_brand, a_group, a_user
from seeds.work_builders import (
    a_lead,
    a_lead_source,
    a_project,
    a_service_plan,
    a_subscription,
    a_work_order,
    an_estimate,
)
from tests.reports.oracle.office import ANN, FIRST, LAST, clock_of
from tests.services.desk import euros

CUSTOMERS = 29
HOURS = ("0.25", "1.01", "2", "3.3333", None)


class Pipeline:
    """The brand West with its dice."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.dice = session, random.Random(seed)
        self.brand = a_brand(session, name="West", key="west")
        self.staff = [a_user(session, who) for who in ("cem", "sue", "ada")]
        self.source = a_lead_source(session, "Trade fair")
        self.contracts: list[tuple[date, Estimate]] = []

    def day(self, first: date = FIRST, most: int = 640) -> date:
        """A day of the story, not after its last."""
        return min(first + timedelta(self.dice.randint(0, most)), LAST)

    def instant(self, day: date) -> datetime:
        """Half past eleven at night (UTC), or half past nine in the morning."""
        return datetime.combine(day, time(self.dice.choice([9, 23]), 30), UTC)

    def on(self, day: date) -> Clock:
        """The history has this day until the next one."""
        clock = clock_of(day)
        self.session.info["clock"] = clock
        return clock

    def grow(self) -> None:
        """Customers with offers and work, then their bills in the order of days, then plans."""
        groups = [self._customer(number) for number in range(CUSTOMERS)]
        for group in groups:
            for number in range(self.dice.choice([1, 2, 3])):
                self._business(group, number)
        self._bills(groups)
        self._plans(groups)
        self.session.flush()

    def _customer(self, number: int) -> CustomerGroup:
        kind = self.dice.choice(list(GroupKind))
        return a_group(self.session, name=f"West {number:02}", kind=kind, brand_id=self.brand.id)

    def _business(self, group: CustomerGroup, number: int) -> None:
        estimator = self.dice.choice([*self.staff, None])
        asked = self.day(most=560)
        self.on(asked)
        project = a_project(
            self.session,
            group,
            title=f"Business {number} of {group.name}",
            estimator_id=estimator.id if estimator else None,
        )
        facts: dict[str, Any] = {"asked_on": asked, "state_since": self.instant(asked)}
        facts["source_id"] = self.dice.choice([self.source.id, None])
        lead = a_lead(self.session, project, **facts)
        fate = self.dice.choice(["waiting", "declined", "postponed", *["offer"] * 9])
        later = min(asked + timedelta(self.dice.randint(0, 20)), LAST)
        self.on(later)
        if fate == "declined":
            lead.state, lead.state_since = LeadState.DECLINED, self.instant(later)
            lead.declined_reason = self.dice.choice(["Too far away", "Not our trade"])
        elif fate == "postponed":
            lead.state, lead.state_since = LeadState.POSTPONED, self.instant(later)
            lead.postponed_until = LAST + timedelta(30)
        elif fate == "offer":
            lead.state, lead.state_since = LeadState.ESTIMATED, self.instant(later)
            self._offer(project, later)
        self.session.flush()

    def _estimate(self, project: Project, day: date, **but: Any) -> Estimate:
        self.on(day)
        prices = [f"{self.dice.randint(5_000, 90_000) / 100:.2f}" for _ in range(self.dice.choice([1, 2, 3]))]
        including = self.dice.random() < 0.3
        estimate = an_estimate(
            self.session,
            project,
            *prices,
            taxes=["VAT"],
            created_at=self.instant(day),
            prices_include_tax=including,
            discount_percent=self.dice.choice([None, None, Decimal(5)]),
            **but,
        )
        for line in estimate.lines:
            hours = self.dice.choice(HOURS)
            line.hours = Decimal(hours) if hours else None
            line.discount_amount = self.dice.choice([None, None, 500])
        if len(estimate.lines) == 3:
            estimate.lines[2].optional, estimate.lines[2].chosen = True, self.dice.random() < 0.5
        return keep_sums(self.session, estimate)

    def _offer(self, project: Project, day: date) -> None:
        estimate = self._estimate(project, day)
        sent = min(day + timedelta(self.dice.randint(0, 9)), LAST)
        answered = min(sent + timedelta(self.dice.choice([1, 5, 20, 45, 110])), LAST)
        self.on(sent)
        estimate.state, estimate.sent_at = EstimateState.SENT, self.instant(sent)
        self.session.flush()
        fate = self.dice.choice(["open", "declined", "expired", *["won"] * 6])
        self.on(answered)
        if fate == "declined":
            estimate.state, estimate.answered_at = EstimateState.DECLINED, self.instant(answered)
            estimate.state_since, estimate.declined_reason = estimate.answered_at, "Too dear"
        elif fate == "expired":
            estimate.state, estimate.state_since = EstimateState.EXPIRED, self.instant(answered)
        elif fate == "won":
            self._won(estimate, answered)
        self.session.flush()

    def _won(self, estimate: Estimate, day: date) -> None:
        estimate.number = f"WE-{estimate.id}"
        estimate.state, estimate.confirmed_on = EstimateState.CONFIRMED, day
        estimate.state_since, estimate.won_by_id = self.instant(day), estimate.project.estimator_id
        self.session.flush()
        self.contracts.append((day, estimate))
        self._work(estimate, day)
        if self.dice.random() < 0.4:
            added = min(day + timedelta(self.dice.randint(1, 40)), LAST)
            self._estimate(
                estimate.project,
                added,
                change_of_id=estimate.id,
                number=f"WC-{estimate.id}",
                state=EstimateState.CONFIRMED,
                confirmed_on=added,
                won_by_id=self.dice.choice(self.staff).id,
            ).prices_include_tax = estimate.prices_include_tax
        if self.dice.random() < 0.3:
            again = min(day + timedelta(self.dice.randint(1, 60)), LAST)
            later = self._estimate(
                estimate.project,
                again,
                base_id=estimate.id,
                revision=2,
                number=estimate.number,
                state=EstimateState.CONFIRMED,
                confirmed_on=again,
                won_by_id=self.dice.choice(self.staff).id,
            )
            later.prices_include_tax = estimate.prices_include_tax
            keep_sums(self.session, later)
            estimate.state, estimate.state_since = EstimateState.SUPERSEDED, self.instant(again)
        for one in (estimate, *self.session.query(Estimate).filter_by(change_of_id=estimate.id)):
            keep_sums(self.session, one)
        # Whoever looks after it later did not win it.
        estimate.project.estimator_id = self.dice.choice(self.staff).id

    def _work(self, estimate: Estimate, day: date) -> None:
        begins = min(day + timedelta(self.dice.randint(1, 30)), LAST)
        self.on(day)
        starts = self.dice.choice([None, *[self.instant(begins)] * 4])
        job = a_work_order(self.session, estimate, starts_at=starts, created_at=self.instant(day))
        job.crew.extend(self.dice.sample(self.staff, self.dice.choice([0, 1, 2, 3])))
        if self.dice.random() < 0.15:
            job.state, job.state_since = WorkOrderState.CANCELLED, self.instant(begins)
            return
        for service in job.services:
            if self.dice.random() < 0.7:
                service.state, service.completed_at = ServiceState.COMPLETED, self.instant(begins)
        for _ in range(self.dice.choice([1, 3, 5])):
            self._entry(
                job, self.dice.choice(self.staff), min(begins + timedelta(self.dice.randint(0, 5)), LAST)
            )
        if self.dice.random() < 0.6:
            job.state, job.completed_on = WorkOrderState.COMPLETED, begins
            amount = self.dice.randint(100, 20_000)
            facts = {"group_id": job.group_id, "work_order_id": job.id, "description": "Chains"}
            self.session.add(JobCost(**facts, amount=amount, spent_on=begins))

    def _entry(self, job: WorkOrder, who: User, day: date) -> None:
        facts = {"group_id": job.group_id, "work_order_id": job.id, "user_id": who.id, "worked_on": day}
        minutes, cost = self.dice.randint(1, 300), self.dice.choice([0, 1_001, 2_533])
        self.session.add(TimeEntry(**facts, minutes=minutes, hour_cost=cost))

    def _bills(self, groups: list[CustomerGroup]) -> None:
        """Parts of contracts and single bills, in the order of their days; what the rules refuse is left out."""
        wanted: list[tuple[date, int, Any]] = [
            (self.day(), place, group) for place, group in enumerate(groups * 2)
        ]
        wanted += [
            (self.day(day, 60), 1_000 + place, estimate)
            for place, (day, estimate) in enumerate(self.contracts)
            for _ in range(2)
        ]
        for day, _, what in sorted(wanted, key=lambda one: one[:2]):
            clock = self.on(day)
            try:
                with self.session.begin_nested():
                    bill = issue_invoice(self.session, self._draft(what, clock), ANN, clock)
                    if self.dice.random() < 0.2:
                        form = CreditForm(bill.id, "Goodwill", euros(f"{bill.total // 4 / 100:.2f}"))
                        write_credit_note(self.session, form, ANN, clock)
            except Refusal:
                self.session.expire_all()

    def _draft(self, what: Any, clock: Clock) -> Invoice:
        if isinstance(what, Estimate):
            way = self.dice.choice(["percent", "rest", "deposit"])
            if way == "deposit":
                return bill_deposit(self.session, what.id, euros("30.00"), ANN, clock)
            if way == "rest":
                return bill_contract.bill_rest(self.session, what.id, ANN, clock)
            return bill_contract.bill_percent(self.session, what.id, Decimal(30), ANN, clock)
        invoice = Invoice(group_id=what.id, currency="EUR")
        price = Decimal(self.dice.randint(500, 90_000)) / 100
        line = InvoiceLine(
            position=1, description="Hedge", quantity=Decimal(1), unit_price=price, net=0, tax_names=[]
        )
        invoice.lines.append(line)
        self.session.add(invoice)
        self.session.flush()
        return invoice

    def _plans(self, groups: list[CustomerGroup]) -> None:
        """Sign-ups whose lives are drawn: pauses, new prices, ends."""
        self.on(FIRST)
        plans = [
            a_service_plan(self.session, name=f"Plan of {months}", months=months, price=Decimal(price))
            for months, price in ((12, "100"), (3, "70.01"), (1, "12.345"))
        ]
        for group in groups:
            for plan in self.dice.sample(plans, self.dice.choice([1, 1, 2])):
                day = self.day(most=300)
                self.on(day)
                own = self.dice.choice([None, None, Decimal("55.55")])
                self._live(
                    a_subscription(
                        self.session,
                        group,
                        plan,
                        started_on=day,
                        anchor_day=day.day,
                        next_on=LAST + timedelta(self.dice.randint(1, 90)),
                        price=own,
                    ),
                    day,
                )
        for plan, price in zip(plans, ("120", "70.02", "12"), strict=True):
            self.on(self.day())
            plan.price = Decimal(price)
            self.session.flush()

    def _live(self, running: Any, day: date) -> None:
        for act in self.dice.choice(
            [[], [], [], ["price"], ["pause", "resume"], ["pause", "cancel"], ["price", "cancel"]]
        ):
            day = min(day + timedelta(self.dice.randint(0, 120)), LAST)
            clock = self.on(day)
            if act == "price":
                running.price = self.dice.choice([Decimal("33.33"), Decimal("99")])
                self.session.flush()
            elif act == "cancel":
                subscribe.cancel(self.session, running, "Moved", ANN, clock, at_once=self.dice.random() < 0.5)
            else:
                {"pause": subscribe.pause, "resume": subscribe.resume}[act](self.session, running, ANN, clock)


def grow_pipeline(session: Session, seed: int = 12) -> None:
    """Let the brand West grow in the office."""
    Pipeline(session, seed).grow()
