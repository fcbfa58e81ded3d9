"""The code by which a contact signs a document link: six digits, ten minutes, five tries, once [54, E4, L9]."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Busy, Conflict, Invalid, NotFound, Unmet
from admin_app.models import Company, Contact, OutboxMessage, SigningCode
from admin_app.services.answer_estimate import decline_estimate
from admin_app.services.portal.signing import MOST_CODES, check_code, masked, send_code, use_code
from seeds.builders import a_contact
from tests.forms import read_off
from tests.services.desk import Desk
from tests.services.offers import grant, open_project, sent
from tests.services.portal.clients import by_link

SECRET = "a key that only tests use, never an office"


@pytest.fixture
def proposal(desk: Desk):
    """A proposal that waits for clara."""
    return sent(desk, open_project(desk))


@pytest.fixture
def clara(proposal) -> Contact:
    found: Contact = proposal.project.contact
    return found


@pytest.fixture
def transaction(session):
    """The test's own transaction stands for the short ones of the door."""

    @contextmanager
    def open_one():
        yield session
        session.flush()

    return open_one


def _codes(session) -> list[str]:
    bodies = session.scalars(
        select(OutboxMessage.body).where(OutboxMessage.purpose == "signing code").order_by(OutboxMessage.id)
    )
    return [read_off(r"signing code: (\d{6})", body) for body in bodies]


def _later(clock, **time) -> FixedClock:
    return FixedClock(clock.now() + timedelta(**time))


def test_a_code_goes_to_the_contact_of_the_link_and_is_kept_as_a_hash(desk, proposal, clara):
    kept = send_code(desk.session, proposal, SECRET, by_link(desk, proposal, clara), desk.clock)

    row = desk.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "signing code")).one()
    (code,) = _codes(desk.session)
    assert (row.recipient, row.contact_id, row.channel) == ("clara@client.test", clara.id, "mail")
    assert code not in kept.code_hash and len(kept.code_hash) == 64
    assert masked(kept.sent_to) == "c…@client.test"
    assert kept.expires_at == desk.clock.now() + timedelta(minutes=10)


def test_without_a_mail_address_the_code_comes_as_a_text_message(desk, proposal, clara):
    clara.email, clara.mobile = None, "+44 7700 900123"
    desk.session.flush()
    desk.session.get_one(Company, 1).sms_sender = "+447700900999"

    kept = send_code(desk.session, proposal, SECRET, by_link(desk, proposal, clara), desk.clock)

    row = desk.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "signing code")).one()
    assert (row.channel, row.recipient) == ("sms", "+447700900123")
    assert masked(kept.sent_to) == "…123"


def test_whom_no_message_reaches_is_told_so(desk, proposal, clara):
    clara.email = clara.mobile = clara.phone = None
    desk.session.flush()
    with pytest.raises(Unmet, match="We know no address of yours"):
        send_code(desk.session, proposal, SECRET, by_link(desk, proposal, clara), desk.clock)


def test_the_right_code_is_good_once(desk, proposal, clara, transaction):
    send_code(desk.session, proposal, SECRET, by_link(desk, proposal, clara), desk.clock)
    (code,) = _codes(desk.session)

    typed = f" {code[:3]} {code[3:]} "
    code_id = check_code(transaction, proposal.id, clara.id, typed, SECRET, desk.clock)
    assert use_code(desk.session, code_id, desk.clock) == "clara@client.test"

    with pytest.raises(Conflict):
        use_code(desk.session, code_id, desk.clock)
    with pytest.raises(Invalid) as refused:
        check_code(transaction, proposal.id, clara.id, code, SECRET, desk.clock)
    assert "code" in refused.value.fields


