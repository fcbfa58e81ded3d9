"""The same message may come by two ways in the same second: the second waits here until the first is kept.

SQLite has one writer anyway.  PostgreSQL keeps a lock of this name until the transaction ends.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def wait_for_twin(session: Session, origin: str) -> None:
    """Go on alone with what is named `origin`; to be asked before anybody looks whether it is known."""
    if session.get_bind().dialect.name != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(origin.encode()).digest()[:8], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number)))
