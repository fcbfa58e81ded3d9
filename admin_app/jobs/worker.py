"""The worker loop: take a due job by leasing it, do it, write down how it went, again.

A lease is one conditional UPDATE whose row count says who got the job, the same on both databases; a worker that
dies leaves a lease that runs out, and another takes over.  Hence a job may be done twice: each is written so that
the second time harms nothing (dependencies.md J1).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from admin_app.config import Settings
from admin_app.jobs.schedule import HANDLERS, ROUNDS, Handler
from admin_app.jobs.shift import Shift
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models import Company, Job
from admin_app.models.engine import open_engine

LOG = logging.getLogger("sawhorse.worker")

PAUSE_SECONDS = 2.0
PAUSE_AFTER_TROUBLE_SECONDS = 15.0
MOST_ATTEMPTS = 10
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)


@dataclass(frozen=True)
class Taken:
    """A job that this worker holds the lease of; the row of a job that recurs has the job's name for its key."""

    id: int
    name: str
    recurs: bool
    attempts: int
    payload: Mapping[str, object]


class Worker:
    """Does what is due; `clock` and `handlers` stand in for the machine's and the schedule in tests."""

    def __init__(
        self, settings: Settings, clock: Clock | None = None, handlers: Mapping[str, Handler] = HANDLERS
    ) -> None:
        """Open the database of `settings`; `close` lets it go."""
        self.settings = settings
        self.engine = open_engine(settings.database_url)
        self.handlers = handlers
        self._clock = clock

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()

    def work(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that is away is waited for."""
        LOG.info("at work")
        while not stop.is_set():
            pause = PAUSE_SECONDS
            try:
                self._put_on_schedule(self._shift())
                self._go_round()
                while not stop.is_set() and self.do_next():
                    self._go_round()
            except SQLAlchemyError as trouble:
                LOG.warning("the database does not answer: %s", _first_line(trouble))
                pause = PAUSE_AFTER_TROUBLE_SECONDS
            stop.wait(pause)
        LOG.info("stopped")

    def work_off(self) -> int:
        """Do everything that is due now; gives back how many jobs that was."""
        self._put_on_schedule(self._shift())
        self._go_round()
        done = 0
        while self.do_next():
            done += 1
            self._go_round()  # a job may have queued a message
        return done

    def _go_round(self) -> None:
        """Look at what has no row of its own; trouble with one round is said and does not stop the others."""
        for go in ROUNDS:
            try:
                go(self._shift())
            except SQLAlchemyError:
                raise  # the database is away: the loop waits for it
            except Exception:
                LOG.exception("failed: %s", go.__name__)

    def do_next(self) -> bool:
        """Do the job that has been due longest, if there is one; gives back whether there was."""
        shift = self._shift()
        taken = self._take(shift)
        if taken is None:
            return False
        error = self._do(shift, taken)
        self._write_down(shift, taken, error)
        return True

    def _shift(self) -> Shift:
        return Shift(self.settings, self.engine, self._company_clock())

    def _company_clock(self) -> Clock:
        if self._clock is not None:
            return self._clock
        with self.engine.connect() as connection:
            return SystemClock(connection.scalar(select(Company.zone)) or "UTC")

    def _put_on_schedule(self, shift: Shift) -> None:
        """Give each recurring job its row, once; due at its next time."""
        recurring = {name for name, handler in self.handlers.items() if handler.next_due}
        with self.engine.connect() as connection:
            missing = recurring - set(connection.scalars(select(Job.key).where(Job.key.in_(recurring))))
        for name in sorted(missing):
            due = self._next_due(shift, name)
            assert due is not None
            try:
                with shift.transaction() as session:
                    session.add(Job(name=name, key=name, payload={}, due_at=due))
            except IntegrityError:
                continue  # another worker was faster

    def _take(self, shift: Shift) -> Taken | None:
        now = shift.clock.now()
        is_free = or_(Job.leased_until.is_(None), Job.leased_until < now)
        is_due = (Job.due_at <= now) & or_(Job.done_at.is_(None), Job.done_at < Job.due_at)
        waiting = select(Job.id, Job.name, Job.key, Job.attempts, Job.payload).where(
            is_due, is_free, Job.name.in_(self.handlers)
        )
        with self.engine.connect() as connection:
            candidates = connection.execute(waiting.order_by(Job.due_at, Job.id).limit(10)).all()
        for candidate in candidates:
            lease = now + self.handlers[candidate.name].lease
            with shift.transaction() as session:
                won = session.execute(
                    update(Job).where(Job.id == candidate.id, is_due, is_free).values(leased_until=lease)
                )
                if won.rowcount:  # type: ignore[attr-defined]
                    recurs = candidate.key == candidate.name
                    return Taken(candidate.id, candidate.name, recurs, candidate.attempts, candidate.payload)
        return None

    def _do(self, shift: Shift, taken: Taken) -> str | None:
        """Do the job; gives back what went wrong, in one line."""
        LOG.info("begins: %s", taken.name)
        try:
            self.handlers[taken.name].do(
                Shift(shift.settings, shift.engine, shift.clock, payload=taken.payload)
            )
        except Exception as trouble:  # whatever a job does, the worker lives on and says what happened
            LOG.exception("failed: %s", taken.name)
            return _first_line(trouble)
        LOG.info("done: %s", taken.name)
        return None

    def _write_down(self, shift: Shift, taken: Taken, error: str | None) -> None:
        now = shift.clock.now()
        recurs_at = self._next_due(shift, taken.name) if taken.recurs else None
        attempts = 0 if error is None else taken.attempts + 1
        values: dict[str, object] = {"leased_until": None, "last_error": error, "attempts": attempts}
        if error is None or (attempts >= MOST_ATTEMPTS and recurs_at is None):
            values["done_at"] = now
        if error is not None and attempts < MOST_ATTEMPTS:
            again = now + min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
            values["due_at"] = min(again, recurs_at) if recurs_at else again
        elif recurs_at is not None:
            values["due_at"] = recurs_at
            values["attempts"] = 0
        with shift.transaction() as session:
            session.execute(update(Job).where(Job.id == taken.id).values(**values))

    def _next_due(self, shift: Shift, name: str) -> datetime | None:
        next_due = self.handlers[name].next_due
        if next_due is None:
            return None
        zone = getattr(shift.clock, "zone", "UTC")
        return next_due(shift.clock.now(), ZoneInfo(zone))


def _first_line(trouble: BaseException) -> str:
    text = str(getattr(trouble, "orig", None) or trouble).strip()
    return (text.splitlines() or [type(trouble).__name__])[0][:500]
