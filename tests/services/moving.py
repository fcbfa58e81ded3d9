"""Moving files in as the command does: files written from text, one connection, the outcome."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from admin_app.jobs.move_in import one_connection
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import FixedClock
from admin_app.models.engine import open_engine
from admin_app.services.import_choices import Choices, gather
from admin_app.services.import_files import Outcome, begin_run, move_in

CLOCK = FixedClock(datetime(2026, 3, 17, 9, 30, tzinfo=UTC))


def write_files(folder: Path, **files: str) -> Path:
    """Write groups="external_id,name\\nG1,Ash" and the like as CSV files; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text.strip("\n") + "\n", encoding="utf-8")
    return folder


class Mover:
    """Moves files into one database; `last` is the latest outcome."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database, self.folder = database, folder
        self._number = 0

    def __call__(self, *paths: Path, choices: Choices | None = None, **files: str) -> Outcome:
        """Move in paths, or files given as text."""
        choices = choices or Choices()
        if files:
            self._number += 1
            paths = (write_files(self.folder / f"in{self._number}", **files),)
        found = gather(list(paths))
        engine = open_engine(self.database)
        try:
            with one_connection(engine, {"actor": SYSTEM, "clock": CLOCK}) as work:
                with work.begin() as session:
                    run = begin_run(session, found, "test", choices, SYSTEM, CLOCK)
                    run_id, place = run.id, run.folder
                return move_in(work, run_id, found, self.folder / place)
        finally:
            engine.dispose()


def said(outcome: Outcome, severity: str = "error") -> list[tuple[str, int | None, str, str]]:
    """The findings of a severity as (file, row, column, sentence)."""
    return [(f.file, f.row, f.column, f.sentence) for f in outcome.findings if f.severity == severity]


Move = Callable[..., Any]
