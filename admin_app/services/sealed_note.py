"""Notes that the office hands to a browser and believes when they come back: signed, for one purpose, for minutes.

What stands in one can be read by whoever holds it, so nothing does that its holder may not know.  It is only as good
as what it names is still true: its reader looks the person up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from admin_app.kernel.clock import Clock

LONGEST = 2000
"""Characters of a note that are looked at at all."""


def write_note(secret_key: str, purpose: str, content: Mapping[str, Any], clock: Clock) -> str:
    """Seal `content` for a purpose; the moment is sealed with it."""
    return str(_sealer(secret_key, purpose).dumps({"is": dict(content), "at": clock.now().timestamp()}))


def read_note(
    secret_key: str, purpose: str, note: str, life: timedelta, clock: Clock
) -> dict[str, Any] | None:
    """What was sealed; None for a note that is older than `life`, for another purpose, or none of ours."""
    if not note or len(note) > LONGEST:
        return None
    try:
        kept = _sealer(secret_key, purpose).loads(note)
    except BadSignature:
        return None
    age = clock.now().timestamp() - float(kept["at"])
    content: dict[str, Any] = kept["is"]
    return content if 0 <= age <= life.total_seconds() else None


def _sealer(secret_key: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=f"note: {purpose}")
