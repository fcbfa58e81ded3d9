"""Whether a message that knocks at /hooks was sent by whom we gave the key: compared in constant time (security.md).

A mail is signed over its moment and its bytes, so that neither can be changed and no old one sent again later; an SMS
as Twilio signs its own: over our address and the fields of the form.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

LONGEST_AGE = timedelta(minutes=5)


def mail_signature(key: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal over the seconds since 1970, a point, and the raw mail."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def mail_is_signed(key: str, timestamp: str, body: bytes, signature: str, now: datetime) -> bool:
    """Whether the signature holds and was made within five minutes of `now`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(int(timestamp) - now.timestamp()) > LONGEST_AGE.total_seconds():
        return False
    told = signature.removeprefix("sha256=").lower()
    return hmac.compare_digest(told.encode(), mail_signature(key, timestamp, body).encode())


def sms_signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """HMAC-SHA1 in base64 over the public address and the sorted fields, names and values run together."""
    said = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def sms_is_signed(token: str, url: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
    """Whether the form was sent by whoever knows the token of our SMS account."""
    return hmac.compare_digest(signature.encode(), sms_signature(token, url, fields).encode())


def sms_token(url: str) -> str:
    """The token of our account at the SMS provider, the password in SAWHORSE_SMS_URL; "" without one."""
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""
