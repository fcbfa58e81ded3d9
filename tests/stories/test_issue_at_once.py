"""Fifty programs issue fifty invoices at once while a server is killed; twenty send one payment [M10, M31, 12].

Servers and programs are processes of their own; they meet over HTTP and in the database alone.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import SystemClock
from admin_app.models import Invoice, InvoiceState, JournalEntry, Payment
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.services.api_tokens import make_token
from seeds.builders import a_group, a_user
from tests.cli.typing import Program, environment, running, type_command
from tests.money.books import broken
from tests.services.desk import Desk, a_desk

DRAFTS, CUSTOMERS, ISSUED_BEFORE_THE_KILL = 50, 5, 3
PROGRAM = Path(__file__).with_name("program_that_asks.py")


@dataclass
class Office:
    """What the programs are told: their token and what lies there for them."""

    token: str
    drafts: list[str]
    customer: str


@pytest.fixture
def office(rows: Any) -> Office:
    """Five customers with ten drafts each, and ann's token."""
    with rows() as session:
        clock = SystemClock()
        ann = a_user(session)
        actor = Actor(ActorKind.STAFF, ann.name, ann.id, Role.OWNER)
        session.info.update(actor=actor, clock=clock)
        desk = a_desk(session, actor, clock)
        groups = [desk.group, *(a_group(session, name=f"Customer {n}") for n in range(2, CUSTOMERS + 1))]
        drafts = [
            Desk(session, actor, clock, groups[n % CUSTOMERS]).draft("100", str(n + 1), tax_names=("VAT",))
            for n in range(DRAFTS)
        ]
        made = make_token(session, "Webshop", None, read_only=False, actor=actor, clock=clock)
        return Office(made.secret, [draft.public_id for draft in drafts], desk.group.public_id)


def a_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(told: dict[str, str], port: int) -> Iterator[Program]:
    """`sawhorse serve` as a process of its own, from the moment it listens."""
    with running(told, "serve", "--port", str(port)) as server:
        server.wait_for("The office is at ")
        yield server


def send(office: Office, addresses: list[str], asked: list[tuple[str, str, str]]) -> list[Any]:
    """Start a process for each (path, body, key); they all run at once."""
    started = []
    for number, (path, body, key) in enumerate(asked):
        wanted = {
            "addresses": addresses,
            "first": number,
            "path": path,
            "body": body,
            "key": key,
            "token": office.token,
        }
        program = subprocess.Popen(
            [sys.executable, "-I", str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert program.stdin is not None
        program.stdin.write(json.dumps(wanted))
        program.stdin.close()
        program.stdin = None  # so that waiting for it does not close it again
        started.append(program)
    return started


def answers_of(programs: list[Any]) -> list[dict[str, Any]]:
    """What each program was answered in the end."""
    said = [program.communicate(timeout=300)[0] for program in programs]
    assert [program.returncode for program in programs] == [0] * len(programs)
    return [json.loads(one) for one in said]


@pytest.fixture
def issued(database: str) -> Iterator[Callable[[], int]]:
    """A function that counts what is issued, waiting for no writer."""
    engine = open_engine(database)

    def count() -> int:
        with OfficeSession(engine) as session:
            return int(session.scalar(select(func.count()).where(Invoice.state == InvoiceState.ISSUED)) or 0)

    yield count
    engine.dispose()


def test_fifty_issues_at_once_survive_the_death_of_a_server(database, rows, office, issued, tmp_path):
    """On PostgreSQL there are two servers, on SQLite the one that dies and comes back."""
    told = environment(tmp_path / "home", database)
    ports = [a_free_port() for _ in range(1 if database.startswith("sqlite") else 2)]
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    asked = [
        (f"/api/v1/invoices/{draft}/steps/issue", "{}", f"issue {number}")
        for number, draft in enumerate(office.drafts)
    ]

    with ExitStack() as others:
        for port in ports[1:]:
            others.enter_context(serving(told, port))
        with serving(told, ports[0]) as victim:
            programs = send(office, addresses, asked)
            while issued() < ISSUED_BEFORE_THE_KILL:
                time.sleep(0.01)
            victim.stop(signal.SIGKILL)
        at_the_kill = issued()
        with serving(told, ports[0]):
            answers = answers_of(programs)

    assert at_the_kill < DRAFTS, "the server died too late to show anything"
    assert [answer["status"] for answer in answers] == [200] * DRAFTS
    with rows() as session:
        invoices = session.scalars(select(Invoice).order_by(Invoice.number)).all()
        numbers = [int((invoice.number or "").rsplit("-", 1)[-1]) for invoice in invoices]
        days = [invoice.issued_on for invoice in invoices]
        by_id = {invoice.public_id: invoice.number for invoice in invoices}
        assert numbers == list(range(1, DRAFTS + 1))
        assert days == sorted(days)
        assert [answer["body"]["document"]["number"] for answer in answers] == [
            by_id[draft] for draft in office.drafts
        ]
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == DRAFTS
        assert broken(session) == set()
    assert type_command(told, "prove").exit_code == 0


def test_twenty_identical_payments_at_once_are_one(database, rows, office, tmp_path):
    told = environment(tmp_path / "home", database)
    ports = [a_free_port() for _ in range(1 if database.startswith("sqlite") else 2)]
    body = json.dumps({"customer": office.customer, "amount": "55.00", "reference": "R-1"})

    with ExitStack() as servers:
        for port in ports:
            servers.enter_context(serving(told, port))
        programs = send(
            office, [f"http://127.0.0.1:{port}" for port in ports], [("/api/v1/payments", body, "once")] * 20
        )
        answers = answers_of(programs)

    assert [answer["status"] for answer in answers] == [201] * 20
    with rows() as session:
        (payment,) = session.scalars(select(Payment)).all()
        assert {answer["body"]["id"] for answer in answers} == {payment.public_id}
        assert (payment.amount, payment.unallocated) == (5500, 5500)
        assert broken(session) == set()
