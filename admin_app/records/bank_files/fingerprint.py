"""By what a bank line is known again, so that the same line in two files enters once [M31].

Banks give no number that is unique everywhere: the facts of the line are hashed, and lines that agree in all of them
are counted within their file.  A bank's files hold whole days, so the second of two equal payments is the second in
every file that has that day.
"""

from __future__ import annotations

import hashlib
from datetime import date

from admin_app.kernel.money import Money


class Fingerprints:
    """Gives fingerprints for the lines of one file, in the order of the file."""

    def __init__(self) -> None:
        """Begin with a file in which nothing was seen."""
        self._times: dict[bytes, int] = {}

    def next(self, account: str, booked_on: date, amount: Money, *facts: str) -> str:
        """The fingerprint of a line with these facts: 64 hexadecimal digits.

        Blanks and capitals do not count, because banks wrap and shout the same text differently from file to file.
        """
        told = (account, booked_on.isoformat(), str(amount.minor), amount.currency, *facts)
        same = hashlib.sha256("\x1f".join("".join(fact.casefold().split()) for fact in told).encode())
        key = same.digest()[:16]
        times = self._times[key] = self._times.get(key, 0) + 1
        same.update(f"\x1e{times}".encode())
        return same.hexdigest()
