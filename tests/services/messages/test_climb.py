"""Reminders climb their ladders: each once, in time, and no further than there is a reason [101]."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    Channel,
    EstimateState,
    EventKind,
    EventState,
    Invoice,
    InvoiceState,
    Ladder,
    MessagePurpose,
    OutboxState,
    ReminderStep,
)
from admin_app.services.keep_reminders import usual_reminders
from admin_app.services.messages.about import record_of
from admin_app.services.messages.climb import due_reminders, remind
from admin_app.services.messages.ladders import LATEST, is_quiet, next_loud, reached
from admin_app.services.messages.resolve import Recipient
from admin_app.services.messages.still_true import fell_away
from admin_app.services.messages.tell import tell
from admin_app.services.messages.threads import receive, thread_of
from seeds.builders import an_event
from seeds.work_builders import a_reminder_step, an_estimate

NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)


def day(number: int, hour: int = 12) -> FixedClock:
    """So many days after 17 March 2026, at noon in London."""
    return FixedClock(NOON + timedelta(days=number, hours=hour - 12), "Europe/London")


def climb(session, clock):
    """What the job does, in one transaction."""
    session.info["clock"] = clock
    return [row for due in due_reminders(session, clock) for row in remind(session, due, clock)]


@pytest.fixture
def usual(session, office):
    """The usual steps, switched on long ago; Paula may see the project."""
    office.open_to(office.person("Paula", primary=True))
    usual_reminders(session, day(-400))
    return office


@pytest.fixture
def estimate(session, usual):
    return an_estimate(
        session,
        usual.project,
        number="E-1",
        state=EstimateState.SENT,
        sent_at=NOON,
        expires_on=date(2026, 4, 16),
    )


@pytest.fixture
def invoice(session, usual):
    row = Invoice(
        group_id=usual.group.id,
        number="N-1",
        state=InvoiceState.ISSUED,
        issued_on=date(2026, 3, 1),
        due_on=NOON.date(),
        currency="EUR",
        total=50000,
        balance=50000,
    )
    session.add(row)
    session.flush()
    return row


def test_an_estimate_is_asked_after_on_the_third_and_the_seventh_day(session, estimate):
    sent = {n: climb(session, day(n)) for n in range(12)}

    assert {n: len(rows) for n, rows in sent.items() if rows} == {3: 1, 7: 1}
    assert sent[3][0].purpose == MessagePurpose.ESTIMATE_REMINDER
    assert sent[3][0].papers == [{"paper": "estimate", "id": estimate.id, "name": "E-1"}]
    assert len(thread_of(session, estimate).messages) == 2


def test_an_invoice_is_asked_after_before_and_after_its_due_day(session, invoice):
    sent = {n: climb(session, day(n)) for n in range(-5, 45)}

    assert {n: rows[0].purpose for n, rows in sent.items() if rows} == {
        -3: MessagePurpose.INVOICE_SOON_DUE,
        3: MessagePurpose.INVOICE_OVERDUE,
        14: MessagePurpose.INVOICE_OVERDUE,
        30: MessagePurpose.INVOICE_OVERDUE,
    }
    assert "€500.00" in sent[3][0].body


def test_looking_every_hour_reminds_once(session, invoice, estimate):
    rows = [row for hour in range(24) for row in climb(session, day(3, hour))]

    assert len(rows) == 2


def test_an_address_that_changed_makes_no_second_reminder(session, usual, invoice):
    climb(session, day(3))
    usual.people["Paula"].email = "paula@new.test"
    session.flush()

    assert climb(session, day(4)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"state": EstimateState.CONFIRMED},
        {"state": EstimateState.DECLINED},
        {"state": EstimateState.CHANGES_REQUESTED},
        {"state": EstimateState.SUPERSEDED},
        {"expires_on": date(2026, 3, 19)},
        {"not_sent": True},
    ],
)
def test_an_answered_or_expired_estimate_is_let_be(session, estimate, change):
    for key, value in change.items():
        setattr(estimate, key, value)
    session.flush()

    assert climb(session, day(3)) == []


def test_a_word_of_the_client_in_its_thread_stops_the_ladder_of_an_estimate(session, estimate):
    thread = thread_of(session, estimate)
    receive(session, thread, Channel.MAIL, "paula@client.test", "P", "Re", "We think", "<1@x>", day(2))

    assert climb(session, day(3)) == []


def test_the_reminder_of_a_revision_goes_though_an_earlier_one_is_superseded(session, usual, estimate):
    """All revisions are one thread; the reminder speaks of the one that was sent last."""
    estimate.state = EstimateState.SUPERSEDED
    second = an_estimate(
        session, usual.project, number="E-1", revision=2, base_id=estimate.id, state=EstimateState.SENT,
        sent_at=NOON + timedelta(days=1), expires_on=date(2026, 4, 16),
    )  # fmt: skip
    (row,) = climb(session, day(4))

    assert f"remind-estimate-{second.id}-3-" in row.act_key
    assert fell_away(session, row, day(4)) == ""
    assert record_of(session, thread_of(session, estimate)) is second
    second.state = EstimateState.DECLINED
    session.flush()
    assert fell_away(session, row, day(4)) == "The estimate is declined"


def test_a_word_before_it_was_sent_stops_nothing(session, estimate):
    thread = thread_of(session, estimate)
    receive(session, thread, Channel.MAIL, "paula@client.test", "P", "Re", "Please", "<1@x>", day(-2))

    assert len(climb(session, day(3))) == 1


@pytest.mark.parametrize("change", [{"balance": 0}, {"state": InvoiceState.VOID}, {"due_on": None}])
def test_a_paid_or_void_invoice_is_let_be(session, invoice, change):
    for key, value in change.items():
        setattr(invoice, key, value)
    session.flush()

    assert climb(session, day(3)) == []


def test_a_customer_without_reminders_gets_none(session, usual, invoice, estimate):
    usual.group.reminders = False
    session.flush()

    assert climb(session, day(3)) == []


def test_an_appointment_is_remembered_the_day_before_and_again_when_it_moves(session, usual):
    event = an_event(session, usual.group, starts_at=NOON + timedelta(days=5, hours=3))
    an_event(session, usual.group, kind=EventKind.WORK, starts_at=NOON + timedelta(days=5, hours=3))
    an_event(session, usual.group, state=EventState.CANCELLED, starts_at=NOON + timedelta(days=5, hours=3))

    sent = {n: climb(session, day(n)) for n in range(5)}
    assert {n: len(rows) for n, rows in sent.items() if rows} == {4: 1}
    assert "15:00" in sent[4][0].subject or "3:00" in sent[4][0].subject
    event.starts_at += timedelta(hours=2)
    session.flush()
    assert len(climb(session, day(4, 13))) == 1, "another time is another matter"
    event.starts_at = NOON - timedelta(days=1)
    session.flush()
    assert climb(session, day(4, 14)) == []


def test_nobody_is_reminded_in_quiet_hours_and_everybody_in_the_morning(session, usual, invoice):
    assert climb(session, day(3, 7)) == []
    assert climb(session, day(2, 21)) == []
    (row,) = climb(session, day(3, 8))

    assert row.due_at == day(3, 8).now()


def test_what_was_due_before_a_step_was_switched_on_is_let_be(session, usual, invoice):
    for step in session.query(ReminderStep):
        step.since = NOON.date() + timedelta(days=4)
    session.flush()

    assert climb(session, day(5)) == []
    assert len(climb(session, day(14))) == 1


def test_a_step_that_is_off_reminds_nobody(session, usual, invoice):
    for step in session.query(ReminderStep):
        step.enabled = step.days != 3
    session.flush()

    assert climb(session, day(3)) == []


def test_a_machine_that_slept_sends_the_latest_reminder_alone(session, invoice, estimate):
    """Off from day 2 to day 15: the estimate's seventh day is too long ago, the invoice's fourteenth is not."""
    rows = climb(session, day(15))

    assert [row.purpose for row in rows] == [MessagePurpose.INVOICE_OVERDUE]
    assert f"remind-invoice-{invoice.id}-14-mail-" in rows[0].act_key
    assert climb(session, day(16)) == []


def test_a_step_by_text_is_a_step_of_its_own(session, usual, invoice):
    a_reminder_step(session, Ladder.INVOICE, 3, channel=Channel.SMS)

    rows = climb(session, day(3))

    assert sorted(row.channel for row in rows) == ["mail", "sms"]
    text = next(row for row in rows if row.channel == "sms")
    assert text.papers == []


def test_a_channel_that_is_off_reminds_nobody(session, usual, invoice):
    usual.company.mail_on = False
    session.flush()

    assert climb(session, day(3)) == []


def test_the_reminder_goes_to_whom_the_estimate_went(session, usual, ann, estimate):
    rita = usual.person("Rita")
    usual.open_to(rita)
    to = [Recipient(rita.id, None, rita.name, rita.email, "chosen")]
    tell(session, MessagePurpose.ESTIMATE, estimate, ann, day(0), to=to, key="estimate-1")

    (row,) = climb(session, day(3))

    assert (row.recipient, row.reason) == ("rita@client.test", "Rita Client got the estimate")


@pytest.mark.parametrize(
    ("which", "change", "says"),
    [
        ("invoice", {"balance": 0}, "The invoice is paid"),
        ("invoice", {"state": InvoiceState.VOID}, "The invoice is void"),
        ("estimate", {"state": EstimateState.CONFIRMED}, "The estimate is confirmed"),
        ("estimate", {"expires_on": date(2026, 3, 18)}, "The estimate has expired"),
        ("event", {"state": EventState.CANCELLED}, "The appointment is cancelled"),
        ("event", {"starts_at": NOON + timedelta(days=6)}, "The appointment was moved"),
    ],
)
def test_a_waiting_reminder_whose_reason_fell_away_must_not_go(
    session, usual, invoice, estimate, which, change, says
):
    event = an_event(session, usual.group, starts_at=NOON + timedelta(days=4, hours=3))
    rows = climb(session, day(3))
    record = {"invoice": invoice, "estimate": estimate, "event": event}[which]
    row = next(one for one in rows if f"remind-{which.replace('event', 'appointment')}-" in one.act_key)
    assert [fell_away(session, one, day(3)) for one in rows] == [""] * 3

    for key, value in change.items():
        setattr(record, key, value)
    session.flush()

    assert fell_away(session, row, day(3)) == says
    assert {fell_away(session, one, day(3)) for one in rows if one is not row} == {""}


def test_reminders_switched_off_meanwhile_hold_back_what_waits(session, usual, invoice):
    (row,) = climb(session, day(3))
    usual.group.reminders = False
    session.flush()

    assert fell_away(session, row, day(3)) == "Clara Client household gets no reminders"
    assert row.state is OutboxState.WAITING


def test_a_reminder_whose_reason_fell_away_before_it_was_queued_is_not_queued(session, usual, invoice):
    (due,) = due_reminders(session, day(3))
    invoice.balance = 0
    session.flush()

    assert remind(session, due, day(3)) == []


@pytest.mark.parametrize(
    ("begins", "ends", "quiet_at"),
    [
        ("20:00", "08:00", set(range(20, 24)) | set(range(8))),
        ("12:00", "14:00", {12, 13}),
        ("09:00", "09:00", set()),
        ("00:00", "06:00", set(range(6))),
    ],
)
def test_quiet_hours_may_span_midnight(office, begins, ends, quiet_at):
    office.company.quiet_from, office.company.quiet_until, office.company.zone = begins, ends, "UTC"
    midnight = datetime(2026, 3, 17, tzinfo=UTC)

    quiet = {hour for hour in range(24) if is_quiet(office.company, midnight + timedelta(hours=hour))}

    assert quiet == quiet_at
    for hour in range(24):
        loud = next_loud(office.company, midnight + timedelta(hours=hour))
        assert not is_quiet(office.company, loud)
        assert loud >= midnight + timedelta(hours=hour)


def test_quiet_hours_end_by_the_clock_on_the_wall_when_it_is_put_forward(office):
    """In the night of 29 March 2026 London loses an hour: eight o'clock is seven UTC."""
    office.company.zone = "Europe/London"
    late = datetime(2026, 3, 28, 22, tzinfo=UTC)

    assert next_loud(office.company, late) == datetime(2026, 3, 29, 7, tzinfo=UTC)


STEPS = st.lists(st.integers(-60, 365), unique=True, min_size=1, max_size=6)


@given(STEPS, st.integers(-100, 400), st.integers(-100, 400))
def test_only_a_step_that_is_due_is_reached_and_never_an_earlier_one_than_before(days, today, since):
    begins = date(2026, 3, 17)
    on = begins + timedelta(days=since)
    steps = [ReminderStep(ladder=Ladder.INVOICE, days=n, since=on) for n in days]

    step = reached(steps, begins, begins + timedelta(days=today))

    due = [
        n for n in days if n <= today and n >= since and today - n <= LATEST.days and (n > 0 or today <= 0)
    ]
    assert (step.days if step else None) == (max(due) if due else None)
