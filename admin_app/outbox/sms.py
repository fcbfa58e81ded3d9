"""Sending a text message: by the provider of this installation, or into a folder where there is none [99]."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from admin_app.config import Settings
from admin_app.gateways.sms import Fate, SmsGateway, SmsProvider
from admin_app.models import OutboxMessage, ReachKind
from admin_app.outbox.mail import Ending, Outcome, keep_file

NO_PROVIDER = "No SMS provider is set (SAWHORSE_SMS_URL); the message lies in a file of the outbox folder"


class Texter(Protocol):
    """Takes one text message away."""

    def carry(self, message: OutboxMessage) -> Outcome:
        """Try once; every trouble is an outcome, not an exception."""
        ...


@dataclass(frozen=True, slots=True)
class Provided:
    """A provider takes them; the Message-ID is the key under which it knows a message that it got twice."""

    gateway: SmsGateway

    def carry(self, message: OutboxMessage) -> Outcome:
        """Hand the text over; what the provider says of the number is remembered."""
        answer = self.gateway.send(
            message.message_id.strip("<>"), message.sender, message.recipient, message.body
        )
        ending = {
            Fate.TAKEN: Ending.SENT,
            Fate.REFUSED: Ending.REFUSED,
            Fate.DELAYED: Ending.DELAYED,
        }[answer.fate]
        reach = (
            ReachKind.OPT_OUT if answer.said_stop else ReachKind.BOUNCED if answer.no_such_number else None
        )
        return Outcome(ending, answer.said, answer.provider_id, reach, answer.silent)


@dataclass(frozen=True, slots=True)
class TextFolder:
    """Where text messages lie as files while there is no provider."""

    folder: Path

    def carry(self, message: OutboxMessage) -> Outcome:
        """Write the message as a file, once, readable by its owner only."""
        name = hashlib.sha256(message.message_id.encode()).hexdigest()[:32] + ".sms.txt"
        text = f"From: {message.sender}\nTo: {message.recipient}\n\n{message.body}\n"
        keep_file(self.folder / name, text.encode())
        return Outcome(Ending.KEPT, NO_PROVIDER)


def texter(settings: Settings) -> Texter:
    """The provider of this installation, or the outbox folder where none is set; raises Invalid."""
    if settings.sms_url:
        return Provided(SmsProvider.at(settings.sms_url))
    return TextFolder(settings.home / "outbox")