def test_after_five_wrong_tries_the_right_code_is_refused_too(desk, proposal, clara, transaction):
    send_code(desk.session, proposal, SECRET, by_link(desk, proposal, clara), desk.clock)
    (code,) = _codes(desk.session)
    wrong = f"{(int(code) + 1) % 1000000:06d}"

    said = []
    for _ in range(5):
        with pytest.raises(Invalid) as refused:
            check_code(transaction, proposal.id, clara.id, wrong, SECRET, desk.clock)
        said.append(refused.value.fields["code"])

    assert "4 tries left" in said[0] and "1 try left" in said[3] and "new one" in said[4]
    with pytest.raises(Invalid):
        check_code(transaction, proposal.id, clara.id, code, SECRET, desk.clock)


def test_a_code_runs_out_after_ten_minutes(desk, proposal, clara, transaction):
    send_code(desk.session, proposal, SECRET, by_link(desk, proposal, clara), desk.clock)
    (code,) = _codes(desk.session)

    with pytest.raises(Invalid):
        check_code(transaction, proposal.id, clara.id, code, SECRET, _later(desk.clock, minutes=10))
    check_code(transaction, proposal.id, clara.id, code, SECRET, _later(desk.clock, minutes=9))


def test_a_new_code_cancels_the_older_one(desk, proposal, clara, transaction):
    actor = by_link(desk, proposal, clara)
    send_code(desk.session, proposal, SECRET, actor, desk.clock)
    again = _later(desk.clock, minutes=1)
    send_code(desk.session, proposal, SECRET, actor, again)
    older, newer = _codes(desk.session)

    if older != newer:
        with pytest.raises(Invalid):
            check_code(transaction, proposal.id, clara.id, older, SECRET, again)
    assert check_code(transaction, proposal.id, clara.id, newer, SECRET, again)


def test_a_second_press_sends_no_second_code_and_six_an_hour_are_enough(desk, proposal, clara):
    actor = by_link(desk, proposal, clara)
    first = send_code(desk.session, proposal, SECRET, actor, desk.clock)
    assert send_code(desk.session, proposal, SECRET, actor, _later(desk.clock, seconds=10)) is first

    for minute in range(1, MOST_CODES):
        send_code(desk.session, proposal, SECRET, actor, _later(desk.clock, minutes=minute))
    with pytest.raises(Busy) as refused:
        send_code(desk.session, proposal, SECRET, actor, _later(desk.clock, minutes=30))
    assert refused.value.retry_after == 30 * 60
    send_code(desk.session, proposal, SECRET, actor, _later(desk.clock, minutes=61))


def test_the_code_of_one_proposal_or_contact_signs_no_other(desk, proposal, clara, transaction):
    other = sent(desk, proposal.project)
    otto = a_contact(desk.session, desk.group, email="otto@client.test")
    grant(desk, proposal.project, otto)
    send_code(desk.session, proposal, SECRET, by_link(desk, proposal, clara), desk.clock)
    send_code(desk.session, other, SECRET, by_link(desk, other, clara), _later(desk.clock, minutes=1))
    first, second = _codes(desk.session)
    now = _later(desk.clock, minutes=1)

    with pytest.raises(Invalid):
        check_code(transaction, proposal.id, otto.id, first, SECRET, now)
    if first != second:
        with pytest.raises(Invalid):
            check_code(transaction, other.id, clara.id, first, SECRET, now)
    with pytest.raises(Invalid):
        check_code(transaction, proposal.id, clara.id, first, "another installation", now)


def test_nobody_by_name_gets_a_code(desk, proposal):
    """A link for whoever holds it may look, not sign (design section 6)."""
    with pytest.raises(NotFound):
        send_code(desk.session, proposal, SECRET, by_link(desk, proposal, None), desk.clock)


def test_what_was_answered_asks_for_no_code(desk, proposal, clara):
    actor = by_link(desk, proposal, clara)
    decline_estimate(desk.session, proposal, desk.actor, desk.clock, "too dear")
    with pytest.raises(Unmet, match="declined"):
        send_code(desk.session, proposal, SECRET, actor, desk.clock)
    assert desk.session.scalars(select(SigningCode)).all() == []
