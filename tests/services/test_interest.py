"""Interest on what is overdue: reckoned from the journal, charged once, taken off with a reason [80, M41]."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import AuditEntry, Company, Invoice, InvoiceKind, InvoiceState
from admin_app.services.charge_interest import charge_interest, charges_of, waive_interest
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from tests.money.books import broken
from tests.services.desk import Desk, a_desk, euros


def on(month: int, day: int) -> FixedClock:
    return FixedClock(datetime(2026, month, day, 9, tzinfo=UTC))


@pytest.fixture
def desk(session, ann) -> Desk:
    """1 January 2026; 10 % a year, bills due in 30 days by the brand."""
    desk = a_desk(session, ann, on(1, 1))
    company = session.scalars(select(Company)).one()
    company.interest_percent, company.interest_flat, company.interest_cap_percent = (
        Decimal(10),
        0,
        Decimal(100),
    )
    return desk


def overdue(desk: Desk, price: str = "3650", **but) -> Invoice:
    invoice = desk.invoice(price, **but)
    invoice.due_on = date(2026, 1, 31)
    return invoice


def may_charge(desk: Desk, invoice: Invoice, until: date) -> str:
    (charge,) = charges_of(desk.session, [invoice], until)
    return str(charge.interest.amount)


def test_interest_is_simple_by_the_day(desk):
    """[M41]: 3650.00 at 10 % is 1.00 a day; ten days after 31 January."""
    assert may_charge(desk, overdue(desk), date(2026, 2, 10)) == "10.00"


def test_payments_credits_write_offs_and_retainage_count_from_their_day(desk):
    invoice = overdue(desk)
    later = Desk(desk.session, desk.actor, on(2, 10), desk.group)
    later.pay("730", invoice)  # 1.00 a day for ten days, then 0.80
    assert may_charge(desk, invoice, date(2026, 2, 20)) == "18.00"

    credit = CreditForm(invoice.id, "Less work", amount=euros("730"))
    write_credit_note(desk.session, credit, desk.actor, on(2, 20))  # then 0.60
    assert may_charge(desk, invoice, date(2026, 2, 25)) == "21.00"

    write_off_invoice(
        desk.session, WriteOffForm(invoice.id, "Gone", euros("1460")), desk.actor, on(2, 25)
    )  # then 0.20
    assert may_charge(desk, invoice, date(2026, 3, 7)) == "23.00"


def test_a_charge_is_a_draft_of_its_own_and_is_not_made_twice(desk):
    """[80]"""
    invoice = overdue(desk)

    draft = charge_interest(desk.session, invoice, desk.actor, on(2, 10))

    assert (draft.kind, draft.state, draft.interest_of_id) == (
        InvoiceKind.INTEREST,
        InvoiceState.DRAFT,
        invoice.id,
    )
    assert (draft.total, draft.tax) == (10_00, 0)
    assert "actual/365" in (draft.notes or "")
    with pytest.raises(Unmet, match="Nothing more"):
        charge_interest(desk.session, invoice, desk.actor, on(2, 10))
    assert charge_interest(desk.session, invoice, desk.actor, on(2, 15)).total == 5_00


def test_interest_bears_no_interest(desk):
    """[M41]: never compounding."""
    invoice = overdue(desk)
    draft = charge_interest(desk.session, invoice, desk.actor, on(2, 10))
    issue_invoice(desk.session, draft, desk.actor, on(2, 10))
    draft.due_on = date(2026, 2, 11)

    with pytest.raises(Unmet, match="interest bears none"):
        charge_interest(desk.session, draft, desk.actor, on(3, 1))

    assert charges_of(desk.session, [draft], date(2026, 3, 1)) == []
    assert may_charge(desk, invoice, date(2026, 2, 20)) == "10.00"  # 20.00 less 10.00 charged before


def test_the_fee_comes_once_and_the_limit_holds(desk):
    company = desk.session.scalars(select(Company)).one()
    company.interest_flat, company.interest_cap_percent = 40_00, Decimal("1.5")
    invoice = overdue(desk)

    first = charge_interest(desk.session, invoice, desk.actor, on(2, 5))
    second = charge_interest(desk.session, invoice, desk.actor, on(3, 31))

    assert first.total == 45_00  # 5 days and the fee
    assert first.total + second.total == 54_75  # 1.5 % of 3650.00
    with pytest.raises(Unmet, match="Nothing more"):
        charge_interest(desk.session, invoice, desk.actor, on(6, 30))


def test_without_a_rate_nothing_is_charged(desk):
    desk.session.scalars(select(Company)).one().interest_percent = 0
    invoice = overdue(desk)

    with pytest.raises(Unmet, match="settings"):
        charge_interest(desk.session, invoice, desk.actor, on(2, 10))


def test_interest_is_taken_off_as_a_draft_as_void_or_as_credit(desk):
    """[80, M41]: removable, with a reason that stays."""
    invoice, clock = overdue(desk), on(2, 10)

    first = charge_interest(desk.session, invoice, desk.actor, clock)
    as_draft = waive_interest(desk.session, first, "Good customer", desk.actor, clock)
    second = charge_interest(desk.session, invoice, desk.actor, clock)
    issue_invoice(desk.session, second, desk.actor, clock)
    as_issued = waive_interest(desk.session, second, "Good customer", desk.actor, clock)
    third = charge_interest(desk.session, invoice, desk.actor, clock)
    issue_invoice(desk.session, third, desk.actor, clock)
    Desk(desk.session, desk.actor, clock, desk.group).pay("4", third)
    as_paid = waive_interest(desk.session, third, "Good customer", desk.actor, clock)

    assert (as_draft, as_issued, as_paid) == ("deleted", "void", "credited")
    assert (second.state, third.balance, third.credited) == (InvoiceState.VOID, 0, 6_00)
    assert may_charge(desk, invoice, date(2026, 2, 10)) == "10.00"
    reasons = set(desk.session.scalars(select(AuditEntry.reason).where(AuditEntry.reason.is_not(None))))
    assert "Interest taken off: Good customer" in reasons
    assert broken(desk.session) == set()


def test_taking_interest_off_says_why_and_is_for_interest_only(desk):
    invoice = overdue(desk)
    draft = charge_interest(desk.session, invoice, desk.actor, on(2, 10))

    with pytest.raises(Invalid, match="reason"):
        waive_interest(desk.session, draft, " ", desk.actor, on(2, 10))
    with pytest.raises(Unmet, match="charges no interest"):
        waive_interest(desk.session, invoice, "Mistake", desk.actor, on(2, 10))
