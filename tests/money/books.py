"""A small office whose books hold every kind of entry: what the tests of the proof spoil."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Company, TaxMode
from admin_app.money.proof import prove
from admin_app.services.edit_payment import edit_payment
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.void_invoice import void_invoice
from seeds.builders import a_contact, a_group, an_address
from tests.services.desk import Desk, a_desk, euros


def busy_books(session: Session, actor: Actor, clock: Clock) -> Desk:
    """Two customers; invoices paid, part-paid, void and in dollars; payments used, refunded, edited and deleted."""
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


def broken(database: Session | Connection) -> set[str]:
    """The ids of the invariants that some row breaks."""
    return {finding.id for finding in prove(database) if not finding.holds}
