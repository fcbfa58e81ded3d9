"""Notebooks that were asked for on a page: run apart, with no transaction open, and kept with their evidence [135-138].

What goes wrong inside a notebook stands in the run and is not tried again.  A worker that died leaves its run to the
next one; the kernel of the dead one ends by itself within a second.
"""

from __future__ import annotations

import io
import json
import logging
import time
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from admin_app.config import Settings
from admin_app.jobs.shift import Shift
from admin_app.kernel.errors import Refusal, Unmet
from admin_app.models import NotebookRun, NotebookRunState, User
from admin_app.models.engine import open_engine
from admin_app.policy import Permission, holds
from admin_app.storage.folder import FolderStorage
from reports.engine.book import for_reading
from reports.gallery.catalogue import notebook
from reports.gallery.run import Ran, run_notebook

LOG = logging.getLogger("sawhorse.notebooks")

LARGEST_RESULT = 20_000_000
"""Bytes of a kept result."""
_DONE = (NotebookRunState.DONE, NotebookRunState.FAILED)
FILE, ROLE, REPLICA, TRANSACTION = (
    "a file opened for reading only",
    "a database role that may not write",
    "a replica of the database",
    "a transaction declared read-only",
)
"""How writing was made impossible."""


def run_asked_notebook(shift: Shift) -> None:
    """Run the notebook of the run that the payload names, unless that has been done."""
    run_id = int(shift.payload["run_id"])
    with shift.transaction() as session:
        run = session.get(NotebookRun, run_id)
        if run is None or run.state in _DONE:
            return
        run.state, run.started_at = NotebookRunState.RUNNING, shift.clock.now()
        name, parameters = run.notebook, dict(run.parameters)
        asker = session.get(User, run.asked_by_id) if run.asked_by_id is not None else None
        role = asker.role if asker is not None and asker.active else None
        may = asker is not None and asker.active and holds(asker.as_actor(), Permission.REPORTS)
    try:
        if role is None or not may:
            raise Unmet("Whoever asked for this run may no longer see the figures")
        _run(shift, run_id, name, parameters, role.value)
    except Refusal as refusal:
        _finish(shift, run_id, error=refusal.sentence)


def _run(shift: Shift, run_id: int, name: str, parameters: dict[str, Any], role: str) -> None:
    one = notebook(name)
    url = for_reading(shift.settings.reports_url or shift.settings.database_url)
    reads = how_read_only(shift.settings)
    began = time.monotonic()
    ran = run_notebook(one, parameters, url=url, role=role)
    LOG.info("notebook %s: %.1f s%s", name, time.monotonic() - began, ", failed" if ran.error else "")
    _finish(
        shift,
        run_id,
        error=ran.error,
        result_key=_keep(FolderStorage(shift.settings.files), ran),
        figures=ran.figures,
        code_hash=one.code_hash,
        data_hash=ran.snapshot,
        metric_versions=ran.versions,
        reads=reads,
    )


def _keep(storage: FolderStorage, ran: Ran) -> str:
    """Store what a page shows of a run; gives back the key."""
    content = json.dumps({"pieces": ran.pieces, "seconds": round(ran.seconds, 1)}).encode()
    return storage.store(io.BytesIO(content), limit=LARGEST_RESULT).key


def _finish(shift: Shift, run_id: int, *, error: str | None, **facts: Any) -> None:
    with shift.transaction() as session:
        run = session.get_one(NotebookRun, run_id)
        run.state = NotebookRunState.FAILED if error else NotebookRunState.DONE
        run.error, run.finished_at = error, shift.clock.now()
        for name, fact in facts.items():
            setattr(run, name, fact)


def how_read_only(settings: Settings) -> str:
    """How writing is made impossible for a kernel: told by asking the database, not by what it should be."""
    url = settings.reports_url or settings.database_url
    if make_url(url).get_backend_name() == "sqlite":
        return FILE
    engine = open_engine(url)
    try:
        return _of_postgres(engine)
    finally:
        engine.dispose()


def _of_postgres(engine: Engine) -> str:
    with engine.connect() as connection:
        if connection.scalar(text("SELECT pg_is_in_recovery()")):
            return REPLICA
        may_write = connection.scalar(
            text(
                "SELECT bool_or(has_table_privilege(current_user, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))"
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.relkind = 'r' AND n.nspname = current_schema()"
            )
        )
    return TRANSACTION if may_write else ROLE
