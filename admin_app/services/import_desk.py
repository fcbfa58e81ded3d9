"""Imports as the office sees them: files received, options chosen, the run handed to the worker, how far it got.

The worker does the work (`jobs.move_in`), so that the page can be left; what was chosen is kept in the run.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.text import fold
from admin_app.models import ImportRun, Job, OfficeSession, RunState
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand
from admin_app.records.importing.source import Source
from admin_app.records.importing.targets import subject_of
from admin_app.records.values import office_reading
from admin_app.services.import_choices import SHEETS, TABLES, Choices, open_files, open_tables, own_format
from admin_app.services.import_files import begin_run
from admin_app.services.queue_job import queue_job
from admin_app.services.suggest_mapping import remember

JOB = "move in"
"""The worker's name for the job."""
MOST_FILES = 20
LISTED = 50
_UNDER_WAY = (RunState.CHECKING, RunState.APPLYING)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run got: rows of rows, in words, and whether it is over."""

    done: int
    total: int
    text: str
    finished: bool


def receive(
    session: OfficeSession,
    uploads: Sequence[tuple[str, IO[bytes]]],
    home: Path,
    actor: Actor,
    clock: Clock,
) -> ImportRun:
    """Keep uploaded files (name, content) in the folder of a new run.

    Raises Invalid for names that are no tables, for nothing at all and for too many; nothing is kept then.
    """
    demand(actor, Permission.IMPORT)
    if not uploads:
        raise Invalid("Choose at least one file", {"files": "Choose at least one file"})
    if len(uploads) > MOST_FILES:
        raise Invalid(
            f"At most {MOST_FILES} files can be moved in at once", {"files": "These are too many files"}
        )
    names = [_tidy_name(name) for name, _ in uploads]
    run = begin_run(session, [], ", ".join(names), Choices(), actor, clock)
    folder = files_folder(home, run)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        for place, ((_, content), name) in enumerate(zip(uploads, names, strict=True)):
            target = folder / name
            if target.exists():
                target = folder / f"{place + 1}-{name}"
            with target.open("wb") as kept:
                shutil.copyfileobj(content, kept, 1024 * 1024)
        open_tables(files_of(home, run), Choices())
    except Invalid:
        shutil.rmtree(home / run.folder, ignore_errors=True)
        raise
    return run


def _tidy_name(name: str) -> str:
    """The file's own name without any folder and without characters that file systems mind; raises Invalid."""
    last = re.split(r"[\\/]", name)[-1]
    stem, dot, ending = last.rpartition(".")
    if f"{dot}{ending}".lower() not in (*TABLES, *SHEETS) or not stem:
        shown = "".join(c for c in last if c.isprintable())[:60] or "This file"
        sentence = f"{shown} is neither CSV nor a spreadsheet; save it as .csv or .xlsx"
        raise Invalid(sentence, {"files": sentence})
    plain = re.sub(r"[^a-z0-9_ ()-]+", "-", fold(stem)).strip("-. ")[:80] or "file"
    return f"{plain}.{ending.lower()}"


def files_folder(home: Path, run: ImportRun) -> Path:
    """Where the uploaded files of a run lie."""
    return home / run.folder / "files"


def files_of(home: Path, run: ImportRun) -> list[Path]:
    """The uploaded files of a run, by name."""
    folder = files_folder(home, run)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def find_run(session: OfficeSession, run_id: int, actor: Actor) -> ImportRun:
    """One run; raises NotFound."""
    demand(actor, Permission.IMPORT)
    run = session.get(ImportRun, run_id) if run_id <= LARGEST_ID else None
    if run is None:
        raise NotFound("There is no such import")
    return run


def latest_runs(session: OfficeSession, actor: Actor) -> list[ImportRun]:
    """The last runs, the latest first."""
    demand(actor, Permission.IMPORT)
    return list(session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(LISTED)))


def tables_of(home: Path, run: ImportRun, choices: Choices) -> list[tuple[Source, bool]]:
    """The tables of a run, and for each whether it is in our own format."""
    return [(source, own_format(source) is not None) for source in open_tables(files_of(home, run), choices)]


def start(
    session: OfficeSession, run: ImportRun, choices: Choices, home: Path, actor: Actor, clock: Clock
) -> Job:
    """Keep what was chosen, remember the mappings, and hand the run to the worker.

    Raises Unmet while it is under way or when it is done, Invalid for a mapping that makes no sense.
    """
    demand(actor, Permission.IMPORT)
    if run.state is RunState.DONE:
        raise Unmet("This import is done; upload the files again to move them in once more")
    if waiting_job(session, run) is not None:
        raise Unmet("This import is under way already")
    tables = tables_of(home, run, choices)
    for source, ours in tables:
        if not ours and not choices.mappings.get(source.name):
            raise Invalid(f"Say which columns of {source.name} are what")
    open_files(files_of(home, run), choices, office_reading(session))
    for source, ours in tables:
        if not ours:
            mapping = choices.mappings[source.name]
            remember(session, source, subject_of(source.header), mapping, clock)
    kept = {key: run.options[key] for key in ("fingerprint", "done") if key in run.options}
    run.options = choices.as_json() | kept
    run.dry_run, run.state, run.message, run.progress = choices.dry_run, RunState.CHECKING, None, 0
    key = f"{JOB} {run.id} {clock.now().isoformat()}"
    return queue_job(session, JOB, key, {"run_id": run.id}, clock.now())


def waiting_job(session: OfficeSession, run: ImportRun) -> Job | None:
    """The job of a run that is not done yet."""
    return session.scalar(
        select(Job).where(Job.name == JOB, Job.key.startswith(f"{JOB} {run.id} "), Job.done_at.is_(None))
    )


def progress_of(session: OfficeSession, run: ImportRun) -> Progress:
    """How far a run got."""
    job = waiting_job(session, run)
    if run.state not in _UNDER_WAY or job is None:
        return Progress(run.rows, run.rows, "Done", True)
    if job.leased_until is None:
        return Progress(0, max(1, run.rows), "Waiting for the worker", False)
    doing = "Checking" if run.state is RunState.CHECKING else "Moving in"
    file = f" {run.at_file}" if run.at_file else ""
    return Progress(
        run.progress, max(run.rows, 1), f"{doing}{file}: {run.progress:,} of about {run.rows:,}", False
    )
