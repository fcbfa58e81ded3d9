"""Write-offs, allowances, retainage, payouts, money of a project, numbers out of order [M5, M10, M20, M23, M31, 81]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    AuditEntry,
    Company,
    CustomerBalance,
    CustomerGroup,
    Invoice,
    InvoiceKind,
    JournalEntry,
    NumberSeries,
    PaymentWay,
    Posting,
    Standing,
    TaxProfile,
    TaxRate,
    WriteOff,
    WriteOffKind,
)
from admin_app.services.book_payout import PayoutForm, book_payout
from admin_app.services.edit_payment import edit_payment
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.release_retainage import release_retainage
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import (
    WriteOffForm,
    allow_settlement,
    take_back_write_off,
    write_off_invoice,
)
from seeds.builders import a_group
from seeds.work_builders import a_project
from tests.money.books import broken
from tests.services.desk import Desk, euros

TODAY = date(2026, 3, 17)


def account(desk: Desk, name: str) -> int:
    found = desk.session.scalar(select(func.sum(Posting.amount)).where(Posting.account == name))
    return int(found or 0)


def write_off(desk: Desk, invoice: Invoice, amount: str | None = None, **but) -> WriteOff:
    form = WriteOffForm(invoice.id, "Moved away", euros(amount) if amount else None, **but)
    return write_off_invoice(desk.session, form, desk.actor, desk.clock)


def kept(desk: Desk) -> CustomerBalance:
    return desk.session.scalars(
        select(CustomerBalance).where(CustomerBalance.group_id == desk.group.id)
    ).one()


def issue_with_retainage(desk: Desk, price: str, held: str, **but) -> Invoice:
    draft = desk.draft(price, **but)
    draft.total, draft.retained = euros(price).minor, euros(held).minor
    return issue_invoice(desk.session, draft, desk.actor, desk.clock)


# --- write-offs ---------------------------------------------------------------------------------------------------


def test_a_bad_debt_is_owed_no_more_and_revenue_stays(desk):
    """[81, I4]"""
    invoice = desk.invoice("100", tax_names=("VAT",))
    desk.pay("20", invoice)

    loss = write_off(desk, invoice)

    assert (loss.amount, invoice.balance, invoice.written_off) == (10000, 0, 10000)
    assert invoice.standing(TODAY) is Standing.WRITTEN_OFF
    assert (account(desk, "write_off"), account(desk, "revenue"), account(desk, "receivable")) == (
        10000,
        -10000,
        0,
    )
    assert desk.group.balance == 0
    assert broken(desk.session) == set()


def test_money_that_comes_after_all_is_asked_for_again(desk):
    """[81]: taken back once, from the day of the act."""
    invoice = desk.invoice("100", issued_on=date(2026, 1, 5))
    loss = write_off(desk, invoice, "60", on=date(2026, 2, 1))

    take_back_write_off(desk.session, loss, desk.actor, desk.clock)

    assert (invoice.balance, invoice.written_off, loss.taken_back_on) == (10000, 0, TODAY)
    assert account(desk, "write_off") == 0
    days = desk.session.scalars(select(JournalEntry.effective_on).where(JournalEntry.document == "write-off"))
    assert list(days) == [date(2026, 2, 1), TODAY]
    with pytest.raises(Unmet, match="taken back on 17 March 2026"):
        take_back_write_off(desk.session, loss, desk.actor, desk.clock)
    desk.pay("100", invoice)
    assert invoice.standing(TODAY) is Standing.PAID
    assert broken(desk.session) == set()


def test_an_allowance_for_paying_early_leaves_the_tax_as_it_is(desk):
    """[M5]: 2 % of 120.00 on the day of the payment."""
    invoice = desk.invoice("100", tax_names=("VAT",), issued_on=date(2026, 3, 1))
    desk.pay("117.60", invoice, paid_on=date(2026, 3, 8))

    form = WriteOffForm(invoice.id, "2 % within ten days", euros("2.40"), date(2026, 3, 8))
    allowance = allow_settlement(desk.session, form, desk.actor, desk.clock)

    assert allowance.kind is WriteOffKind.ALLOWANCE
    assert (invoice.balance, account(desk, "allowance"), account(desk, "tax:VAT")) == (0, 240, -2000)
    assert broken(desk.session) == set()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"amount": euros("0")}, "amount"),
        ({"amount": Money.of("1", "USD")}, "amount"),
        ({"on": date(2026, 3, 18)}, "on"),
        ({"on": date(2026, 2, 28)}, "on"),
    ],
)
def test_what_is_no_write_off_is_refused_at_its_field(desk, change, field):
    invoice = desk.invoice("100", issued_on=date(2026, 3, 1))
    form = WriteOffForm(**{"invoice_id": invoice.id, "reason": "Why"} | change)

    with pytest.raises(Invalid) as refusal:
        write_off_invoice(desk.session, form, desk.actor, desk.clock)

    assert list(refusal.value.fields) == [field]


def test_no_more_is_written_off_than_is_open_and_by_the_office_alone(desk):
    invoice = desk.invoice("100")
    desk.pay("99", invoice)

    with pytest.raises(Unmet, match=r"has 1\.00 EUR left"):
        write_off(desk, invoice, "1.01")
    pete = Actor(ActorKind.STAFF, "Pete", id=None, role=Role.ESTIMATOR)
    with pytest.raises(NotAllowed):
        write_off_invoice(desk.session, WriteOffForm(invoice.id, "Why"), pete, desk.clock)
    write_off(desk, invoice)
    with pytest.raises(Unmet, match="Nothing is open"):
        write_off(desk, invoice)
    with pytest.raises(Unmet, match="only an issued one"):
        write_off(desk, desk.draft("1"))


def test_a_written_off_invoice_is_not_void(desk):
    invoice = desk.invoice("100")
    write_off(desk, invoice, "1")

    with pytest.raises(Unmet, match="credited or written off"):
        void_invoice(desk.session, invoice, desk.actor, desk.clock)


def test_the_same_write_off_sent_twice_is_one(desk):
    """security.md"""
    invoice = desk.invoice("100")
    form = WriteOffForm(invoice.id, "Why", euros("10"))

    first = write_off_invoice(desk.session, form, desk.actor, desk.clock, "key")
    again = write_off_invoice(desk.session, form, desk.actor, desk.clock, "key")

    assert again is first
    assert invoice.balance == 9000


# --- retainage ----------------------------------------------------------------------------------------------------


def test_what_is_held_back_is_no_part_of_the_balance_until_it_is_released(desk):
    """[M20]: its own receivable; tax and total stay what they are."""
    invoice = issue_with_retainage(desk, "100", "12", tax_names=("VAT",))
    assert (invoice.total, invoice.balance, account(desk, "retained"), account(desk, "tax:VAT")) == (
        12000,
        10800,
        1200,
        -2000,
    )
    assert (kept(desk).receivable, kept(desk).retained, desk.group.balance) == (10800, 1200, 10800)
    desk.pay("108", invoice)
    assert invoice.standing(TODAY) is Standing.PAID

    release_retainage(desk.session, invoice, desk.actor, desk.clock, due_on=date(2026, 4, 30))

    assert (invoice.balance, invoice.released_on, invoice.due_on) == (1200, TODAY, date(2026, 4, 30))
    assert (kept(desk).receivable, kept(desk).retained, desk.group.balance) == (1200, 0, 1200)
    assert invoice.standing(TODAY) is Standing.PARTLY_PAID
    assert broken(desk.session) == set()
    with pytest.raises(Unmet, match="Nothing is held back"):
        release_retainage(desk.session, invoice, desk.actor, desk.clock)


def test_a_release_meets_the_open_credit_of_its_invoice(desk):
    invoice = issue_with_retainage(desk, "100", "10")
    note = write_credit_note(desk.session, CreditForm(invoice.id, "All of it"), desk.actor, desk.clock)
    assert (invoice.balance, note.open) == (0, 1000)

    release_retainage(desk.session, invoice, desk.actor, desk.clock)

    assert (invoice.balance, note.open, desk.group.balance) == (0, 0, 0)
    assert invoice.standing(TODAY) is Standing.CREDITED
    assert broken(desk.session) == set()


@pytest.mark.parametrize("released", [False, True])
def test_a_void_invoice_holds_nothing_back(desk, released):
    """[M13]"""
    invoice = issue_with_retainage(desk, "100", "10")
    if released:
        release_retainage(desk.session, invoice, desk.actor, desk.clock)

    void_invoice(desk.session, invoice, desk.actor, desk.clock)

    assert (kept(desk).receivable, kept(desk).retained, desk.group.balance) == (0, 0, 0)
    assert broken(desk.session) == set()


# --- payouts ------------------------------------------------------------------------------------------------------


def test_a_payout_moves_card_money_to_the_bank_and_is_no_customers(desk):
    """[M31, 92]"""
    desk.pay("100", method=PaymentWay.CARD)

    form = PayoutForm(euros("100"), euros("2.90"), TODAY, reference="po_1")
    payout = book_payout(desk.session, form, desk.actor, desk.clock, "key")
    again = book_payout(desk.session, form, desk.actor, desk.clock, "key")

    assert again is payout
    assert (account(desk, "cash:card"), account(desk, "cash:transfer"), account(desk, "fees")) == (
        0,
        9710,
        290,
    )
    nobodys = select(func.count()).select_from(Posting).where(Posting.group_id.is_(None))
    assert desk.session.scalar(nobodys) == 3
    assert (kept(desk).unallocated, desk.group.balance) == (10000, -10000)
    assert broken(desk.session) == set()


@pytest.mark.parametrize(
    ("gross", "fee", "day", "field"),
    [
        ("0", "0", TODAY, "gross"),
        ("10", "10", TODAY, "fee"),
        ("10", "-1", TODAY, "fee"),
        ("10", "1", date(2026, 3, 18), "paid_on"),
    ],
)
def test_what_is_no_payout_is_refused_at_its_field(desk, gross, fee, day, field):
    with pytest.raises(Invalid) as refusal:
        book_payout(desk.session, PayoutForm(euros(gross), euros(fee), day), desk.actor, desk.clock)

    assert list(refusal.value.fields) == [field]


# --- money of a project -------------------------------------------------------------------------------------------


def test_money_taken_for_a_project_goes_to_its_next_invoice_by_itself(desk):
    """[M23]: the oldest first, up to the balance; the rest stays, and knows its project."""
    project = a_project(desk.session, desk.group)
    first = desk.pay("30", project_id=project.id, paid_on=date(2026, 2, 1))
    second = desk.pay("100", project_id=project.id, paid_on=date(2026, 2, 2))
    other = desk.pay("500")

    invoice = desk.invoice("80", project_id=project.id)

    assert (invoice.balance, first.unallocated, second.unallocated, other.unallocated) == (0, 0, 5000, 50000)
    assert invoice.standing(TODAY) is Standing.PAID
    days = set(desk.session.scalars(select(Allocation.effective_on)))
    assert days == {TODAY}
    further = desk.invoice("80", project_id=project.id)
    assert (further.balance, second.unallocated, second.project_id) == (3000, 0, project.id)
    assert broken(desk.session) == set()


def test_interest_is_not_what_the_money_was_taken_for(desk):
    project = a_project(desk.session, desk.group)
    payment = desk.pay("30", project_id=project.id)

    desk.invoice("5", project_id=project.id, kind=InvoiceKind.INTEREST)

    assert payment.unallocated == 3000


def test_another_customers_project_takes_no_money(desk):
    """[I14, A89]"""
    theirs = a_project(desk.session, a_group(desk.session, name="Otto"))

    with pytest.raises(NotFound, match="no such project"):
        desk.pay("30", project_id=theirs.id)


def test_a_corrected_payment_stays_with_its_project(desk):
    """[M29, M23]"""
    project = a_project(desk.session, desk.group)
    payment = desk.pay("30", project_id=project.id)

    corrected = edit_payment(desk.session, payment, desk.form("40"), desk.actor, desk.clock)

    assert corrected.project_id == project.id
    assert desk.invoice("40", project_id=project.id).balance == 0


# --- issuing ------------------------------------------------------------------------------------------------------


def test_the_office_may_date_a_number_before_the_last_with_a_reason_that_stays(desk):
    """[M10, I9, 143]: the proof does not call it an offence; the next number follows the latest day."""
    desk.invoice("1", issued_on=date(2026, 3, 10))
    with pytest.raises(Unmet, match="later number cannot carry an earlier day"):
        desk.invoice("2", issued_on=date(2026, 3, 9))
    draft = desk.draft("3")

    late = issue_invoice(
        desk.session,
        draft,
        desk.actor,
        desk.clock,
        issued_on=date(2026, 3, 9),
        earlier_because=" The bookkeeper was ill ",
    )

    told = desk.session.scalars(
        select(AuditEntry.reason).where(AuditEntry.entity == "Invoice", AuditEntry.entity_id == late.id)
    ).all()
    assert "Dated before the number that precedes it: The bookkeeper was ill" in told
    series = desk.session.scalars(select(NumberSeries).where(NumberSeries.document == "invoice")).one()
    desk.session.refresh(series)
    assert series.last_issued_on == date(2026, 3, 10)
    assert broken(desk.session) == set()
    assert desk.session.info.get("reason") is None


def test_an_estimator_cannot_date_a_number_before_the_last(desk):
    """[M10]"""
    desk.invoice("1", issued_on=date(2026, 3, 10))
    pete = Actor(ActorKind.STAFF, "Pete", id=None, role=Role.ESTIMATOR)

    with pytest.raises(NotAllowed):
        issue_invoice(
            desk.session,
            desk.draft("3"),
            pete,
            desk.clock,
            issued_on=date(2026, 3, 9),
            earlier_because="I would like to",
        )


def test_prices_that_include_tax_keep_their_total(desk):
    """[M7, V8]: 340.00 + 13.90 at 19 % inside is 353.90, of which 56.51 is tax."""
    desk.session.add(TaxRate(name="MwSt", rate=Decimal(19)))

    invoice = desk.invoice("340.00", "13.90", tax_names=("MwSt",), prices_include_tax=True)

    assert (invoice.total, invoice.tax, invoice.subtotal) == (35390, 5651, 35390)
    assert (account(desk, "revenue"), account(desk, "tax:MwSt")) == (-29739, -5651)
    assert broken(desk.session) == set()


@pytest.mark.parametrize("profile", [TaxProfile.EXEMPT, TaxProfile.REVERSE_CHARGE])
def test_who_is_charged_no_tax_is_billed_none(desk, profile):
    """[A15]"""
    desk.session.get_one(CustomerGroup, desk.group.id).tax_profile = profile

    invoice = desk.invoice("100", tax_names=("VAT",))

    assert (invoice.total, invoice.tax, invoice.taxes) == (10000, 0, [])


def test_nothing_of_all_this_is_booked_in_a_locked_period(desk):
    """[M34]"""
    invoice = issue_with_retainage(desk, "100", "10")
    invoice2 = desk.invoice("10", issued_on=TODAY)
    desk.session.get_one(Company, 1).locked_until = TODAY
    desk.session.flush()

    with pytest.raises(Unmet, match="locked"):
        write_off(desk, invoice)
    with pytest.raises(Unmet, match="locked"):
        release_retainage(desk.session, invoice, desk.actor, desk.clock)
    with pytest.raises(Unmet, match="locked"):
        book_payout(desk.session, PayoutForm(euros("2"), euros("1"), TODAY), desk.actor, desk.clock)
    with pytest.raises(Unmet, match="locked"):
        void_invoice(desk.session, invoice2, desk.actor, desk.clock)
    with pytest.raises(Unmet, match="locked"):
        desk.invoice("5")
