"""Moving in: one run checks its files as a whole, then moves them in, one transaction a file [P24, 38-40].

A run that stops keeps what it finished; the same files again go on where it stopped.  Each run leaves a file of every
refused row.  Doors hand in `Transactions`, because staging belongs to one connection.  One call::

    outcome = move_in(work, begin_run(...), folder)
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Refusal, Unmet
from admin_app.models import ImportRun, OfficeSession, RunState
from admin_app.policy import Permission, demand
from admin_app.records.importing.check import Checker
from admin_app.records.importing.report import Finding, Report, Tally
from admin_app.records.importing.stage import staging
from admin_app.records.importing.steps import Step, apply, check_across, count_everything_up, steps_of
from admin_app.records.importing.under_way import Import, Input
from admin_app.records.values import office_reading
from admin_app.services.import_choices import Choices, Opened, open_files

ERRORS_FILE = "errors.csv"
_UNFINISHED = (RunState.APPLYING, RunState.STOPPED)
_MARKED_BYTES = 64 * 1024


class Transactions(Protocol):
    """One connection and as many transactions on it as a run needs; each is committed by the door at its end."""

    @property
    def connection(self) -> Connection:
        """The connection that every transaction runs on."""
        ...

    def begin(self) -> AbstractContextManager[OfficeSession]:
        """A transaction with who acts and when in its `info`; an error rolls it back."""
        ...


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a run had done before it stopped: the files that were moved in, with their counts."""

    done: frozenset[str]
    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its counts a file, its first findings, and the file that has them all."""

    run_id: int
    dry_run: bool
    tallies: dict[str, Tally]
    findings: list[Finding]
    errors_file: Path

    @property
    def refused(self) -> int:
        """Rows that were not taken, over all files."""
        return sum(tally.errors for tally in self.tallies.values())

    def as_json(self) -> dict[str, Any]:
        """What `sawhorse import --json` prints."""
        return {
            "run": self.run_id,
            "dry_run": self.dry_run,
            "files": {name: tally.as_json() for name, tally in self.tallies.items()},
            "errors_file": str(self.errors_file),
        }


def begin_run(
    session: OfficeSession, files: Sequence[Path], source: str, choices: Choices, actor: Actor, clock: Clock
) -> ImportRun:
    """Make the run of these files, or find the one that stopped on them, which then goes on.

    Raises NotAllowed for whom the right to move data in is missing.
    """
    demand(actor, Permission.IMPORT)
    marks = fingerprint(files)
    if not choices.dry_run:
        for run in session.scalars(select(ImportRun).where(ImportRun.state.in_(_UNFINISHED))):
            if run.options.get("fingerprint") == marks and not run.dry_run:
                return run
    run = ImportRun(
        at=clock.now(),
        actor=actor.name,
        actor_id=actor.id,
        source=source[:300],
        dry_run=choices.dry_run,
        state=RunState.UPLOADED,
        options=choices.as_json() | {"fingerprint": marks, "done": []},
    )
    session.add(run)
    session.flush()  # the folder is called by its id
    run.folder = f"imports/{run.id}"
    return run


def fingerprint(files: Sequence[Path]) -> str:
    """A mark by which the same files are known again: names, sizes, and how each begins and ends."""
    mark = hashlib.sha256()
    for file in files:
        size = file.stat().st_size
        mark.update(f"{file.name}:{size}:".encode())
        with file.open("rb") as stream:
            mark.update(stream.read(_MARKED_BYTES))
            stream.seek(max(0, size - _MARKED_BYTES))
            mark.update(stream.read(_MARKED_BYTES))
    return mark.hexdigest()


def move_in(work: Transactions, run_id: int, files: Sequence[Path], folder: Path) -> Outcome:
    """Check and, unless it is a dry run, apply; `folder` takes the errors file and the staging.

    Raises Invalid when a file cannot be read as what it is meant to be, Unmet when a step stopped.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Report(folder / ERRORS_FILE) as report, staging(work.connection, folder) as stage:
        with work.begin() as session:
            run = session.get_one(ImportRun, run_id)
            choices = Choices.from_json(run.options)
            done = list(run.options.get("done", []))
            before = Earlier(frozenset(done), dict(run.counts))
            run.state, run.message = RunState.CHECKING, None
            reading, now = office_reading(session), session.info["clock"].now()
            dry = run.dry_run
        try:
            opened = open_files(files, choices, reading)
            going = Import(stage, report, [], run_id, reading, now, dry=dry, doubles=choices.doubles)
            _stage(work, going, opened)
            _check_across(work, going)
            _apply_steps(work, going, done)
        except Refusal as refusal:
            _stop(work, run_id, RunState.FAILED, refusal.sentence)
            raise
        except DBAPIError as error:
            sentence = _where_it_stopped(work, run_id, str(error.orig).strip().splitlines()[0])
            raise Unmet(sentence) from error
        _finish(work, going, before)
    return Outcome(run_id, dry, report.tallies, report.first, report.path)


