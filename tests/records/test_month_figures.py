"""The figures of a month: aged lists as they stood, tax on both bases; each ties to the books [M35-M37, V21]."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import NotAllowed
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up
from admin_app.models import Allocation, Company, InvoiceTax, JournalEntry, Posting, TaxMode, TaxRate
from admin_app.money.ageing import Bucket
from admin_app.records.aged_as_of import aged, journal_balances, open_items
from admin_app.records.tax_report import Basis, by_rate, tax_rows
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.use_credit import take_back_use, use_credit
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from tests.money.books import busy_books
from tests.services.desk import Desk, a_desk, euros


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    return a_desk(session, ann, clock)


def listed(desk, as_of):
    """(customer, currency) → the aged list's balance."""
    rows = aged(open_items(desk.session, desk.actor, as_of), as_of)
    return {(row.group_id, row.currency): row.balance.minor for row in rows if row.balance}


def test_the_aged_list_of_every_day_is_what_the_journal_says(session, ann, clock):
    """[M37] Payments, refunds, corrections, voids and dollars among them."""
    desk = busy_books(session, ann, clock)
    day = date(2025, 12, 31)

    while day <= clock.today() + timedelta(days=3):
        assert listed(desk, day) == journal_balances(session, day), day
        day += timedelta(days=1)


def test_an_invoice_paid_in_june_stands_in_the_list_of_may(session, ann, clock):
    """[V21]"""
    desk = a_desk(session, ann, FixedClock(datetime(2026, 7, 1, 9, tzinfo=UTC)))
    invoice = desk.invoice("100", issued_on=date(2026, 4, 30), due_on=date(2026, 4, 30))
    desk.pay("100", invoice, paid_on=date(2026, 6, 30))

    may = aged(open_items(session, ann, date(2026, 5, 31)), date(2026, 5, 31))

    assert [row.balance.minor for row in may] == [10000]
    assert may[0].buckets[Bucket.LATE_60].minor == 10000  # 31 days late
    april = aged(open_items(session, ann, date(2026, 4, 30)), date(2026, 4, 30))
    assert april[0].buckets[Bucket.CURRENT].minor == 10000
    assert aged(open_items(session, ann, date(2026, 6, 30)), date(2026, 6, 30)) == []
    assert listed(desk, date(2026, 6, 29)) == {(desk.group.id, "EUR"): 10000}


def test_a_use_counts_from_its_own_day(desk, session, ann, clock):
    """[M37] The money came in February and was used in March."""
    invoice = desk.invoice("100", issued_on=date(2026, 1, 31))
    payment = desk.pay("100", paid_on=date(2026, 2, 28))
    allocation = allocate_payment(session, payment, invoice, euros("100"), ann, clock)

    [row] = aged(open_items(session, ann, date(2026, 2, 28)), date(2026, 2, 28))

    assert (row.buckets[Bucket.UNALLOCATED].minor, row.balance.minor) == (-10000, 0)
    take_back_use(session, allocation, ann, clock)
    assert listed(desk, clock.today()) == journal_balances(session, clock.today()) == {}


def months(first: date, count: int):
    """Half-open months."""
    start = first
    for _ in range(count):
        end = (start + timedelta(days=31)).replace(day=1)
        yield start, end
        start = end


def test_the_tax_of_a_month_is_what_the_journal_posted(session, ann, clock):
    """[M35, M36] A day of 31 belongs to its own month, the first to the next."""
    busy_books(session, ann, clock)

    for start, end in months(date(2026, 1, 1), 3):
        rows = tax_rows(session, ann, Basis.ISSUED, start, end)
        posted = (
            select(Posting.account, Posting.currency, -func.sum(Posting.amount))
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(
                Posting.account.startswith("tax:"),
                JournalEntry.effective_on >= start,
                JournalEntry.effective_on < end,
            )
            .group_by(Posting.account, Posting.currency)
        )
        expected = {(name, code): int(amount) for name, code, amount in session.execute(posted) if amount}
        found = {(f"tax:{one.tax}", one.currency): one.amount for one in by_rate(rows) if one.amount}
        assert found == expected, start
        assert sum(row.amount for row in rows) == sum(one.amount for one in by_rate(rows))


def test_the_first_of_the_next_month_is_not_in_a_month_of_31_days(desk, session, ann):
    desk.invoice("100", tax_names=("VAT",), issued_on=date(2026, 1, 31))
    desk.invoice("200", tax_names=("VAT",), issued_on=date(2026, 2, 1))

    january = by_rate(tax_rows(session, ann, Basis.ISSUED, date(2026, 1, 1), date(2026, 2, 1)))

    assert [(one.brand, one.tax, one.base, one.amount, one.rows) for one in january] == [
        ("North Tree Care", "VAT", 10000, 2000, 1)
    ]


