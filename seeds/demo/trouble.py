"""The ugly cases that every office knows, so that the demo shows how they are kept.

A contact shared by three customers [R5], an email that comes back after its contact was deleted [R14, R15], money paid
twice and taken back [M29], an over-payment and what is left of it [M27], a refund [M28], money that belongs to no bill
yet [M26], a voided invoice [M13], a part that is credited [M25], one that nobody will pay [81], an archived customer
[R12], and names in several scripts.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import (
    Contact,
    CustomerGroup,
    Event,
    EventKind,
    Invoice,
    InvoiceLine,
    InvoiceState,
    MembershipRole,
    PaymentWay,
    User,
)
from admin_app.models.base import OfficeSession
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from seeds.builders import a_contact, an_event
from seeds.demo.customers import join

CURRENCY = "GBP"
NUMBERS = (3, 5, 11, 21, 29, 33, 45, 57, 60, 72, 88, 130, 140, 210, 260)
"""The customers of the plan to whom something happens."""


def ugly_cases(session: OfficeSession, ann: Actor, clock: Clock, ids: dict[int, int]) -> None:
    """Add every case to the told story; `ids` of customers by their number in the plan."""
    customers = {number: session.get_one(CustomerGroup, ids[number]) for number in NUMBERS}
    _shared_designer(session, [customers[number] for number in (11, 57, 140)])
    _next_weeks(session, clock, [customers[number] for number in (3, 29, 88, 130, 210, 260)])
    _paid_too_much(session, ann, clock, customers[21])
    _paid_twice_by_mistake(session, ann, clock, customers[33])
    _refunded(session, ann, clock, customers[45])
    _money_without_a_bill(session, ann, clock, customers[60])
    _voided(session, ann, clock, customers[72])
    _credited(session, ann, clock, customers[130])
    _lost(session, ann, clock, customers[210])
    customers[5].archived_at = clock.now()
    session.flush()


def _shared_designer(session: OfficeSession, groups: list[CustomerGroup]) -> Contact:
    designer = a_contact(
        session,
        first_name="Délia",
        last_name="Vance-Okonkwo",
        email="delia@garden-design.example",
        phone="+44 7700 900123",
        job_title="Garden designer",
    )
    for group in groups:
        join(session, group, designer, MembershipRole.APPROVER)
    return designer


def _next_weeks(session: OfficeSession, clock: Clock, groups: list[CustomerGroup]) -> list[Event]:
    """Visits to come: one a day from tomorrow, the crew's name on them."""
    cem = session.scalars(select(User).where(User.email_key == "cem@demo.example")).one()
    morning = clock.now().replace(hour=9, minute=0, second=0, microsecond=0)
    return [
        an_event(
            session,
            group,
            title="Survey visit",
            kind=EventKind.VISIT,
            starts_at=morning + timedelta(days=days),
            ends_at=morning + timedelta(days=days, hours=1),
            assignee_id=cem.id,
        )
        for days, group in enumerate(groups, start=1)
    ]


def _bill(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup, pounds: int) -> Invoice:
    """A bill of today over round pounds, without tax."""
    invoice = Invoice(group=group, brand_id=group.brand_id, currency=CURRENCY, title="Emergency call-out")
    invoice.lines = [
        InvoiceLine(
            position=1,
            description="Emergency call-out",
            quantity=Decimal(1),
            unit_price=Decimal(pounds),
            net=0,
        )
    ]
    session.add(invoice)
    session.flush()
    return issue_invoice(session, invoice, ann, clock)


def _paid(
    session: OfficeSession,
    ann: Actor,
    clock: Clock,
    group: CustomerGroup,
    pounds: str,
    *invoices: Invoice,
    note: str,
) -> PaymentForm:
    uses = tuple(Use(invoice.id) for invoice in invoices)
    amount = Money.of(pounds, CURRENCY)
    return PaymentForm(group.id, amount, clock.today(), PaymentWay.CHEQUE, note=note, uses=uses)


def _paid_too_much(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup) -> None:
    invoice = _bill(session, ann, clock, group, 180)
    record_payment(
        session,
        _paid(session, ann, clock, group, "200.00", invoice, note="Rounded up by the customer"),
        ann,
        clock,
    )


def _paid_twice_by_mistake(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup) -> None:
    invoice = _bill(session, ann, clock, group, 95)
    record_payment(
        session, _paid(session, ann, clock, group, "95.00", invoice, note="Cheque 1044"), ann, clock
    )
    twice = record_payment(
        session, _paid(session, ann, clock, group, "95.00", note="Cheque 1044 again"), ann, clock
    )
    reverse_payment(session, twice, ann, clock)


def _refunded(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup) -> None:
    kept = record_payment(
        session, _paid(session, ann, clock, group, "120.00", note="Deposit, job called off"), ann, clock
    )
    form = RefundForm(kept.id, Money.of("120.00", CURRENCY), clock.today(), reason="The job was called off")
    refund_payment(session, form, ann, clock)


def _money_without_a_bill(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup) -> None:
    record_payment(
        session, _paid(session, ann, clock, group, "250.00", note="For the spring pruning"), ann, clock
    )


def _voided(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup) -> None:
    invoice = _bill(session, ann, clock, group, 60)
    if invoice.state is InvoiceState.ISSUED:
        void_invoice(session, invoice, ann, clock)


def _credited(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup) -> None:
    invoice = _bill(session, ann, clock, group, 320)
    form = CreditForm(invoice.id, "The second visit was not needed", Money.of("80.00", CURRENCY))
    write_credit_note(session, form, ann, clock)


def _lost(session: OfficeSession, ann: Actor, clock: Clock, group: CustomerGroup) -> None:
    invoice = _bill(session, ann, clock, group, 45)
    write_off_invoice(session, WriteOffForm(invoice.id, "Moved abroad, no address"), ann, clock)
