"""Text messages go out by a provider that speaks the REST form of Twilio: one form posted, JSON answered [99].

The address comes from whoever runs the machine (`SAWHORSE_SMS_URL=https://account:token@host/…`), so it may lead into
the own network.  A token travels encrypted, or to this very machine; no redirect is followed, and what comes back is
data of strangers: limited and checked.
"""

from __future__ import annotations

import base64
import enum
import http.client
import json
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlencode, urlsplit

from admin_app.kernel.errors import Invalid

PATIENCE_SECONDS = 15.0
LARGEST_ANSWER = 100_000
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
NO_SUCH_NUMBER = frozenset({21211, 21214, 21217, 21614})
"""The provider's codes for a number that nobody can be texted at (twilio.com/docs/api/errors)."""
SAID_STOP = frozenset({21610})
"""Its code for somebody who answered STOP to it."""
SHAPE = "SAWHORSE_SMS_URL reads https://account:token@host, with a path where the provider wants another one"


class Fate(enum.Enum):
    """What became of one try."""

    TAKEN = "taken"
    """The provider has it."""
    REFUSED = "refused"
    """For good: trying again would change nothing."""
    DELAYED = "delayed"
    """Nobody knows, or not now: the same message, under the same key, is tried again."""


@dataclass(frozen=True, slots=True)
class SmsAnswer:
    """What the provider said to one message: a sentence, and what it calls the message."""

    fate: Fate
    said: str = ""
    provider_id: str | None = None
    no_such_number: bool = False
    said_stop: bool = False
    silent: bool = False
    """It could not be spoken to at all."""


class SmsGateway(Protocol):
    """Takes text messages; called with no transaction open."""

    def send(self, key: str, sender: str, recipient: str, body: str) -> SmsAnswer:
        """Try once; every trouble is an answer, not an exception.  `key` is the same in each try of a message."""
        ...


@dataclass(frozen=True, slots=True)
class SmsProvider:
    """A provider by its address: https, the account and its token."""

    host: str
    port: int
    path: str
    account: str
    token: str
    secure: bool = True
    patience: float = PATIENCE_SECONDS

    @classmethod
    def at(cls, url: str) -> SmsProvider:
        """Read SAWHORSE_SMS_URL; raises Invalid with a sentence.

        Without a path it is Twilio's: /2010-04-01/Accounts/<account>/Messages.json.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Invalid(SHAPE) from None
        if parts.scheme not in ("https", "http") or not parts.hostname or not parts.username:
            raise Invalid(SHAPE)
        secure = parts.scheme == "https"
        if not secure and parts.hostname not in LOCAL:
            raise Invalid("SAWHORSE_SMS_URL begins with https://: the token must not travel in the open")
        account = unquote(parts.username)
        usual = f"/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json"
        path = parts.path if parts.path not in ("", "/") else usual
        if parts.query:
            path += f"?{parts.query}"
        return cls(
            parts.hostname,
            port or (443 if secure else 80),
            path,
            account,
            unquote(parts.password or ""),
            secure,
        )

    def send(self, key: str, sender: str, recipient: str, body: str) -> SmsAnswer:
        """Post the message once; 4xx is final, 429, 5xx and silence are tried again."""
        form = urlencode({"From": sender, "To": recipient, "Body": body}).encode()
        headers = {
            "Authorization": f"Basic {self._credentials()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Idempotency-Key": key,
            "User-Agent": "Sawhorse (back office)",
        }
        connection = self._connection()
        try:
            connection.request("POST", self.path, body=form, headers=headers)
            answer = connection.getresponse()
            text = answer.read(LARGEST_ANSWER + 1)
        except (OSError, http.client.HTTPException, ValueError) as trouble:
            said = _readable(str(trouble)) or type(trouble).__name__
            return SmsAnswer(
                Fate.DELAYED, f"The SMS provider at {self.host} does not answer: {said}", silent=True
            )
        finally:
            connection.close()
        return _judged(answer.status, text)

    def _credentials(self) -> str:
        return base64.b64encode(f"{self.account}:{self.token}".encode()).decode()

    def _connection(self) -> http.client.HTTPConnection:
        if not self.secure:
            return http.client.HTTPConnection(self.host, self.port, timeout=self.patience)
        return http.client.HTTPSConnection(self.host, self.port, timeout=self.patience, context=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once."""
    return ssl.create_default_context()


def _judged(status: int, text: bytes) -> SmsAnswer:
    """What an answer means."""
    told = _fields(text)
    said = _readable(str(told.get("message") or "")) or http.client.responses.get(status, "")
    sentence = f"The SMS provider said {status}: {said}".rstrip(": ")
    code = told.get("code")
    if 200 <= status < 300:
        return SmsAnswer(Fate.TAKEN, "", _readable(str(told.get("sid") or ""))[:120] or None)
    if status == 401:
        # A wrong token in the settings is no fault of this message: it waits until that is put right.
        return SmsAnswer(
            Fate.DELAYED, f"The SMS provider refused our account and token ({status})", silent=True
        )
    if 400 <= status < 500 and status not in (408, 425, 429):
        return SmsAnswer(
            Fate.REFUSED, sentence, no_such_number=code in NO_SUCH_NUMBER, said_stop=code in SAID_STOP
        )
    return SmsAnswer(Fate.DELAYED, sentence, silent=status >= 500)


def _fields(text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text[:LARGEST_ANSWER])
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _readable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:400]
