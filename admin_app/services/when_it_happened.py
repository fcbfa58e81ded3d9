"""When something was done on site: the phone says it, since it may have waited for signal, and the office bounds it.

A phone's clock may be wrong, so it tells both when the act happened and what it read when it sent the act; what counts
is how long ago that was.  One call::

    when_it_happened(clock, done_at=…, sent_at=…)      # aware instants; never in the future
"""

from __future__ import annotations

from datetime import datetime, timedelta

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid

LONGEST_WAIT = timedelta(days=14)
"""What waited longer on a phone is not taken: nobody remembers, and the work may be invoiced."""


def when_it_happened(clock: Clock, done_at: datetime | None, sent_at: datetime | None = None) -> datetime:
    """The instant of an act in UTC, by our clock; without `done_at` it is now.

    Raises Invalid for what waited longer than 14 days.
    """
    now = clock.now()
    if done_at is None:
        return now
    ago = (sent_at or now) - done_at
    if ago > LONGEST_WAIT:
        raise Invalid("This was done more than 14 days ago; tell the office, which can still write it down")
    return now - max(ago, timedelta())
