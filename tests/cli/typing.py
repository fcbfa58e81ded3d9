"""Typing a command in a test: in this process for its answers, as a program of its own for what runs on."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from admin_app.cli import sawhorse

KEY = "a key that only tests use, never an office"


def environment(home: Path, database: str | None = None, **more: str) -> dict[str, str]:
    """What the command is told of the home it works in."""
    told = {"SAWHORSE_HOME": str(home), "SAWHORSE_SECRET_KEY": KEY, "SAWHORSE_PUBLIC_URL": ""}
    told["SAWHORSE_DATABASE_URL"] = database or ""
    return told | more


def type_command(told: dict[str, str], *words: str, typed: str | None = None) -> Result:
    """Type `sawhorse …`; errors that are no refusals fail the test."""
    answer = CliRunner().invoke(sawhorse, words, env=told, input=typed)
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer


@contextmanager
def running(told: dict[str, str], *words: str) -> Iterator["Program"]:
    """`sawhorse …` as a program of its own, ended with the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "admin_app.cli", *words],
        env={**os.environ, **told},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    program = Program(process)
    try:
        yield program
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Program:
    """A running command and what it said so far."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.said = ""

    def wait_for(self, pattern: str, seconds: float = 400) -> re.Match[str]:
        """Wait until the program has said something that matches."""
        until = time.monotonic() + seconds
        assert self.process.stdout is not None
        while time.monotonic() < until:
            if found := re.search(pattern, self.said):
                return found
            ready, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if ready:
                chunk = os.read(self.process.stdout.fileno(), 65536)
                self.said += chunk.decode()
                if not chunk and self.process.poll() is not None:
                    break
        raise AssertionError(f"no {pattern!r} in what it said:\n{self.said}")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; gives back the exit code."""
        self.process.send_signal(by)
        return self.process.wait(timeout=120)
