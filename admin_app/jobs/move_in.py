"""Imports that were started on a page: the worker checks and applies them while the page shows how far it got."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import Actor, ActorKind
from admin_app.kernel.errors import Refusal, Unmet
from admin_app.models import ImportRun
from admin_app.models.base import OfficeSession
from admin_app.models.engine import writing
from admin_app.services.import_desk import files_of
from admin_app.services.import_files import move_in


@dataclass(frozen=True)
class OneConnection:
    """Transactions one after another on the same connection, each committed at its end."""

    connection: Connection
    info: dict[str, Any]

    @contextmanager
    def begin(self) -> Iterator[OfficeSession]:
        """One transaction; an error rolls it back."""
        with (
            writing(),
            OfficeSession(self.connection, info=dict(self.info), expire_on_commit=False) as session,
        ):
            yield session
            session.commit()


# Moving millions of rows takes longer than a page may; compiling a statement that runs once costs more than it gives.
_POSTGRES = (
    "SET statement_timeout = 0",
    "SET jit = off",
    "SET work_mem = '64MB'",
    "SET temp_buffers = '64MB'",
)
# Sorting a million rows belongs on the disk, the indexes that grow belong in memory.
_SQLITE = ("PRAGMA temp_store = FILE", "PRAGMA cache_size = -196608")


@contextmanager
def one_connection(engine: Engine, info: dict[str, Any]) -> Iterator[OneConnection]:
    """A connection of its own for a run; it is closed, not given back, for staging leaves marks on it."""
    connection = engine.connect()
    for setting in _POSTGRES if engine.dialect.name == "postgresql" else _SQLITE:
        connection.exec_driver_sql(setting)
    connection.commit()
    try:
        yield OneConnection(connection, {"door": "import"} | info)
    finally:
        connection.detach()
        connection.close()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else works on the run of this folder meanwhile; raises Unmet when somebody does."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unmet("This import is under way already") from None
        yield


def move_in_files(shift: Shift) -> None:
    """Check and apply the run that the payload names; what it refused stands in the run, so nothing is tried again.

    A worker that died leaves the run at its file; the next one goes on there.
    """
    with shift.transaction() as session:
        run = session.get_one(ImportRun, int(shift.payload["run_id"]))
        files, folder = files_of(shift.settings.home, run), shift.settings.home / run.folder
        run_id, actor = run.id, Actor(ActorKind.STAFF, run.actor, run.actor_id)
    info = {"actor": actor, "clock": shift.clock}
    with alone(folder), one_connection(shift.engine, info) as work, suppress(Refusal):
        move_in(work, run_id, files, folder)
