"""Mails arrive through storms: nothing is lost, a double has the same Message-ID, an undone act says nothing.

The promise of security.md (7): queued once per act, sent at least once with the same Message-ID, also when the mail
server was down.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_app.kernel.clock import FixedClock
from admin_app.models import Channel, OutboxMessage, OutboxState
from admin_app.outbox.drain import LEASE, Drained, drain
from admin_app.outbox.mail import MailServer
from admin_app.services.messages.reach import standing
from admin_app.services.queue_mail import queue_mail
from tests.outbox.conftest import free_port
from tests.outbox.rough_server import MANNERS, RoughServer

WORKERS = 3


@pytest.fixture
def rough():
    server = RoughServer()
    yield server
    server.stop()


def reach(server, patience=5.0):
    return MailServer("127.0.0.1", server.port, patience=patience)


def queue_many(transaction, clock, count):
    """So many acts, ten a transaction; returns Message-ID → recipient."""
    queued = {}
    for start in range(0, count, 10):
        with transaction() as session:
            for number in range(start, min(start + 10, count)):
                row = queue_mail(
                    session,
                    f"client{number}@example.com",
                    f"Invoice {number}",
                    "",
                    clock,
                    key=f"act-{number}",
                )
                queued[row.message_id] = row.recipient
    return queued


def drain_together(transaction, postman, clock, workers=WORKERS, most=1000):
    """Several workers at once; returns what each did, and raises what one of them met."""
    done, trouble = [], []

    def work():
        try:
            done.append(drain(transaction, postman, clock, most))
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not trouble, trouble
    return done


def count_of(transaction, state):
    with transaction() as session:
        return session.scalar(
            select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state == state)
        )


def test_five_hundred_mails_arrive_at_a_server_that_drops_refuses_hangs_and_cuts(transaction, clock, rough):
    queued = queue_many(transaction, clock, 500)
    for number in range(40):
        with pytest.raises(RuntimeError), transaction() as session:
            queue_mail(session, "never@example.com", "Undone", "", clock, key=f"undone-{number}")
            raise RuntimeError("the act is undone")
    now = clock.now()

    for _ in range(200):
        drain_together(transaction, reach(rough, patience=0.25), FixedClock(now))
        if count_of(transaction, OutboxState.WAITING) == 0:
            break
        now += timedelta(minutes=30)

    assert set(rough.met) == set(MANNERS), "every bad manner was met"
    assert count_of(transaction, OutboxState.SENT) == 500
    arrived = Counter(message_id for message_id, _ in rough.taken)
    assert set(arrived) == set(queued)
    assert all(queued[message_id] == recipient for message_id, recipient in rough.taken)
    assert all(len(subjects) == 1 for subjects in rough.bodies.values()), "a double says the same"
    unsure = rough.met["take, then cut"] + rough.met["take, then hang"]
    assert arrived.total() - 500 <= unsure, (
        "a mail comes twice only where the server never said that it had it"
    )
    assert "never@example.com" not in {recipient for _, recipient in rough.taken}


def test_several_workers_send_each_mail_once(transaction, clock):
    server = RoughServer(manners=lambda: "take")
    queued = queue_many(transaction, clock, 160)

    done = drain_together(transaction, reach(server), clock, workers=4)
    server.stop()

    assert sum(one.sent for one in done) == 160
    assert Counter(message_id for message_id, _ in server.taken) == Counter(dict.fromkeys(queued, 1))


def test_half_of_the_recipients_are_unknown_and_the_other_half_gets_its_mail(transaction, clock):
    server = RoughServer(manners=lambda: "take")
    server.unknown = {f"client{number}@example.com" for number in range(0, 60, 2)}
    queue_many(transaction, clock, 60)

    done = drain_together(transaction, reach(server), clock)
    server.stop()

    assert (sum(one.sent for one in done), sum(one.failed for one in done)) == (30, 30)
    assert not server.unknown & {recipient for _, recipient in server.taken}
    with transaction() as session:
        said = session.scalars(
            select(OutboxMessage.last_error).where(OutboxMessage.state == OutboxState.FAILED)
        ).all()
        known = standing(session, server.unknown, Channel.MAIL)
    assert set(said) == {"The mail server said 550: 5.1.1 No such person here"}
    assert all(one.bounced for one in known.values())


def test_a_server_that_is_down_for_an_hour_costs_nobody_a_mail(transaction, clock):
    """Looked at again and again while it is down, with a clock that is turned by hand."""
    queued = queue_many(transaction, clock, 30)
    away = MailServer.at(f"smtp://127.0.0.1:{free_port()}")
    for minute in range(0, 60, 3):
        drain(transaction, away, FixedClock(clock.now() + timedelta(minutes=minute)))
    assert count_of(transaction, OutboxState.WAITING) == 30

    server = RoughServer(manners=lambda: "take")
    for minute in range(60, 130, 5):
        drain(transaction, reach(server), FixedClock(clock.now() + timedelta(minutes=minute)))
    server.stop()

    assert count_of(transaction, OutboxState.SENT) == 30
    assert Counter(message_id for message_id, _ in server.taken) == Counter(dict.fromkeys(queued, 1))


KILLED = """
import os, signal, sys
from contextlib import contextmanager
from datetime import datetime
import admin_app.records
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import FixedClock
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.outbox.drain import drain
from admin_app.outbox.mail import MailServer

url, port, now = sys.argv[1], int(sys.argv[2]), FixedClock(datetime.fromisoformat(sys.argv[3]))
engine = open_engine(url)

@contextmanager
def transaction():
    with OfficeSession(engine, expire_on_commit=False) as session, writing():
        session.info.update(actor=SYSTEM, clock=now, door="test")
        yield session
        session.commit()

class Killed:
    def carry(self, mail, sender, recipient):
        MailServer("127.0.0.1", port).carry(mail, sender, recipient)
        os.kill(os.getpid(), signal.SIGKILL)

drain(transaction, Killed(), now)
"""


def test_a_worker_that_is_killed_between_sending_and_writing_it_down_sends_a_true_double(
    database, transaction, clock
):
    """The process is really killed; the second copy carries the same Message-ID, so that it is shown once."""
    server = RoughServer(manners=lambda: "take")
    (message_id,) = queue_many(transaction, clock, 1)

    worker = subprocess.run(
        [sys.executable, "-c", KILLED, database, str(server.port), clock.now().isoformat()], check=False
    )
    assert worker.returncode == -9
    assert drain(transaction, reach(server), clock) == Drained(), "its lease still holds"
    after = drain(transaction, reach(server), FixedClock(clock.now() + LEASE))
    server.stop()

    assert after == Drained(sent=1)
    assert [taken for taken, _ in server.taken] == [message_id] * 2


def test_of_two_transactions_that_tell_the_same_act_one_mail_comes_out(database, transaction, clock):
    """Both have looked and found nothing; the second waits for the first at the key."""
    barrier, found = threading.Barrier(2), []

    def act():
        barrier.wait()
        with transaction() as session:
            found.append(queue_mail(session, "clara@example.com", "Once", "", clock, key="the act").id)

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert len(set(found)) == 1
