"""Random days at the office: whatever is done in whatever order, the books stay proved [I1-I5, I9, I12, I14].

Each walk draws acts and amounts from its seed, so that one that fails can be walked again.  Acts that the rules refuse
are part of the walk: they must leave nothing behind.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Refusal
from admin_app.kernel.money import Money
from admin_app.models import Allocation, Invoice, JournalEntry, Payment
from admin_app.money.balances import refresh_balances
from admin_app.records.guard import allow_bulk
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.edit_payment import edit_payment
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.use_credit import take_back_use
from admin_app.services.void_invoice import void_invoice
from seeds.builders import a_group
from tests.money.books import broken
from tests.money.test_balances import figures
from tests.services.desk import Desk

STEPS = 40


class Walk:
    """One random day after the other."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.dice = desk, random.Random(seed)
        self.groups = [desk.group, a_group(desk.session, name="Otto")]
        self.day = date(2026, 1, 1)

    def one(self, kind):
        """Some row of a kind, or a refusal to go on where there is none."""
        rows = self.desk.session.scalars(select(kind).order_by(kind.id)).all()
        if not rows:
            raise Refusal("There is none yet")
        return self.dice.choice(rows)

    def cents(self, most: int) -> Money:
        return Money(self.dice.randint(1, max(1, most)), self.dice.choice(["EUR", "EUR", "EUR", "USD"]))

    def form(self):
        payable = [one for one in [self.some_invoice()] if one is not None]
        amount = self.cents(20_000)
        tip = Money(self.dice.choice([0, 0, amount.minor // 10]), amount.currency)
        group = self.dice.choice(self.groups)
        return self.desk.form(
            "1",
            *payable,
            amount=amount,
            tip=tip,
            group_id=group.id,
            paid_on=self.day - timedelta(self.dice.randint(0, 9)),
        )

    def some_invoice(self) -> Invoice | None:
        rows = self.desk.session.scalars(select(Invoice)).all()
        return self.dice.choice(rows) if rows and self.dice.random() < 0.7 else None

    def issue(self):
        prices = [f"{self.dice.randint(0, 9999) / 100:.2f}" for _ in range(self.dice.randint(1, 3))]
        self.desk.invoice(
            *prices,
            tax_names=self.dice.choice([("VAT",), ()]),
            issued_on=self.day,
            group_id=self.dice.choice(self.groups).id,
            currency=self.dice.choice(["EUR", "EUR", "USD"]),
        )

    def pay(self):
        form = self.form()
        self.desk.pay(
            "1",
            amount=form.amount,
            tip=form.tip,
            group_id=form.group_id,
            paid_on=form.paid_on,
            uses=form.uses,
        )

    def allocate(self):
        payment, invoice = self.one(Payment), self.one(Invoice)
        amount = Money(self.dice.randint(1, max(1, payment.unallocated)), payment.currency)
        allocate_payment(self.desk.session, payment, invoice, amount, self.desk.actor, self.desk.clock)

    def take_back(self):
        take_back_use(self.desk.session, self.one(Allocation), self.desk.actor, self.desk.clock)

    def refund(self):
        payment = self.one(Payment)
        amount = Money(self.dice.randint(1, payment.amount), payment.currency)
        form = RefundForm(
            payment.id, amount, self.desk.clock.today(), reopen_invoices=self.dice.random() < 0.6
        )
        refund_payment(self.desk.session, form, self.desk.actor, self.desk.clock)

    def reverse(self):
        reverse_payment(self.desk.session, self.one(Payment), self.desk.actor, self.desk.clock)

    def edit(self):
        edit_payment(self.desk.session, self.one(Payment), self.form(), self.desk.actor, self.desk.clock)

    def void(self):
        void_invoice(self.desk.session, self.one(Invoice), self.desk.actor, self.desk.clock)

    def step(self) -> tuple[str, bool]:
        """One act in a savepoint; its name, and whether the rules let it pass."""
        acts: list[Callable[[], None]] = [self.issue] * 4 + [self.pay] * 6 + [self.allocate] * 4
        acts += [self.take_back, self.refund, self.refund, self.reverse, self.edit, self.edit, self.void]
        act = self.dice.choice(acts)
        self.day = min(self.day + timedelta(self.dice.randint(0, 2)), self.desk.clock.today())
        try:
            with self.desk.session.begin_nested():
                act()
        except Refusal:
            return act.__name__, False
        return act.__name__, True


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_office_does_the_books_stay_proved(desk, seed):
    walk = Walk(desk, seed)
    passed: set[str] = set()

    for _ in range(STEPS):
        name, was_allowed = walk.step()
        if was_allowed:
            passed.add(name)

    assert broken(desk.session) == set()
    assert {"issue", "pay"} < passed, "a walk that does next to nothing proves next to nothing"
    kept = figures(desk.session)
    with allow_bulk("kept figures"):
        refresh_balances(desk.session.connection())
    assert figures(desk.session) == kept
    assert (desk.session.scalar(select(func.count()).select_from(JournalEntry)) or 0) > 10
