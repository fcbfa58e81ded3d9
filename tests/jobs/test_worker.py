"""The worker does what is due, once, and says what went wrong (dependencies.md J1)."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from admin_app.jobs.schedule import HANDLERS, Handler, daily
from admin_app.jobs.shift import Shift
from admin_app.jobs.worker import MOST_ATTEMPTS, Worker
from admin_app.kernel.errors import Unmet
from admin_app.models import Company, CustomerGroup, Job, OutboxMessage
from admin_app.services.queue_job import queue_job
from admin_app.services.queue_mail import queue_mail

NOON = datetime(2026, 3, 17, 12, 0, tzinfo=UTC)


@dataclass
class Wristwatch:
    """A clock that a test sets."""

    instant: datetime = NOON
    zone: str = "UTC"

    def now(self):
        return self.instant

    def today(self):
        return self.instant.date()

    def passes(self, span: timedelta) -> None:
        self.instant += span


@dataclass
class Bench:
    """A worker with jobs of the test's own, and a note of what it did."""

    worker: Worker
    watch: Wristwatch
    did: list[dict[str, object]] = field(default_factory=list)

    def queue(self, name: str, key: str, **payload: object) -> None:
        with self.shift().transaction() as session:
            queue_job(session, name, key, payload, self.watch.now())

    def shift(self) -> Shift:
        return Shift(self.worker.settings, self.worker.engine, self.watch)

    def job(self, key: str) -> Job:
        with self.shift().transaction() as session:
            return session.scalars(select(Job).where(Job.key == key)).one()


@pytest.fixture
def bench(settings):
    """A worker that knows three jobs: one notes what it got, one fails, one recurs every day at two."""
    watch = Wristwatch()

    did: list[dict[str, object]] = []

    def note(shift):
        did.append(dict(shift.payload))

    def fail(shift):
        did.append(dict(shift.payload))
        with shift.transaction() as session:
            session.add(CustomerGroup(name="half done"))
            session.flush()
            raise Unmet("The printer is on fire\nand nobody is there")

    handlers = {
        "note": Handler(note, lease=timedelta(minutes=5)),
        "fail": Handler(fail),
        "nightly": Handler(note, next_due=daily(time(2, 0))),
        "moody": Handler(fail, next_due=daily(time(2, 0))),
    }
    bench = Bench(Worker(settings, watch, handlers), watch, did)
    yield bench
    bench.worker.close()


def test_a_queued_job_is_done_once_with_what_it_was_queued_with(bench):
    bench.queue("note", "import 7", run=7)

    assert bench.worker.work_off() == 1
    assert bench.worker.work_off() == 0

    assert bench.did == [{"run": 7}]
    assert bench.job("import 7").done_at == NOON


def test_the_same_key_queued_twice_is_one_job(bench):
    bench.queue("note", "import 7", run=7)
    bench.queue("note", "import 7", run=7)

    assert bench.worker.work_off() == 1


def test_a_job_waits_for_its_time(bench):
    with bench.shift().transaction() as session:
        queue_job(session, "note", "later", {}, NOON + timedelta(hours=1))

    assert bench.worker.work_off() == 0
    bench.watch.passes(timedelta(hours=1))
    assert bench.worker.work_off() == 1


def test_what_was_rolled_back_is_never_done(bench):
    with pytest.raises(Unmet), bench.shift().transaction() as session:
        queue_job(session, "note", "regretted", {}, NOON)
        raise Unmet("on second thoughts")

    assert bench.worker.work_off() == 0


def test_a_job_that_fails_leaves_nothing_and_is_tried_again_later(bench):
    bench.queue("fail", "hot")

    assert bench.worker.work_off() == 1

    job = bench.job("hot")
    assert (job.attempts, job.last_error, job.done_at) == (1, "The printer is on fire", None)
    assert job.due_at == NOON + timedelta(minutes=1)
    with bench.shift().transaction() as session:
        assert session.scalars(select(CustomerGroup)).all() == []


def test_a_job_that_keeps_failing_is_given_up_and_says_why(bench):
    bench.queue("fail", "hopeless", hopeless=True)

    for _ in range(MOST_ATTEMPTS + 3):
        bench.worker.work_off()
        bench.watch.passes(timedelta(hours=7))

    job = bench.job("hopeless")
    assert bench.did.count({"hopeless": True}) == MOST_ATTEMPTS
    assert (job.attempts, job.last_error) == (MOST_ATTEMPTS, "The printer is on fire")
    assert job.done_at is not None


