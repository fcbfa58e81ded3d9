"""Keeping passwords: a slow hash (argon2id) whose cost the settings say, and a check that tells strangers nothing.

A hash takes its time on purpose, so no caller may hold a transaction meanwhile (design section 2).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from admin_app.config import Settings
from admin_app.kernel.errors import Unmet
from admin_app.kernel.passwords import MOST, normal_form


@dataclass(frozen=True)
class Passwords:
    """Hashes and checks passwords; `time_cost` in passes, `memory_kib` in KiB."""

    time_cost: int
    memory_kib: int

    @classmethod
    def by(cls, settings: Settings) -> Passwords:
        """With the cost that the settings say."""
        return cls(settings.hash_time_cost, settings.hash_memory_kib)

    def hash(self, password: str) -> str:
        """The form in which a password is kept."""
        return self._hasher.hash(normal_form(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one behind `kept`; without one it takes as long and is never right."""
        # Made before anything is compared: the first unknown name must not cost more than the first known one.
        decoy = _decoy(self.time_cost, self.memory_kib)
        if len(password) > MOST * 4:
            return False  # nobody's password is that long, and hashing it is what a flood would want
        try:
            fits = self._hasher.verify(kept or decoy, normal_form(password))
        except (VerificationError, InvalidHashError):
            return False
        return fits and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether `kept` was made at another cost than today's and should be made anew."""
        return self._hasher.check_needs_rehash(kept)

    @property
    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.time_cost, memory_cost=self.memory_kib, parallelism=1)


def demand_password(session: Session, what: str) -> None:
    """Refuse a change that asks for one's own password again, unless the door has just checked it.

    The door says so in `session.info["password_confirmed"]`; the program and its owner at the command line need none.
    `what` begins the sentence: "Bank details are".  Raises Unmet.
    """
    if session.info["actor"].is_staff and not session.info.get("password_confirmed"):
        raise Unmet(f"{what} changed only with your password, on the settings pages")


@lru_cache(maxsize=8)
def _decoy(time_cost: int, memory_kib: int) -> str:
    """The hash of a password that nobody knows, against which unknown people are checked."""
    return Passwords(time_cost, memory_kib).hash(secrets.token_urlsafe(32))
