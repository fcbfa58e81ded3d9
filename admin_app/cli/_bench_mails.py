"""Measuring the outbox: many queued mails, drained by several workers at once into a mail server that only counts."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import Engine, func, select

import admin_app.records  # noqa: F401  switches the history on
from admin_app.cli._bench import Figure
from admin_app.cli._office import who_types
from admin_app.config import Settings, read_settings
from admin_app.jobs.send_messages import send_messages
from admin_app.jobs.shift import Shift
from admin_app.kernel.clock import SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.models import OutboxMessage, OutboxState, migrate
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.queue_mail import queue_mail
from seeds.builders import a_company

IN_A_TRANSACTION = 500


def measure_mails(mails: int, workers: int, home: Path, database_url: str | None) -> list[Figure]:
    """What queueing and draining cost a mail; raises Unmet for a database that is not empty, a loss or a double."""
    with _counting_server() as (port, arrived):
        told = {
            "SAWHORSE_HOME": str(home),
            "SAWHORSE_SECRET_KEY": secrets.token_urlsafe(48),
            "SAWHORSE_SMTP_URL": f"smtp://127.0.0.1:{port}",
        }
        settings = read_settings(told | ({"SAWHORSE_DATABASE_URL": database_url} if database_url else {}))
        if migrate.current(settings.database_url) is not None:
            raise Unmet("bench needs an empty database; this one holds tables already")
        migrate.upgrade(settings.database_url)
        engine = open_engine(settings.database_url)
        try:
            queueing = _queue(engine, mails)
            draining = _drain(settings, workers, mails, arrived)
            _refuse_losses(engine, mails, arrived)
        finally:
            engine.dispose()
    return [queueing, draining]


def _queue(engine: Engine, mails: int) -> Figure:
    """A company, and so many mails of as many acts."""
    cpu, wall = time.process_time(), time.perf_counter()
    clock = SystemClock()
    info = {"actor": who_types(), "clock": clock, "door": "bench"}
    with writing(), OfficeSession(engine, info=info) as session:
        a_company(session, name="Bench & Sons", email="office@bench.example")
        session.commit()
    for start in range(0, mails, IN_A_TRANSACTION):
        with writing(), OfficeSession(engine, info=info) as session:
            for number in range(start, min(start + IN_A_TRANSACTION, mails)):
                queue_mail(
                    session,
                    f"client{number}@bench.example",
                    f"Invoice {number}",
                    "Attached is our invoice.\n",
                    clock,
                    key=f"bench-{number}",
                )
            session.commit()
    return _figure("queue", mails, cpu, wall)


def _drain(settings: Settings, workers: int, mails: int, arrived: Counter[str]) -> Figure:
    """Workers in processes of their own, as they run in an office; the figure has the wall only."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    wall = time.perf_counter()
    crew = [context.Process(target=_work, args=(settings, stop), daemon=True) for _ in range(workers)]
    for one in crew:
        one.start()
    while arrived.total() < mails and any(one.is_alive() for one in crew):
        time.sleep(0.1)
    spent = (time.perf_counter() - wall) * 1000
    stop.set()
    for one in crew:
        one.join(60)
    return Figure(
        f"drain by {workers} workers", mails, 0.0, spent / mails, 0, rows_per_second=mails / spent * 1000
    )


def _work(settings: Settings, stop: Event) -> None:
    """One worker: rounds of sending until told to stop."""
    shift = Shift(settings, open_engine(settings.database_url), SystemClock())
    while not stop.is_set():
        send_messages(shift)
        stop.wait(0.2)
    shift.engine.dispose()


def _figure(name: str, mails: int, cpu: float, wall: float) -> Figure:
    spent = time.perf_counter() - wall
    return Figure(
        name,
        mails,
        (time.process_time() - cpu) * 1000 / mails,
        spent * 1000 / mails,
        0,
        rows_per_second=mails / spent,
    )


def _refuse_losses(engine: Engine, mails: int, arrived: Counter[str]) -> None:
    """A fast wrong answer is none: each mail arrived, none twice, and each is written down as sent."""
    with OfficeSession(engine) as session:
        sent = session.scalar(
            select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state == OutboxState.SENT)
        )
        queued = set(session.scalars(select(OutboxMessage.message_id)))
    twice = sum(1 for times in arrived.values() if times > 1)
    if sent != mails or set(arrived) != queued or twice:
        raise Unmet(f"{len(arrived)} of {mails} mails arrived, {sent} are marked as sent, {twice} came twice")


class _Door(socketserver.StreamRequestHandler):
    """One connection: as little SMTP as a client needs."""

    def handle(self) -> None:
        """Take what is sent and count it by its Message-ID."""
        self.wfile.write(b"220 bench\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 Go on\r\n")
                self._count()
            elif word == b"QUIT":
                self.wfile.write(b"221 Bye\r\n")
                return
            else:
                self.wfile.write(b"250 OK\r\n")

    def _count(self) -> None:
        named = ""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            if line.lower().startswith(b"message-id:"):
                named = line.partition(b":")[2].strip().decode()
        assert isinstance(self.server, _Server)
        with self.server.lock:
            self.server.arrived[named] += 1
        self.wfile.write(b"250 Taken\r\n")


class _Server(socketserver.ThreadingTCPServer):
    """A mail server on this machine that takes everything and counts Message-IDs."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.arrived: Counter[str] = Counter()
        self.lock = threading.Lock()


@contextmanager
def _counting_server() -> Iterator[tuple[int, Counter[str]]]:
    """The port of a counting mail server, and what arrived."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1]), server.arrived
        finally:
            server.shutdown()
            thread.join(5)


WORKERS = max(2, min(4, os.cpu_count() or 2))
"""How many workers drain unless told otherwise."""
