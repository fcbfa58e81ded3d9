"""What a job is given to work with: settings, the engine, the clock, and transactions in its own name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

import admin_app.records  # noqa: F401  switches the history on
from admin_app.config import Settings
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.models.base import OfficeSession
from admin_app.models.engine import writing
from admin_app.services.portal.address import doorstep_by


@dataclass(frozen=True)
class Shift:
    """One job being done; `payload` is what it was queued with."""

    settings: Settings
    engine: Engine
    clock: Clock
    payload: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[OfficeSession]:
        """A session in the name of the program, committed at its end; an error rolls it back."""
        info = {
            "actor": SYSTEM,
            "clock": self.clock,
            "door": "worker",
            "doorstep": doorstep_by(self.settings),
        }
        with writing(), OfficeSession(self.engine, info=info, expire_on_commit=False) as session:
            yield session
            session.commit()
