"""Running a notebook: a fresh kernel, a bounded time, an address that cannot be written to [135-138].

The kernel is a process of its own that gets four things: the address, the role whose rights hold, the parameters as
JSON in its environment, and a folder that goes with it.  No key, password or provider of ours is among them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from admin_app.kernel import errors
from reports.gallery.as_notebook import cells_of
from reports.gallery.catalogue import Notebook
from reports.gallery.given import PARAMETERS
from reports.gallery.pieces import OURS, evidence_of, figures, pieces

LONGEST_SECONDS = 120
"""After so long a run is stopped."""
_START_SECONDS = 60

_TAKE_PARAMETERS = "from reports.gallery.given import given\nglobals().update(given())"
_GIVE_EVIDENCE = "from reports.gallery.evidence import evidence\nevidence(book)"
"""The same for every run: what people type never becomes code."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH")


@dataclass(frozen=True)
class Ran:
    """How a run went: what a page shows, name → printed string, the evidence; `error` is a sentence."""

    pieces: list[dict[str, Any]]
    figures: dict[str, str]
    snapshot: str | None
    versions: dict[str, int]
    seconds: float
    error: str | None = None
    kernel_pid: int | None = field(default=None, compare=False)


def run_notebook(
    one: Notebook, parameters: Mapping[str, Any], *, url: str, role: str, longest: float = LONGEST_SECONDS
) -> Ran:
    """Run a notebook against the company at `url`, which is opened for reading, with the rights of `role`.

    Raises Unmet where notebooks cannot be run on this machine; whatever goes wrong inside is told in `error`.
    """
    cells = cells_of(one)
    _add_ours(cells, one)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sawhorse-run-") as folder:
        # In a thread of its own: nbclient takes the signals of the main thread, and those are the worker's.
        kernel = _Kernel(cells, _environment(folder, url, role, one, parameters), folder, longest)
        kernel.start()
        kernel.join()
    shown = pieces(cells.cells)
    told = evidence_of(cells.cells)
    return Ran(
        pieces=shown,
        figures=figures(shown),
        snapshot=told.get("snapshot"),
        versions=dict(told.get("versions", {})),
        seconds=time.monotonic() - began,
        error=kernel.error,
        kernel_pid=kernel.pid,
    )


class _Kernel(threading.Thread):
    """One kernel from its first cell to its end; it never outlives this thread."""

    def __init__(self, cells: Any, environment: dict[str, str], folder: str, longest: float) -> None:
        super().__init__(name="notebook")
        self.cells, self.environment, self.folder, self.longest = cells, environment, folder, longest
        self.error: str | None = None
        self.pid: int | None = None
        self._heading: str | None = None
        self._number = 0
        self._manager: Any = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Execute the cells; what goes wrong becomes the sentence in `error`."""
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

        ends = time.monotonic() + self.longest
        manager = AsyncKernelManager(kernel_name="python3", transport="ipc")
        self._manager = manager
        manager.connection_file = str(Path(self.folder) / "kernel.json")
        manager.ip = str(Path(self.folder) / "k")  # sockets in the folder of the run: no port is opened
        client = NotebookClient(
            self.cells,
            km=manager,
            timeout_func=lambda _: max(1, int(ends - time.monotonic())),
            startup_timeout=_START_SECONDS,
            on_cell_start=self._begins,
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": self.folder}},
        )
        client.owns_km = True  # the client shuts it down, however a cell ends
        try:
            asyncio.run(client.async_execute(env=self.environment))  # closes its loop; the client would not
        except CellTimeoutError:
            self.error = f"{self._where()} was stopped: a run may take {self.longest:.0f} seconds"
        except DeadKernelError:
            self.error = f"{self._where()} ended the kernel: most likely the memory ran out"
        except CellExecutionError as failure:
            self.error = f"{self._where()} failed: {_told(failure)}"
        except Exception as trouble:  # whatever a kernel does, the run says so and the worker goes on
            self.error = f"The kernel did not run: {type(trouble).__name__}: {str(trouble)[:300]}"
        finally:
            self._note_process()
            self._make_sure_it_ended()

    def _begins(self, cell: Any, cell_index: int) -> None:
        """Remember where the run is, for the sentence that tells of a failure."""
        self._note_process()
        if cell.cell_type == "markdown":
            headings = [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
            self._heading = headings[-1] if headings else self._heading
        elif not cell.metadata.get(OURS):
            self._number += 1

    def _note_process(self) -> None:
        process = getattr(getattr(self._manager, "provisioner", None), "process", None)
        if process is not None:
            self._process, self.pid = process, process.pid

    def _make_sure_it_ended(self) -> None:
        """The client has shut the kernel down; one that did not listen is killed with all that it started."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def _where(self) -> str:
        under = f" under “{self._heading}”" if self._heading else ""
        return f"Cell {self._number}{under}"


def _told(failure: Any) -> str:
    """What a cell raised, in one line: a refusal is a sentence already."""
    said = (str(failure.evalue).strip().splitlines() or [""])[0][:500]
    known = getattr(errors, str(failure.ename), None)
    refused = isinstance(known, type) and issubclass(known, errors.Refusal)
    return said if refused and said else f"{failure.ename}: {said}"


def _add_ours(cells: Any, one: Notebook) -> None:
    """Put the two cells of the run in: parameters after those of the notebook, the evidence at the end."""
    from nbformat.v4 import new_code_cell

    places = [
        place for place, cell in enumerate(cells.cells) if "parameters" in cell.metadata.get("tags", ())
    ]
    take = new_code_cell(_TAKE_PARAMETERS, metadata={OURS: True})  # type: ignore[no-untyped-call]
    give = new_code_cell(_GIVE_EVIDENCE, metadata={OURS: True})  # type: ignore[no-untyped-call]
    cells.cells.insert(places[0] + 1, take)
    cells.cells.append(give)


def _environment(
    folder: str, url: str, role: str, one: Notebook, parameters: Mapping[str, Any]
) -> dict[str, str]:
    """All that the kernel is told from outside."""
    known = {parameter.name for parameter in one.asked}
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {
        "HOME": folder,
        "IPYTHONDIR": folder,  # nobody's start-up files
        "JUPYTER_CONFIG_DIR": folder,
        "JUPYTER_DATA_DIR": folder,
        "JUPYTER_RUNTIME_DIR": folder,
        "OMP_NUM_THREADS": "1",
        "SAWHORSE_HOME": folder,  # the home with its key stays out of sight
        "SAWHORSE_REPORTS_URL": url,
        "SAWHORSE_REPORTS_ROLE": role,
        PARAMETERS: json.dumps({name: value for name, value in parameters.items() if name in known}),
    }