@pytest.mark.parametrize("parts", [("40", "40", "40"), ("0.01", "0.02", "119.97"), ("119.98", "0.01")])
def test_what_is_collected_adds_up_to_the_tax_that_was_issued(desk, session, ann, parts):
    """[M36] Whatever the parts in which it was paid, to the cent."""
    session.add(TaxRate(name="QST", rate=9))
    session.get_one(Company, 1).tax_mode = TaxMode.LINE
    session.flush()
    invoice = desk.invoice("93.02", tax_names=("VAT", "QST"), issued_on=date(2026, 1, 2))
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1)]
    left = invoice.total
    for day, part in zip(days, (*parts[:-1], None), strict=False):
        paid = euros(part) if part else Money(left, "EUR")
        desk.pay("1", invoice, amount=paid, paid_on=day)
        left -= paid.minor

    collected: Counter[str] = Counter()
    for start, end in months(date(2026, 1, 1), 3):
        for row in tax_rows(session, ann, Basis.COLLECTED, start, end):
            collected[row.tax] += row.amount

    issued = {tax.name: tax.amount for tax in session.scalars(select(InvoiceTax))}
    assert invoice.balance == 0 and dict(collected) == issued


def test_a_part_payment_brings_its_share_of_the_tax_in_its_month(desk, session, ann, clock):
    invoice = desk.invoice("100", tax_names=("VAT",), issued_on=date(2026, 1, 2))
    desk.pay("40", invoice, paid_on=date(2026, 1, 31))
    late = desk.pay("50", invoice, paid_on=date(2026, 2, 1))

    def collected(start, end):
        return [one.amount for one in by_rate(tax_rows(session, ann, Basis.COLLECTED, start, end))]

    assert collected(date(2026, 1, 1), date(2026, 2, 1)) == [round_half_up(Fraction(2000 * 4000, 12000))]
    assert collected(date(2026, 2, 1), date(2026, 3, 1)) == [1500 - 667]
    allocation = session.scalars(select(Allocation).where(Allocation.payment_id == late.id)).one()
    take_back_use(session, allocation, ann, clock)
    assert collected(date(2026, 3, 1), date(2026, 4, 1)) == [667 - 1500]


def test_credits_and_losses_stand_in_the_lists_and_in_the_tax(desk, session, ann, clock):
    """A credit takes its tax back on its day; what is written off is never collected."""
    paid = desk.invoice("100", tax_names=("VAT",), issued_on=date(2026, 1, 5))
    desk.pay("120", paid, paid_on=date(2026, 1, 31))
    open_one = desk.invoice("50", tax_names=("VAT",), issued_on=date(2026, 2, 1))
    lost = desk.invoice("10", tax_names=("VAT",), issued_on=date(2026, 2, 2))
    note = write_credit_note(
        session, CreditForm(paid.id, "Broken gate", euros("48"), issued_on=date(2026, 2, 28)), ann, clock
    )
    use_credit(session, note, open_one, euros("30"), ann, clock)
    refund_credit(session, CreditRefundForm(note.id, euros("18"), clock.today()), ann, clock)
    write_off_invoice(session, WriteOffForm(lost.id, "Bankrupt", euros("12")), ann, clock)

    day = date(2026, 1, 1)
    while day <= clock.today():
        assert listed(desk, day) == journal_balances(session, day), day
        day += timedelta(days=1)

    def tax(basis, start, end):
        return sum(one.amount for one in by_rate(tax_rows(session, ann, basis, start, end)))

    spans = list(months(date(2026, 1, 1), 3))
    assert [tax(Basis.ISSUED, *span) for span in spans] == [2000, 1000 + 200 - 800, 0]
    # 30 of 60 are settled by the credit: 500 of its tax; the whole credit is used: 800 come off.
    assert [tax(Basis.COLLECTED, *span) for span in spans] == [2000, 0, 500 - 800]


def test_field_crews_see_no_figure(desk, session):
    cem = Actor(ActorKind.STAFF, "Cem", 1, Role.CREW)

    with pytest.raises(NotAllowed):
        open_items(session, cem, date(2026, 1, 31))
    with pytest.raises(NotAllowed):
        tax_rows(session, cem, Basis.ISSUED, date(2026, 1, 1), date(2026, 2, 1))
