"""A provider of text messages is spoken to as Twilio's REST API asks, and every trouble is an answer [99]."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from admin_app.gateways.sms import LARGEST_ANSWER, Fate, SmsProvider
from admin_app.kernel.errors import Invalid
from tests.gateways.sms_provider import FakeProvider


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()
    yield fake
    fake.stop()


def send(provider, **but):
    gateway = replace(SmsProvider.at(provider.url), **but)
    return gateway.send("abc@sms", "+447700900999", "+447700900123", "Grüße & so\n1+1")


def test_a_text_is_posted_as_a_form_under_its_key(provider):
    answer = send(provider)

    assert (answer.fate, answer.provider_id) == (Fate.TAKEN, "SM1")
    assert provider.texts == [{"From": "+447700900999", "To": "+447700900123", "Body": "Grüße & so\n1+1"}]
    assert provider.paths == ["/2010-04-01/Accounts/AC1/Messages.json"]
    assert provider.keys == ["abc@sms"]


@pytest.mark.parametrize(
    ("status", "told", "fate", "says"),
    [
        (400, {"code": 30008, "message": "Nope"}, Fate.REFUSED, "The SMS provider said 400: Nope"),
        (403, {"message": "Region\nnot enabled"}, Fate.REFUSED, "said 403: Region not enabled"),
        (404, b"<html>", Fate.REFUSED, "said 404: Not Found"),
        (401, {"message": "Authenticate"}, Fate.DELAYED, "refused our account and token"),
        (408, {}, Fate.DELAYED, "said 408"),
        (429, {"message": "Slow down"}, Fate.DELAYED, "said 429: Slow down"),
        (500, b"\xff\x00", Fate.DELAYED, "said 500"),
        (503, [1, 2], Fate.DELAYED, "said 503"),
        (302, {}, Fate.DELAYED, "said 302"),
    ],
)
def test_what_a_refusal_means(provider, status, told, fate, says):
    provider.answers = [(status, told)]

    answer = send(provider)

    assert answer.fate is fate
    assert says in answer.said
    assert provider.texts == []


def test_a_number_that_nobody_has_and_a_stop_are_told_apart(provider):
    provider.answers = [
        (400, {"code": 21614, "message": "not a mobile number"}),
        (400, {"code": 21610, "message": "unsubscribed recipient"}),
    ]

    assert send(provider).no_such_number
    assert send(provider).said_stop


@pytest.mark.parametrize("trouble", ["cut", "hang"])
def test_silence_is_no_exception(provider, trouble):
    provider.answers = [trouble]

    answer = send(provider, patience=0.3)

    assert (answer.fate, answer.silent) == (Fate.DELAYED, True)
    assert "does not answer" in answer.said


def test_nobody_listening_is_no_exception(provider):
    provider.stop()

    assert send(provider, patience=1).fate is Fate.DELAYED


def test_an_endless_answer_is_not_read_to_its_end(provider):
    provider.answers = [(200, b'{"sid": "' + b"x" * (2 * LARGEST_ANSWER))]

    assert send(provider).fate is Fate.TAKEN


def test_the_address_of_the_provider_is_read():
    assert SmsProvider.at("https://AC%40:t%2F@api.example/texts?x=1") == SmsProvider(
        "api.example", 443, "/texts?x=1", "AC@", "t/"
    )


@pytest.mark.parametrize(
    "url",
    ["api.example", "https://api.example", "ftp://a:b@api.example", "https://a:b@", "https://a:b@host:port"],
)
def test_an_address_that_is_none_is_refused_with_a_sentence(url):
    with pytest.raises(Invalid, match="SAWHORSE_SMS_URL reads"):
        SmsProvider.at(url)


def test_a_token_never_travels_in_the_open():
    with pytest.raises(Invalid, match="begins with https"):
        SmsProvider.at("http://AC1:token@api.example/")