def test_a_recurring_job_comes_every_night(bench):
    assert bench.worker.work_off() == 0
    for _ in range(3):
        bench.watch.passes(timedelta(days=1))
        assert bench.worker.work_off() == 2  # the moody one fails each night and is tried again the next

    assert bench.job("nightly").due_at == datetime(2026, 3, 21, 2, 0, tzinfo=UTC)
    assert bench.job("moody").last_error == "The printer is on fire"


def test_a_recurring_job_that_somebody_asked_for_now_is_done_now_and_once(bench):
    bench.queue("nightly", "nightly: asked for", asked=True)

    assert bench.worker.work_off() == 1
    bench.watch.passes(timedelta(days=1))
    bench.worker.work_off()
    bench.watch.passes(timedelta(days=1))
    bench.worker.work_off()

    assert bench.did.count({"asked": True}) == 1


def test_a_message_that_waits_is_sent_on_the_next_round(bench, tmp_path):
    with bench.shift().transaction() as session:
        session.add(Company(id=1, name="Ashworth Roofing", email="office@ashworth.example"))
        session.flush()
        message = queue_mail(session, "clara@client.example", "Your roof", "It is done.", bench.watch)
        message_id = message.message_id

    bench.worker.work_off()

    with bench.shift().transaction() as session:
        sent = session.scalars(select(OutboxMessage)).one()
    assert (sent.message_id, sent.attempts) == (message_id, 0)
    assert sent.last_error is not None
    assert "No mail server is set" in sent.last_error, "without a server it lies in a file and stays waiting"
    assert any(bench.worker.settings.home.rglob("*.eml"))


def test_nights_in_which_the_machine_slept_are_made_up_for_once(bench):
    bench.worker.work_off()
    bench.watch.passes(timedelta(days=30))

    assert bench.worker.work_off() == 2
    assert len([1 for payload in bench.did]) == 2


def test_a_job_that_somebody_else_holds_is_left_alone_until_the_lease_runs_out(bench):
    bench.queue("note", "import 7", run=7)
    other = Worker(bench.worker.settings, bench.watch, bench.worker.handlers)
    taken = other._take(bench.shift())
    assert taken is not None

    assert bench.worker.work_off() == 0
    bench.watch.passes(timedelta(minutes=6))
    assert bench.worker.work_off() == 1
    other.close()


def test_two_workers_never_do_the_same_job(bench):
    for number in range(20):
        bench.queue("note", f"import {number}", run=number)
    other = Worker(bench.worker.settings, bench.watch, bench.worker.handlers)
    pair = [threading.Thread(target=worker.work_off) for worker in (bench.worker, other)]

    for worker in pair:
        worker.start()
    for worker in pair:
        worker.join(timeout=240)
    other.close()

    assert sorted(payload["run"] for payload in bench.did) == list(range(20))


def test_the_loop_works_until_it_is_told_to_stop(bench):
    bench.queue("note", "import 7", run=7)
    stop = threading.Event()
    done = threading.Event()
    bench.worker.handlers = {**bench.worker.handlers, "note": Handler(lambda shift: done.set())}

    loop = threading.Thread(target=bench.worker.work, args=(stop,))
    loop.start()
    assert done.wait(timeout=120)
    stop.set()
    loop.join(timeout=120)

    assert not loop.is_alive()


def test_a_job_of_a_later_release_is_left_for_its_worker(bench):
    bench.queue("teleport", "beam")

    assert bench.worker.work_off() == 0


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", "2026-03-17T01:59:00+00:00", "2026-03-17T02:30:00+00:00"),
        ("UTC", "2026-03-17T02:30:00+00:00", "2026-03-18T02:30:00+00:00"),
        ("America/New_York", "2026-03-17T02:30:00+00:00", "2026-03-17T06:30:00+00:00"),
        # The hour that the clocks skip in spring and repeat in autumn.
        ("Europe/Berlin", "2026-03-28T12:00:00+00:00", "2026-03-29T01:30:00+00:00"),
        ("Europe/Berlin", "2026-10-24T12:00:00+00:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_a_night_is_the_companys_night(zone, now, expected):
    due = daily(time(2, 30))(datetime.fromisoformat(now), ZoneInfo(zone))

    assert due == datetime.fromisoformat(expected)


def test_every_job_of_the_schedule_recurs_or_is_queued_by_a_service():
    assert {name for name, handler in HANDLERS.items() if handler.next_due} >= {"keep backups", "sweep files"}
