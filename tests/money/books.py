"""A small office whose books hold every kind of entry: what the tests of the proof spoil."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Company, EstimateState, TaxMode
from admin_app.money.proof import prove
from admin_app.services import bill_contract
from admin_app.services.bill_deposit import bill_deposit
from admin_app.services.book_payout import PayoutForm, book_payout
from admin_app.services.edit_payment import edit_payment
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.release_retainage import release_retainage
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.use_credit import take_back_use, use_credit
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, CreditPart, write_credit_note
from admin_app.services.write_off_invoice import (
    WriteOffForm,
    allow_settlement,
    take_back_write_off,
    write_off_invoice,
)
from seeds.builders import a_contact, a_group, an_address
from seeds.work_builders import a_project, an_estimate
from tests.services.desk import Desk, a_desk, euros


def busy_books(session: Session, actor: Actor, clock: Clock) -> Desk:
    """Two customers; invoices paid, part-paid, credited, written off, void and in dollars; a contract with its deposit;
    payments used, refunded, edited and deleted."""
    desk = a_desk(session, actor, clock)
    a_contact(session, desk.group, primary=True)
    an_address(session, desk.group, is_billing=True)
    paid = desk.invoice("100.00", "3.33", tax_names=("VAT",), issued_on=date(2026, 1, 5))
    part = desk.invoice("55.55", tax_names=("VAT",), issued_on=date(2026, 1, 5))
    desk.pay("150.00", paid, part, paid_on=date(2026, 1, 20))
    void_invoice(session, desk.invoice("10", tax_names=("VAT",), issued_on=date(2026, 2, 1)), actor, clock)
    desk.draft("77")

    tipped = desk.pay("60", tip=euros("10"), paid_on=date(2026, 2, 1))
    for amount in ("50", "5"):
        refund = RefundForm(tipped.id, euros(amount), date(2026, 3, 1))
        refund_payment(session, refund, actor, clock)
    reverse_payment(session, desk.pay("15", part), actor, clock)
    edit_payment(session, desk.pay("12", part, paid_on=date(2026, 3, 1)), desk.form("11"), actor, clock)

    credited_and_lost(desk)
    billed_contract(desk)

    dollars = desk.invoice("20", currency="USD")
    desk.pay("1", dollars, amount=Money.of("7", "USD"))
    session.get_one(Company, 1).tax_mode = TaxMode.LINE
    desk.invoice("10.12", "10.12", "10.12", tax_names=("VAT",))

    desk.pay("33")
    otto = a_group(session, name="Otto")
    a_contact(session, otto, first_name="Otto", last_name="Other", primary=True)
    an_address(session, otto, line1="2 Quay", is_billing=True)
    for_otto = desk.invoice("40", group_id=otto.id)
    desk.pay("25", for_otto, group_id=otto.id)
    session.flush()
    return desk


def credited_and_lost(desk: Desk) -> None:
    """Credits that settle, that pay another invoice, that go back; losses that stand and that do not; a payout."""
    session, actor, clock = desk.session, desk.actor, desk.clock
    part = desk.invoice("60", "40", tax_names=("VAT",))
    some = CreditForm(part.id, "One branch less", parts=(CreditPart(part.lines[0].id, euros("30")),))
    write_credit_note(session, some, actor, clock)
    whole, other = desk.invoice("70"), desk.invoice("22")
    desk.pay("70", whole)
    note = write_credit_note(session, CreditForm(whole.id, "Wrong tree"), actor, clock)
    use_credit(session, note, other, euros("20"), actor, clock)
    take_back_use(session, use_credit(session, note, other, euros("1.50"), actor, clock), actor, clock)
    refund_credit(session, CreditRefundForm(note.id, euros("15"), clock.today()), actor, clock)

    lost = desk.invoice("91", issued_on=clock.today())
    write_off_invoice(session, WriteOffForm(lost.id, "Moved away", euros("51")), actor, clock)
    came = write_off_invoice(session, WriteOffForm(lost.id, "Thought so", euros("11")), actor, clock)
    take_back_write_off(session, came, actor, clock)
    allow_settlement(session, WriteOffForm(lost.id, "Paid early", euros("3")), actor, clock)
    book_payout(session, PayoutForm(euros("44"), euros("2.90"), clock.today()), actor, clock)


def billed_contract(desk: Desk) -> None:
    """A contract with a deposit invoice and the bill that deducts it; retainage that is held, and that is released."""
    session, actor, clock = desk.session, desk.actor, desk.clock
    agreed = {
        "state": EstimateState.CONFIRMED,
        "confirmed_on": clock.today(),
        "retainage_percent": Decimal(5),
    }
    project = a_project(session, desk.group)
    estimate = an_estimate(session, project, "333.33", "444.44", taxes=["VAT"], **agreed)
    keep_sums(session, estimate)
    deposit = bill_deposit(session, estimate.id, euros("250"), actor, clock)
    desk.pay("250", issue_invoice(session, deposit, actor, clock))
    first = bill_contract.bill_amount(session, estimate.id, euros("300"), actor, clock)
    issue_invoice(session, first, actor, clock)
    release_retainage(session, first, actor, clock)
    issue_invoice(session, bill_contract.bill_rest(session, estimate.id, actor, clock), actor, clock)


def broken(database: Session | Connection) -> set[str]:
    """The ids of the invariants that some row breaks."""
    return {finding.id for finding in prove(database) if not finding.holds}
