"""The worker climbs the ladders; what stands in the way of one reminder stops no other [101]."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.send_messages import send_messages
from admin_app.jobs.send_reminders import send_reminders
from admin_app.jobs.shift import Shift
from admin_app.kernel.clock import FixedClock
from admin_app.models import Invoice, InvoiceState, Membership, OutboxMessage, OutboxState
from admin_app.models.engine import open_engine
from admin_app.services.keep_reminders import usual_reminders
from seeds.builders import a_company, a_contact, a_group

DUE = datetime(2026, 3, 17, 12, tzinfo=UTC)


@pytest.fixture
def shift(settings):
    """The worker three days after two invoices were due; nobody of the first customer has an address."""
    engine = open_engine(settings.database_url)
    shift = Shift(settings, engine, FixedClock(DUE + timedelta(days=3), "Europe/London"))
    with shift.transaction() as session:
        a_company(session, email="office@harding.test")
        usual_reminders(session, FixedClock(DUE - timedelta(days=30)))
        for number, email in ((1, None), (2, "clara@client.test")):
            group = a_group(session, name=f"Customer {number}")
            contact = a_contact(session, email=email)
            session.add(Membership(group_id=group.id, contact_id=contact.id, is_primary=True))
            session.add(
                Invoice(
                    group_id=group.id, number=f"N-{number}", state=InvoiceState.ISSUED, currency="EUR",
                    issued_on=DUE.date(), due_on=DUE.date(), total=100, balance=100,
                )
            )  # fmt: skip
    yield shift
    engine.dispose()


def outbox(shift):
    with shift.transaction() as session:
        return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_who_cannot_be_told_stops_no_other_reminder(shift):
    send_reminders(shift)
    send_reminders(shift)

    (mail,) = outbox(shift)
    assert (mail.recipient, mail.purpose) == ("clara@client.test", "invoice overdue")


def test_an_invoice_that_is_paid_while_its_reminder_waits_is_not_asked_for(shift):
    send_reminders(shift)
    with shift.transaction() as session:
        session.scalars(select(Invoice).where(Invoice.number == "N-2")).one().balance = 0

    send_messages(shift)

    (mail,) = outbox(shift)
    assert (mail.state, mail.last_error) == (OutboxState.WITHDRAWN, "The invoice is paid")
    assert not (shift.settings.home / "outbox").exists()


def test_the_ladders_are_climbed_all_day_long():
    again = HANDLERS["send reminders"].next_due
    assert again is not None
    assert timedelta() < again(DUE, ZoneInfo("UTC")) - DUE <= timedelta(hours=1)
