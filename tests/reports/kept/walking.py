"""Random days at an office whose totals are kept, and what the totals, the rows and a rebuild say of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Refusal
from admin_app.kernel.money import Money
from admin_app.models import Brand, CustomerGroup, CustomerStat, Invoice, InvoiceState, RollupDay
from admin_app.records import bulk
from admin_app.services.write_credit_note import CreditForm, CreditPart, write_credit_note
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from reports.engine.keep_totals import flush
from reports.engine.kept import measures
from reports.engine.totals import Sums, add_up
from reports.metrics import Asked
from seeds.builders import a_brand
from tests.money.test_ledger_walks import Walk
from tests.services.desk import Desk

SPLITS: tuple[tuple[str, ...], ...] = (
    (),
    ("day",),
    ("month", "brand"),
    ("brand",),
    ("method",),
    ("method", "week"),
    ("currency",),
)


class FiguresWalk(Walk):
    """Every act that moves a figure: bills, credits, losses, money in and out, back-dated, and brands that change."""

    def __init__(self, desk: Desk, seed: int) -> None:
        super().__init__(desk, seed)
        self.dice = random.Random(seed)
        self.brands: list[Brand | None] = [None, *desk.session.scalars(select(Brand))]
        self.brands.append(a_brand(desk.session, name="South", key="south"))

    def issue_earlier(self) -> None:
        """A bill that is dated into the past."""
        day = self.day - timedelta(self.dice.randint(20, 400))
        self.desk.invoice("12.34", issued_on=day, group_id=self.dice.choice(self.groups).id)

    def bill_nothing(self) -> None:
        """A bill that comes to nothing is in no journal, but it is one bill more."""
        self.desk.invoice("0", issued_on=self.day)

    def credit(self) -> None:
        invoice = self.one(Invoice)
        if not invoice.lines or invoice.state is not InvoiceState.ISSUED:
            raise Refusal("Nothing to credit")
        part = CreditPart(
            invoice.lines[0].id,
            Money(max(1, invoice.lines[0].net // self.dice.choice([1, 2, 3])), invoice.currency),
        )
        form = CreditForm(invoice.id, "Less was done", parts=(part,))
        write_credit_note(self.desk.session, form, self.desk.actor, self.desk.clock)

    def lose(self) -> None:
        invoice = self.one(Invoice)
        form = WriteOffForm(invoice.id, "Moved away", Money(max(1, invoice.balance // 2), invoice.currency))
        write_off_invoice(self.desk.session, form, self.desk.actor, self.desk.clock)

    def change_brand(self) -> None:
        """A customer becomes another brand's, and all it ever paid with it."""
        self.dice.choice(self.groups).brand = self.dice.choice(self.brands)
        self.desk.session.flush()

    def change_brands(self) -> None:
        """The same for many at once, past the session."""
        ids = [group.id for group in self.groups]
        bulk.set_value(self.desk.session, CustomerGroup, ids, "brand", self.dice.choice(self.brands))

    def catch_up(self) -> None:
        flush(self.desk.session, self.desk.clock)

    def step(self) -> tuple[str, bool]:
        """One act in a savepoint, which some acts lose again."""
        acts: list[Callable[[], None]] = [self.issue] * 4 + [self.pay] * 6 + [self.allocate] * 2
        acts += [
            self.take_back,
            self.refund,
            self.refund,
            self.reverse,
            self.edit,
            self.edit,
            self.void,
            self.void,
        ]
        acts += [self.issue_earlier, self.bill_nothing, self.credit, self.credit, self.lose]
        acts += [self.change_brand, self.change_brands, self.catch_up, self.catch_up]
        act = self.dice.choice(acts)
        self.day = min(self.day + timedelta(self.dice.randint(0, 4)), self.desk.clock.today())
        try:
            with self.desk.session.begin_nested():
                act()
                if act != self.catch_up and self.dice.random() < 0.1:
                    raise Refusal("On second thoughts")
        except Refusal:
            return act.__name__, False
        return act.__name__, True


def asked(by: tuple[str, ...] = (), as_of: date = date(2026, 3, 17), **but: Any) -> Asked:
    """A question about all days up to `as_of`."""
    return replace(Asked(by=by, where=(), start=None, end=None, as_of=as_of), **but)


def told(session: Session, question: Asked, *, kept: bool) -> dict[str, Sums]:
    """What every measure answers by its kept totals, or by its rows alone."""
    return {
        name: add_up(session, source if kept else replace(source, measure=None), question).sums
        for name, source in measures().items()
        if all(one in columns_of(name) for one in question.by)
    }


def columns_of(measure: str) -> set[str]:
    """The dimensions among `SPLITS` by which a measure is split."""
    known = {"day", "week", "month", "currency"}
    extras = measures()[measure].extras
    return known | ({"brand"} & {name.removesuffix("_id") for name in extras}) | ({"method"} & extras)


def as_kept(session: Session) -> dict[str, set[tuple[Any, ...]]]:
    """All kept totals and statistics, as they stand."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for kept in (RollupDay, CustomerStat):
        names = [column.key for column in kept.__mapper__.column_attrs if column.key != "id"]
        rows = session.execute(select(*(getattr(kept, name) for name in names))).all()
        found[kept.__name__] = {tuple(row) for row in rows}
        assert len(found[kept.__name__]) == len(rows), "a total is kept twice"
    return found
