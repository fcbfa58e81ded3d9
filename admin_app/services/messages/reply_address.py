"""The address to which answers go: it names its thread and proves that we wrote it.

"replies@ashworth.test" becomes "replies+<thread>.<mac>@ashworth.test".  Both parts are base32 in small letters, since
some mail programs change capitals; the MAC is HMAC-SHA256 under the key of the installation, so that nobody can
make up an address that puts words into somebody's thread.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.config import Settings
from admin_app.models import Thread

_NAMED = re.compile(r"[^@+\s]+\+([a-z2-7]{26})\.([a-z2-7]{16})@\S+", re.IGNORECASE)


def signed(settings: Settings, thread: Thread) -> str | None:
    """The address for answers of a thread; None where the settings name no mailbox for answers."""
    name, at, host = (settings.reply_address or "").strip().rpartition("@")
    if not at or not name or not host:
        return None
    named = _named(thread.public_id)
    return f"{name.partition('+')[0]}+{named}.{_mac(settings.secret_key, named)}@{host}"


def thread_named(session: Session, secret: str, address: str) -> Thread | None:
    """The thread that an address names; None for any other address, and for one that we did not sign."""
    found = _NAMED.fullmatch(address.strip().strip("<>"))
    if found is None:
        return None
    named, mac = found[1].lower(), found[2].lower()
    if not hmac.compare_digest(mac, _mac(secret, named)):
        return None
    return session.scalar(select(Thread).where(Thread.public_id == _public_id(named)))


def looks_signed(address: str) -> bool:
    """Whether an address has the form of ours, signed rightly or not: a forged one is told apart from a stranger's."""
    return _NAMED.fullmatch(address.strip().strip("<>")) is not None


def _named(public_id: str) -> str:
    """A public id (base64 of 16 bytes) as 26 small letters and digits."""
    raw = base64.urlsafe_b64decode(public_id + "==")
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _public_id(named: str) -> str:
    try:
        raw = base64.b32decode(named.upper() + "=" * (-len(named) % 8))
    except binascii.Error:
        return ""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(secret: str, named: str) -> str:
    """80 bits of the keyed hash: no mail server lets anybody try that many."""
    whole = hmac.new(secret.encode(), b"sawhorse reply " + named.encode(), hashlib.sha256).digest()
    return base64.b32encode(whole[:10]).decode().lower()
