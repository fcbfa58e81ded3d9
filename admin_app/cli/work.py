"""`sawhorse work`: the worker, which does what is due (nightly backup, sweeping, queued work)."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType

import click

from admin_app.cli._office import demand_current
from admin_app.config import read_settings
from admin_app.jobs.worker import Worker


@click.command("work")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option("--until-stdin-closes", is_flag=True, hidden=True, help="End when the parent process ends.")
def work(once: bool, until_stdin_closes: bool) -> None:
    """Do what is due, until it is told to stop (Ctrl+C).

    `sawhorse run` and `serve` start one by themselves on the embedded database; on PostgreSQL several may share
    the work.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = read_settings()
    demand_current(settings)
    worker = Worker(settings)
    stop = threading.Event()

    def hear(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, hear)
    signal.signal(signal.SIGTERM, hear)
    if until_stdin_closes:
        threading.Thread(target=_wait_for_parent, args=(stop,), daemon=True).start()
    try:
        if once:
            done = worker.work_off()
            click.echo(f"Did {done} of the jobs that were due.")
        else:
            worker.work(stop)
    finally:
        worker.close()


def _wait_for_parent(stop: threading.Event) -> None:
    """The pipe to the parent closes when the parent ends, however it ends, on every system."""
    sys.stdin.buffer.read()
    stop.set()
