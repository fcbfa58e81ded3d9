"""Text messages leave by the provider, once, and wait in files where there is none [99, 102]."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from admin_app.gateways.sms import SmsProvider
from admin_app.kernel.clock import FixedClock
from admin_app.models import Channel, Company, OutboxMessage, OutboxState
from admin_app.outbox.drain import Drained, drain
from admin_app.outbox.mail import OutboxFolder
from admin_app.outbox.sms import Provided, TextFolder, texter
from admin_app.services.messages.reach import standing
from admin_app.services.queue_sms import queue_sms
from tests.gateways.sms_provider import FakeProvider


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()
    yield fake
    fake.stop()


@pytest.fixture
def send(transaction, provider, tmp_path, clock):
    """A function that drains with the provider at a moment."""

    def once(**later: float) -> Drained:
        by = Provided(SmsProvider.at(provider.url))
        now = FixedClock(clock.now() + timedelta(**later))
        return drain(transaction, OutboxFolder(tmp_path / "mails"), now, texter=by)

    return once


@pytest.fixture
def queue(transaction, clock):
    def one(body="We come at nine.", number="07700 900123", **options):
        with transaction() as session:
            session.get_one(Company, 1).sms_sender = "+447700900999"
            return queue_sms(session, number, body, clock, **options)

    return one


def now_of(transaction, message):
    with transaction() as session:
        return session.get_one(OutboxMessage, message.id)


def test_a_text_leaves_and_is_known_by_the_providers_name(transaction, queue, provider, send):
    message = queue()

    assert send() == Drained(sent=1)

    assert [text["To"] for text in provider.texts] == ["+447700900123"]
    kept = now_of(transaction, message)
    assert (kept.state, kept.provider_id) == (OutboxState.SENT, "SM1")


@pytest.mark.parametrize("trouble", [(429, {}), (503, {}), "cut"])
def test_a_provider_that_asks_for_patience_gets_the_same_key_again(queue, provider, send, trouble):
    queue()
    provider.answers = [trouble]

    assert send() == Drained(delayed=1)
    assert send(minutes=2) == Drained(sent=1)
    assert len(set(provider.keys)) == 1
    assert len(provider.keys) == 2


def test_a_text_that_was_taken_and_whose_answer_was_lost_comes_again_under_its_key(queue, provider, send):
    """The provider knows by the key that it has it."""
    queue()
    provider.answers = ["take, then cut"]

    assert send() == Drained(delayed=1)
    assert send(minutes=2) == Drained(sent=1)
    assert len(provider.texts) == 2
    assert len(set(provider.keys)) == 1


def test_what_the_provider_refuses_fails_with_its_sentence(transaction, queue, provider, send):
    message = queue()
    provider.answers = [(400, {"code": 21408, "message": "No permission for this region"})]

    assert send() == Drained(failed=1)
    assert (
        now_of(transaction, message).last_error == "The SMS provider said 400: No permission for this region"
    )


@pytest.mark.parametrize(("code", "attribute"), [(21614, "bounced"), (21610, "opted_out")])
def test_what_the_provider_says_of_a_number_is_remembered(
    transaction, queue, provider, send, code, attribute
):
    queue()
    provider.answers = [(400, {"code": code, "message": "because"})]
    send()

    with transaction() as session:
        known = standing(session, ["+44 7700 900123"], Channel.SMS)["+44 7700 900123"]
    entry = getattr(known, attribute)
    assert (entry.by, entry.said) == ("The SMS provider", "The SMS provider said 400: because")


def test_without_a_provider_texts_lie_in_files_and_wait(transaction, queue, settings, tmp_path, clock):
    message = queue("Grüße")
    by = texter(settings)
    assert isinstance(by, TextFolder)

    assert drain(transaction, OutboxFolder(tmp_path), clock, texter=by) == Drained(kept=1)

    (file,) = (settings.home / "outbox").iterdir()
    assert "To: +447700900123" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    kept = now_of(transaction, message)
    assert kept.state is OutboxState.WAITING
    assert "No SMS provider is set" in (kept.last_error or "")


def test_the_same_act_texts_once(queue):
    assert queue(key="a").id == queue(key="a").id