def _stage(work: Transactions, going: Import, opened: list[Opened]) -> None:
    """Read and check every row of every file; what is good waits in the staging tables."""
    checkers: list[Checker] = []
    for place, file in enumerate(opened):
        checker = Checker(file.spec, file.source, file.manner, going.report, place)
        checkers.append(checker)
        going.inputs.append(Input(file.source, file.spec, checker.present, bool(file.family), file.family))
    with work.begin() as session:
        going.stage.create(session.connection())
        run = session.get_one(ImportRun, going.run_id)
        run.rows, run.progress = 2 * sum(file.source.estimated_rows for file in opened), 0
    for checker in checkers:
        for batch in checker.batches():
            with work.begin() as session:
                for name, rows in batch.staged.items():
                    going.stage.write(session.connection(), name, rows)
                run = session.get_one(ImportRun, going.run_id)
                run.at_file = checker.source.name
                run.progress += batch.read
    with work.begin() as session:
        going.stage.index(session.connection())


def _check_across(work: Transactions, going: Import) -> None:
    with work.begin() as session:
        going.session = session
        going.refuse_with_their_family()
        check_across(going)
        going.refuse_with_their_family()


def _apply_steps(work: Transactions, going: Import, done: list[str]) -> None:
    """One transaction a file, in order; the run remembers which are done."""
    for step in steps_of(going):
        with work.begin() as session:
            run = session.get_one(ImportRun, going.run_id)
            run.state, run.at_file = RunState.APPLYING if not going.dry else RunState.CHECKING, step.file
        if step.file in done:
            continue
        with work.begin() as session:
            going.session = session
            apply(going, step)
            run = session.get_one(ImportRun, going.run_id)
            rows = _count_rest(going, step)
            run.progress = min(run.rows, run.progress + rows)
            if not going.dry:
                done.append(step.file)
                run.options = run.options | {"done": list(done)}
            run.counts = {name: tally.as_json() for name, tally in going.report.tallies.items()}


def _count_rest(going: Import, step: Step) -> int:
    """Rows that neither made nor changed nor failed anything said nothing new; gives back how many rows there were."""
    rows = 0
    for given in going.inputs:
        if given.spec.stage == step.stage:
            tally = going.report.tally(given.source.name)
            tally.skipped = max(0, tally.rows - tally.errors - tally.created - tally.updated)
            rows += tally.rows
    return rows


def _finish(work: Transactions, going: Import, before: Earlier) -> None:
    for given in going.inputs:
        if given.spec.name in before.done and given.source.name in before.counts:
            going.report.tallies[given.source.name] = Tally.from_json(before.counts[given.source.name])
    with work.begin() as session:
        going.session = session
        if not going.dry:
            count_everything_up(going)
        run = session.get_one(ImportRun, going.run_id)
        run.state = RunState.CHECKED if going.dry else RunState.DONE
        run.finished_at, run.at_file, run.progress = session.info["clock"].now(), None, run.rows
        run.counts = {name: tally.as_json() for name, tally in going.report.tallies.items()}


def _where_it_stopped(work: Transactions, run_id: int, cause: str) -> str:
    with work.begin() as session:
        run = session.get_one(ImportRun, run_id)
        run.state = RunState.STOPPED
        kept = "What came before it is kept; start it again to go on"
        run.message = f"The import stopped at {run.at_file}: {cause}. {kept}"
        return run.message


def _stop(work: Transactions, run_id: int, state: RunState, sentence: str) -> None:
    with work.begin() as session:
        run = session.get_one(ImportRun, run_id)
        run.state, run.message = state, sentence
        run.finished_at = session.info["clock"].now()


__all__ = ["Choices", "Invalid", "Outcome", "Transactions", "begin_run", "fingerprint", "move_in"]
